from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Origin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORIGIN_UNSPECIFIED: _ClassVar[Origin]
    ORIGIN_ISSUED: _ClassVar[Origin]
    ORIGIN_SELF_ISSUED: _ClassVar[Origin]
    ORIGIN_EXTERNAL: _ClassVar[Origin]
ORIGIN_UNSPECIFIED: Origin
ORIGIN_ISSUED: Origin
ORIGIN_SELF_ISSUED: Origin
ORIGIN_EXTERNAL: Origin

class Ancestor(_message.Message):
    __slots__ = ("issuer", "token_id", "issue_time", "key_id", "subject", "client_id")
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    ISSUE_TIME_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    issuer: str
    token_id: str
    issue_time: _timestamp_pb2.Timestamp
    key_id: str
    subject: str
    client_id: str
    def __init__(self, issuer: _Optional[str] = ..., token_id: _Optional[str] = ..., issue_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., key_id: _Optional[str] = ..., subject: _Optional[str] = ..., client_id: _Optional[str] = ...) -> None: ...

class TokenClaims(_message.Message):
    __slots__ = ("tenant", "issuer", "subject", "client_id", "audiences", "token_id", "key_id", "scopes", "issue_time", "expire_time", "not_before_time", "origin", "extra", "bound_tenant", "ancestors", "family_id", "family_end_time")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    AUDIENCES_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    ISSUE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    NOT_BEFORE_TIME_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    EXTRA_FIELD_NUMBER: _ClassVar[int]
    BOUND_TENANT_FIELD_NUMBER: _ClassVar[int]
    ANCESTORS_FIELD_NUMBER: _ClassVar[int]
    FAMILY_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_END_TIME_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    issuer: str
    subject: str
    client_id: str
    audiences: _containers.RepeatedScalarFieldContainer[str]
    token_id: str
    key_id: str
    scopes: _containers.RepeatedScalarFieldContainer[str]
    issue_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    not_before_time: _timestamp_pb2.Timestamp
    origin: Origin
    extra: _struct_pb2.Struct
    bound_tenant: str
    ancestors: _containers.RepeatedCompositeFieldContainer[Ancestor]
    family_id: str
    family_end_time: _timestamp_pb2.Timestamp
    def __init__(self, tenant: _Optional[str] = ..., issuer: _Optional[str] = ..., subject: _Optional[str] = ..., client_id: _Optional[str] = ..., audiences: _Optional[_Iterable[str]] = ..., token_id: _Optional[str] = ..., key_id: _Optional[str] = ..., scopes: _Optional[_Iterable[str]] = ..., issue_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., not_before_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., origin: _Optional[_Union[Origin, str]] = ..., extra: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., bound_tenant: _Optional[str] = ..., ancestors: _Optional[_Iterable[_Union[Ancestor, _Mapping]]] = ..., family_id: _Optional[str] = ..., family_end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
