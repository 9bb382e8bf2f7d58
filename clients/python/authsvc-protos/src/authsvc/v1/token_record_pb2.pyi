from authsvc.v1 import claims_pb2 as _claims_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TokenState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOKEN_STATE_UNSPECIFIED: _ClassVar[TokenState]
    TOKEN_STATE_LIVE: _ClassVar[TokenState]
    TOKEN_STATE_EXPIRED: _ClassVar[TokenState]
    TOKEN_STATE_REVOKED: _ClassVar[TokenState]
TOKEN_STATE_UNSPECIFIED: TokenState
TOKEN_STATE_LIVE: TokenState
TOKEN_STATE_EXPIRED: TokenState
TOKEN_STATE_REVOKED: TokenState

class TokenRecord(_message.Message):
    __slots__ = ("tenant", "token_id", "issuer", "subject", "client_id", "audiences", "scopes", "label", "key_id", "issue_time", "expire_time", "not_before_time", "claims", "state", "revoke_time", "revoke_reason", "bound_tenant", "ancestors", "family_id", "family_end_time", "rotated_from_token_id", "last_used_time")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    AUDIENCES_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    ISSUE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    NOT_BEFORE_TIME_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REVOKE_TIME_FIELD_NUMBER: _ClassVar[int]
    REVOKE_REASON_FIELD_NUMBER: _ClassVar[int]
    BOUND_TENANT_FIELD_NUMBER: _ClassVar[int]
    ANCESTORS_FIELD_NUMBER: _ClassVar[int]
    FAMILY_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_END_TIME_FIELD_NUMBER: _ClassVar[int]
    ROTATED_FROM_TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_USED_TIME_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    token_id: str
    issuer: str
    subject: str
    client_id: str
    audiences: _containers.RepeatedScalarFieldContainer[str]
    scopes: _containers.RepeatedScalarFieldContainer[str]
    label: str
    key_id: str
    issue_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    not_before_time: _timestamp_pb2.Timestamp
    claims: _struct_pb2.Struct
    state: TokenState
    revoke_time: _timestamp_pb2.Timestamp
    revoke_reason: str
    bound_tenant: str
    ancestors: _containers.RepeatedCompositeFieldContainer[_claims_pb2.Ancestor]
    family_id: str
    family_end_time: _timestamp_pb2.Timestamp
    rotated_from_token_id: str
    last_used_time: _timestamp_pb2.Timestamp
    def __init__(self, tenant: _Optional[str] = ..., token_id: _Optional[str] = ..., issuer: _Optional[str] = ..., subject: _Optional[str] = ..., client_id: _Optional[str] = ..., audiences: _Optional[_Iterable[str]] = ..., scopes: _Optional[_Iterable[str]] = ..., label: _Optional[str] = ..., key_id: _Optional[str] = ..., issue_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., not_before_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., claims: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., state: _Optional[_Union[TokenState, str]] = ..., revoke_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., revoke_reason: _Optional[str] = ..., bound_tenant: _Optional[str] = ..., ancestors: _Optional[_Iterable[_Union[_claims_pb2.Ancestor, _Mapping]]] = ..., family_id: _Optional[str] = ..., family_end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., rotated_from_token_id: _Optional[str] = ..., last_used_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
