"""Floods of frames by hand: the server goes on, its memory stays flat, and good callers lose nothing (B23, B24)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import count

import grpc
import pytest

from authsvc.v1 import token_service_pb2 as messages
from tests.faults.h2 import Connection, Kind, call_headers, frame, headers, integer, literal, message, open_call, reset
from tests.faults.network import GOOD_TIMEOUT, MEMORY_BAR, MIB, VERIFY, GoodCaller, Held, verify_request
from tests.faults.support import AUDIENCE, TENANT, Caller, refusal
from tests.support.scale import planted, scaled
from tests.support.server import Server, await_true

ENDLESS_SECONDS = scaled(2, 5)
RESET_SECONDS = scaled(2, 8)
REFUSED_SECONDS = 10.0
"""How soon a call must have been refused on a busy machine."""
CONNECTIONS = 4
OK = 0
EXHAUSTED = 8
INTERNAL = 13
A_TIME = 200
"""Calls in a row, then a look at what came back."""
OVERSIZED_CALLS = scaled(10, 25)
"""Of each size."""
A_ROUND = 50
LARGE_CALLS = scaled(2, 5) * A_ROUND
CALM_SECONDS = 25.0
"""How soon memory that is free again must have been given back."""


def assert_calm(server: Server, good: GoodCaller, held: Held) -> None:
    """Nothing is worse than before."""
    assert good.failures == []
    assert server.is_serving()
    await_true(lambda: held.growth < MEMORY_BAR, f"the memory is given back, {held}", CALM_SECONDS)


async def acknowledged(connection: Connection) -> None:
    """Wait until the server holds the connection to its limits: it has seen its settings acknowledged."""
    await connection.until(lambda: connection.settings, "the server's settings")
    await connection.send(frame(Kind.PING, payload=b"pingping"))
    await connection.until(lambda: connection.pongs, "the answer to what was sent after the acknowledgement")


async def endless_headers(address: str, *, acknowledge: bool) -> int:
    """A header block without an end; how many bytes of it were sent."""
    more = frame(Kind.CONTINUATION, 1, literal("x", "y" * 1000) * 15) * 8
    async with Connection.open(address, acknowledge=acknowledge) as connection:
        if acknowledge:
            await acknowledged(connection)
        await connection.send(frame(Kind.HEADERS, 1, call_headers(VERIFY)))
        return len(more) * await connection.flood(lambda: more, seconds=ENDLESS_SECONDS)


async def endless_headers_harm_nobody(server: Server) -> None:
    # grpc refuses the call at the limit and skips the rest; it does not close the connection.
    held = Held.by_worker(server)
    with GoodCaller.of(server) as good:
        sent = await asyncio.gather(*(endless_headers(server.address, acknowledge=True) for _ in range(CONNECTIONS)))
        await good.goes_on()
    print(f"{sum(sent) / MIB:.0f} MiB of header blocks without an end;", good, held)
    assert_calm(server, good, held)


async def a_header_block_is_refused_before_its_end(server: Server) -> None:
    async with Connection.open(server.address) as connection:
        await acknowledged(connection)
        await connection.send(frame(Kind.HEADERS, 1, call_headers(VERIFY)))
        for _ in range(20):
            await connection.send(frame(Kind.CONTINUATION, 1, literal("x", "y" * 1000)))
        await connection.until(lambda: connection.answer(1).ended, "the call is refused", REFUSED_SECONDS)
        assert connection.answer(1).status == EXHAUSTED


async def large_header_lists_are_refused(server: Server) -> None:
    held = Held.by_worker(server)
    block = call_headers(VERIFY, [*server.metadata(), *((f"x-{number}", "y" * 1000) for number in range(100))])
    large = 0
    with GoodCaller.of(server) as good:
        # grpc lets such callers wait up to a second, so many ask at a time.
        for _ in range(LARGE_CALLS // A_ROUND):
            async with Connection.open(server.address) as connection:
                await acknowledged(connection)
                answers = [connection.answer(1 + 2 * number) for number in range(A_ROUND)]
                for number in range(A_ROUND):
                    stream = 1 + 2 * number
                    await connection.send(headers(stream, block) + message(stream, verify_request()))
                await connection.until(lambda it=answers: all(answer.ended for answer in it), "answers")  # type: ignore[misc]
                large += sum(answer.status == EXHAUSTED for answer in answers)
        await good.goes_on()
    print(f"{large} of {LARGE_CALLS} calls with {len(block) / 1024:.0f} KiB of metadata refused;", good, held)
    assert large == LARGE_CALLS
    assert_calm(server, good, held)


async def rapid_resets_harm_nobody(server: Server) -> None:
    held = Held.by_worker(server)
    metadata, request = server.metadata(), verify_request()

    def batch(streams: Iterator[int]) -> bytes:
        calls = (next(streams) for _ in range(A_TIME))
        return b"".join(open_call(it, VERIFY, metadata) + message(it, request) + reset(it) for it in calls)

    async def flood() -> int:
        async with Connection.open(server.address) as connection:
            await acknowledged(connection)
            return A_TIME * await connection.flood(partial(batch, count(1, 2)), seconds=RESET_SECONDS)

    with GoodCaller.of(server) as good:
        sent = await asyncio.gather(*(flood() for _ in range(CONNECTIONS)))
        await good.goes_on()
    print(f"{sum(sent)} calls reset at once;", good, held)
    assert sum(sent) >= A_TIME * CONNECTIONS
    assert_calm(server, good, held)


def send_oversized(server: Server, size: int) -> int:
    """Send messages that are too large, one after the other; how many were refused as they should be."""
    caller = Caller.of(server)
    request = messages.VerifyRequest(tenant=TENANT, token="x" * size, audience=AUDIENCE)
    refused = 0
    for _ in range(OVERSIZED_CALLS):
        try:
            caller.stub.Verify(request, metadata=caller.metadata, timeout=GOOD_TIMEOUT)
        except grpc.RpcError as error:
            refused += refusal(error)[0] is grpc.StatusCode.RESOURCE_EXHAUSTED
    caller.channel.close()
    return refused


async def oversized_messages_harm_nobody(server: Server) -> None:
    held = Held.by_worker(server)
    with GoodCaller.of(server) as good:
        # The last is more than grpc reads at all.
        asked = [asyncio.to_thread(send_oversized, server, size) for size in (MIB // 8, MIB, 3 * MIB, 8 * MIB)]
        refused = sum(await asyncio.gather(*asked))
        await good.goes_on()
    print(f"{refused} of {OVERSIZED_CALLS * len(asked)} messages of up to 8 MiB refused;", good, held)
    assert refused == OVERSIZED_CALLS * len(asked)
    assert_calm(server, good, held)


Check = Callable[[Server], Awaitable[None]]
CHECKS: list[Check] = [
    endless_headers_harm_nobody,
    a_header_block_is_refused_before_its_end,
    large_header_lists_are_refused,
    rapid_resets_harm_nobody,
    oversized_messages_harm_nobody,
]
FOUND: list[Check] = [
    a_header_block_is_refused_before_its_end,
    large_header_lists_are_refused,
    rapid_resets_harm_nobody,
]


def name_of(check: Check) -> str:
    return getattr(check, "__name__", "")


@pytest.mark.parametrize("check", CHECKS, ids=name_of)
async def test_flood(flooded: Server, check: Check) -> None:
    await check(flooded)


@planted
@pytest.mark.parametrize("check", FOUND, ids=name_of)
async def test_flood_finds_the_planted_fault(careless: Server, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is kept for good is not given back, however long one waits.
    monkeypatch.setattr("tests.faults.test_network_floods.CALM_SECONDS", 1.0)
    monkeypatch.setattr("tests.faults.test_network_floods.RESET_SECONDS", 2.0)
    monkeypatch.setattr("tests.faults.test_network_floods.REFUSED_SECONDS", 2.0)
    with pytest.raises((AssertionError, TimeoutError)) as caught:
        await check(careless)
    print(f"{name_of(check)}: {caught.type.__name__}: {str(caught.value)[:120]}")


BROKEN = {
    "a string of 4 GiB": b"\x00" + integer(1 << 32, 7) + b"y" * 5000,
    "a string of 2 GiB": b"\x00" + integer((1 << 31) - 1, 7) + b"y" * 5000,
    "a string of 1 MiB that ends early": b"\x00\x01x" + integer(1 << 20, 7) + b"y" * 9000,
    "a number padded with zeros": b"\x00\x7f" + b"\x80" * 50 + b"\x00",
    "a table of 256 MiB": b"\x3f" + b"\xff" * 3 + b"\x7f",
    "an index outside of the table": b"\xff\xff\x7f",
    "te of 8 KiB": literal("te", "x" * 8192),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_broken_header_block_breaks_nothing_else(flooded: Server, what: str) -> None:
    held = Held.by_worker(flooded)
    with GoodCaller.of(flooded) as good:
        async with Connection.open(flooded.address) as connection:
            await acknowledged(connection)
            await connection.send(headers(1, call_headers(VERIFY, flooded.metadata()) + BROKEN[what], end_stream=True))
            answer = connection.answer(1)
            await connection.until(lambda: answer.ended or connection.is_closed, "it is refused", REFUSED_SECONDS)
            print(f"{what}: status {answer.status}, {answer.reset!r}, closed: {connection.is_closed}")
            assert answer.status != OK
        await good.goes_on()
    assert_calm(flooded, good, held)


async def test_who_acknowledges_no_limit_is_refused_all_the_same(flooded: Server) -> None:
    """grpc takes 16 MiB of metadata a call until its settings are acknowledged; it is the service that refuses then."""
    held = Held.by_worker(flooded)
    block = call_headers(VERIFY, [*flooded.metadata(), *((f"x-{number}", "y" * 1000) for number in range(1000))])
    statuses = []
    with GoodCaller.of(flooded) as good:
        async with Connection.open(flooded.address, acknowledge=False) as connection:
            for stream in range(1, 20, 2):
                # Without a message: who waited for one would hold the metadata meanwhile.
                await connection.send(headers(stream, block))
                await connection.until(lambda it=stream: connection.answer(it).ended, "an answer")  # type: ignore[misc]
                statuses.append(connection.answer(stream).status)
        await good.goes_on()
    print(f"statuses {statuses};", good, held)
    assert set(statuses) == {EXHAUSTED}
    assert_calm(flooded, good, held)
