"""The one table from error reasons to gRPC statuses, and the details that travel with them (google.rpc, AIP-193)."""

import functools
from datetime import timedelta

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from authsvc.errors import AuthsvcError, GrantExceededError, InvalidFieldError, OverloadedError, RateLimitedError
from authsvc.v1.error_reason_pb2 import ErrorReason

DOMAIN = "authsvc"
DETAILS_KEY = "grpc-status-details-bin"

STATUS_OF_REASON: dict[ErrorReason, grpc.StatusCode] = {
    ErrorReason.ERROR_REASON_INVALID_FIELD: grpc.StatusCode.INVALID_ARGUMENT,
    ErrorReason.ERROR_REASON_MALFORMED_REQUEST: grpc.StatusCode.INVALID_ARGUMENT,
    ErrorReason.ERROR_REASON_MISSING_KEY: grpc.StatusCode.UNAUTHENTICATED,
    ErrorReason.ERROR_REASON_INVALID_KEY: grpc.StatusCode.UNAUTHENTICATED,
    ErrorReason.ERROR_REASON_INSUFFICIENT_SCOPE: grpc.StatusCode.PERMISSION_DENIED,
    ErrorReason.ERROR_REASON_TENANT_NOT_ALLOWED: grpc.StatusCode.PERMISSION_DENIED,
    ErrorReason.ERROR_REASON_TENANT_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    ErrorReason.ERROR_REASON_TOKEN_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    ErrorReason.ERROR_REASON_OPERATION_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    ErrorReason.ERROR_REASON_KEY_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    ErrorReason.ERROR_REASON_REQUEST_ID_REUSED: grpc.StatusCode.ALREADY_EXISTS,
    ErrorReason.ERROR_REASON_REQUEST_ID_SPENT: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.ERROR_REASON_NO_SIGNING_KEY: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.ERROR_REASON_LAST_ADMIN_KEY: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.ERROR_REASON_STORE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    ErrorReason.ERROR_REASON_STORE_FULL: grpc.StatusCode.RESOURCE_EXHAUSTED,
    ErrorReason.ERROR_REASON_REVISION_NOT_REACHED: grpc.StatusCode.UNAVAILABLE,
    ErrorReason.ERROR_REASON_RATE_LIMITED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    ErrorReason.ERROR_REASON_INTERNAL: grpc.StatusCode.INTERNAL,
    ErrorReason.ERROR_REASON_MESSAGE_TOO_LARGE: grpc.StatusCode.RESOURCE_EXHAUSTED,
    ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED: grpc.StatusCode.DEADLINE_EXCEEDED,
    ErrorReason.ERROR_REASON_UNKNOWN_METHOD: grpc.StatusCode.UNIMPLEMENTED,
    ErrorReason.ERROR_REASON_ETAG_MISMATCH: grpc.StatusCode.ABORTED,
    ErrorReason.ERROR_REASON_GRANT_EXCEEDED: grpc.StatusCode.PERMISSION_DENIED,
    ErrorReason.ERROR_REASON_CLIENT_NOT_REGISTERED: grpc.StatusCode.PERMISSION_DENIED,
    ErrorReason.ERROR_REASON_TOO_MANY_LIVE_TOKENS: grpc.StatusCode.RESOURCE_EXHAUSTED,
    ErrorReason.ERROR_REASON_KEY_STATE: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.ERROR_REASON_KEY_EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    ErrorReason.ERROR_REASON_TOKEN_NOT_GOOD: grpc.StatusCode.UNAUTHENTICATED,
    ErrorReason.ERROR_REASON_EXCHANGE_TOO_DEEP: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.ERROR_REASON_FAMILY_ENDED: grpc.StatusCode.FAILED_PRECONDITION,
    ErrorReason.ERROR_REASON_OVERLOADED: grpc.StatusCode.RESOURCE_EXHAUSTED,
}


class InternalError(AuthsvcError):
    """A fault of the service. The text is constant; the call id finds the log line."""

    reason = ErrorReason.ERROR_REASON_INTERNAL

    def __init__(self, call_id: str) -> None:
        super().__init__(f"internal error, call {call_id}", metadata={"call_id": call_id})


class MessageTooLargeError(AuthsvcError):
    """The request is larger than the method takes, or its metadata than any call may carry."""

    reason = ErrorReason.ERROR_REASON_MESSAGE_TOO_LARGE


class DeadlineExceededError(AuthsvcError):
    """The call was not done in time. It may still take effect: retry with the same request_id."""

    reason = ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED


class UnknownMethodError(AuthsvcError):
    """The service has no such method."""

    reason = ErrorReason.ERROR_REASON_UNKNOWN_METHOD


def reason_name(error: AuthsvcError) -> str:
    """The reason as it is sent: UPPER_SNAKE, without the prefix of the enum."""
    return ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")


def status_of(error: AuthsvcError) -> grpc.StatusCode:
    """The status of an error."""
    return STATUS_OF_REASON[error.reason]


def details_of(error: AuthsvcError) -> bytes:
    """The serialized google.rpc.Status with ErrorInfo, BadRequest for fields and RetryInfo for limits."""
    if isinstance(error, OverloadedError):
        return _details_of_overload(error.message, error.retry_after)
    return _details_of(error)


@functools.lru_cache(maxsize=4)
def _details_of_overload(message: str, retry_after: timedelta) -> bytes:
    # There is no time to write them anew for each call.
    return _details_of(OverloadedError(message, retry_after=retry_after))


def _details_of(error: AuthsvcError) -> bytes:
    status = Status(code=Code.Value(status_of(error).name), message=error.message)
    _pack(status, ErrorInfo(reason=reason_name(error), domain=DOMAIN, metadata=error.metadata))
    if isinstance(error, InvalidFieldError | GrantExceededError):
        violations = [
            BadRequest.FieldViolation(field=violation.field, description=violation.rule)
            for violation in error.violations
        ]
        _pack(status, BadRequest(field_violations=violations))
    if isinstance(error, RateLimitedError | OverloadedError):
        retry = RetryInfo()
        retry.retry_delay.FromTimedelta(error.retry_after)
        _pack(status, retry)
    serialized: bytes = status.SerializeToString()
    return serialized


def _pack(status: Status, detail: ErrorInfo | BadRequest | RetryInfo) -> None:
    packed = AnyMessage()
    packed.Pack(detail)
    status.details.append(packed)
