"""Turns: a busy worker attends to all, first come, first served, and refuses what it could not serve in time."""

import asyncio
import itertools
import threading
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest

from authsvc.api.caller import Caller
from authsvc.api.methods import path_of
from authsvc.errors import OverloadedError
from authsvc.transport.grpc.rpcs import URGENT
from authsvc.transport.grpc.turns import SLICE_SECONDS, Turns
from tests.unit.transport.calls import eventually, running_front
from tests.unit.transport.test_front import refusal

LONG = timedelta(seconds=60)


class StoppedClock:
    """A time that passes when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_worker_with_time_lets_nobody_wait() -> None:
    turns = Turns(LONG)
    for _ in range(100):
        turns.spend(SLICE_SECONDS / 200)
        assert not turns.is_over
    turns.refuse_if_late()


def test_first_come_first_served_a_slice_at_a_time() -> None:
    turns = Turns(LONG)
    order: list[str] = []

    def call(name: str, seconds: float) -> None:
        order.append(name)
        turns.spend(seconds)

    turns.spend(2 * SLICE_SECONDS)
    for number in range(4):
        turns.wait(lambda number=number: call(f"call {number}", 0.6 * SLICE_SECONDS))  # type: ignore[misc]
    slices = 0
    while turns.is_over:
        slices += 1
        before = len(order)
        for turn in turns.slice():
            turn()
        # What fills a slice is not served in a row with the rest: the worker takes in what has come in between.
        assert len(order) - before <= 2
    assert order == [f"call {number}" for number in range(4)]
    assert slices >= 2


def test_what_has_begun_goes_on_before_others_begin() -> None:
    turns = Turns(LONG)
    order: list[str] = []
    turns.wait(lambda: order.append("new"))
    turns.go_on(lambda: order.append("begun"))
    turns.wait(lambda: order.append("newer"))
    for turn in turns.slice():
        turn()
    assert order == ["begun", "new", "newer"]
    assert not turns.is_over


def test_who_would_wait_too_long_is_refused_at_once_and_who_has_less_patience_earlier() -> None:
    clock = StoppedClock()
    turns = Turns(timedelta(seconds=1), clock)
    for _ in range(200):
        turns.wait(lambda: turns.spend(2 * SLICE_SECONDS))
    refused = []
    for slices in range(1, 61):
        clock.now += 0.02
        next(turns.slice())()
        for patience in (0.5, 1.0, URGENT):
            try:
                turns.refuse_if_late(patience)
            except OverloadedError as error:
                refused.append((slices, patience, error.retry_after.total_seconds()))
    # Of 20 ms each: after half a second, and after one.
    assert refused[0] == (26, 0.5, 1.0)
    assert next(entry for entry in refused if entry[1] == 1.0) == (51, 1.0, 1.0)
    assert all(patience != URGENT for _, patience, _ in refused)


def test_a_worker_that_was_held_up_refuses_nobody() -> None:
    clock = StoppedClock()
    turns = Turns(timedelta(seconds=1), clock)
    turns.spend(2 * SLICE_SECONDS)
    for _ in range(200):
        turns.wait(lambda: turns.spend(2 * SLICE_SECONDS))
    # As long as a garbage collection, or a key that is being judged, however long.
    clock.now += 100
    next(turns.slice())()
    turns.refuse_if_late(0.5)


class Late(Turns):
    """The queue of a worker that has far too much to do."""

    def __init__(self) -> None:
        super().__init__(LONG)
        self.overwhelm()

    def overwhelm(self) -> None:
        self._queue.append((-2 * LONG.total_seconds(), lambda: self.spend(2 * SLICE_SECONDS)))
        self.spend(2 * SLICE_SECONDS)

    def slice(self) -> Generator[None]:  # type: ignore[override]  # nobody ever has a turn
        yield from ()


@pytest.mark.parametrize("name", ["Verify", "BatchCheckScopes", "Issue", "ListTokens", "Exchange", "GetJwks"])
async def test_an_overloaded_worker_says_so(name: str) -> None:
    async with running_front(turns=Late()) as front:
        told = await refusal(front.ask(name, b"x"))
        assert front.count(name, "RESOURCE_EXHAUSTED") == 1
    assert (told.code.name, told.reason) == ("RESOURCE_EXHAUSTED", "OVERLOADED")
    assert told.retry_seconds == LONG.total_seconds()


async def test_a_call_whose_request_comes_when_it_is_too_late_is_refused_as_well() -> None:
    class LateSoon(Late):
        def __init__(self) -> None:
            Turns.__init__(self, LONG)

    turns = LateSoon()
    async with running_front(turns=turns) as front:
        server: Any = front.server
        call = front.channel.stream_unary(path_of("Verify"))(metadata=(("authorization", "Bearer k"),), timeout=20)
        await eventually(lambda: bool(server._calls._calls))
        turns.overwhelm()
        await call.write(b"x")
        await call.done_writing()
        assert (await refusal(call)).reason == "OVERLOADED"


@pytest.mark.parametrize("name", ["Revoke", "TaintKey"])
async def test_what_takes_effect_against_a_thief_is_never_refused(name: str) -> None:
    async with running_front(turns=Late()) as front:
        assert await front.ask(name, b"x") == b"x"


async def test_a_batch_in_steps_lets_others_in_between_and_ends_whole() -> None:
    order: list[str] = []
    in_batch, goes_on = threading.Event(), threading.Event()

    def batch(request: bytes, _caller: Caller) -> Generator[None, None, bytes]:
        for number in range(5):
            order.append(f"step {number}")
            if number == 1:
                # Other calls come in during this step.
                in_batch.set()
                assert goes_on.wait(20)
            yield
        return request * 2

    def hot(request: bytes, _caller: Caller) -> bytes:
        order.append("call")
        return request

    turns = Turns(LONG)
    async with running_front(hot, batch=batch, turns=turns) as front:
        whole = asyncio.ensure_future(front.ask("BatchVerify", b"b"))
        await asyncio.to_thread(in_batch.wait, 20)
        others = [asyncio.ensure_future(front.ask("Verify", b"v")) for _ in range(20)]
        # They are on their way to a server that holds the last step open.
        await asyncio.sleep(0.2)
        goes_on.set()
        assert await asyncio.gather(whole, *others) == [b"bb", *[b"v"] * 20]
        assert order.count("call") == 20
        assert [name for name in order if name != "call"] == [f"step {number}" for number in range(5)]
        assert front.count("BatchVerify", "OK") == 1


async def test_a_caller_that_goes_away_in_the_middle_of_a_batch_takes_nothing_along() -> None:
    ended = threading.Event()

    def batch(request: bytes, _caller: Caller) -> Generator[None, None, bytes]:
        try:
            yield from itertools.repeat(None)
        finally:
            ended.set()
        return request

    async with running_front(batch=batch) as front:
        call = asyncio.ensure_future(front.ask("BatchVerify", b"b", seconds=0.3))
        assert (await refusal(call)).code.name == "DEADLINE_EXCEEDED"
        assert await asyncio.to_thread(ended.wait, 20)
        assert await front.ask("Verify", b"v") == b"v"
        server: Any = front.server
        assert await server.wait_idle(5)


async def test_a_fault_in_a_later_step_is_refused_like_any_other() -> None:
    def batch(_request: bytes, _caller: Caller) -> Generator[None, None, bytes]:
        yield
        raise OverloadedError("later", retry_after=LONG)

    async with running_front(batch=batch) as front:
        assert (await refusal(front.ask("BatchVerify"))).reason == "OVERLOADED"
