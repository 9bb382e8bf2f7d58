from authsvc.v1 import scopes_pb2 as _scopes_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SigningAlgorithm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIGNING_ALGORITHM_UNSPECIFIED: _ClassVar[SigningAlgorithm]
    SIGNING_ALGORITHM_ES256: _ClassVar[SigningAlgorithm]
    SIGNING_ALGORITHM_RS256: _ClassVar[SigningAlgorithm]
    SIGNING_ALGORITHM_PS256: _ClassVar[SigningAlgorithm]
    SIGNING_ALGORITHM_EDDSA: _ClassVar[SigningAlgorithm]
    SIGNING_ALGORITHM_HS256: _ClassVar[SigningAlgorithm]

class ScopeClaimShape(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCOPE_CLAIM_SHAPE_UNSPECIFIED: _ClassVar[ScopeClaimShape]
    SCOPE_CLAIM_SHAPE_STRING: _ClassVar[ScopeClaimShape]
    SCOPE_CLAIM_SHAPE_ARRAY: _ClassVar[ScopeClaimShape]
    SCOPE_CLAIM_SHAPE_TREE: _ClassVar[ScopeClaimShape]
SIGNING_ALGORITHM_UNSPECIFIED: SigningAlgorithm
SIGNING_ALGORITHM_ES256: SigningAlgorithm
SIGNING_ALGORITHM_RS256: SigningAlgorithm
SIGNING_ALGORITHM_PS256: SigningAlgorithm
SIGNING_ALGORITHM_EDDSA: SigningAlgorithm
SIGNING_ALGORITHM_HS256: SigningAlgorithm
SCOPE_CLAIM_SHAPE_UNSPECIFIED: ScopeClaimShape
SCOPE_CLAIM_SHAPE_STRING: ScopeClaimShape
SCOPE_CLAIM_SHAPE_ARRAY: ScopeClaimShape
SCOPE_CLAIM_SHAPE_TREE: ScopeClaimShape

class Tenant(_message.Message):
    __slots__ = ("name", "issuer", "default_ttl", "max_ttl", "algorithm", "audiences", "scope_claim_shape", "operations", "description")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_TTL_FIELD_NUMBER: _ClassVar[int]
    MAX_TTL_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    AUDIENCES_FIELD_NUMBER: _ClassVar[int]
    SCOPE_CLAIM_SHAPE_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    issuer: str
    default_ttl: _duration_pb2.Duration
    max_ttl: _duration_pb2.Duration
    algorithm: SigningAlgorithm
    audiences: _containers.RepeatedScalarFieldContainer[str]
    scope_claim_shape: ScopeClaimShape
    operations: _containers.RepeatedCompositeFieldContainer[Operation]
    description: str
    def __init__(self, name: _Optional[str] = ..., issuer: _Optional[str] = ..., default_ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., max_ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., algorithm: _Optional[_Union[SigningAlgorithm, str]] = ..., audiences: _Optional[_Iterable[str]] = ..., scope_claim_shape: _Optional[_Union[ScopeClaimShape, str]] = ..., operations: _Optional[_Iterable[_Union[Operation, _Mapping]]] = ..., description: _Optional[str] = ...) -> None: ...

class Operation(_message.Message):
    __slots__ = ("name", "requirement", "description")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    requirement: _scopes_pb2.ScopeRequirement
    description: str
    def __init__(self, name: _Optional[str] = ..., requirement: _Optional[_Union[_scopes_pb2.ScopeRequirement, _Mapping]] = ..., description: _Optional[str] = ...) -> None: ...
