"""A call: what came with it, and the ways to answer it. It may be used from the thread of the calls and from the event loop's."""

from __future__ import annotations  # grpc's classes take type arguments in stubs only

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

import grpc
from grpc._cython import cygrpc

Metadata = Sequence[tuple[str, str | bytes]]
Event = Any
Tag = Callable[[Event], None]
"""Called in the thread of the calls when what it was given along with has happened."""

_NO_FLAGS = 0
_OK: int = cygrpc.StatusCode.ok


@dataclass(frozen=True, slots=True)
class RpcStatus:
    """How a call ends that is not answered with a message."""

    code: grpc.StatusCode
    message: str = ""
    trailing: Metadata = ()


Answer = bytes | RpcStatus


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

    def __init__(self, core: Any, details: Any, metadata: Metadata, owner: CallOwner) -> None:
        """`core` is the call as grpcio's core has it, `details` its path and deadline."""
        self._core = core
        self._deadline: float = details.deadline
        self._metadata = metadata
        self._owner = owner
        self._trailing: Metadata = ()
        self._has_begun = False
        """Whether initial metadata has been sent."""
        self._has_ended = False
        self._is_watched = False
        self.arrived = 0.0
        """When its message was there, by the clock that measures calls."""
        self.is_gone = False
        """Whether the caller has given up, or its deadline has passed. Known of a call that is watched."""
        self.task: asyncio.Task[None] | None = None
        """Answers the call, when it has to wait for something."""
        self.decode: Callable[[bytes], Any] = bytes
        self.encode: Callable[[Any], bytes] = bytes

    def __repr__(self) -> str:
        # Metadata may hold a key.
        return "<ServerCall>"

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of calls that wait for something."""
        return self._owner.loop

    # What came with it.

    def invocation_metadata(self) -> Metadata:
        """The metadata that came with the call."""
        return self._metadata

    def peer(self) -> str:
        """The caller's address, such as "ipv4:127.0.0.1:50051"."""
        peer: str | bytes = self._core.peer()
        return peer.decode("utf-8", "replace") if isinstance(peer, bytes) else peer

    def auth_context(self) -> Mapping[str, Iterable[bytes]]:
        """What the connection says of the caller: the certificate of mutual TLS, for one."""
        properties: Mapping[str | bytes, Iterable[bytes]] = cygrpc.auth_context(self._core)
        return {name.decode() if isinstance(name, bytes) else name: value for name, value in properties.items()}

    def peer_identities(self) -> Iterable[bytes] | None:
        """The names that the certificate of mutual TLS gives the caller; None without one."""
        identities: Iterable[bytes] | None = cygrpc.peer_identities(self._core)
        return identities

    def peer_identity_key(self) -> str | None:
        """The property of `auth_context` that holds these names."""
        key: str | bytes | None = cygrpc.peer_identity_key(self._core)
        return key.decode() if isinstance(key, bytes) else key

    def time_remaining(self) -> float | None:  # type: ignore[override]  # the stub leaves out None, as calls may have no deadline
        """Seconds until the deadline; None without one."""
        if self._deadline == float("inf"):
            return None
        return max(self._deadline - time.time(), 0.0)

    # Whole answers.

    def receive(self, tag: Tag) -> None:
        """Ask for the next message: `message_of` finds it in the event."""
        self._core.start_server_batch((cygrpc.ReceiveMessageOperation(_NO_FLAGS),), tag)

    def watch(self) -> None:
        """Know when the caller is gone; the task is cancelled then."""
        self._is_watched = True
        self._core.start_server_batch((cygrpc.ReceiveCloseOnServerOperation(_NO_FLAGS),), self._on_close)

    def _on_close(self, event: Event) -> None:
        if event.batch_operations[0].cancelled():
            self.is_gone = True
            if self.task is not None:
                self.loop.call_soon_threadsafe(self.task.cancel)

    def end(self, answer: Answer) -> None:
        """Send the answer and the status, once."""
        if self._has_ended:
            return
        self._has_ended = True
        if isinstance(answer, bytes):
            operations = [cygrpc.SendMessageOperation(answer, _NO_FLAGS), self._status(_OK, "", self._trailing)]
        else:
            operations = [self._status(answer.code.value[0], answer.message, answer.trailing)]
        if not self._has_begun:
            self._has_begun = True
            operations.insert(0, cygrpc.SendInitialMetadataOperation((), _NO_FLAGS))
        if not self._is_watched:
            # grpc keeps a call until this has been asked for.
            operations.append(cygrpc.ReceiveCloseOnServerOperation(_NO_FLAGS))
        self._core.start_server_batch(operations, self._on_end)

    @staticmethod
    def _status(code: int, message: str, trailing: Metadata) -> Any:
        return cygrpc.SendStatusFromServerOperation(trailing, code, message.encode(), _NO_FLAGS)

    def _on_end(self, _event: Event) -> None:
        self._owner.forget(self)

    @property
    def has_ended(self) -> bool:
        """Whether the status has been sent."""
        return self._has_ended

    # Streams, on the event loop.

    async def read(self) -> Any:
        """The next message, or grpc.aio.EOF."""
        message = message_of(await self._happened((cygrpc.ReceiveMessageOperation(_NO_FLAGS),)))
        return grpc.aio.EOF if message is None else self.decode(message)

    async def requests(self) -> AsyncIterator[Any]:
        """All messages, as they come."""
        while (request := await self.read()) is not grpc.aio.EOF:
            yield request

    async def write(self, message: Any) -> None:
        """Send a message and wait until there is room for the next.

        Raises:
            GoneError: the caller is gone.
        """
        operations = [cygrpc.SendMessageOperation(self.encode(message), _NO_FLAGS)]
        if not self._has_begun:
            self._has_begun = True
            operations.insert(0, cygrpc.SendInitialMetadataOperation((), _NO_FLAGS))
        if not (await self._happened(operations)).success:
            raise GoneError

    async def send_initial_metadata(self, initial_metadata: Any) -> None:
        """Send metadata ahead of the first message.

        Raises:
            GoneError: the caller is gone.
        """
        self._has_begun = True
        if not (
            await self._happened((cygrpc.SendInitialMetadataOperation(tuple(initial_metadata), _NO_FLAGS),))
        ).success:
            raise GoneError

    async def _happened(self, operations: Sequence[Any]) -> Event:
        loop = self.loop
        waiting: asyncio.Future[Event] = loop.create_future()

        def tell(event: Event) -> None:
            loop.call_soon_threadsafe(lambda: None if waiting.done() else waiting.set_result(event))

        self._core.start_server_batch(operations, tell)
        return await waiting

    # What servicers of other packages ask of a context.

    async def abort(self, code: grpc.StatusCode, details: str = "", trailing_metadata: Any = ()) -> NoReturn:
        """End the call with this status.

        Raises:
            AbortError: always.
        """
        self.end(RpcStatus(code, details, tuple(trailing_metadata)))
        raise grpc.aio.AbortError

    async def abort_with_status(self, status: Any) -> NoReturn:
        """End the call with this status.

        Raises:
            AbortError: always.
        """
        await self.abort(status.code, status.details, status.trailing_metadata or ())

    def set_trailing_metadata(self, trailing_metadata: Any) -> None:
        """Send this with the status."""
        self._trailing = tuple(trailing_metadata)

    def trailing_metadata(self) -> Metadata:
        """What is sent with the status."""
        return self._trailing

    def set_code(self, code: grpc.StatusCode) -> None:
        """Not to be used: a call that goes wrong is aborted.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"a call ends with {code} by abort alone")

    def set_details(self, details: str) -> None:
        """Not to be used: a call that goes wrong is aborted.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"a call ends with {details!r} by abort alone")

    def set_compression(self, compression: grpc.Compression) -> None:
        """Answers are small and are never compressed, whatever is wished."""

    def disable_next_message_compression(self) -> None:
        """Answers are never compressed."""


def message_of(event: Event) -> bytes | None:
    """The message that was received; None when there is none: no more will come, or it was too large, or the caller is gone."""
    message: bytes | None = event.batch_operations[0].message()
    return message
