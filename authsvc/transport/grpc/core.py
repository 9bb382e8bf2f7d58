"""What is used of grpcio's core, the part beneath its servers: it has no types, and no word in grpcio's documentation.

grpcio's own servers stand on it (grpc/_server.py), so what they need of it stays. The versions are locked, and
tests/unit/transport say when one of them behaves otherwise.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from grpc._cython import cygrpc  # type: ignore[attr-defined]  # it has no types

Event = Any
"""Something that has happened: `tag`, `success`, `completion_type`, and what the kind of event has besides."""
Tag = Callable[[Event], None]
"""Called in the thread of the calls when what it was given along with has happened."""
Operation = object
Metadata = Sequence[tuple[str, str | bytes]]

NO_FLAGS = 0
TIMEOUT = cygrpc.CompletionType.queue_timeout


class CoreCall(Protocol):
    """A call in the core. Both threads may use it."""

    def start_server_batch(self, operations: Sequence[Operation], tag: Tag) -> object:
        """Do these; the tag is called when all are done."""

    def peer(self) -> str | bytes:
        """Where the call comes from."""


class CallDetails(Protocol):
    """What a call says of itself besides its metadata."""

    method: bytes
    deadline: float
    """Seconds since the epoch, or infinity."""


def receive_message() -> Operation:
    """Have the next message; see `message_of`."""
    operation: Operation = cygrpc.ReceiveMessageOperation(NO_FLAGS)
    return operation


def receive_close() -> Operation:
    """Have the end of the call on the other side. grpc keeps a call until this has been asked for."""
    operation: Operation = cygrpc.ReceiveCloseOnServerOperation(NO_FLAGS)
    return operation


def send_metadata(metadata: Metadata = ()) -> Operation:
    """Send the metadata that goes before everything else."""
    operation: Operation = cygrpc.SendInitialMetadataOperation(metadata, NO_FLAGS)
    return operation


def send_message(message: bytes) -> Operation:
    """Send a message."""
    operation: Operation = cygrpc.SendMessageOperation(message, NO_FLAGS)
    return operation


def send_status(code: int, message: str, trailing: Metadata) -> Operation:
    """Send the status, after which nothing can be sent."""
    operation: Operation = cygrpc.SendStatusFromServerOperation(trailing, code, message.encode(), NO_FLAGS)
    return operation


def message_of(event: Event) -> bytes | None:
    """The message that was received; None when there is none: no more will come, or it was too large, or the caller is gone."""
    message: bytes | None = event.batch_operations[0].message()
    return message


def is_cancelled(event: Event) -> bool:
    """Whether the call's end, which was received, came before its status."""
    return bool(event.batch_operations[0].cancelled())


def new_server(options: Sequence[tuple[str, object]]) -> Any:  # noqa: ANN401 (it has no types)
    """A server of the core with these channel arguments, without xds."""
    return cygrpc.Server(tuple(options), False)  # noqa: FBT003 (as the core has it)


def new_queue() -> Any:  # noqa: ANN401 (it has no types)
    """A queue of events."""
    return cygrpc.CompletionQueue()


def auth_context(call: CoreCall) -> dict[str, Sequence[bytes]]:
    """What the connection says of the caller."""
    return {_text(name): values for name, values in cygrpc.auth_context(call).items()}


def peer_identities(call: CoreCall) -> Sequence[bytes] | None:
    """The names that the certificate of mutual TLS gives the caller; None without one."""
    identities: Sequence[bytes] | None = cygrpc.peer_identities(call)
    return identities


def peer_identity_key(call: CoreCall) -> str | None:
    """The property of `auth_context` that holds these names."""
    key: str | bytes | None = cygrpc.peer_identity_key(call)
    return None if key is None else _text(key)


def peer(call: CoreCall) -> str:
    """Where the call comes from."""
    return _text(call.peer())


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
