"""The contract as the descriptors tell it: services, methods, messages, and calls by the name of the RPC alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpc_status import rpc_status

from authsvc.access.rules import method_path
from authsvc.api.methods import SERVICES

METHODS: dict[str, MethodDescriptor] = {method.name: method for service in SERVICES for method in service.methods}
"""Every RPC of authsvc.*; names are unique over all services."""

CALL_SECONDS = 20.0


def request_type(rpc: str) -> type[Message]:
    """The class of an RPC's request."""
    return GetMessageClass(METHODS[rpc].input_type)


def response_type(rpc: str) -> type[Message]:
    """The class of an RPC's response."""
    return GetMessageClass(METHODS[rpc].output_type)


@dataclass(frozen=True)
class Refusal:
    """An RPC error with its details, all of which it must have."""

    code: grpc.StatusCode
    message: str
    reason: str
    domain: str
    metadata: dict[str, str]
    violations: tuple[tuple[str, str], ...]
    """Field and rule of each, in order."""
    retry_seconds: float | None

    @property
    def fields(self) -> list[str]:
        return [field for field, _ in self.violations]


def refusal_of(error: Any) -> Refusal:
    """What an error says. One without details has an empty reason."""
    status = rpc_status.from_call(error)
    info, faults, retry = ErrorInfo(), BadRequest(), RetryInfo()
    seconds: float | None = None
    if status is not None:
        assert status.message == error.details()
        for detail in status.details:
            detail.Unpack(info)
            detail.Unpack(faults)
            if detail.Unpack(retry):
                seconds = retry.retry_delay.ToTimedelta().total_seconds()
    return Refusal(
        code=error.code(),
        message=error.details() or "",
        reason=info.reason,
        domain=info.domain,
        metadata=dict(info.metadata),
        violations=tuple((fault.field, fault.description) for fault in faults.field_violations),
        retry_seconds=seconds,
    )


def _serialized(request: Message | bytes) -> bytes:
    return request if isinstance(request, bytes) else request.SerializeToString()


def call(
    channel: grpc.Channel,
    rpc: str,
    request: Message | bytes,
    metadata: Sequence[tuple[str, str | bytes]] = (),
    *,
    timeout: float | None = CALL_SECONDS,
) -> Any:
    """The response, or the refusal. A request in bytes is sent as it is."""
    method = METHODS[rpc]
    ask: grpc.UnaryUnaryMultiCallable[Message | bytes, Message] = channel.unary_unary(
        method_path(method), request_serializer=_serialized, response_deserializer=response_type(rpc).FromString
    )
    try:
        return ask(request, metadata=tuple(metadata), timeout=timeout)
    except grpc.RpcError as error:
        return refusal_of(error)
