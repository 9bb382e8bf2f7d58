"""An issuer that answers whatever it is told, over plain sockets, and counts who came."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

GOOD_TYPE = "application/json"


@dataclass(frozen=True)
class Script:
    """What is answered: pieces of bytes, with a pause before each."""

    pieces: Sequence[bytes]
    pause: float = 0.0
    hang: bool = False
    """Say nothing more at the end, and keep the connection."""


@dataclass
class HostileIssuer:
    """A running one."""

    port: int
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)


def answer(
    body: bytes, *headers: str, status: str = "200 OK", kind: str | None = GOOD_TYPE, length: int | None = None
) -> bytes:
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if kind is not None:
        lines.append(f"Content-Type: {kind}")
    if not any(line.lower().startswith("transfer-encoding") for line in headers):
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(body: bytes) -> bytes:
    """An HTTP answer whose length is not told before its end."""
    parts = [body[start : start + 8192] for start in range(0, len(body), 8192)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    return answer(framed, "Transfer-Encoding: chunked")


@asynccontextmanager
async def hostile_issuer(
    script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0, greet: bool = True
) -> AsyncIterator[HostileIssuer]:
    """One that follows the script for each connection; `greet` off accepts and never answers a handshake."""
    issuer = HostileIssuer(0)
    over = asyncio.Event()
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if greet:
                issuer.requests.append(await reader.readuntil(b"\r\n\r\n"))
                for piece in script.pieces:
                    await asyncio.sleep(script.pause)
                    writer.write(piece)
                    await writer.drain()
            if script.hang or not greet:
                await over.wait()
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        issuer.connections += 1
        conversations.add(asyncio.create_task(converse(reader, writer)))

    server = await asyncio.start_server(serve, host, port, ssl=tls if greet else None)
    issuer.port = server.sockets[0].getsockname()[1]
    try:
        yield issuer
    finally:
        server.close()
        over.set()
        await asyncio.gather(*conversations)
