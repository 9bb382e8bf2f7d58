from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REASON_UNSPECIFIED: _ClassVar[Reason]
    REASON_OK: _ClassVar[Reason]
    REASON_MALFORMED: _ClassVar[Reason]
    REASON_UNKNOWN_KEY: _ClassVar[Reason]
    REASON_BAD_SIGNATURE: _ClassVar[Reason]
    REASON_INVALID_CLAIMS: _ClassVar[Reason]
    REASON_WRONG_ISSUER: _ClassVar[Reason]
    REASON_WRONG_AUDIENCE: _ClassVar[Reason]
    REASON_NOT_YET_VALID: _ClassVar[Reason]
    REASON_EXPIRED: _ClassVar[Reason]
    REASON_REVOKED: _ClassVar[Reason]
    REASON_INSUFFICIENT_SCOPE: _ClassVar[Reason]
REASON_UNSPECIFIED: Reason
REASON_OK: Reason
REASON_MALFORMED: Reason
REASON_UNKNOWN_KEY: Reason
REASON_BAD_SIGNATURE: Reason
REASON_INVALID_CLAIMS: Reason
REASON_WRONG_ISSUER: Reason
REASON_WRONG_AUDIENCE: Reason
REASON_NOT_YET_VALID: Reason
REASON_EXPIRED: Reason
REASON_REVOKED: Reason
REASON_INSUFFICIENT_SCOPE: Reason
