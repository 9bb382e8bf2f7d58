"""Who does not get on with a handshake is sent away within ten seconds, and meanwhile nobody else notices (B26)."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest

from tests.faults.certificates import Authority, tls_settings
from tests.faults.h2 import PREFACE, settings
from tests.faults.network import GoodCaller, Held, StallWatch, start_on_network
from tests.faults.support import kill_all
from tests.support.scale import scaled
from tests.support.server import Server

HANDSHAKE_SECONDS = 10.0
PATIENCE = scaled(3, 20)
"""Seconds that a limit may be late on a busy machine."""
CONNECTIONS = 20
"""Of each kind."""
HELLO_BYTES = 100
"""A TLS ClientHello is longer."""


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make("tests")


def start(directory: Path, authority: Authority, fault: str) -> Server:
    directory.mkdir()
    authority.issue("localhost").write(directory)
    credentials = grpc.ssl_channel_credentials(authority.pem)
    files = tls_settings(directory, mutual=False)
    return start_on_network(directory / "data", fault, environment=files, credentials=credentials)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Server]:
    server = start(tmp_path_factory.mktemp("servers") / "good", authority, "none")
    yield server
    kill_all(server)


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Server]:
    server = start(
        tmp_path_factory.mktemp("servers") / "patient", authority, "no-handshake-timeout+a-call-blocks-now-and-then"
    )
    yield server
    kill_all(server)


def client_hello() -> bytes:
    """The first bytes that a TLS client sends."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


async def drip(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send a byte a second."""
    for byte in data:
        writer.write(bytes([byte]))
        # The pace is the point: there is nothing to wait for.
        await asyncio.sleep(1.0)


@dataclass
class Dawdler:
    """A connection that does not get on: over TLS or before it, with some bytes at once and some a byte a second."""

    name: str
    at_once: bytes = b""
    dripped: bytes = b""
    tls: bool = False
    seconds: list[float] = field(default_factory=list)
    """After how long each connection was closed."""

    async def dawdle(self, address: str, authority: Authority) -> None:
        """Wait until the server closes the connection."""
        host, _, port = address.rpartition(":")
        context = None
        if self.tls:
            context = ssl.create_default_context(cadata=authority.pem.decode())
            context.set_alpn_protocols(["h2"])
        reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
        began = asyncio.get_running_loop().time()
        writer.write(self.at_once)
        dripping = asyncio.create_task(drip(writer, self.dripped))
        try:
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while await reader.read(1 << 16):
                    pass
            self.seconds.append(asyncio.get_running_loop().time() - began)
        finally:
            dripping.cancel()
            writer.transport.abort()


def dawdlers() -> list[Dawdler]:
    hello = client_hello()
    assert len(hello) > HELLO_BYTES
    return [
        Dawdler("no TLS hello"),
        Dawdler("half a TLS hello", at_once=hello[:HELLO_BYTES]),
        Dawdler("a TLS hello of a byte a second", dripped=hello),
        Dawdler("a TLS hello and no more", at_once=hello),
        Dawdler("no HTTP/2 preface", tls=True),
        Dawdler("a preface of a byte a second", dripped=PREFACE, tls=True),
        Dawdler("a preface without settings", at_once=PREFACE, tls=True),
        Dawdler("settings that acknowledge nothing", at_once=PREFACE + settings({}), tls=True),
    ]


async def sent_away(server: Server, authority: Authority, seconds: float) -> dict[str, list[float]]:
    """After how many seconds the connections of each kind were closed, of those that were closed within so many."""
    kinds = dawdlers()
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(kind.dawdle(server.address, authority)) for kind in kinds for _ in range(CONNECTIONS)
        ]
        await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
    return {kind.name: kind.seconds for kind in kinds}


async def test_a_handshake_has_an_end(server: Server, patient: Server, authority: Authority) -> None:
    held = Held.by_worker(server)
    with (
        GoodCaller.of(server) as good,
        StallWatch(server) as stall,
        # The plants: who waits there is not sent away at all, and now and then a call holds up the event loop.
        GoodCaller.of(patient),
        StallWatch(patient) as long_stall,
    ):
        found, missed = await asyncio.gather(
            sent_away(server, authority, HANDSHAKE_SECONDS + PATIENCE),
            sent_away(patient, authority, HANDSHAKE_SECONDS + PATIENCE),
        )
        await good.goes_on()
    print(good, held, stall)
    for name, seconds in found.items():
        print(f"{name}: {len(seconds)} of {CONNECTIONS} closed after {max(seconds, default=0.0):.1f} s at most")
    assert good.failures == []
    assert {name: len(seconds) for name, seconds in found.items()} == dict.fromkeys(found, CONNECTIONS)
    assert not any(missed.values())
    assert held.more_descriptors < CONNECTIONS
    assert stall.is_short, stall
    assert not long_stall.is_short, long_stall
