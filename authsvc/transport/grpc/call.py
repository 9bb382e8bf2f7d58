"""A call: what came with it, and the ways to answer it. It may be used from the thread of the calls and from the event loop's."""

from __future__ import annotations  # grpc's classes take type arguments in stubs only

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Protocol

import grpc

from authsvc.transport.grpc import core

Metadata = core.Metadata
_OK: int = grpc.StatusCode.OK.value[0]


@dataclass(frozen=True, slots=True)
class RpcStatus:
    """How a call ends that is not answered with a message."""

    code: grpc.StatusCode
    message: str = ""
    trailing: Metadata = ()


Answer = bytes | RpcStatus
_FINE = RpcStatus(grpc.StatusCode.OK)


class GoneError(Exception):
    """The caller is gone: nothing more can be said to it."""


class CallOwner(Protocol):
    """Who keeps the calls."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of calls that wait for something."""

    def forget(self, call: ServerCall) -> None:
        """The call has ended."""


class ServerCall(grpc.aio.ServicerContext):  # type: ignore[type-arg]  # see above
    """One call of a server.

    It is also the context that servicers of other packages expect: their messages go through `decode` and `encode`.
    """

    arrived = 0.0
    """When its message was there, by the clock that measures calls."""
    is_gone = False
    """Whether the caller has given up, or its deadline has passed. Known of a call that is watched."""
    decode: Callable[[bytes], Any] = bytes
    encode: Callable[[Any], bytes] = bytes

    # Of most calls these stay as they are here.
    _trailing: Metadata = ()
    _wished = _FINE
    _has_begun = False
    """Whether initial metadata has been sent."""
    _has_ended = False
    _is_watched = False
    _task: asyncio.Task[None] | None = None

    def __init__(self, call: core.CoreCall, details: core.CallDetails, metadata: Metadata, owner: CallOwner) -> None:
        """`call` is the one of the core."""
        self._call = call
        self._deadline = details.deadline
        self._metadata = metadata
        self._owner = owner

    def __repr__(self) -> str:
        # Metadata may hold a key.
        return "<ServerCall>"

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of calls that wait for something."""
        return self._owner.loop

    # What came with it.

    def invocation_metadata(self) -> Metadata:  # type: ignore[override]  # narrower than the stub's
        """The metadata that came with the call."""
        return self._metadata

    def peer(self) -> str:
        """The caller's address, such as "ipv4:127.0.0.1:50051"."""
        return core.peer(self._call)

    def auth_context(self) -> Mapping[str, Iterable[bytes]]:
        """What the connection says of the caller: the certificate of mutual TLS, for one."""
        return core.auth_context(self._call)

    def peer_identities(self) -> Iterable[bytes] | None:
        """The names that the certificate of mutual TLS gives the caller; None without one."""
        return core.peer_identities(self._call)

    def peer_identity_key(self) -> str | None:
        """The property of `auth_context` that holds these names."""
        return core.peer_identity_key(self._call)

    def time_remaining(self) -> float | None:  # type: ignore[override]  # the stub leaves out None, as calls may have no deadline
        """Seconds until the deadline; None without one."""
        if self._deadline == float("inf"):
            return None
        return max(self._deadline - time.time(), 0.0)

    # Whole answers.

    def receive(self, tag: core.Tag) -> None:
        """Ask for the next message: core.message_of finds it in the event."""
        self._call.start_server_batch((core.receive_message(),), tag)

    def watch(self) -> None:
        """Know when the caller is gone; the task is cancelled then."""
        if not self._is_watched:
            self._is_watched = True
            self._call.start_server_batch((core.receive_close(),), self._on_close)

    def _on_close(self, event: core.Event) -> None:
        if core.is_cancelled(event):
            self.is_gone = True
            if (task := self._task) is not None:
                self.loop.call_soon_threadsafe(task.cancel)

    def answer_by(self, task: asyncio.Task[None] | None) -> None:
        """Have a task answer the call, and cancel it when the caller is gone."""
        self._task = task
        # It may be gone since a moment ago, when there was no task yet.
        if self.is_gone and task is not None:
            task.cancel()

    def end(self, answer: Answer) -> None:
        """Send the answer and the status, once."""
        if self._has_ended:
            return
        self._has_ended = True
        if isinstance(answer, bytes):
            operations = [core.send_message(answer), core.send_status(_OK, "", self._trailing)]
        else:
            operations = [core.send_status(answer.code.value[0], answer.message, answer.trailing)]
        if not self._has_begun:
            self._has_begun = True
            operations.insert(0, core.send_metadata())
        if not self._is_watched:
            operations.append(core.receive_close())
        try:
            self._call.start_server_batch(operations, self._on_end)
        except ValueError:
            # grpc will not say anything more of this call.
            self._owner.forget(self)
            raise

    def _on_end(self, _event: core.Event) -> None:
        self._owner.forget(self)

    @property
    def has_ended(self) -> bool:
        """Whether the status has been sent."""
        return self._has_ended

    # Streams, on the event loop.

    async def read(self) -> object:
        """The next message, or grpc.aio.EOF."""
        message = core.message_of(await self._happened((core.receive_message(),)))
        return grpc.aio.EOF if message is None else self.decode(message)

    async def requests(self) -> AsyncIterator[Any]:
        """All messages, as they come."""
        while (request := await self.read()) is not grpc.aio.EOF:
            yield request

    async def write(self, message: object) -> None:
        """Send a message and wait until there is room for the next.

        Raises:
            GoneError: the caller is gone.
        """
        operations = [core.send_message(self.encode(message))]
        if not self._has_begun:
            self._has_begun = True
            operations.insert(0, core.send_metadata())
        if not (await self._happened(operations)).success:
            raise GoneError

    async def send_initial_metadata(self, initial_metadata: Iterable[tuple[str, str | bytes]]) -> None:
        """Send metadata ahead of the first message.

        Raises:
            GoneError: the caller is gone.
        """
        self._has_begun = True
        if not (await self._happened((core.send_metadata(tuple(initial_metadata)),))).success:
            raise GoneError

    async def _happened(self, operations: Sequence[core.Operation]) -> core.Event:
        loop = self.loop
        waiting: asyncio.Future[core.Event] = loop.create_future()

        def tell(event: core.Event) -> None:
            loop.call_soon_threadsafe(lambda: None if waiting.done() else waiting.set_result(event))

        self._call.start_server_batch(operations, tell)
        return await waiting

    # What servicers of other packages ask of a context.

    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: Iterable[tuple[str, str | bytes]] = ()
    ) -> NoReturn:
        """End the call with this status.

        Raises:
            AbortError: always.
        """
        self.end(RpcStatus(code, details, tuple(trailing_metadata)))
        raise grpc.aio.AbortError

    async def abort_with_status(self, status: grpc.Status) -> NoReturn:
        """End the call with this status.

        Raises:
            AbortError: always.
        """
        await self.abort(status.code, status.details, status.trailing_metadata or ())

    def set_trailing_metadata(self, trailing_metadata: Iterable[tuple[str, str | bytes]]) -> None:
        """Send this with the status."""
        self._trailing = tuple(trailing_metadata)

    def trailing_metadata(self) -> Metadata:  # type: ignore[override]  # likewise
        """What is sent with the status."""
        return self._trailing

    def set_code(self, code: grpc.StatusCode) -> None:
        """End with this status, as generated code does where a method is not there."""
        self._wished = replace(self._wished, code=code)

    def set_details(self, details: str) -> None:
        """End with this text."""
        self._wished = replace(self._wished, message=details)

    @property
    def wished(self) -> RpcStatus:
        """The status that was set."""
        return replace(self._wished, trailing=self._trailing)

    def set_compression(self, compression: grpc.Compression) -> None:
        """Answers are small and are never compressed, whatever is wished."""

    def disable_next_message_compression(self) -> None:
        """Answers are never compressed."""
