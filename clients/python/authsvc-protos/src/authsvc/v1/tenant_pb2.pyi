from authsvc.v1 import scopes_pb2 as _scopes_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
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
    __slots__ = ("name", "issuer", "default_ttl", "max_ttl", "algorithm", "audiences", "scope_claim_shape", "operations", "description", "scopes", "clients", "trusted_issuers", "omit_records", "extra_claims", "rate_limit", "etag", "uid", "create_time", "update_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_TTL_FIELD_NUMBER: _ClassVar[int]
    MAX_TTL_FIELD_NUMBER: _ClassVar[int]
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    AUDIENCES_FIELD_NUMBER: _ClassVar[int]
    SCOPE_CLAIM_SHAPE_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    TRUSTED_ISSUERS_FIELD_NUMBER: _ClassVar[int]
    OMIT_RECORDS_FIELD_NUMBER: _ClassVar[int]
    EXTRA_CLAIMS_FIELD_NUMBER: _ClassVar[int]
    RATE_LIMIT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    issuer: str
    default_ttl: _duration_pb2.Duration
    max_ttl: _duration_pb2.Duration
    algorithm: SigningAlgorithm
    audiences: _containers.RepeatedScalarFieldContainer[str]
    scope_claim_shape: ScopeClaimShape
    operations: _containers.RepeatedCompositeFieldContainer[Operation]
    description: str
    scopes: _containers.RepeatedCompositeFieldContainer[Scope]
    clients: _containers.RepeatedCompositeFieldContainer[Client]
    trusted_issuers: _containers.RepeatedCompositeFieldContainer[TrustedIssuer]
    omit_records: bool
    extra_claims: ExtraClaims
    rate_limit: RateLimit
    etag: str
    uid: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., issuer: _Optional[str] = ..., default_ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., max_ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., algorithm: _Optional[_Union[SigningAlgorithm, str]] = ..., audiences: _Optional[_Iterable[str]] = ..., scope_claim_shape: _Optional[_Union[ScopeClaimShape, str]] = ..., operations: _Optional[_Iterable[_Union[Operation, _Mapping]]] = ..., description: _Optional[str] = ..., scopes: _Optional[_Iterable[_Union[Scope, _Mapping]]] = ..., clients: _Optional[_Iterable[_Union[Client, _Mapping]]] = ..., trusted_issuers: _Optional[_Iterable[_Union[TrustedIssuer, _Mapping]]] = ..., omit_records: bool = ..., extra_claims: _Optional[_Union[ExtraClaims, _Mapping]] = ..., rate_limit: _Optional[_Union[RateLimit, _Mapping]] = ..., etag: _Optional[str] = ..., uid: _Optional[str] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Scope(_message.Message):
    __slots__ = ("name", "description", "includes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    INCLUDES_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    includes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., includes: _Optional[_Iterable[str]] = ...) -> None: ...

class Client(_message.Message):
    __slots__ = ("id", "description", "spiffe_ids", "permissions", "issue", "audiences", "rate_limit")
    ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SPIFFE_IDS_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    ISSUE_FIELD_NUMBER: _ClassVar[int]
    AUDIENCES_FIELD_NUMBER: _ClassVar[int]
    RATE_LIMIT_FIELD_NUMBER: _ClassVar[int]
    id: str
    description: str
    spiffe_ids: _containers.RepeatedScalarFieldContainer[str]
    permissions: _containers.RepeatedScalarFieldContainer[str]
    issue: IssueGrant
    audiences: _containers.RepeatedScalarFieldContainer[str]
    rate_limit: RateLimit
    def __init__(self, id: _Optional[str] = ..., description: _Optional[str] = ..., spiffe_ids: _Optional[_Iterable[str]] = ..., permissions: _Optional[_Iterable[str]] = ..., issue: _Optional[_Union[IssueGrant, _Mapping]] = ..., audiences: _Optional[_Iterable[str]] = ..., rate_limit: _Optional[_Union[RateLimit, _Mapping]] = ...) -> None: ...

class IssueGrant(_message.Message):
    __slots__ = ("scopes", "audiences", "subjects", "max_ttl", "max_live_tokens")
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    AUDIENCES_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    MAX_TTL_FIELD_NUMBER: _ClassVar[int]
    MAX_LIVE_TOKENS_FIELD_NUMBER: _ClassVar[int]
    scopes: _containers.RepeatedScalarFieldContainer[str]
    audiences: _containers.RepeatedScalarFieldContainer[str]
    subjects: _containers.RepeatedScalarFieldContainer[str]
    max_ttl: _duration_pb2.Duration
    max_live_tokens: int
    def __init__(self, scopes: _Optional[_Iterable[str]] = ..., audiences: _Optional[_Iterable[str]] = ..., subjects: _Optional[_Iterable[str]] = ..., max_ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., max_live_tokens: _Optional[int] = ...) -> None: ...

class ExtraClaims(_message.Message):
    __slots__ = ("names",)
    NAMES_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, names: _Optional[_Iterable[str]] = ...) -> None: ...

class RateLimit(_message.Message):
    __slots__ = ("calls_per_second", "burst")
    CALLS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    BURST_FIELD_NUMBER: _ClassVar[int]
    calls_per_second: int
    burst: int
    def __init__(self, calls_per_second: _Optional[int] = ..., burst: _Optional[int] = ...) -> None: ...

class TrustedIssuer(_message.Message):
    __slots__ = ("issuer", "jwks", "jwks_url", "imported_keys", "algorithms", "audiences", "claim_mapping", "scopes", "max_ttl", "subjects", "client_ids", "self_issued")
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    JWKS_FIELD_NUMBER: _ClassVar[int]
    JWKS_URL_FIELD_NUMBER: _ClassVar[int]
    IMPORTED_KEYS_FIELD_NUMBER: _ClassVar[int]
    ALGORITHMS_FIELD_NUMBER: _ClassVar[int]
    AUDIENCES_FIELD_NUMBER: _ClassVar[int]
    CLAIM_MAPPING_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    MAX_TTL_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    SELF_ISSUED_FIELD_NUMBER: _ClassVar[int]
    issuer: str
    jwks: str
    jwks_url: str
    imported_keys: bool
    algorithms: _containers.RepeatedScalarFieldContainer[SigningAlgorithm]
    audiences: _containers.RepeatedScalarFieldContainer[str]
    claim_mapping: ClaimMapping
    scopes: _containers.RepeatedScalarFieldContainer[str]
    max_ttl: _duration_pb2.Duration
    subjects: _containers.RepeatedScalarFieldContainer[str]
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    self_issued: bool
    def __init__(self, issuer: _Optional[str] = ..., jwks: _Optional[str] = ..., jwks_url: _Optional[str] = ..., imported_keys: bool = ..., algorithms: _Optional[_Iterable[_Union[SigningAlgorithm, str]]] = ..., audiences: _Optional[_Iterable[str]] = ..., claim_mapping: _Optional[_Union[ClaimMapping, _Mapping]] = ..., scopes: _Optional[_Iterable[str]] = ..., max_ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., subjects: _Optional[_Iterable[str]] = ..., client_ids: _Optional[_Iterable[str]] = ..., self_issued: bool = ...) -> None: ...

class ClaimMapping(_message.Message):
    __slots__ = ("scopes", "client_id", "default_client_id", "token_type")
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_TYPE_FIELD_NUMBER: _ClassVar[int]
    scopes: str
    client_id: str
    default_client_id: str
    token_type: str
    def __init__(self, scopes: _Optional[str] = ..., client_id: _Optional[str] = ..., default_client_id: _Optional[str] = ..., token_type: _Optional[str] = ...) -> None: ...

class Operation(_message.Message):
    __slots__ = ("name", "requirement", "description")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    name: str
    requirement: _scopes_pb2.ScopeRequirement
    description: str
    def __init__(self, name: _Optional[str] = ..., requirement: _Optional[_Union[_scopes_pb2.ScopeRequirement, _Mapping]] = ..., description: _Optional[str] = ...) -> None: ...
