"""Turns: a busy worker attends to all, first come, first served, and refuses what it could not serve in time."""

import asyncio
from collections.abc import Generator
from datetime import timedelta
from itertools import pairwise

import pytest

from authsvc.api.caller import Caller
from authsvc.errors import OverloadedError
from authsvc.transport.grpc.turns import SLICE_SECONDS, Turns
from tests.unit.transport.calls import eventually, running_front
from tests.unit.transport.test_front import refusal

LONG = timedelta(seconds=60)


async def in_turn(turns: Turns, order: list[str], name: str, *, has_begun: bool = False) -> None:
    if turns.is_over:
        await turns.wait(has_begun=has_begun)
    order.append(name)
    turns.spend(2 * SLICE_SECONDS)


async def test_a_worker_with_time_lets_nobody_wait() -> None:
    turns = Turns(LONG)
    for _ in range(100):
        turns.spend(SLICE_SECONDS / 200)
        assert not turns.is_over
    turns.refuse_if_late()


async def test_first_come_first_served_and_the_loop_goes_on_in_between() -> None:
    turns = Turns(LONG)
    order: list[str] = []
    loop = asyncio.get_running_loop()
    turns.spend(2 * SLICE_SECONDS)
    calls = [asyncio.create_task(in_turn(turns, order, f"call {number}")) for number in range(4)]

    def tick() -> None:
        order.append("loop")
        if len(order) < 40:
            loop.call_soon(tick)

    loop.call_soon(tick)
    await asyncio.gather(*calls)
    assert [name for name in order if name != "loop"] == [f"call {number}" for number in range(4)]
    # Calls that fill a slice each are not served in a row.
    places = [order.index(f"call {number}") for number in range(4)]
    assert all("loop" in order[before:after] for before, after in pairwise(places))


async def test_what_has_begun_goes_on_before_others_begin() -> None:
    turns = Turns(LONG)
    order: list[str] = []
    turns.spend(2 * SLICE_SECONDS)
    new = [asyncio.create_task(in_turn(turns, order, name)) for name in ("new", "newer")]
    await asyncio.gather(*new, in_turn(turns, order, "begun", has_begun=True))
    assert order.index("begun") < order.index("newer")


async def test_who_is_gone_has_no_turn() -> None:
    turns = Turns(LONG)
    gone, here = asyncio.create_task(turns.wait()), asyncio.create_task(turns.wait())
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait_for(here, 5)
    assert gone.cancelled()
    await eventually(lambda: not turns.is_over)


async def test_who_would_wait_too_long_is_refused_at_once_and_what_can_wait_earlier() -> None:
    turns = Turns(timedelta(seconds=1))
    turns._queue.append((-0.75, asyncio.get_running_loop().create_future()))
    turns.refuse_if_late()
    with pytest.raises(OverloadedError):
        turns.refuse_if_late(can_wait=True)
    turns._time = 0.5
    with pytest.raises(OverloadedError) as caught:
        turns.refuse_if_late()
    assert caught.value.retry_after == timedelta(seconds=1)


async def test_the_wait_is_that_of_the_slices_and_a_loop_that_was_held_up_refuses_nobody() -> None:
    turns, loop = Turns(timedelta(seconds=1)), StoppedClock()
    asyncio.get_running_loop().time = loop.time  # type: ignore[method-assign]
    try:
        turns.spend(2 * SLICE_SECONDS)
        waiting = [asyncio.create_task(turns.wait()) for _ in range(200)]
        await asyncio.sleep(0)
        # As long as a garbage collection, or a key that is being judged, however long.
        loop.now += 100
        await asyncio.sleep(0)
        assert turns._queue
        turns.refuse_if_late(can_wait=True)
        while turns._queue and turns._time < 1.0:
            turns.spend(2 * SLICE_SECONDS)
            loop.now += 0.02
            await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            turns.refuse_if_late()
    finally:
        del asyncio.get_running_loop().time
    await asyncio.gather(*waiting)


class StoppedClock:
    """The loop's time, which passes when it is told to."""

    now = 1000.0

    def time(self) -> float:
        return self.now


class Late(Turns):
    """The queue of a worker that has far too much to do."""

    def __init__(self) -> None:
        super().__init__(LONG)
        self.is_over = True
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((-2 * LONG.total_seconds(), future))


@pytest.mark.parametrize("name", ["Verify", "BatchCheckScopes", "Issue", "ListTokens", "Exchange", "GetJwks"])
async def test_an_overloaded_worker_says_so(name: str) -> None:
    async with running_front(turns=Late()) as front:
        told = await refusal(front.ask(name, b"x"))
    assert (told.code.name, told.reason) == ("RESOURCE_EXHAUSTED", "OVERLOADED")
    assert told.retry_seconds == LONG.total_seconds()


@pytest.mark.parametrize("name", ["Revoke", "TaintKey"])
async def test_what_takes_effect_against_a_thief_is_never_refused(name: str) -> None:
    async with running_front(turns=Late()) as front:
        assert await front.ask(name, b"x") == b"x"


async def test_a_batch_in_steps_lets_others_in_between_and_ends_whole() -> None:
    order: list[str] = []

    def batch(request: bytes, _caller: Caller) -> Generator[None, None, bytes]:
        for number in range(5):
            order.append(f"step {number}")
            yield
        return request * 2

    def hot(request: bytes, _caller: Caller) -> bytes:
        order.append("call")
        return request

    async with running_front(hot, batch=batch) as front:
        answers = await asyncio.gather(front.ask("BatchVerify", b"b"), *(front.ask("Verify", b"v") for _ in range(20)))
        assert answers == [b"bb", *[b"v"] * 20]
        assert order.count("call") == 20
        assert front.count("BatchVerify", "OK") == 1
        # A caller that goes away in the middle of it takes nothing along.
        call = asyncio.ensure_future(front.ask("BatchVerify", b"b"))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await front.ask("Verify", b"v") == b"v"


async def test_a_fault_in_a_later_step_is_refused_like_any_other() -> None:
    def batch(_request: bytes, _caller: Caller) -> Generator[None, None, bytes]:
        yield
        raise OverloadedError("later", retry_after=LONG)

    async with running_front(batch=batch) as front:
        assert (await refusal(front.ask("BatchVerify"))).reason == "OVERLOADED"
