"""Slow clients and calls that are given up: nothing piles up for them, and good callers lose nothing (B26)."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from authsvc.v1 import token_service_pb2 as messages
from tests.faults.h2 import Connection, call_headers, headers, message, open_call
from tests.faults.network import (
    MEMORY_BAR,
    VERIFY,
    GoodCaller,
    Held,
    StallWatch,
    tasks,
    verify_request,
)
from tests.faults.support import AUDIENCE, TENANT, Caller
from tests.support.scale import planted, scaled
from tests.support.server import Server, await_true

# A test that has the machine to itself waits for the longest of the others first.
pytestmark = pytest.mark.timeout(900)

CLIENTS = 1000
"""With its own, the server needs more descriptors for them than the system suggests to it."""
DRIPPING = 100
"""Of these clients so many send a byte at a time."""
NOT_READING = 100
"""And so many never read."""
CALLS_OF_EACH = 8
CANCELLED = scaled(5_000, 100_000)
IN_FLIGHT = 50
SPARE = 10
"""Descriptors and tasks that come and go."""
CALM_SECONDS = 25.0


def left_over(server: Server, held: Held, tasks_before: int, seconds: float) -> list[str]:
    """What is still there of those who have gone, so many seconds later."""
    what: dict[str, Callable[[], bool]] = {
        "memory": lambda: held.growth < MEMORY_BAR,
        "descriptors": lambda: held.more_descriptors < SPARE,
        "tasks": lambda: tasks(server) < tasks_before + SPARE,
    }
    found = []
    for name, is_gone in what.items():
        try:
            await_true(is_gone, name, seconds)
        except TimeoutError:
            found.append(name)
    return found


async def drip(connection: Connection) -> None:
    """Send a call a byte at a time."""
    for byte in headers(1, call_headers(VERIFY)):
        await connection.send(bytes([byte]))
        # The pace is the point: there is nothing to wait for.
        await asyncio.sleep(1.0)


async def slow_client(server: Server, number: int, stack: contextlib.AsyncExitStack, group: asyncio.TaskGroup) -> None:
    """One more connection: some send slowly, some do not read their answers, the others are idle."""
    is_reading = number >= NOT_READING
    connection = await stack.enter_async_context(Connection.open(server.address, window=1 << 20 if is_reading else 0))
    await connection.until(lambda: connection.settings, "the server's settings")
    if not is_reading:
        calls = range(1, 2 * CALLS_OF_EACH, 2)
        asked = (open_call(it, VERIFY, server.metadata()) + message(it, verify_request()) for it in calls)
        await connection.send(b"".join(asked))
    elif number < NOT_READING + DRIPPING:
        dripping = group.create_task(drip(connection))
        stack.callback(dripping.cancel)


@pytest.mark.alone
async def test_a_thousand_slow_clients(flooded: Server) -> None:
    held, tasks_before = Held.by_worker(flooded), tasks(flooded)
    with GoodCaller.of(flooded) as before:
        await before.goes_on()
    with GoodCaller.of(flooded) as good, StallWatch(flooded) as stall:
        async with asyncio.TaskGroup() as group, contextlib.AsyncExitStack() as stack:
            for number in range(CLIENTS):
                await slow_client(flooded, number, stack, group)
            await good.goes_on()
            print(
                f"{CLIENTS} slow clients: {held}, {tasks(flooded) - tasks_before:+d} tasks;", good, "; before:", before
            )
            assert CLIENTS <= held.more_descriptors < CLIENTS + SPARE
            assert held.growth < MEMORY_BAR
    print("and after them:", held, stall)
    assert good.failures == []
    assert stall.is_short, stall
    assert flooded.is_serving()
    assert left_over(flooded, held, tasks_before, CALM_SECONDS) == []


def give_up(server: Server, count: int) -> int:
    """Make calls and cancel them, many at a time, until so many were cancelled; how many calls that took."""
    caller = Caller.of(server)
    verify = messages.VerifyRequest(tenant=TENANT, token="x", audience=AUDIENCE)
    issue = messages.IssueRequest(tenant=TENANT, subject="given-up", audiences=[AUDIENCE])
    made = cancelled = 0
    while cancelled < count:
        calls: list[grpc.Future[Any]] = [
            caller.stub.Verify.future(verify, metadata=caller.metadata, timeout=30.0) for _ in range(IN_FLIGHT - 1)
        ]
        calls.append(caller.stub.Issue.future(issue, metadata=caller.metadata, timeout=30.0))
        for call in calls:
            call.cancel()
        # What the server had answered or refused by then is not cancelled.
        made += IN_FLIGHT
        cancelled += sum(call.cancelled() for call in calls)
    caller.channel.close()
    return made


async def after_giving_up(server: Server, count: int, calm_seconds: float) -> tuple[GoodCaller, list[str]]:
    """Who called meanwhile, and what is left over of so many calls that were given up."""
    held, tasks_before = Held.by_worker(server), tasks(server)
    with GoodCaller.of(server) as good, StallWatch(server) as stall:
        made = await asyncio.to_thread(give_up, server, count)
        await good.goes_on()
    print(f"{count} of {made} calls given up: {held}, {tasks(server) - tasks_before:+d} tasks;", good, stall)
    assert server.is_serving()
    found = left_over(server, held, tasks_before, calm_seconds)
    return good, found if stall.is_short else [*found, "stall"]


@pytest.mark.alone
async def test_calls_that_are_given_up_leave_nothing(flooded: Server) -> None:
    good, found = await after_giving_up(flooded, CANCELLED, CALM_SECONDS)
    assert found == []
    assert good.failures == []


@planted
async def test_what_calls_leave_behind_is_found(careless: Server) -> None:
    # What is kept for good is not given back, however long one waits.
    _, found = await after_giving_up(careless, 20 * IN_FLIGHT, calm_seconds=1.0)
    assert set(found) >= {"memory", "descriptors", "tasks"}
