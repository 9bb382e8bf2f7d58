"""A gRPC server on one completion queue of grpcio's core, the one beneath the servers that grpcio offers itself.

One thread waits for the queue and answers the calls of the hot path on the spot. What has to wait for something is handed to the
event loop. grpc.aio has another thread wait and wakes the loop for each of the four or five events of a call, which takes three
quarters of what such a call costs (`make bench` holds both beside each other).

grpc.aio (1.82 to 1.85 at least) also decodes paths in the one task that accepts all calls, so that a path that is no UTF-8 ends
it, and with it the server.
"""

from __future__ import annotations  # grpc's classes take type arguments in stubs only

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import grpc

from authsvc.transport.grpc import core
from authsvc.transport.grpc.baton import Baton
from authsvc.transport.grpc.calls_thread import CallsThread, MethodTable
from authsvc.transport.grpc.open_calls import OpenCalls
from authsvc.transport.grpc.rpcs import RefusedRpc, Rpc
from authsvc.transport.grpc.turns import Turns

_ANY_WAIT = timedelta(seconds=1)


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
        self._server = core.new_server(options)
        self._table = MethodTable()
        self._calls = OpenCalls(asyncio.get_running_loop())
        self._thread = CallsThread(self._server, self._table, self._calls, turns or Turns(_ANY_WAIT), baton or Baton())
        self._has_started = False
        self._is_ending = False
        self._ended = asyncio.Event()

    # What it serves.

    def add_methods(self, methods: Mapping[str, Rpc]) -> None:
        """Serve these by their path."""
        self._table.methods |= {path.encode(): rpc for path, rpc in methods.items()}

    def refuse_by(self, *, unknown: RefusedRpc, oversized: RefusedRpc) -> None:
        """Refuse in this way what no method answers, and calls with more metadata than any may carry."""
        self._table.unknown = unknown
        self._table.oversized = oversized

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
        return _bound(self._server.add_http2_port(address.encode()), address)

    def add_secure_port(self, address: str, server_credentials: grpc.ServerCredentials) -> int:
        """Listen on an address, with TLS; the port.

        Raises:
            RuntimeError: it cannot be bound.
        """
        credentials = server_credentials._credentials  # type: ignore[attr-defined]  # noqa: SLF001 (as grpc's own servers do)
        return _bound(self._server.add_http2_port(address.encode(), credentials), address)

    # Its life.

    async def start(self) -> None:
        """Serve from now on."""
        self._server.start()
        self._thread.start()
        self._has_started = True

    async def stop(self, grace: float | None) -> None:
        """Take up no more calls, let those in flight end for so many seconds, and cancel what is left."""
        if not self._has_started:
            return
        if not self._is_ending:
            self._is_ending = True
            self._thread.end(self._tell_end)
        if grace:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await self._ended.wait()
        if not self._ended.is_set():
            self._server.cancel_all_calls()
            await self._ended.wait()
        await self._calls.wait_for_tasks()
        await asyncio.to_thread(self._thread.join)

    def _tell_end(self) -> None:
        self._calls.loop.call_soon_threadsafe(self._ended.set)

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
        return await self._calls.wait_idle(seconds)

    def take_longest_step(self) -> float:
        """The longest time in seconds that one thing has held up all calls since this was asked last."""
        return self._thread.take_longest_step()


def _bound(port: int, address: str) -> int:
    if not port:
        raise RuntimeError(f"{address} cannot be bound")
    return port
