"""HTTP/2 by hand, for what no client of good manners sends (RFC 9113 for frames, RFC 7541 for headers)."""

import asyncio
import contextlib
import ssl
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from hpack import Decoder

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
MAX_FRAME = 1 << 14
WIDE_OPEN = 0x7FFFFFFF
_READ_BYTES = 1 << 16
_FRAME_HEADER = 9


class Kind(IntEnum):
    """The type of a frame."""

    DATA = 0
    HEADERS = 1
    RST_STREAM = 3
    SETTINGS = 4
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9


class Flag(IntFlag):
    NONE = 0
    ACK = 0x1
    END_STREAM = 0x1
    END_HEADERS = 0x4


class Code(IntEnum):
    """Why a stream or a connection was ended."""

    NO_ERROR = 0x0
    PROTOCOL_ERROR = 0x1
    INTERNAL_ERROR = 0x2
    FLOW_CONTROL_ERROR = 0x3
    SETTINGS_TIMEOUT = 0x4
    STREAM_CLOSED = 0x5
    FRAME_SIZE_ERROR = 0x6
    REFUSED_STREAM = 0x7
    CANCEL = 0x8
    COMPRESSION_ERROR = 0x9
    CONNECT_ERROR = 0xA
    ENHANCE_YOUR_CALM = 0xB
    INADEQUATE_SECURITY = 0xC
    HTTP_1_1_REQUIRED = 0xD


class Setting(IntEnum):
    MAX_CONCURRENT_STREAMS = 0x3
    INITIAL_WINDOW_SIZE = 0x4


def frame(kind: Kind, stream: int = 0, payload: bytes = b"", flags: Flag = Flag.NONE) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(values: Mapping[Setting, int]) -> bytes:
    return frame(Kind.SETTINGS, payload=b"".join(struct.pack(">HI", name, value) for name, value in values.items()))


def headers(stream: int, block: bytes, *, end_stream: bool = False) -> bytes:
    """A header block of any length, in as many frames as it takes."""
    parts = [block[place : place + MAX_FRAME] for place in range(0, len(block), MAX_FRAME)]
    frames = []
    for number, part in enumerate(parts):
        flags = Flag.END_HEADERS if number == len(parts) - 1 else Flag.NONE
        if number == 0 and end_stream:
            flags |= Flag.END_STREAM
        frames.append(frame(Kind.HEADERS if number == 0 else Kind.CONTINUATION, stream, part, flags))
    return b"".join(frames)


def reset(stream: int, code: Code = Code.CANCEL) -> bytes:
    return frame(Kind.RST_STREAM, stream, struct.pack(">I", code))


def window_update(stream: int, increment: int) -> bytes:
    return frame(Kind.WINDOW_UPDATE, stream, struct.pack(">I", increment))


def integer(value: int, bits: int) -> bytes:
    """An HPACK integer whose first byte has so many bits for it (RFC 7541 section 5.1)."""
    full = (1 << bits) - 1
    if value < full:
        return bytes([value])
    rest, coded = value - full, bytearray([full])
    while rest >= 0x80:
        coded.append(rest & 0x7F | 0x80)
        rest >>= 7
    coded.append(rest)
    return bytes(coded)


def literal(name: str, value: str) -> bytes:
    """A header that is sent as it is, outside of any table."""
    texts = (name.encode(), value.encode())
    return b"\x00" + b"".join(integer(len(text), 7) + text for text in texts)


def call_headers(path: str, metadata: Iterable[tuple[str, str]] = ()) -> bytes:
    """The header block of a gRPC call."""
    own = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
    ]
    return b"".join(literal(name, value) for name, value in [*own, *metadata])


def open_call(stream: int, path: str, metadata: Iterable[tuple[str, str]] = ()) -> bytes:
    """A call whose message is still to come."""
    return headers(stream, call_headers(path, metadata))


def message(stream: int, body: bytes) -> bytes:
    """The message of a call, and the end of its request."""
    return frame(Kind.DATA, stream, struct.pack(">BI", 0, len(body)) + body, Flag.END_STREAM)


@dataclass
class Answer:
    """What came back on one stream."""

    headers: dict[str, str] = field(default_factory=dict)
    """Headers and trailers."""
    body: bytes = b""
    ended: bool = False
    reset: Code | None = None

    @property
    def status(self) -> int | None:
        """The gRPC status, None while there is none."""
        text = self.headers.get("grpc-status")
        return None if text is None else int(text)

    @property
    def message(self) -> bytes:
        return self.body[5:]


@dataclass(frozen=True)
class Goaway:
    last_stream: int
    code: Code
    text: bytes


class Connection:
    """One connection: sends what it is given, and keeps what comes back."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, acknowledge: bool) -> None:
        self._reader = reader
        self._writer = writer
        self._acknowledge = acknowledge
        self._decoder = Decoder()
        self._block = b""
        self._changed = asyncio.Event()
        self.settings: dict[int, int] = {}
        self.answers: dict[int, Answer] = {}
        self.goaways: list[Goaway] = []
        self.pongs = 0
        self.is_closed = False
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        address: str,
        *,
        window: int = WIDE_OPEN,
        acknowledge: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> AsyncIterator["Connection"]:
        """A connection after the preface.

        `window` is how much each answer may send before it has to wait; without `acknowledge`, the settings and
        pings of the server are left without an answer.
        """
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(
            host, int(port), ssl=tls, server_hostname="localhost" if tls else None
        )
        connection = cls(reader, writer, acknowledge=acknowledge)
        try:
            grown = window_update(0, WIDE_OPEN - 0xFFFF) if window else b""
            await connection.send(PREFACE + settings({Setting.INITIAL_WINDOW_SIZE: window}) + grown)
            yield connection
        finally:
            await connection.close()

    async def send(self, data: bytes) -> bool:
        """Whether it could be sent; not when the server has closed the connection."""
        if self._writer.is_closing():
            return False
        try:
            self._writer.write(data)
            await self._writer.drain()
        except (ConnectionError, ssl.SSLError):
            return False
        return True

    async def flood(self, batch: Callable[[], bytes], *, seconds: float, pause: float = 0.0) -> int:
        """Send batch after batch until the time is up or the server closes the connection.

        Returns how many batches were sent.
        """
        sent = 0
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.is_closed and await self.send(batch()):
            sent += 1
            # The pace is the point: there is nothing to wait for.
            await asyncio.sleep(pause)
        return sent

    async def until(self, condition: Callable[[], object], what: str, seconds: float = 20.0) -> None:
        """Wait for what the server sends until the condition holds.

        Raises:
            TimeoutError: it did not within these seconds.
            ConnectionError: the server closed the connection, and it does not hold.
        """
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    if self.is_closed:
                        raise ConnectionError(f"closed before: {what}; {self.goaways}")
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"not within {seconds} s: {what}; {self.goaways}") from None

    async def until_closed(self, seconds: float = 20.0) -> None:
        """Wait until the server has closed the connection.

        Raises:
            TimeoutError: it did not within these seconds.
        """
        await self.until(lambda: self.is_closed, "the server closes the connection", seconds)

    def answer(self, stream: int) -> Answer:
        return self.answers.setdefault(stream, Answer())

    async def close(self) -> None:
        self._listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listening
        self._writer.transport.abort()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await self._writer.wait_closed()

    async def _listen(self) -> None:
        data = b""
        try:
            while fresh := await self._reader.read(_READ_BYTES):
                data += fresh
                data = await self._take(data)
                self._changed.set()
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            self.is_closed = True
            self._changed.set()

    async def _take(self, data: bytes) -> bytes:
        place = 0
        while len(data) - place >= _FRAME_HEADER:
            length = int.from_bytes(data[place : place + 3], "big")
            kind, flags, stream = struct.unpack_from(">BBI", data, place + 3)
            end = place + _FRAME_HEADER + length
            if len(data) < end:
                break
            await self._hear(kind, Flag(flags & 0x5), stream & 0x7FFFFFFF, data[place + _FRAME_HEADER : end])
            place = end
        return data[place:]

    async def _hear(self, kind: int, flags: Flag, stream: int, payload: bytes) -> None:
        if kind in {Kind.HEADERS, Kind.CONTINUATION}:
            self._hear_headers(flags, stream, payload)
        elif kind == Kind.DATA:
            answer = self.answer(stream)
            answer.body += payload
            answer.ended = answer.ended or Flag.END_STREAM in flags
        elif kind == Kind.RST_STREAM:
            answer = self.answer(stream)
            answer.ended, answer.reset = True, Code(struct.unpack(">I", payload)[0])
        elif kind == Kind.GOAWAY:
            last, code = struct.unpack_from(">II", payload)
            self.goaways.append(Goaway(last & 0x7FFFFFFF, Code(code), payload[8:]))
        elif kind == Kind.SETTINGS and Flag.ACK not in flags:
            self.settings |= dict(struct.iter_unpack(">HI", payload))
            if self._acknowledge:
                await self.send(frame(Kind.SETTINGS, flags=Flag.ACK))
        elif kind == Kind.PING and Flag.ACK in flags:
            self.pongs += 1
        elif kind == Kind.PING and self._acknowledge:
            await self.send(frame(Kind.PING, payload=payload, flags=Flag.ACK))

    def _hear_headers(self, flags: Flag, stream: int, payload: bytes) -> None:
        # The server pads nothing and sends no priorities.
        self._block += payload
        answer = self.answer(stream)
        answer.ended = answer.ended or Flag.END_STREAM in flags
        if Flag.END_HEADERS in flags:
            headers = self._decoder.decode(self._block, raw=True)
            self._block = b""
            answer.headers |= {bytes(name).decode(): bytes(value).decode("latin-1") for name, value in headers}
