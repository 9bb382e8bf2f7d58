"""The thread of the calls: waits for the completion queue, takes calls up, and answers those of the hot path on the spot."""

import contextlib
import contextvars
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from authsvc.errors import OverloadedError
from authsvc.transport.grpc import core
from authsvc.transport.grpc.baton import Baton
from authsvc.transport.grpc.call import Answer, ServerCall
from authsvc.transport.grpc.core import Event
from authsvc.transport.grpc.metadata import is_oversized
from authsvc.transport.grpc.open_calls import OpenCalls, log_fault
from authsvc.transport.grpc.rpcs import (
    FAULT,
    NO_REQUEST,
    UNKNOWN,
    HotRpc,
    RefusedRpc,
    Rpc,
    SteppedRpc,
    Steps,
    StoreRpc,
)
from authsvc.transport.grpc.turns import SLICE_SECONDS, Turns

CALLS_THREAD = "calls"
_ACCEPTING = 64
"""Calls that can come in before the first of them is looked at; more wait in the core."""
_AT_ONCE = 0.0
"""A deadline that has passed: what is there, and no waiting."""
_FOR_EVER = None
_FRUITLESS_LOOKS = 6
"""After so many there is nothing to take in: a look may as well read from one socket, and find no whole call there."""


@dataclass
class MethodTable:
    """What a server answers, and how it refuses the rest."""

    methods: dict[bytes, Rpc] = field(default_factory=dict)
    """By their path, in the bytes that it is called by: one that is no UTF-8 is just another that is not there."""
    unknown: RefusedRpc = UNKNOWN
    oversized: RefusedRpc | None = None
    """For calls with more metadata than any may carry; None lets the core decide alone."""

    def find(self, path: bytes, metadata: core.Metadata) -> Rpc:
        """What is to answer a call."""
        if self.oversized is not None and is_oversized(metadata):
            return self.oversized
        return self.methods.get(path, self.unknown)


class CallsThread:
    """Serves a server of the core from `start` until the core has ended it."""

    def __init__(self, server: Any, table: MethodTable, calls: OpenCalls, turns: Turns, baton: Baton) -> None:  # noqa: ANN401 (the core has no types)
        self._server = server
        self._queue = core.new_queue()
        server.register_completion_queue(self._queue)
        self._table = table
        self._calls = calls
        self._turns = turns
        self._baton = baton
        # What is bound to the lines of the log is bound in this thread too.
        work = partial(contextvars.copy_context().run, self._work)
        # A worker that ends without a word is not held up by it.
        self._thread = threading.Thread(target=work, name=CALLS_THREAD, daemon=True)
        self._accepts = True
        self._has_ended = False
        self._on_end: Callable[[], None] = lambda: None
        self._longest_step = 0.0

    # From the event loop.

    def start(self) -> None:
        """Take calls up from now on. The server has started."""
        for _ in range(_ACCEPTING):
            self._accept_another()
        self._thread.start()

    def end(self, on_end: Callable[[], None]) -> None:
        """Take up no more calls. `on_end` is called, in this thread, when the last has ended."""
        self._accepts = False
        self._on_end = on_end
        self._server.shutdown(self._queue, self._on_shutdown)

    def join(self) -> None:
        """Wait until the thread is gone. Not for the event loop."""
        self._thread.join()

    def take_longest_step(self) -> float:
        """The longest time in seconds that one thing has held up all calls since this was asked last."""
        longest, self._longest_step = self._longest_step, 0.0
        return longest

    # In the thread.

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
                log_fault(error)
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
        fruitless = 0
        while fruitless < _FRUITLESS_LOOKS and time.perf_counter() < end:
            fruitless = 0 if self._next(_AT_ONCE) else fruitless + 1

    def _accept_another(self) -> None:
        # The server may begin to end at any moment.
        if self._accepts:
            with contextlib.suppress(ValueError):
                self._server.request_call(self._queue, self._queue, self._on_call)

    def _on_shutdown(self, _event: Event) -> None:
        self._has_ended = True
        self._on_end()

    def _on_call(self, event: Event) -> None:
        self._accept_another()
        if not event.success:
            return
        metadata = event.invocation_metadata
        call = ServerCall(event.call, event.call_details, metadata, self._calls)
        rpc = self._table.find(event.call_details.method, metadata)
        if isinstance(rpc, HotRpc | SteppedRpc | StoreRpc):
            self._calls.add(call)
            self._admit(call, rpc)
        elif isinstance(rpc, RefusedRpc):
            self._calls.add(call)
            with self._baton:
                status = rpc.refuse(call)
            call.end(status)
        else:
            self._calls.hand_over(call, rpc)

    def _admit(self, call: ServerCall, rpc: HotRpc | SteppedRpc | StoreRpc) -> None:
        if self._turns.is_over and self._is_refused(call, rpc):
            return
        if isinstance(rpc, StoreRpc):
            call.watch()
        call.receive(partial(self._on_request, call, rpc))

    def _is_refused(self, call: ServerCall, rpc: HotRpc | SteppedRpc | StoreRpc) -> bool:
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
            # If it was too large, or the caller is gone, grpc has ended the call before this does.
            call.end(NO_REQUEST)
            return
        call.arrived = time.perf_counter()
        if isinstance(rpc, StoreRpc):
            self._calls.answer_later(call, rpc, request)
        elif not self._turns.is_over:
            self._serve(call, rpc, request)
        elif not self._is_refused(call, rpc):
            if self._turns.is_crowded:
                call.watch()
            self._turns.wait(partial(self._serve, call, rpc, request))

    def _serve(self, call: ServerCall, rpc: HotRpc | SteppedRpc, request: bytes) -> None:
        if call.is_gone:
            self._calls.forget(call)
        elif isinstance(rpc, SteppedRpc):
            self._step(call, rpc.serve(request, call))
        else:
            answer: Answer = FAULT
            try:
                with self._baton:
                    began = time.perf_counter()
                    answer = rpc.serve(request, call)
                    self._turns.spend(time.perf_counter() - began)
            finally:
                call.end(answer)

    def _step(self, call: ServerCall, steps: Steps) -> None:
        answer: Answer | None = FAULT
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
            self._calls.forget(call)
        else:
            call.watch()
            self._turns.go_on(partial(self._step, call, steps))


def _next_of(steps: Steps) -> Answer | None:
    """What the steps come to, if they have come to their end."""
    try:
        next(steps)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    return None
