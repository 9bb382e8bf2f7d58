"""A call: it ends once, is watched once, and whoever answers it stops when the caller is gone."""

import asyncio
import time
from typing import Any

import grpc
import pytest

from authsvc.transport.grpc import call as calls
from authsvc.transport.grpc import core
from authsvc.transport.grpc.call import RpcStatus, ServerCall


class CoreCall:
    """Keeps what it is asked to do."""

    def __init__(self) -> None:
        self.batches: list[tuple[list[Any], Any]] = []
        self.breaks = False

    def start_server_batch(self, operations: Any, tag: Any) -> None:
        if self.breaks:
            raise ValueError("grpc_call_start_batch failed")
        self.batches.append((list(operations), tag))

    def peer(self) -> bytes:
        return b"ipv4:127.0.0.1:1"


class Details:
    method = b"/x/Y"
    deadline = float("inf")


class Owner:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.forgotten: list[ServerCall] = []

    def forget(self, call: ServerCall) -> None:
        self.forgotten.append(call)


class Event:
    """The end of a call on the other side."""

    success = True

    def __init__(self, *, cancelled: bool) -> None:
        self.batch_operations = (self,)
        self.cancelled = lambda: cancelled


def new_call(details: Any = None) -> tuple[ServerCall, CoreCall, Owner]:
    under, owner = CoreCall(), Owner()
    return ServerCall(under, details or Details(), (("x", "y"),), owner), under, owner


def names(batch: tuple[list[Any], Any]) -> list[str]:
    return [type(operation).__name__.removesuffix("Operation") for operation in batch[0]]


async def test_it_ends_once() -> None:
    call, under, owner = new_call()
    call.end(b"x")
    call.end(b"y")
    call.end(RpcStatus(grpc.StatusCode.INTERNAL))
    assert list(map(names, under.batches)) == [
        ["SendInitialMetadata", "SendMessage", "SendStatusFromServer", "ReceiveCloseOnServer"]
    ]
    assert call.has_ended
    assert owner.forgotten == []
    under.batches[0][1](Event(cancelled=False))
    assert owner.forgotten == [call]


async def test_it_is_watched_once() -> None:
    call, under, _ = new_call()
    call.watch()
    call.watch()
    call.end(RpcStatus(grpc.StatusCode.OK))
    assert list(map(names, under.batches)) == [
        ["ReceiveCloseOnServer"],
        ["SendInitialMetadata", "SendStatusFromServer"],
    ]


async def test_a_call_that_cannot_be_answered_is_forgotten() -> None:
    call, under, owner = new_call()
    under.breaks = True
    with pytest.raises(ValueError, match="start_batch"):
        call.end(b"x")
    assert owner.forgotten == [call]


@pytest.mark.parametrize("is_early", [True, False])
@pytest.mark.parametrize("cancelled", [True, False])
async def test_the_task_of_a_caller_that_is_gone_is_cancelled(*, is_early: bool, cancelled: bool) -> None:
    call, under, _ = new_call()
    task = asyncio.create_task(asyncio.sleep(0.2))
    call.watch()
    if is_early:
        under.batches[0][1](Event(cancelled=cancelled))
    call.answer_by(task)
    if not is_early:
        under.batches[0][1](Event(cancelled=cancelled))
    await asyncio.wait([task])
    assert (task.cancelled(), call.is_gone) == (cancelled, cancelled)


async def test_what_came_with_it() -> None:
    call, _, _ = new_call()
    assert call.invocation_metadata() == (("x", "y"),)
    assert call.peer() == "ipv4:127.0.0.1:1"
    assert call.time_remaining() is None
    assert "y" not in repr(call)

    class Soon(Details):
        deadline = time.time() + 10

    class Late(Details):
        deadline = time.time() - 10

    left = new_call(Soon())[0].time_remaining()
    assert left is not None
    assert 5 < left <= 10
    assert new_call(Late())[0].time_remaining() == 0


async def test_generated_code_may_set_a_status_before_it_fails() -> None:
    call, _, _ = new_call()
    assert call.wished.code is grpc.StatusCode.OK
    call.set_code(grpc.StatusCode.UNIMPLEMENTED)
    call.set_details("not here")
    call.set_trailing_metadata([("a", "b")])
    assert call.wished == RpcStatus(grpc.StatusCode.UNIMPLEMENTED, "not here", (("a", "b"),))


async def test_whoever_writes_to_nobody_is_told() -> None:
    call, under, _ = new_call()
    writing = asyncio.ensure_future(call.write(b"x"))
    await asyncio.sleep(0)
    assert names(under.batches[0]) == ["SendInitialMetadata", "SendMessage"]

    class Failed:
        success = False

    under.batches[0][1](Failed())
    with pytest.raises(calls.GoneError):
        await writing


async def test_an_abort_ends_it() -> None:
    call, under, _ = new_call()
    with pytest.raises(grpc.aio.AbortError):
        await call.abort(grpc.StatusCode.NOT_FOUND, "nothing", (("a", "b"),))
    assert names(under.batches[0]) == ["SendInitialMetadata", "SendStatusFromServer", "ReceiveCloseOnServer"]


def test_text_of_the_core_is_bytes_or_not() -> None:
    assert core._text(b"a\xff") == "a\ufffd"
    assert core._text("a") == "a"
