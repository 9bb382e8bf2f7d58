"""The one tree of errors: misuse of a call, and the store's troubles. A bad token is a value, never an error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from authsvc.v1.error_reason_pb2 import ErrorReason


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One fault of a request: the path of the field as in the proto, and the rule that it breaks."""

    field: str
    rule: str


class AuthsvcError(Exception):
    """An error with a reason that callers can branch on.

    The message goes to the caller as it is: it never holds a token, a key or a secret.
    """

    reason: ErrorReason = ErrorReason.ERROR_REASON_INTERNAL

    def __init__(self, message: str, *, metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.metadata: Mapping[str, str] = metadata or {}


class InvalidFieldError(AuthsvcError):
    """One or more fields break their rules."""

    reason = ErrorReason.ERROR_REASON_INVALID_FIELD

    def __init__(self, violations: Sequence[FieldViolation]) -> None:
        super().__init__("; ".join(f"{violation.field}: {violation.rule}" for violation in violations))
        self.violations = tuple(violations)

    @classmethod
    def of(cls, field: str, rule: str) -> "InvalidFieldError":
        """The error for a single field."""
        return cls((FieldViolation(field, rule),))


class MalformedRequestError(AuthsvcError):
    """The request is not a well-formed message of its type."""

    reason = ErrorReason.ERROR_REASON_MALFORMED_REQUEST


class MissingKeyError(AuthsvcError):
    """The call carries no usable key."""

    reason = ErrorReason.ERROR_REASON_MISSING_KEY


class InvalidKeyError(AuthsvcError):
    """The call's key is not good. It never says why: the caller is a stranger."""

    reason = ErrorReason.ERROR_REASON_INVALID_KEY


class InsufficientScopeError(AuthsvcError):
    """The caller's key lacks a scope."""

    reason = ErrorReason.ERROR_REASON_INSUFFICIENT_SCOPE


class TenantNotAllowedError(AuthsvcError):
    """The caller's key is bound to another tenant than the one named."""

    reason = ErrorReason.ERROR_REASON_TENANT_NOT_ALLOWED


class TenantNotFoundError(AuthsvcError):
    """There is no such tenant."""

    reason = ErrorReason.ERROR_REASON_TENANT_NOT_FOUND


class TokenNotFoundError(AuthsvcError):
    """The tenant has no record of that token."""

    reason = ErrorReason.ERROR_REASON_TOKEN_NOT_FOUND


class OperationNotFoundError(AuthsvcError):
    """The tenant's catalogue has no such operation."""

    reason = ErrorReason.ERROR_REASON_OPERATION_NOT_FOUND


class KeyNotFoundError(AuthsvcError):
    """The tenant has no such key."""

    reason = ErrorReason.ERROR_REASON_KEY_NOT_FOUND


class RequestIdReusedError(AuthsvcError):
    """The request_id was used for another request."""

    reason = ErrorReason.ERROR_REASON_REQUEST_ID_REUSED


class RequestIdSpentError(AuthsvcError):
    """The request_id's token has since expired or been revoked."""

    reason = ErrorReason.ERROR_REASON_REQUEST_ID_SPENT


class NoSigningKeyError(AuthsvcError):
    """The tenant has no key to sign with."""

    reason = ErrorReason.ERROR_REASON_NO_SIGNING_KEY


class LastAdminKeyError(AuthsvcError):
    """The revocation would leave the service without an admin key."""

    reason = ErrorReason.ERROR_REASON_LAST_ADMIN_KEY


class StoreUnavailableError(AuthsvcError):
    """The store is out of reach, locked or read-only."""

    reason = ErrorReason.ERROR_REASON_STORE_UNAVAILABLE


class StoreFullError(AuthsvcError):
    """The store has no room left."""

    reason = ErrorReason.ERROR_REASON_STORE_FULL


class RevisionNotReachedError(AuthsvcError):
    """The replica has not reached the asked revision."""

    reason = ErrorReason.ERROR_REASON_REVISION_NOT_REACHED


class RateLimitedError(AuthsvcError):
    """Too many calls of this kind."""

    reason = ErrorReason.ERROR_REASON_RATE_LIMITED

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OverloadedError(AuthsvcError):
    """The worker has more to do than it can."""

    reason = ErrorReason.ERROR_REASON_OVERLOADED

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EtagMismatchError(AuthsvcError):
    """The document has changed since the caller read it."""

    reason = ErrorReason.ERROR_REASON_ETAG_MISMATCH


class GrantExceededError(AuthsvcError):
    """The caller asks for more than it may convey. Each violation names a field and the rule."""

    reason = ErrorReason.ERROR_REASON_GRANT_EXCEEDED

    def __init__(self, violations: Sequence[FieldViolation]) -> None:
        super().__init__("; ".join(f"{violation.field}: {violation.rule}" for violation in violations))
        self.violations = tuple(violations)


class ClientNotRegisteredError(AuthsvcError):
    """The tenant lists its clients, and the caller's is not among them."""

    reason = ErrorReason.ERROR_REASON_CLIENT_NOT_REGISTERED


class TooManyLiveTokensError(AuthsvcError):
    """The client has as many live tokens as it may have."""

    reason = ErrorReason.ERROR_REASON_TOO_MANY_LIVE_TOKENS


class KeyStateError(AuthsvcError):
    """The key's state does not allow it."""

    reason = ErrorReason.ERROR_REASON_KEY_STATE


class KeyExistsError(AuthsvcError):
    """The tenant has a key of that id."""

    reason = ErrorReason.ERROR_REASON_KEY_EXISTS


class TokenNotGoodError(AuthsvcError):
    """The token that is the right to the call is not good. It never says why: its holder may be anybody."""

    reason = ErrorReason.ERROR_REASON_TOKEN_NOT_GOOD


class ExchangeTooDeepError(AuthsvcError):
    """The token has as many ancestors as a token may have."""

    reason = ErrorReason.ERROR_REASON_EXCHANGE_TOO_DEEP


class FamilyEndedError(AuthsvcError):
    """The token's family has reached its end, or the token has been rotated before."""

    reason = ErrorReason.ERROR_REASON_FAMILY_ENDED


class ConfigurationError(Exception):
    """The service cannot start as it is configured. The message names the setting and the next step."""
