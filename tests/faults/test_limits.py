"""Every limit has a status of its own (B25), and a connection that overdoes it is told to calm down (B27)."""

import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import grpc
import pytest

from authsvc.v1 import token_service_pb2 as messages
from tests.faults.h2 import Code, Connection, Kind, frame, message, open_call
from tests.faults.network import (
    MEMORY_BAR,
    VERIFY,
    GoodCaller,
    Held,
    server_on_network,
    verify_request,
)
from tests.faults.support import AUDIENCE, TENANT, Caller, refusal
from tests.support.scale import scaled
from tests.support.server import Server, await_true

KIB = 1024
MAX_STREAMS = 8
MAX_DEADLINE = 1.0
CONNECTION_AGE = 2.0
CALL_SECONDS = 20.0
PATIENCE = 10.0
"""Seconds that a limit may be late on a busy machine."""
PAUSE = 0.01
A_TIME = 50
"""Pings and settings with each pause between: 5,000 a second."""
FLOOD_SECONDS = scaled(1, 4)
ENVIRONMENT = {
    "AUTHSVC_MAX_STREAMS": str(MAX_STREAMS),
    "AUTHSVC_MAX_DEADLINE": str(MAX_DEADLINE),
    "AUTHSVC_MAX_CONNECTION_AGE": str(CONNECTION_AGE),
    # Longer than any test waits: only the deadline can end a call that waits for the store.
    "AUTHSVC_BUSY_TIMEOUT": "60",
}
ESTABLISHED = "01"
LIMITLESS = (
    "no-size-check+no-message-limit+no-metadata-limit+no-deadline-cap+no-stream-limit+no-ping-limit+no-connection-age"
)
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_on_network(tmp_path_factory.mktemp("server") / "data", environment=ENVIRONMENT) as it:
        yield it


@pytest.fixture(scope="module")
def limitless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_on_network(tmp_path_factory.mktemp("limitless") / "data", LIMITLESS, environment=ENVIRONMENT) as it:
        yield it


def refused(call: Callable[[], object]) -> tuple[grpc.StatusCode, str]:
    """The status and the reason of a call that has to fail."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return refusal(caught.value)


def verify_of_size(size: int = 20 * KIB) -> messages.VerifyRequest:
    """A request of so many bytes."""
    request = messages.VerifyRequest(tenant=TENANT, audience=AUDIENCE)
    empty = request.ByteSize()
    # The field's tag, and a length of three bytes.
    request.token = "x" * (size - empty - 4)
    assert request.ByteSize() == size
    return request


def batch_of_size(size: int) -> messages.BatchVerifyRequest:
    return messages.BatchVerifyRequest(tenant=TENANT, audience=AUDIENCE, tokens=["x" * size])


async def messages_have_a_size(server: Server) -> None:
    caller = Caller.of(server)

    def verify(size: int) -> messages.VerifyResponse:
        return caller.stub.Verify(verify_of_size(size), metadata=caller.metadata, timeout=CALL_SECONDS)

    assert not verify(64 * KIB).valid
    assert refused(lambda: verify(64 * KIB + 1)) == (EXHAUSTED, "MESSAGE_TOO_LARGE")
    assert refused(lambda: verify(1024 * KIB)) == (EXHAUSTED, "MESSAGE_TOO_LARGE")


async def batches_have_a_size(server: Server) -> None:
    caller = Caller.of(server)

    def verify(size: int) -> messages.BatchVerifyResponse:
        return caller.stub.BatchVerify(batch_of_size(size), metadata=caller.metadata, timeout=CALL_SECONDS)

    assert len(verify(4096 * KIB - KIB).results) == 1
    assert refused(lambda: verify(4096 * KIB)) == (EXHAUSTED, "MESSAGE_TOO_LARGE")


async def nothing_larger_is_read_at_all(server: Server) -> None:
    caller = Caller.of(server)
    with pytest.raises(grpc.RpcError) as caught:
        caller.stub.BatchVerify(batch_of_size(5 * KIB * KIB), metadata=caller.metadata, timeout=CALL_SECONDS)
    # Refused by its announced length, before the service sees it: there is no reason of the service.
    assert refusal(caught.value) == (EXHAUSTED, "")
    assert "larger than max" in str(caught.value)


async def metadata_has_a_size(server: Server) -> None:
    caller = Caller.of(server)

    def verify(size: int) -> messages.VerifyResponse:
        metadata = (*caller.metadata, ("x-large", "x" * size))
        return caller.stub.Verify(verify_of_size(), metadata=metadata, timeout=CALL_SECONDS)

    assert not verify(6 * KIB).valid
    assert refused(lambda: verify(17 * KIB))[0] is EXHAUSTED


async def a_deadline_is_capped(server: Server) -> None:
    caller = Caller.of(server)
    with closing(sqlite3.connect(server.data_dir / "authsvc.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        # The client has patience; that the service has less is what is asked.
        call = caller.stub.Issue.future(
            messages.IssueRequest(tenant=TENANT, subject="late", audiences=[AUDIENCE]),
            metadata=caller.metadata,
            timeout=60.0,
        )
        try:
            assert refused(lambda: call.result(MAX_DEADLINE + PATIENCE)) == (
                grpc.StatusCode.DEADLINE_EXCEEDED,
                "DEADLINE_EXCEEDED",
            )
            assert time.monotonic() - began >= MAX_DEADLINE
        finally:
            other.execute("ROLLBACK")


async def streams_are_counted(server: Server) -> None:
    metadata = server.metadata()
    ours = [1 + 2 * number for number in range(MAX_STREAMS)]
    one_more, after = ours[-1] + 2, ours[-1] + 4
    async with Connection.open(server.address) as connection:
        await connection.until(lambda: connection.settings, "the server's settings")
        assert connection.settings[3] == MAX_STREAMS
        # Without a message the calls stay open.
        await connection.send(b"".join(open_call(stream, VERIFY, metadata) for stream in [*ours, one_more]))
        await connection.until(lambda: connection.answer(one_more).ended, "the last stream is refused", PATIENCE)
        assert connection.answer(one_more).reset is Code.REFUSED_STREAM
        await connection.send(b"".join(message(stream, verify_request()) for stream in ours))
        await connection.until(lambda: all(connection.answer(it).ended for it in ours), "the others are answered")
        assert {connection.answer(stream).status for stream in ours} == {0}
        # There is room again, on the same connection.
        await connection.send(open_call(after, VERIFY, metadata) + message(after, verify_request()))
        await connection.until(lambda: connection.answer(after).ended, "a later one is answered")
        assert connection.answer(after).status == 0


async def pings_are_counted(server: Server) -> None:
    pings = frame(Kind.PING, payload=b"pingping") * A_TIME
    async with Connection.open(server.address) as connection:
        sent = await connection.flood(lambda: pings, seconds=FLOOD_SECONDS, pause=PAUSE)
        await connection.until_closed(1.0)
        print(f"closed after {A_TIME * sent} pings: {connection.goaways}")
        assert [goaway.code for goaway in connection.goaways] == [Code.ENHANCE_YOUR_CALM]


async def a_connection_has_an_age(server: Server) -> None:
    async with Connection.open(server.address) as connection:
        await connection.until(lambda: connection.goaways, "the server says goodbye", CONNECTION_AGE + PATIENCE)
        assert connection.goaways[0].code is Code.NO_ERROR
        assert connection.goaways[0].text == b"max_age"


def local_ports(address: str) -> set[int]:
    """The ports from which this process is connected to the address, by the kernel's word."""
    port = int(address.rpartition(":")[2])
    tables = [Path(f"/proc/self/net/{name}").read_text() for name in ("tcp", "tcp6")]
    lines = [line.split() for table in tables for line in table.splitlines()[1:]]
    ends = [(int(line[1].rpartition(":")[2], 16), int(line[2].rpartition(":")[2], 16)) for line in lines]
    return {own for (own, other), line in zip(ends, lines, strict=True) if other == port and line[3] == ESTABLISHED}


Check = Callable[[Server], Awaitable[None]]
CHECKS: list[Check] = [
    messages_have_a_size,
    batches_have_a_size,
    nothing_larger_is_read_at_all,
    metadata_has_a_size,
    a_deadline_is_capped,
    streams_are_counted,
    pings_are_counted,
    a_connection_has_an_age,
]


def name_of(check: Check) -> str:
    return getattr(check, "__name__", "")


@pytest.mark.parametrize("check", CHECKS, ids=name_of)
async def test_limit(server: Server, check: Check) -> None:
    await check(server)


@pytest.mark.parametrize("check", CHECKS, ids=name_of)
async def test_limit_is_missed(limitless: Server, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    # What has no limit does not reach it later either.
    monkeypatch.setattr("tests.faults.test_limits.PATIENCE", 2.0)
    # Whichever of the two, it is not the check that passes: pytest's own failure is no Exception.
    with pytest.raises((AssertionError, TimeoutError, grpc.FutureTimeoutError, pytest.fail.Exception)) as caught:
        await check(limitless)
    print(f"{name_of(check)}: {caught.type.__name__}: {str(caught.value)[:120]}")


def test_callers_outlive_their_connections(server: Server) -> None:
    server.close_channels()
    ports: set[int] = set()

    def has_moved() -> bool:
        ports.update(local_ports(server.address))
        return len(ports) >= 3

    with GoodCaller.of(server) as good:
        await_true(has_moved, "the caller has had three connections", 3 * CONNECTION_AGE + PATIENCE)
    print(f"{good}, over {len(ports)} connections")
    assert good.failures == []


async def test_a_flood_of_settings_harms_nobody(server: Server) -> None:
    held = Held.by_worker(server)
    changes = frame(Kind.SETTINGS, payload=b"\x00\x04\x00\x00\xff\xff") * A_TIME
    with GoodCaller.of(server) as good:
        async with Connection.open(server.address) as connection:
            sent = await connection.flood(lambda: changes, seconds=FLOOD_SECONDS, pause=PAUSE)
    print(f"{A_TIME * sent} settings:", good, held)
    assert good.failures == []
    assert held.growth < MEMORY_BAR
