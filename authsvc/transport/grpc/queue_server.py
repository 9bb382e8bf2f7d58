"""A gRPC server on one completion queue of grpcio's core, the one beneath the servers that grpcio offers itself.

One thread waits for the queue: it takes calls up as they come, and answers those of the hot path on the spot. What has to wait for
something is handed to the event loop. grpc.aio has another thread wait and wakes the loop for each of the four or five events of
a call, which takes three quarters of what such a call costs (`make bench` holds both beside each other).

Paths are compared as bytes: one that is no UTF-8 is a method that does not exist. grpc.aio (1.82 to 1.85 at least) decodes them in
the one task that accepts all calls, and such a path ends it, and with it the server.
"""

from __future__ import annotations  # grpc's classes take type arguments in stubs only

import asyncio
import contextlib
import contextvars
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import grpc
import structlog

from authsvc.errors import OverloadedError
from authsvc.telemetry.logs import describe_fault
from authsvc.transport.grpc import core
from authsvc.transport.grpc.baton import Baton
from authsvc.transport.grpc.call import Answer, GoneError, RpcStatus, ServerCall
from authsvc.transport.grpc.core import Event
from authsvc.transport.grpc.metadata import is_oversized
from authsvc.transport.grpc.rpcs import URGENT, Handler, HotRpc, RefusedRpc, Rpc, SteppedRpc, Steps, StoreRpc
from authsvc.transport.grpc.turns import SLICE_SECONDS, Turns

_ACCEPTING = 64
"""Calls that can come in before the first of them is looked at; more wait in the core."""
_AT_ONCE = 0.0
"""A deadline that has passed: what is there, and no waiting."""
_FOR_EVER = None
CALLS_THREAD = "calls"
_ANY_WAIT = timedelta(seconds=1)
_FAULT = RpcStatus(grpc.StatusCode.INTERNAL, "the call could not be answered")
_PLAIN_UNKNOWN = RefusedRpc(lambda _call: RpcStatus(grpc.StatusCode.UNIMPLEMENTED, "the service has no such method"))

_log = structlog.get_logger("authsvc.calls")


class QueueServer(grpc.aio.Server):
    """Serves methods by their path. All have to be added before it starts."""

    def __init__(
        self, options: Sequence[tuple[str, Any]] = (), *, turns: Turns | None = None, baton: Baton | None = None
    ) -> None:
        """A server of the running event loop.

        Args:
            options: channel arguments.
            turns: those of the hot methods, if there are any.
            baton: the one that the event loop holds, if hot methods share anything with it.
        """
        self._loop = asyncio.get_running_loop()
        self._turns = turns or Turns(_ANY_WAIT)
        self._baton = baton or Baton()
        self._server = core.new_server(options)
        self._queue = core.new_queue()
        self._server.register_completion_queue(self._queue)
        self._methods: dict[bytes, Rpc] = {}
        self._unknown: RefusedRpc = _PLAIN_UNKNOWN
        self._oversized: RefusedRpc | None = None
        self._calls: set[ServerCall] = set()
        # Streams of answers have no end of their own.
        self._streams: set[ServerCall] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._wants_idle = False
        self._thread: threading.Thread | None = None
        self._longest_step = 0.0
        self._is_ending = False
        self._has_ended = False
        self._ended = asyncio.Event()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of calls that wait for something."""
        return self._loop

    # What it serves.

    def add_methods(self, methods: Mapping[str, Rpc]) -> None:
        """Serve these by their path."""
        self._methods |= {path.encode(): rpc for path, rpc in methods.items()}

    def refuse_by(self, *, unknown: RefusedRpc, oversized: RefusedRpc) -> None:
        """Refuse in this way what no method answers, and calls with more metadata than any may carry."""
        self._unknown = unknown
        self._oversized = oversized

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        """Generated code offers its methods here first, and then as registered ones, which are served."""

    def add_registered_method_handlers(self, service_name: str, method_handlers: Mapping[str, Any]) -> None:
        """Serve the methods of a service by their names."""
        self.add_methods({f"/{service_name}/{name}": handler for name, handler in method_handlers.items()})

    def add_insecure_port(self, address: str) -> int:
        """Listen on an address, without TLS; the port.

        Raises:
            RuntimeError: it cannot be bound.
        """
        return self._bound(self._server.add_http2_port(address.encode()), address)

    def add_secure_port(self, address: str, server_credentials: grpc.ServerCredentials) -> int:
        """Listen on an address, with TLS; the port.

        Raises:
            RuntimeError: it cannot be bound.
        """
        credentials = server_credentials._credentials  # type: ignore[attr-defined]  # noqa: SLF001 (as grpc's own servers do)
        return self._bound(self._server.add_http2_port(address.encode(), credentials), address)

    @staticmethod
    def _bound(port: int, address: str) -> int:
        if not port:
            raise RuntimeError(f"{address} cannot be bound")
        return port

    # Its life.

    async def start(self) -> None:
        """Serve from now on."""
        self._server.start()
        for _ in range(_ACCEPTING):
            self._accept_another()
        # A worker that ends without a word is not held up by it.
        # What is bound to the lines of the log is bound in this thread too.
        work = partial(contextvars.copy_context().run, self._work)
        self._thread = threading.Thread(target=work, name=CALLS_THREAD, daemon=True)
        self._thread.start()

    async def stop(self, grace: float | None) -> None:
        """Take up no more calls, let those in flight end for so many seconds, and cancel what is left."""
        thread = self._thread
        if thread is None:
            return
        if not self._is_ending:
            self._is_ending = True
            self._server.shutdown(self._queue, self._on_shutdown)
        if grace:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await self._ended.wait()
        if not self._ended.is_set():
            self._server.cancel_all_calls()
            await self._ended.wait()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await asyncio.to_thread(thread.join)

    async def wait_for_termination(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 (grpc's own signature)
        """Wait until it has stopped, or for so many seconds; whether it still serves."""
        try:
            async with asyncio.timeout(timeout):
                await self._ended.wait()
        except TimeoutError:
            return True
        return False

    async def wait_idle(self, seconds: float) -> bool:
        """Wait until no call is in flight, at most so many seconds long; whether that came about.

        Streams of answers, which have no end, do not count.
        """
        self._wants_idle = True
        try:
            async with asyncio.timeout(seconds):
                while self._calls:
                    self._idle.clear()
                    # It may have become idle between the two.
                    if self._calls:
                        await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def take_longest_step(self) -> float:
        """The longest time in seconds that one thing has held up all calls since this was asked last."""
        longest, self._longest_step = self._longest_step, 0.0
        return longest

    # The thread of the calls.

    def _work(self) -> None:
        turns = self._turns
        while not self._has_ended:
            try:
                if turns.is_over:
                    self._take_in()
                    for turn in turns.slice():
                        began = time.perf_counter()
                        turn()
                        self._note_step(time.perf_counter() - began)
                else:
                    self._next(_FOR_EVER)
            except Exception as error:  # noqa: BLE001 (one call's fault must not end the thread of all)
                _log_fault(error)
        # What was answered last may still have something to say.
        with contextlib.suppress(Exception):
            while self._next(_AT_ONCE):
                pass
        self._server.destroy()

    def _next(self, deadline: float | None) -> bool:
        """See to what happens next; False if nothing has until the deadline."""
        try:
            event = self._queue.poll(deadline)
        except Exception:
            # Of a call, perhaps, that cannot be read: another may come in its place.
            self._accept_another()
            raise
        if event.completion_type == core.TIMEOUT:
            return False
        began = time.perf_counter()
        event.tag(event)
        self._note_step(time.perf_counter() - began)
        return True

    def _note_step(self, seconds: float) -> None:
        self._longest_step = max(self._longest_step, seconds)

    def _take_in(self) -> None:
        """See to everything that has happened, but for no longer than a slice."""
        end = time.perf_counter() + SLICE_SECONDS
        while self._next(_AT_ONCE) and time.perf_counter() < end:
            pass

    def _accept_another(self) -> None:
        # The server may begin to end at any moment.
        if not self._is_ending:
            with contextlib.suppress(ValueError):
                self._server.request_call(self._queue, self._queue, self._on_call)

    def _on_call(self, event: Event) -> None:
        self._accept_another()
        if not event.success:
            return
        metadata = event.invocation_metadata
        call = ServerCall(event.call, event.call_details, metadata, self)
        rpc = self._methods.get(event.call_details.method, self._unknown)
        if self._oversized is not None and is_oversized(metadata):
            rpc = self._oversized
        if isinstance(rpc, RefusedRpc):
            self._calls.add(call)
            with self._baton:
                status = rpc.refuse(call)
            call.end(status)
        elif isinstance(rpc, HotRpc | SteppedRpc | StoreRpc):
            self._calls.add(call)
            self._admit(call, rpc)
        else:
            self._hand_over(call, rpc)

    def _admit(self, call: ServerCall, rpc: HotRpc | SteppedRpc | StoreRpc) -> None:
        if self._turns.is_over and self._is_refused(call, rpc):
            return
        if isinstance(rpc, StoreRpc):
            call.watch()
        call.receive(partial(self._on_request, call, rpc))

    def _is_refused(self, call: ServerCall, rpc: HotRpc | SteppedRpc | StoreRpc) -> bool:
        if rpc.patience == URGENT:
            return False
        try:
            self._turns.refuse_if_late(rpc.patience)
        except OverloadedError as error:
            with self._baton:
                status = rpc.refuse(call, error)
            call.end(status)
            return True
        return False

    def _on_request(self, call: ServerCall, rpc: HotRpc | SteppedRpc | StoreRpc, event: Event) -> None:
        request = core.message_of(event)
        if request is None:
            # Too large, which grpc answers itself, or the caller is gone.
            self.forget(call)
            return
        call.arrived = time.perf_counter()
        if isinstance(rpc, StoreRpc):
            self._loop.call_soon_threadsafe(self._begin, call, self._answer(call, rpc, request))
        elif not self._turns.is_over:
            self._serve(call, rpc, request)
        elif not self._is_refused(call, rpc):
            call.watch()
            self._turns.wait(partial(self._serve, call, rpc, request))

    def _serve(self, call: ServerCall, rpc: HotRpc | SteppedRpc, request: bytes) -> None:
        if call.is_gone:
            self.forget(call)
        elif isinstance(rpc, SteppedRpc):
            self._step(call, rpc.serve(request, call))
        else:
            answer: Answer = _FAULT
            try:
                with self._baton:
                    began = time.perf_counter()
                    answer = rpc.serve(request, call)
                    self._turns.spend(time.perf_counter() - began)
            finally:
                call.end(answer)

    def _step(self, call: ServerCall, steps: Steps) -> None:
        answer: Answer | None = _FAULT
        try:
            with self._baton:
                began = time.perf_counter()
                answer = _next_of(steps)
                self._turns.spend(time.perf_counter() - began)
        finally:
            if answer is not None:
                call.end(answer)
        if answer is not None:
            return
        if call.is_gone:
            steps.close()
            self.forget(call)
        else:
            call.watch()
            self._turns.go_on(partial(self._step, call, steps))

    def _hand_over(self, call: ServerCall, handler: Handler) -> None:
        """Have a servicer of another package answer, on the event loop."""
        (self._streams if handler.response_streaming else self._calls).add(call)
        call.watch()
        self._loop.call_soon_threadsafe(self._begin, call, self._converse(call, handler))

    def _on_shutdown(self, _event: Event) -> None:
        self._has_ended = True
        self._loop.call_soon_threadsafe(self._ended.set)

    # The event loop.

    def _begin(self, call: ServerCall, answering: Coroutine[Any, Any, None]) -> None:
        if call.is_gone:
            answering.close()
            self.forget(call)
            return
        task = self._loop.create_task(answering)
        self._tasks.add(task)
        task.add_done_callback(partial(self._end, call))
        call.answer_by(task)

    def _end(self, call: ServerCall, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        call.answer_by(None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log_fault(error)
            call.end(_FAULT)
        elif not call.has_ended:
            self.forget(call)

    @staticmethod
    async def _answer(call: ServerCall, rpc: StoreRpc, request: bytes) -> None:
        call.end(await rpc.serve(request, call))

    @staticmethod
    async def _converse(call: ServerCall, handler: Handler) -> None:
        call.decode = handler.request_deserializer or bytes
        call.encode = handler.response_serializer or bytes
        try:
            request = call.requests() if handler.request_streaming else await call.read()
            if request is grpc.aio.EOF:
                return
            answer = _method_of(handler)(request, call)
            if not handler.response_streaming:
                call.end(call.encode(await answer))
                return
            if hasattr(answer, "__aiter__"):
                async for message in answer:
                    await call.write(message)
            else:
                await answer
            call.end(call.wished)
        except (grpc.aio.AbortError, GoneError):
            pass
        except Exception:
            # Generated code says so before it raises, where a method is not there.
            if call.wished.code is grpc.StatusCode.OK:
                raise
            call.end(call.wished)

    # Both.

    def forget(self, call: ServerCall) -> None:
        """The call has ended."""
        self._calls.discard(call)
        self._streams.discard(call)
        if self._wants_idle and not self._calls:
            self._loop.call_soon_threadsafe(self._idle.set)


def _log_fault(error: BaseException) -> None:
    _log.error("fault", method="unknown", call_id="", fault=describe_fault(error))


def _next_of(steps: Steps) -> Answer | None:
    """What the steps come to, if they have come to their end."""
    try:
        next(steps)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    return None


def _method_of(handler: Handler) -> Callable[[Any, Any], Any]:
    """The one function of a handler that is for its kind of call."""
    kinds = (handler.unary_unary, handler.unary_stream, handler.stream_unary, handler.stream_stream)
    method: Callable[[Any, Any], Any] = next(method for method in kinds if method is not None)
    return method
