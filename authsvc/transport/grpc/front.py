"""Serves the table of methods: the key becomes a caller, bytes become an answer, an error becomes a status."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import grpc
import structlog

from authsvc.api.caller import Call, Caller
from authsvc.api.gate import Gate
from authsvc.api.methods import BatchMethod, HolderMethod, HotMethod, Methods, PublicMethod, StoreMethod
from authsvc.errors import AuthsvcError, TokenNotGoodError
from authsvc.telemetry.logs import describe_fault
from authsvc.telemetry.metrics import Metrics
from authsvc.transport.grpc.call import Answer, RpcStatus, ServerCall
from authsvc.transport.grpc.callers import AddressGuard, Callers
from authsvc.transport.grpc.certificates import ClientCertificates
from authsvc.transport.grpc.metadata import MAX_METADATA
from authsvc.transport.grpc.rpcs import URGENT, HotRpc, RefusedRpc, Rpc, SteppedRpc, Steps, StoreRpc
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

_log = structlog.get_logger("authsvc.calls")
_FLUSH_SECONDS = 0.01
"""How long after a hot call the metrics show it: all calls of that time are added to them at once."""
_URGENT = frozenset({"Revoke", "TaintKey"})
"""What takes effect against a thief is not refused, however much there is to do."""
_CAN_WAIT = 0.5
"""The patience of calls that can wait."""
_LOGGED_FAULTS = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE})
_NOWHERE = "unknown"
"""The method of a call to none, in metrics and logs."""


@dataclass(frozen=True, slots=True)
class FrontOptions:
    """How calls are served."""

    max_deadline: timedelta
    log_calls: bool
    worker: str = ""
    """When not empty, sent in the trailing metadata "authsvc-worker", so that tests can tell workers apart."""
    certificates: ClientCertificates | None = None
    """Reads the certificates of callers; None when callers show none."""
    addresses: AddressGuard | None = None
    """Slows down addresses that call without a good key; None lets them."""


class GrpcFront:
    """All methods of the contract. Handlers take and return bytes: a malformed request is told from a fault here."""

    def __init__(self, methods: Methods, gate: Gate, metrics: Metrics, options: FrontOptions) -> None:
        self._gate = gate
        self.callers = Callers(gate, options.certificates, options.addresses)
        self._metrics = metrics
        self._options = options
        rpcs: dict[str, Rpc] = {path: self._hot(path, method) for path, method in methods.hot.items()}
        rpcs |= {path: self._batch(path, method) for path, method in methods.batch.items()}
        rpcs |= {path: self._store(path, method) for path, method in methods.store.items()}
        rpcs |= {path: self._public(path, method) for path, method in methods.public.items()}
        rpcs |= {path: self._holder(path, method) for path, method in methods.holder.items()}
        self._rpcs = rpcs
        self.unknown = RefusedRpc(
            self._always(UnknownMethodError("the service has no such method; is the client newer than the server?"))
        )
        self.oversized = RefusedRpc(
            self._always(MessageTooLargeError(f"the call's metadata is larger than {2 * MAX_METADATA} bytes"))
        )

    @property
    def methods(self) -> Mapping[str, Rpc]:
        """The methods by their path."""
        return self._rpcs

    def _hot(self, path: str, method: HotMethod) -> HotRpc:
        name = path.rpartition("/")[2]
        limit = Methods.size_limit(path)
        admit = self.callers.admit
        tally = self._metrics.tally(name)
        refuse = self._refusing(name, quiet=not self._options.log_calls)

        def serve(request: bytes, call: ServerCall) -> Answer:
            try:
                _check_size(request, limit)
                caller = admit(path, call)
                answer = method(request, caller)
            except Exception as error:  # noqa: BLE001 (the one place where a fault becomes a status)
                return refuse(call, error)
            tally.add(time.perf_counter() - call.arrived)
            self._note_hot(name, caller, call)
            return answer

        return HotRpc(serve, refuse)

    def _batch(self, path: str, method: BatchMethod) -> SteppedRpc:
        name = path.rpartition("/")[2]
        limit = Methods.size_limit(path)
        tally = self._metrics.tally(name)
        refuse = self._refusing(name, quiet=not self._options.log_calls)

        def serve(request: bytes, call: ServerCall) -> Steps:
            try:
                _check_size(request, limit)
                caller = self.callers.admit(path, call)
                answer = yield from method(request, caller)
            except Exception as error:  # noqa: BLE001 (the one place where a fault becomes a status)
                return refuse(call, error)
            tally.add(time.perf_counter() - call.arrived)
            self._note_hot(name, caller, call)
            return answer

        return SteppedRpc(serve, refuse)

    def _note_hot(self, name: str, caller: Caller, call: ServerCall) -> None:
        """What there is to do after a hot call that went well."""
        self._name_worker(call)
        if self._metrics.is_flushed:
            self._metrics.is_flushed = False
            loop = call.loop
            loop.call_soon_threadsafe(loop.call_later, _FLUSH_SECONDS, self._metrics.flush)
        if self._options.log_calls:
            _log.info("call", method=name, code="OK", client_id=caller.client_id)

    def _name_worker(self, call: ServerCall) -> None:
        if self._options.worker:
            call.set_trailing_metadata((("authsvc-worker", self._options.worker),))

    def _store(self, path: str, method: StoreMethod) -> StoreRpc:
        async def answer(request: bytes, call: ServerCall, call_id: str) -> tuple[bytes, str]:
            caller = self.callers.admit(path, call)
            async with asyncio.timeout(self._seconds_left(call)):
                return await method(request, Call(caller, call_id)), caller.client_id

        return self._slow(path, answer)

    def _holder(self, path: str, method: HolderMethod) -> StoreRpc:
        async def answer(request: bytes, call: ServerCall, call_id: str) -> tuple[bytes, str]:
            # A key that comes along is of no account: the right is the token in the request.
            self.callers.admit_holder(path, call)
            try:
                async with asyncio.timeout(self._seconds_left(call)):
                    return await method(request, call_id), ""
            except TokenNotGoodError:
                self.callers.charge(call)
                raise

        return self._slow(path, answer)

    def _slow(self, path: str, answer_of: Callable[[bytes, ServerCall, str], Awaitable[tuple[bytes, str]]]) -> StoreRpc:
        """A method of the store, with a log line for each call. `answer_of` gives the answer and the caller's client id."""
        name = path.rpartition("/")[2]
        limit = Methods.size_limit(path)
        ok = self._metrics.calls.labels(name, "OK")
        seconds = self._metrics.seconds.labels(name)
        refuse = self._refusing(name, quiet=False)

        async def serve(request: bytes, call: ServerCall) -> Answer:
            call_id = _new_id()
            try:
                _check_size(request, limit)
                answer, client_id = await answer_of(request, call, call_id)
            except Exception as error:  # noqa: BLE001 (the one place where a fault becomes a status)
                return refuse(call, error, call_id)
            self._name_worker(call)
            ok.inc()
            took = time.perf_counter() - call.arrived
            seconds.observe(took)
            _log.info("call", method=name, code="OK", call_id=call_id, client_id=client_id, ms=round(took * 1000, 2))
            return answer

        return StoreRpc(serve, refuse, patience=URGENT if name in _URGENT else _CAN_WAIT)

    def _public(self, path: str, method: PublicMethod) -> HotRpc:
        name = path.rpartition("/")[2]
        limit = Methods.size_limit(path)
        if not self._gate.is_public(path):
            raise LookupError(f"{path} asks for a key and is served to anybody")
        ok = self._metrics.calls.labels(name, "OK")
        # Whoever has no key writes no log.
        refuse = self._refusing(name, quiet=True)

        def serve(request: bytes, call: ServerCall) -> Answer:
            try:
                _check_size(request, limit)
                answer = method(request)
            except Exception as error:  # noqa: BLE001 (the one place where a fault becomes a status)
                return refuse(call, error)
            self._name_worker(call)
            ok.inc()
            return answer

        return HotRpc(serve, refuse, patience=_CAN_WAIT)

    def _always(self, error: AuthsvcError) -> Callable[[ServerCall], RpcStatus]:
        refuse = self._refusing(_NOWHERE, quiet=True)
        return lambda call: refuse(call, error)

    def _seconds_left(self, call: ServerCall) -> float:
        cap = self._options.max_deadline.total_seconds()
        left = call.time_remaining()
        return cap if left is None else min(cap, left)

    def _refusing(self, method: str, *, quiet: bool) -> Callable[..., RpcStatus]:
        return partial(self._refuse, method, quiet)

    def _refuse(self, method: str, quiet: bool, call: ServerCall, error: Exception, call_id: str = "") -> RpcStatus:
        if isinstance(error, TimeoutError):
            error = DeadlineExceededError("the call was not done in time; it may still take effect")
        if not isinstance(error, AuthsvcError):
            call_id = call_id or _new_id()
            _log.error("fault", method=method, call_id=call_id, fault=describe_fault(error))
            error = InternalError(call_id)
        # What is raised holds the frames that it came through, and they the request.
        error.__traceback__ = error.__context__ = error.__cause__ = None
        code = status_of(error)
        reason = reason_name(error)
        self._metrics.calls.labels(method, code.name).inc()
        self._metrics.errors.labels(method, reason).inc()
        if not quiet or code in _LOGGED_FAULTS:
            _log.warning("call", method=method, code=code.name, reason=reason, call_id=call_id or _new_id())
        self._name_worker(call)
        return RpcStatus(code, error.message, ((DETAILS_KEY, details_of(error)), *call.trailing_metadata()))


def _new_id() -> str:
    """What finds a call in the log."""
    return secrets.token_hex(8)


def _check_size(request: bytes, limit: int) -> None:
    if len(request) > limit:
        raise MessageTooLargeError(f"the request has {len(request)} bytes, and at most {limit} are allowed")
