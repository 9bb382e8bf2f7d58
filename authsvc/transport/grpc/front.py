"""Serves the table of methods: the key becomes a caller, bytes become an answer, an error becomes a status."""

from __future__ import annotations  # grpc's classes take type arguments in stubs only

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import grpc
import structlog

from authsvc.api.caller import Call, Caller
from authsvc.api.gate import Gate
from authsvc.api.methods import BatchMethod, HolderMethod, HotMethod, Methods, PublicMethod, StoreMethod
from authsvc.errors import AuthsvcError, TokenNotGoodError
from authsvc.telemetry.logs import describe_fault
from authsvc.telemetry.metrics import Metrics
from authsvc.transport.grpc.callers import AddressGuard, Callers
from authsvc.transport.grpc.certificates import ClientCertificates
from authsvc.transport.grpc.metadata import MAX_METADATA
from authsvc.transport.grpc.status import (
    DETAILS_KEY,
    DeadlineExceededError,
    InternalError,
    MessageTooLargeError,
    UnknownMethodError,
    details_of,
    reason_name,
    status_of,
)
from authsvc.transport.grpc.steady_server import MethodTable
from authsvc.transport.grpc.turns import Turns

Context = grpc.aio.ServicerContext[bytes, bytes]
Handler = Callable[[bytes, Context], Awaitable[bytes]]

_log = structlog.get_logger("authsvc.calls")
_FLUSH_SECONDS = 0.01
"""How long after a hot call the metrics show it: all calls of that time are added to them at once."""
_URGENT = frozenset({"Revoke", "TaintKey"})
"""What takes effect against a thief is not refused, however much there is to do."""
_LOGGED_FAULTS = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class FrontOptions:
    """How calls are served."""

    max_deadline: timedelta
    log_calls: bool
    turns: Turns
    worker: str = ""
    """When not empty, sent in the trailing metadata "authsvc-worker", so that tests can tell workers apart."""
    certificates: ClientCertificates | None = None
    """Reads the certificates of callers; None when callers show none."""
    addresses: AddressGuard | None = None
    """Slows down addresses that call without a good key; None lets them."""


class GrpcFront(MethodTable):
    """All methods of the contract. Handlers take and return bytes: a malformed request is told from a fault here.

    There are no interceptors: two empty ones cost a good part of a hot call.
    """

    def __init__(self, methods: Methods, gate: Gate, metrics: Metrics, options: FrontOptions) -> None:
        self._gate = gate
        self.callers = Callers(gate, options.certificates, options.addresses)
        self._metrics = metrics
        self._options = options
        handlers: dict[str, Handler] = {path: self._hot(path, method) for path, method in methods.hot.items()}
        handlers |= {path: self._batch(path, method) for path, method in methods.batch.items()}
        handlers |= {path: self._store(path, method) for path, method in methods.store.items()}
        handlers |= {path: self._public(path, method) for path, method in methods.public.items()}
        handlers |= {path: self._holder(path, method) for path, method in methods.holder.items()}
        self._handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            path: grpc.unary_unary_rpc_method_handler(handler) for path, handler in handlers.items()
        }
        self.unknown = grpc.stream_stream_rpc_method_handler(self._refuse_unknown)
        self.oversized = grpc.stream_stream_rpc_method_handler(self._refuse_oversized)

    @property
    def methods(self) -> Mapping[str, grpc.RpcMethodHandler[bytes, bytes]]:
        """The handlers by their path."""
        return self._handlers

    def _hot(self, path: str, method: HotMethod) -> Handler:
        name = path.rpartition("/")[2]
        limit = Methods.size_limit(path)
        admit = self.callers.admit
        tally = self._metrics.tally(name)
        turns = self._options.turns

        async def handle(request: bytes, context: Context) -> bytes:
            began = started = time.perf_counter()
            try:
                if turns.is_over:
                    turns.refuse_if_late()
                    await turns.wait()
                    began = time.perf_counter()
                _check_size(request, limit)
                caller = admit(path, context)
                answer = method(request, caller)
            except Exception as error:  # noqa: BLE001 (the one place where a fault becomes a status)
                del request
                turns.spend(time.perf_counter() - began)
                return await self._refuse(context, name, error, secrets.token_hex(8), quiet=not self._options.log_calls)
            ended = time.perf_counter()
            turns.spend(ended - began)
            tally.add(ended - started)
            self._note_hot(name, caller, context)
            return answer

        return handle

    def _batch(self, path: str, method: BatchMethod) -> Handler:
        name = path.rpartition("/")[2]
        limit = Methods.size_limit(path)
        tally = self._metrics.tally(name)
        turns = self._options.turns

        async def handle(request: bytes, context: Context) -> bytes:
            started = time.perf_counter()
            try:
                if turns.is_over:
                    turns.refuse_if_late()
                    await turns.wait()
                _check_size(request, limit)
                caller = self.callers.admit(path, context)
                answer = await _in_turns(turns, method(request, caller))
            except Exception as error:  # noqa: BLE001 (the one place where a fault becomes a status)
                del request
                return await self._refuse(context, name, error, secrets.token_hex(8), quiet=not self._options.log_calls)
            tally.add(time.perf_counter() - started)
            self._note_hot(name, caller, context)
            return answer

        return handle

    def _note_hot(self, name: str, caller: Caller, context: Context) -> None:
        """What there is to do after a hot call that went well."""
        if self._options.worker:
            context.set_trailing_metadata((("authsvc-worker", self._options.worker),))
        if self._metrics.is_flushed:
            self._metrics.is_flushed = False
            asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._metrics.flush)
        if self._options.log_calls:
            _log.info("call", method=name, code="OK", client_id=caller.client_id)

    def _store(self, path: str, method: StoreMethod) -> Handler:
        async def answer(request: bytes, context: Context, call_id: str) -> tuple[bytes, str]:
            caller = self.callers.admit(path, context)
            async with asyncio.timeout(self._seconds_left(context)):
                return await method(request, Call(caller, call_id)), caller.client_id

        return self._slow(path, answer)

    def _holder(self, path: str, method: HolderMethod) -> Handler:
        async def answer(request: bytes, context: Context, call_id: str) -> tuple[bytes, str]:
            # A key that comes along is of no account: the right is the token in the request.
            self.callers.admit_holder(path, context)
            try:
                async with asyncio.timeout(self._seconds_left(context)):
                    return await method(request, call_id), ""
            except TokenNotGoodError:
                self.callers.charge(context)
                raise

        return self._slow(path, answer)

    def _slow(self, path: str, answer_of: Callable[[bytes, Context, str], Awaitable[tuple[bytes, str]]]) -> Handler:
        """A method of the store, with a log line for each call. `answer_of` gives the answer and the caller's client id."""
        name = path.rpartition("/")[2]
        limit = Methods.size_limit(path)
        ok = self._metrics.calls.labels(name, "OK")
        seconds = self._metrics.seconds.labels(name)
        turns = self._options.turns

        async def handle(request: bytes, context: Context) -> bytes:
            started = time.perf_counter()
            call_id = secrets.token_hex(8)
            try:
                if turns.is_over and name not in _URGENT:
                    turns.refuse_if_late(can_wait=True)
                _check_size(request, limit)
                answer, client_id = await answer_of(request, context, call_id)
            except Exception as error:  # noqa: BLE001 (the one place where a fault becomes a status)
                del request
                return await self._refuse(context, name, error, call_id, quiet=False)
            if self._options.worker:
                context.set_trailing_metadata((("authsvc-worker", self._options.worker),))
            ok.inc()
            took = time.perf_counter() - started
            seconds.observe(took)
            _log.info("call", method=name, code="OK", call_id=call_id, client_id=client_id, ms=round(took * 1000, 2))
            return answer

        return handle

    def _public(self, path: str, method: PublicMethod) -> Handler:
        name = path.rpartition("/")[2]
        limit = Methods.size_limit(path)
        if not self._gate.is_public(path):
            raise LookupError(f"{path} asks for a key and is served to anybody")
        ok = self._metrics.calls.labels(name, "OK")
        turns = self._options.turns

        async def handle(request: bytes, context: Context) -> bytes:
            try:
                if turns.is_over:
                    turns.refuse_if_late(can_wait=True)
                _check_size(request, limit)
                answer = method(request)
            except Exception as error:  # noqa: BLE001 (the one place where a fault becomes a status)
                # Whoever has no key writes no log.
                del request
                return await self._refuse(context, name, error, secrets.token_hex(8), quiet=True)
            if self._options.worker:
                context.set_trailing_metadata((("authsvc-worker", self._options.worker),))
            ok.inc()
            return answer

        return handle

    async def _refuse_unknown(self, _requests: object, context: Context) -> None:
        error = UnknownMethodError("the service has no such method; is the client newer than the server?")
        await self._refuse(context, "unknown", error, secrets.token_hex(8), quiet=True)

    async def _refuse_oversized(self, _requests: object, context: Context) -> None:
        error = MessageTooLargeError(f"the call's metadata is larger than {2 * MAX_METADATA} bytes")
        await self._refuse(context, "unknown", error, secrets.token_hex(8), quiet=True)

    def _seconds_left(self, context: Context) -> float:
        cap = self._options.max_deadline.total_seconds()
        left = context.time_remaining()
        return cap if left is None else min(cap, left)

    async def _refuse(self, context: Context, method: str, error: Exception, call_id: str, *, quiet: bool) -> bytes:
        if isinstance(error, TimeoutError):
            error = DeadlineExceededError("the call was not done in time; it may still take effect")
        if not isinstance(error, AuthsvcError):
            _log.error("fault", method=method, call_id=call_id, fault=describe_fault(error))
            error = InternalError(call_id)
        # grpc holds what an aborted call leaves in a cycle, until the collector comes by: no request may hang on it.
        error.__traceback__ = error.__context__ = error.__cause__ = None
        code = status_of(error)
        reason = reason_name(error)
        self._metrics.calls.labels(method, code.name).inc()
        self._metrics.errors.labels(method, reason).inc()
        if not quiet or code in _LOGGED_FAULTS:
            _log.warning("call", method=method, code=code.name, reason=reason, call_id=call_id)
        trailing: list[tuple[str, str | bytes]] = [(DETAILS_KEY, details_of(error))]
        if self._options.worker:
            trailing.append(("authsvc-worker", self._options.worker))
        await context.abort(code, error.message, tuple(trailing))
        raise AssertionError("abort does not return")


async def _in_turns(turns: Turns, steps: Generator[None, None, bytes]) -> bytes:
    """What the steps come to, with turns for other calls between them."""
    while True:
        began = time.perf_counter()
        try:
            next(steps)
        except StopIteration as end:
            answer: bytes = end.value
            return answer
        finally:
            turns.spend(time.perf_counter() - began)
        await turns.wait(has_begun=True)


def _check_size(request: bytes, limit: int) -> None:
    if len(request) > limit:
        raise MessageTooLargeError(f"the request has {len(request)} bytes, and at most {limit} are allowed")
