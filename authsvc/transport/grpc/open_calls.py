"""The calls of a server that have not ended, and the tasks of those that are answered on the event loop."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

import grpc
import structlog

from authsvc.telemetry.logs import describe_fault
from authsvc.transport.grpc.call import GoneError, RpcStatus, ServerCall
from authsvc.transport.grpc.rpcs import FAULT, NO_REQUEST, Handler, StoreRpc

_log = structlog.get_logger("authsvc.calls")


def log_fault(error: BaseException) -> None:
    """Note a fault that no method has taken upon itself."""
    _log.error("fault", method="unknown", call_id="", fault=describe_fault(error))


class OpenCalls:
    """Both threads come here: to note a call, to hand it to the event loop, and to forget it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._calls: set[ServerCall] = set()
        # Streams of answers have no end of their own.
        self._streams: set[ServerCall] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._wants_idle = False

    def add(self, call: ServerCall) -> None:
        """A call has come in."""
        self._calls.add(call)

    def forget(self, call: ServerCall) -> None:
        """The call has ended."""
        self._calls.discard(call)
        self._streams.discard(call)
        if self._wants_idle and not self._calls:
            self.loop.call_soon_threadsafe(self._idle.set)

    # From the thread of the calls.

    def answer_later(self, call: ServerCall, rpc: StoreRpc, request: bytes) -> None:
        """Have a call, which is open, answered on the event loop."""
        self.loop.call_soon_threadsafe(self._begin, call, _answer(call, rpc, request))

    def hand_over(self, call: ServerCall, handler: Handler) -> None:
        """Have a servicer of another package answer a new call, on the event loop."""
        (self._streams if handler.response_streaming else self._calls).add(call)
        call.watch()
        self.loop.call_soon_threadsafe(self._begin, call, _converse(call, handler))

    # On the event loop.

    def _begin(self, call: ServerCall, answering: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(answering)
        self._tasks.add(task)
        task.add_done_callback(partial(self._end, call))
        # If the caller is gone already, it is cancelled before it has begun.
        call.answer_by(task)

    def _end(self, call: ServerCall, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        call.answer_by(None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_fault(error)
            call.end(FAULT)
        elif not call.has_ended:
            self.forget(call)

    async def wait_idle(self, seconds: float) -> bool:
        """Wait until no call is open, at most so many seconds long; whether that came about.

        Streams of answers, which have no end, do not count.
        """
        self._wants_idle = True
        try:
            async with asyncio.timeout(seconds):
                while self._calls:
                    self._idle.clear()
                    # The last may have ended between the two.
                    if self._calls:
                        await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def wait_for_tasks(self) -> None:
        """Wait for those that answer calls."""
        if self._tasks:
            await asyncio.wait(self._tasks)


async def _answer(call: ServerCall, rpc: StoreRpc, request: bytes) -> None:
    call.end(await rpc.serve(request, call))


async def _converse(call: ServerCall, handler: Handler) -> None:
    call.decode = handler.request_deserializer or bytes
    call.encode = handler.response_serializer or bytes
    try:
        request = call.requests() if handler.request_streaming else await call.read()
        if request is grpc.aio.EOF:
            call.end(NO_REQUEST)
            return
        call.end(await _end_of(call, handler, request))
    except (grpc.aio.AbortError, GoneError):
        pass
    except Exception:
        # Generated code says so before it raises, where a method is not there.
        if call.wished.code is grpc.StatusCode.OK:
            raise
        call.end(call.wished)


async def _end_of(call: ServerCall, handler: Handler, request: object) -> bytes | RpcStatus:
    """How a call ends when the handler has done its part."""
    kinds: tuple[Any, ...] = (handler.unary_unary, handler.unary_stream, handler.stream_unary, handler.stream_stream)
    method = next(method for method in kinds if method is not None)
    answer = method(request, call)
    if not handler.response_streaming:
        return call.encode(await answer)
    if hasattr(answer, "__aiter__"):
        async for message in answer:
            await call.write(message)
    else:
        await answer
    return call.wished
