from authsvc.v1 import options_pb2 as _options_pb2
from authsvc.v1 import tenant_pb2 as _tenant_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class KeyState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KEY_STATE_UNSPECIFIED: _ClassVar[KeyState]
    KEY_STATE_PREPARED: _ClassVar[KeyState]
    KEY_STATE_ACTIVE: _ClassVar[KeyState]
    KEY_STATE_VERIFY_ONLY: _ClassVar[KeyState]
    KEY_STATE_RETIRED: _ClassVar[KeyState]
    KEY_STATE_TAINTED: _ClassVar[KeyState]

class KeyPurpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KEY_PURPOSE_UNSPECIFIED: _ClassVar[KeyPurpose]
    KEY_PURPOSE_SIGNING: _ClassVar[KeyPurpose]
    KEY_PURPOSE_TRUSTED_ISSUER: _ClassVar[KeyPurpose]
KEY_STATE_UNSPECIFIED: KeyState
KEY_STATE_PREPARED: KeyState
KEY_STATE_ACTIVE: KeyState
KEY_STATE_VERIFY_ONLY: KeyState
KEY_STATE_RETIRED: KeyState
KEY_STATE_TAINTED: KeyState
KEY_PURPOSE_UNSPECIFIED: KeyPurpose
KEY_PURPOSE_SIGNING: KeyPurpose
KEY_PURPOSE_TRUSTED_ISSUER: KeyPurpose

class Key(_message.Message):
    __slots__ = ("tenant", "key_id", "algorithm", "state", "purpose", "issuer", "create_time", "activate_time", "retire_time", "state_time")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTIVATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RETIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_TIME_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    key_id: str
    algorithm: _tenant_pb2.SigningAlgorithm
    state: KeyState
    purpose: KeyPurpose
    issuer: str
    create_time: _timestamp_pb2.Timestamp
    activate_time: _timestamp_pb2.Timestamp
    retire_time: _timestamp_pb2.Timestamp
    state_time: _timestamp_pb2.Timestamp
    def __init__(self, tenant: _Optional[str] = ..., key_id: _Optional[str] = ..., algorithm: _Optional[_Union[_tenant_pb2.SigningAlgorithm, str]] = ..., state: _Optional[_Union[KeyState, str]] = ..., purpose: _Optional[_Union[KeyPurpose, str]] = ..., issuer: _Optional[str] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., activate_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., retire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., state_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListKeysRequest(_message.Message):
    __slots__ = ("tenant", "page_size", "page_token")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    page_size: int
    page_token: str
    def __init__(self, tenant: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListKeysResponse(_message.Message):
    __slots__ = ("keys", "next_page_token")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[Key]
    next_page_token: str
    def __init__(self, keys: _Optional[_Iterable[_Union[Key, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RotateKeyRequest(_message.Message):
    __slots__ = ("tenant", "prepare_for")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    PREPARE_FOR_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    prepare_for: _duration_pb2.Duration
    def __init__(self, tenant: _Optional[str] = ..., prepare_for: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class RotateKeyResponse(_message.Message):
    __slots__ = ("key", "revision")
    KEY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    key: Key
    revision: str
    def __init__(self, key: _Optional[_Union[Key, _Mapping]] = ..., revision: _Optional[str] = ...) -> None: ...

class ActivateKeyRequest(_message.Message):
    __slots__ = ("tenant", "key_id", "force")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    key_id: str
    force: bool
    def __init__(self, tenant: _Optional[str] = ..., key_id: _Optional[str] = ..., force: bool = ...) -> None: ...

class ActivateKeyResponse(_message.Message):
    __slots__ = ("key", "revision")
    KEY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    key: Key
    revision: str
    def __init__(self, key: _Optional[_Union[Key, _Mapping]] = ..., revision: _Optional[str] = ...) -> None: ...

class TaintKeyRequest(_message.Message):
    __slots__ = ("tenant", "key_id", "reason", "force")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    key_id: str
    reason: str
    force: bool
    def __init__(self, tenant: _Optional[str] = ..., key_id: _Optional[str] = ..., reason: _Optional[str] = ..., force: bool = ...) -> None: ...

class TaintKeyResponse(_message.Message):
    __slots__ = ("key", "revision")
    KEY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    key: Key
    revision: str
    def __init__(self, key: _Optional[_Union[Key, _Mapping]] = ..., revision: _Optional[str] = ...) -> None: ...

class RetireKeyRequest(_message.Message):
    __slots__ = ("tenant", "key_id", "force")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    key_id: str
    force: bool
    def __init__(self, tenant: _Optional[str] = ..., key_id: _Optional[str] = ..., force: bool = ...) -> None: ...

class RetireKeyResponse(_message.Message):
    __slots__ = ("key", "revision")
    KEY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    key: Key
    revision: str
    def __init__(self, key: _Optional[_Union[Key, _Mapping]] = ..., revision: _Optional[str] = ...) -> None: ...

class ImportKeyRequest(_message.Message):
    __slots__ = ("tenant", "algorithm", "pem", "jwk", "secret", "key_id", "purpose", "issuer")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    PEM_FIELD_NUMBER: _ClassVar[int]
    JWK_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    algorithm: _tenant_pb2.SigningAlgorithm
    pem: str
    jwk: str
    secret: bytes
    key_id: str
    purpose: KeyPurpose
    issuer: str
    def __init__(self, tenant: _Optional[str] = ..., algorithm: _Optional[_Union[_tenant_pb2.SigningAlgorithm, str]] = ..., pem: _Optional[str] = ..., jwk: _Optional[str] = ..., secret: _Optional[bytes] = ..., key_id: _Optional[str] = ..., purpose: _Optional[_Union[KeyPurpose, str]] = ..., issuer: _Optional[str] = ...) -> None: ...

class ImportKeyResponse(_message.Message):
    __slots__ = ("key", "revision")
    KEY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    key: Key
    revision: str
    def __init__(self, key: _Optional[_Union[Key, _Mapping]] = ..., revision: _Optional[str] = ...) -> None: ...

class GetJwksRequest(_message.Message):
    __slots__ = ("tenant",)
    TENANT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    def __init__(self, tenant: _Optional[str] = ...) -> None: ...

class GetJwksResponse(_message.Message):
    __slots__ = ("jwks",)
    JWKS_FIELD_NUMBER: _ClassVar[int]
    jwks: str
    def __init__(self, jwks: _Optional[str] = ...) -> None: ...
