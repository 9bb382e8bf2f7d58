"""A grpc.aio server that no peer can end with one call.

grpcio (1.82 to 1.85 at least) decodes the path of a call in the one task that accepts all calls, unless the path is that of
a registered method. A path that is not UTF-8 ends that task and with it the server, and it takes no key to send one. So every
method is registered here, and a call that names none of them is answered without looking at its path.

Each method accepts its calls in tasks of its own, several at a time: calls that come in together are taken up together. That
is a third less work a call than grpcio's waiting for all methods, one call after the other.
"""

from __future__ import annotations  # grpc's classes take type arguments in stubs only

import abc
import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import grpc
from grpc._cython import cygrpc
from grpc.aio import _server

from authsvc.transport.grpc.metadata import is_oversized
from authsvc.transport.grpc.wakeups import start_grpc

_NO_METHOD = ""
_OVERSIZED = "oversized"
_ACCEPTING = 16
"""Calls of one method that can be taken up at once. Every one of them costs some memory for each method."""
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class MethodTable(grpc.GenericRpcHandler):
    """Handlers whose methods are all known before the server starts."""

    unknown: Handler | None = None
    """Answers the calls that no method answers."""
    oversized: Handler | None = None
    """Answers the calls with more metadata than any may carry. As a stream, it does not wait for a message meanwhile."""

    @property
    @abc.abstractmethod
    def methods(self) -> Mapping[str, Handler]:
        """The handlers by their path."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Handler | None:
        """The handler of a path."""
        return self.methods.get(handler_call_details.method)


class _Resolver(cygrpc._MethodResolver):  # type: ignore[misc]  # noqa: SLF001 (no types; no public way to serve a call)
    """Finds the handler of a call when its metadata is there and its message is not."""

    def __init__(self, _none: list[object], handlers: dict[str, Handler]) -> None:
        # The base takes the same arguments in __cinit__.
        super().__init__()
        self._handlers = handlers

    def resolve_handler(self, details: grpc.HandlerCallDetails) -> Handler | None:
        oversized = self._handlers.get(_OVERSIZED)
        if oversized is not None and is_oversized(details.invocation_metadata):
            return oversized
        return self._handlers.get(details.method)


class _Core(cygrpc.AioServer):  # type: ignore[misc]  # it has no types
    """grpcio's server with another way to accept calls."""

    def __init__(self, loop: asyncio.AbstractEventLoop, options: Sequence[tuple[str, Any]]) -> None:
        super().__init__(loop, None, (), (), tuple(options), None)
        self._accepting_loop = loop
        self._handlers: dict[str, Handler] = {}
        # A loop holds its tasks weakly.
        self._calls: set[asyncio.Task[None]] = set()
        self._streams: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def add_handlers(self, handlers: Mapping[str, Handler]) -> None:
        """Register methods by their path."""
        self._handlers |= handlers
        self.add_registered_method_handlers(dict(handlers))

    def set_unknown(self, handler: Handler) -> None:
        """Answer with this what no method answers."""
        self._handlers[_NO_METHOD] = handler

    def set_oversized(self, handler: Handler) -> None:
        """Answer with this what has too much metadata."""
        self._handlers[_OVERSIZED] = handler

    async def wait_idle(self) -> None:
        """Wait until no call is in flight. Streams of answers, which have no end, do not count."""
        while self._calls:
            self._idle.clear()
            await self._idle.wait()

    def _end(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        if not self._calls:
            self._idle.set()

    def _make_request_call_future(self, method: bytes | None) -> asyncio.Future[list[None]]:
        # Overrides: grpcio waits for this to be a call. It never is, so that no call reaches what would decode its path.
        return asyncio.gather(*(self._accept(method) for _ in range(_ACCEPTING)))

    async def _accept(self, method: bytes | None) -> None:
        name = _NO_METHOD if method is None else method.decode()
        loop = self._accepting_loop
        handler = self._handlers.get(name)
        is_stream = handler is not None and handler.response_streaming
        tasks, forget = (self._streams, self._streams.discard) if is_stream else (self._calls, self._end)
        resolver = _Resolver([], self._handlers)
        while True:
            try:
                state = await (self._request_call() if method is None else self._request_registered_call(method))
            except cygrpc._RequestCallError:  # noqa: SLF001 (likewise)
                if not self.is_running():
                    raise
                continue
            serving = cygrpc._handle_rpc(name, resolver, (), state, loop, False)  # noqa: FBT003, SLF001 (likewise)
            task = loop.create_task(cygrpc._schedule_rpc_coro(serving, state, loop, name))  # noqa: SLF001 (likewise)
            tasks.add(task)
            task.add_done_callback(forget)


class SteadyServer(_server.Server, grpc.aio.Server):
    """A grpc.aio server. All methods must be added before it starts; a generic handler is taken only if it is a MethodTable."""

    def __init__(self, options: Sequence[tuple[str, Any]] = ()) -> None:
        self._loop = cygrpc.get_working_loop()
        start_grpc(self._loop)
        self._server = _Core(self._loop, options)

    async def wait_idle(self, seconds: float) -> bool:
        """Wait until no call is in flight, at most so many seconds long; whether that came about."""
        try:
            async with asyncio.timeout(seconds):
                await self._server.wait_idle()
        except TimeoutError:
            return False
        return True

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        """Add the methods of tables. Generated code offers its methods here and then as registered ones, which count."""
        for table in generic_rpc_handlers:
            if isinstance(table, MethodTable):
                self._server.add_handlers(table.methods)
                if table.unknown is not None:
                    self._server.set_unknown(table.unknown)
                if table.oversized is not None:
                    self._server.set_oversized(table.oversized)

    def add_registered_method_handlers(self, service_name: str, method_handlers: Mapping[str, Handler]) -> None:
        """Add the methods of a service by their names."""
        self._server.add_handlers({f"/{service_name}/{name}": handler for name, handler in method_handlers.items()})
