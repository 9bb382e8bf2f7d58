from authsvc.v1 import claims_pb2 as _claims_pb2
from authsvc.v1 import options_pb2 as _options_pb2
from authsvc.v1 import reason_pb2 as _reason_pb2
from authsvc.v1 import scopes_pb2 as _scopes_pb2
from authsvc.v1 import token_record_pb2 as _token_record_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StepOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STEP_OUTCOME_UNSPECIFIED: _ClassVar[StepOutcome]
    STEP_OUTCOME_PASSED: _ClassVar[StepOutcome]
    STEP_OUTCOME_FAILED: _ClassVar[StepOutcome]
    STEP_OUTCOME_SKIPPED: _ClassVar[StepOutcome]
STEP_OUTCOME_UNSPECIFIED: StepOutcome
STEP_OUTCOME_PASSED: StepOutcome
STEP_OUTCOME_FAILED: StepOutcome
STEP_OUTCOME_SKIPPED: StepOutcome

class IssueRequest(_message.Message):
    __slots__ = ("tenant", "subject", "client_id", "audiences", "scopes", "scope_tree", "ttl", "not_before_time", "claims", "label", "request_id", "bound_tenant")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    AUDIENCES_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    SCOPE_TREE_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    NOT_BEFORE_TIME_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    BOUND_TENANT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    subject: str
    client_id: str
    audiences: _containers.RepeatedScalarFieldContainer[str]
    scopes: _containers.RepeatedScalarFieldContainer[str]
    scope_tree: _struct_pb2.Struct
    ttl: _duration_pb2.Duration
    not_before_time: _timestamp_pb2.Timestamp
    claims: _struct_pb2.Struct
    label: str
    request_id: str
    bound_tenant: str
    def __init__(self, tenant: _Optional[str] = ..., subject: _Optional[str] = ..., client_id: _Optional[str] = ..., audiences: _Optional[_Iterable[str]] = ..., scopes: _Optional[_Iterable[str]] = ..., scope_tree: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., not_before_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., claims: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., label: _Optional[str] = ..., request_id: _Optional[str] = ..., bound_tenant: _Optional[str] = ...) -> None: ...

class IssueResponse(_message.Message):
    __slots__ = ("token", "token_id", "key_id", "issue_time", "expire_time", "scopes", "revision")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    ISSUE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    token: str
    token_id: str
    key_id: str
    issue_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    scopes: _containers.RepeatedScalarFieldContainer[str]
    revision: str
    def __init__(self, token: _Optional[str] = ..., token_id: _Optional[str] = ..., key_id: _Optional[str] = ..., issue_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., scopes: _Optional[_Iterable[str]] = ..., revision: _Optional[str] = ...) -> None: ...

class VerifyRequest(_message.Message):
    __slots__ = ("tenant", "token", "audience", "min_revision")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    token: str
    audience: str
    min_revision: str
    def __init__(self, tenant: _Optional[str] = ..., token: _Optional[str] = ..., audience: _Optional[str] = ..., min_revision: _Optional[str] = ...) -> None: ...

class VerifyResponse(_message.Message):
    __slots__ = ("valid", "reason", "claims", "revision")
    VALID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    reason: _reason_pb2.Reason
    claims: _claims_pb2.TokenClaims
    revision: str
    def __init__(self, valid: bool = ..., reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., claims: _Optional[_Union[_claims_pb2.TokenClaims, _Mapping]] = ..., revision: _Optional[str] = ...) -> None: ...

class CheckScopesRequest(_message.Message):
    __slots__ = ("tenant", "token", "audience", "min_revision", "requirement", "operation")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    token: str
    audience: str
    min_revision: str
    requirement: _scopes_pb2.ScopeRequirement
    operation: str
    def __init__(self, tenant: _Optional[str] = ..., token: _Optional[str] = ..., audience: _Optional[str] = ..., min_revision: _Optional[str] = ..., requirement: _Optional[_Union[_scopes_pb2.ScopeRequirement, _Mapping]] = ..., operation: _Optional[str] = ...) -> None: ...

class CheckScopesResponse(_message.Message):
    __slots__ = ("valid", "allowed", "reason", "matched", "missing", "claims", "revision")
    VALID_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    allowed: bool
    reason: _reason_pb2.Reason
    matched: _containers.RepeatedScalarFieldContainer[str]
    missing: _scopes_pb2.ScopeRequirement
    claims: _claims_pb2.TokenClaims
    revision: str
    def __init__(self, valid: bool = ..., allowed: bool = ..., reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., matched: _Optional[_Iterable[str]] = ..., missing: _Optional[_Union[_scopes_pb2.ScopeRequirement, _Mapping]] = ..., claims: _Optional[_Union[_claims_pb2.TokenClaims, _Mapping]] = ..., revision: _Optional[str] = ...) -> None: ...

class RevokeRequest(_message.Message):
    __slots__ = ("tenant", "reason", "token", "token_id", "subject", "client", "all", "key", "family", "force")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    ALL_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    reason: str
    token: str
    token_id: TokenTarget
    subject: SubjectTarget
    client: ClientTarget
    all: TenantTarget
    key: KeyTarget
    family: FamilyTarget
    force: bool
    def __init__(self, tenant: _Optional[str] = ..., reason: _Optional[str] = ..., token: _Optional[str] = ..., token_id: _Optional[_Union[TokenTarget, _Mapping]] = ..., subject: _Optional[_Union[SubjectTarget, _Mapping]] = ..., client: _Optional[_Union[ClientTarget, _Mapping]] = ..., all: _Optional[_Union[TenantTarget, _Mapping]] = ..., key: _Optional[_Union[KeyTarget, _Mapping]] = ..., family: _Optional[_Union[FamilyTarget, _Mapping]] = ..., force: bool = ...) -> None: ...

class TokenTarget(_message.Message):
    __slots__ = ("issuer", "token_id")
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    issuer: str
    token_id: str
    def __init__(self, issuer: _Optional[str] = ..., token_id: _Optional[str] = ...) -> None: ...

class SubjectTarget(_message.Message):
    __slots__ = ("subject", "issued_before_time")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ISSUED_BEFORE_TIME_FIELD_NUMBER: _ClassVar[int]
    subject: str
    issued_before_time: _timestamp_pb2.Timestamp
    def __init__(self, subject: _Optional[str] = ..., issued_before_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ClientTarget(_message.Message):
    __slots__ = ("client_id", "issued_before_time")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    ISSUED_BEFORE_TIME_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    issued_before_time: _timestamp_pb2.Timestamp
    def __init__(self, client_id: _Optional[str] = ..., issued_before_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TenantTarget(_message.Message):
    __slots__ = ("issued_before_time",)
    ISSUED_BEFORE_TIME_FIELD_NUMBER: _ClassVar[int]
    issued_before_time: _timestamp_pb2.Timestamp
    def __init__(self, issued_before_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class KeyTarget(_message.Message):
    __slots__ = ("key_id",)
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    def __init__(self, key_id: _Optional[str] = ...) -> None: ...

class FamilyTarget(_message.Message):
    __slots__ = ("family_id",)
    FAMILY_ID_FIELD_NUMBER: _ClassVar[int]
    family_id: str
    def __init__(self, family_id: _Optional[str] = ...) -> None: ...

class RevokeResponse(_message.Message):
    __slots__ = ("revision", "revoke_time")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    REVOKE_TIME_FIELD_NUMBER: _ClassVar[int]
    revision: str
    revoke_time: _timestamp_pb2.Timestamp
    def __init__(self, revision: _Optional[str] = ..., revoke_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BatchVerifyRequest(_message.Message):
    __slots__ = ("tenant", "audience", "min_revision", "tokens")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    audience: str
    min_revision: str
    tokens: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, tenant: _Optional[str] = ..., audience: _Optional[str] = ..., min_revision: _Optional[str] = ..., tokens: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchVerifyResponse(_message.Message):
    __slots__ = ("results", "revision")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[VerifyResult]
    revision: str
    def __init__(self, results: _Optional[_Iterable[_Union[VerifyResult, _Mapping]]] = ..., revision: _Optional[str] = ...) -> None: ...

class VerifyResult(_message.Message):
    __slots__ = ("valid", "reason", "claims")
    VALID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    reason: _reason_pb2.Reason
    claims: _claims_pb2.TokenClaims
    def __init__(self, valid: bool = ..., reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., claims: _Optional[_Union[_claims_pb2.TokenClaims, _Mapping]] = ...) -> None: ...

class BatchCheckScopesRequest(_message.Message):
    __slots__ = ("tenant", "audience", "min_revision", "items")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    audience: str
    min_revision: str
    items: _containers.RepeatedCompositeFieldContainer[CheckScopesItem]
    def __init__(self, tenant: _Optional[str] = ..., audience: _Optional[str] = ..., min_revision: _Optional[str] = ..., items: _Optional[_Iterable[_Union[CheckScopesItem, _Mapping]]] = ...) -> None: ...

class CheckScopesItem(_message.Message):
    __slots__ = ("token", "requirement", "operation")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    REQUIREMENT_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    token: str
    requirement: _scopes_pb2.ScopeRequirement
    operation: str
    def __init__(self, token: _Optional[str] = ..., requirement: _Optional[_Union[_scopes_pb2.ScopeRequirement, _Mapping]] = ..., operation: _Optional[str] = ...) -> None: ...

class BatchCheckScopesResponse(_message.Message):
    __slots__ = ("results", "revision")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CheckScopesResult]
    revision: str
    def __init__(self, results: _Optional[_Iterable[_Union[CheckScopesResult, _Mapping]]] = ..., revision: _Optional[str] = ...) -> None: ...

class CheckScopesResult(_message.Message):
    __slots__ = ("valid", "allowed", "reason", "matched", "missing", "claims")
    VALID_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    allowed: bool
    reason: _reason_pb2.Reason
    matched: _containers.RepeatedScalarFieldContainer[str]
    missing: _scopes_pb2.ScopeRequirement
    claims: _claims_pb2.TokenClaims
    def __init__(self, valid: bool = ..., allowed: bool = ..., reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., matched: _Optional[_Iterable[str]] = ..., missing: _Optional[_Union[_scopes_pb2.ScopeRequirement, _Mapping]] = ..., claims: _Optional[_Union[_claims_pb2.TokenClaims, _Mapping]] = ...) -> None: ...

class InspectRequest(_message.Message):
    __slots__ = ("tenant", "token", "audience", "min_revision")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    token: str
    audience: str
    min_revision: str
    def __init__(self, tenant: _Optional[str] = ..., token: _Optional[str] = ..., audience: _Optional[str] = ..., min_revision: _Optional[str] = ...) -> None: ...

class InspectResponse(_message.Message):
    __slots__ = ("valid", "reason", "unverified_header", "unverified_payload", "steps", "claims", "revision")
    VALID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    UNVERIFIED_HEADER_FIELD_NUMBER: _ClassVar[int]
    UNVERIFIED_PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    reason: _reason_pb2.Reason
    unverified_header: _struct_pb2.Struct
    unverified_payload: _struct_pb2.Struct
    steps: _containers.RepeatedCompositeFieldContainer[VerdictStep]
    claims: _claims_pb2.TokenClaims
    revision: str
    def __init__(self, valid: bool = ..., reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., unverified_header: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., unverified_payload: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[VerdictStep, _Mapping]]] = ..., claims: _Optional[_Union[_claims_pb2.TokenClaims, _Mapping]] = ..., revision: _Optional[str] = ...) -> None: ...

class VerdictStep(_message.Message):
    __slots__ = ("reason", "outcome", "check", "detail")
    REASON_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    CHECK_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    reason: _reason_pb2.Reason
    outcome: StepOutcome
    check: str
    detail: str
    def __init__(self, reason: _Optional[_Union[_reason_pb2.Reason, str]] = ..., outcome: _Optional[_Union[StepOutcome, str]] = ..., check: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class GetTokenRequest(_message.Message):
    __slots__ = ("tenant", "token_id")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    token_id: str
    def __init__(self, tenant: _Optional[str] = ..., token_id: _Optional[str] = ...) -> None: ...

class GetTokenResponse(_message.Message):
    __slots__ = ("record",)
    RECORD_FIELD_NUMBER: _ClassVar[int]
    record: _token_record_pb2.TokenRecord
    def __init__(self, record: _Optional[_Union[_token_record_pb2.TokenRecord, _Mapping]] = ...) -> None: ...

class ListTokensRequest(_message.Message):
    __slots__ = ("tenant", "subject", "client_id", "label", "state", "page_size", "page_token")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    subject: str
    client_id: str
    label: str
    state: _token_record_pb2.TokenState
    page_size: int
    page_token: str
    def __init__(self, tenant: _Optional[str] = ..., subject: _Optional[str] = ..., client_id: _Optional[str] = ..., label: _Optional[str] = ..., state: _Optional[_Union[_token_record_pb2.TokenState, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTokensResponse(_message.Message):
    __slots__ = ("records", "next_page_token")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[_token_record_pb2.TokenRecord]
    next_page_token: str
    def __init__(self, records: _Optional[_Iterable[_Union[_token_record_pb2.TokenRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExchangeRequest(_message.Message):
    __slots__ = ("tenant", "token", "scopes", "audiences", "ttl", "label", "request_id")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    AUDIENCES_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    token: str
    scopes: _containers.RepeatedScalarFieldContainer[str]
    audiences: _containers.RepeatedScalarFieldContainer[str]
    ttl: _duration_pb2.Duration
    label: str
    request_id: str
    def __init__(self, tenant: _Optional[str] = ..., token: _Optional[str] = ..., scopes: _Optional[_Iterable[str]] = ..., audiences: _Optional[_Iterable[str]] = ..., ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., label: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ExchangeResponse(_message.Message):
    __slots__ = ("token", "token_id", "key_id", "issue_time", "expire_time", "scopes", "audiences", "revision")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    ISSUE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    AUDIENCES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    token: str
    token_id: str
    key_id: str
    issue_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    scopes: _containers.RepeatedScalarFieldContainer[str]
    audiences: _containers.RepeatedScalarFieldContainer[str]
    revision: str
    def __init__(self, token: _Optional[str] = ..., token_id: _Optional[str] = ..., key_id: _Optional[str] = ..., issue_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., scopes: _Optional[_Iterable[str]] = ..., audiences: _Optional[_Iterable[str]] = ..., revision: _Optional[str] = ...) -> None: ...

class RotateTokenRequest(_message.Message):
    __slots__ = ("tenant", "token", "overlap", "request_id")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    token: str
    overlap: _duration_pb2.Duration
    request_id: str
    def __init__(self, tenant: _Optional[str] = ..., token: _Optional[str] = ..., overlap: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RotateTokenResponse(_message.Message):
    __slots__ = ("token", "token_id", "key_id", "issue_time", "expire_time", "scopes", "revision", "family_id", "family_end_time", "old_token_end_time")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    ISSUE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    FAMILY_ID_FIELD_NUMBER: _ClassVar[int]
    FAMILY_END_TIME_FIELD_NUMBER: _ClassVar[int]
    OLD_TOKEN_END_TIME_FIELD_NUMBER: _ClassVar[int]
    token: str
    token_id: str
    key_id: str
    issue_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    scopes: _containers.RepeatedScalarFieldContainer[str]
    revision: str
    family_id: str
    family_end_time: _timestamp_pb2.Timestamp
    old_token_end_time: _timestamp_pb2.Timestamp
    def __init__(self, token: _Optional[str] = ..., token_id: _Optional[str] = ..., key_id: _Optional[str] = ..., issue_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., scopes: _Optional[_Iterable[str]] = ..., revision: _Optional[str] = ..., family_id: _Optional[str] = ..., family_end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., old_token_end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListTokenUsageRequest(_message.Message):
    __slots__ = ("tenant", "subject", "client_id", "label", "page_size", "page_token")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    subject: str
    client_id: str
    label: str
    page_size: int
    page_token: str
    def __init__(self, tenant: _Optional[str] = ..., subject: _Optional[str] = ..., client_id: _Optional[str] = ..., label: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTokenUsageResponse(_message.Message):
    __slots__ = ("usages", "next_page_token", "is_noted")
    USAGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    IS_NOTED_FIELD_NUMBER: _ClassVar[int]
    usages: _containers.RepeatedCompositeFieldContainer[TokenUsage]
    next_page_token: str
    is_noted: bool
    def __init__(self, usages: _Optional[_Iterable[_Union[TokenUsage, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., is_noted: bool = ...) -> None: ...

class TokenUsage(_message.Message):
    __slots__ = ("record", "used_scopes", "unused_scopes")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    USED_SCOPES_FIELD_NUMBER: _ClassVar[int]
    UNUSED_SCOPES_FIELD_NUMBER: _ClassVar[int]
    record: _token_record_pb2.TokenRecord
    used_scopes: _containers.RepeatedCompositeFieldContainer[ScopeUsage]
    unused_scopes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, record: _Optional[_Union[_token_record_pb2.TokenRecord, _Mapping]] = ..., used_scopes: _Optional[_Iterable[_Union[ScopeUsage, _Mapping]]] = ..., unused_scopes: _Optional[_Iterable[str]] = ...) -> None: ...

class ScopeUsage(_message.Message):
    __slots__ = ("scope", "last_used_time")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    LAST_USED_TIME_FIELD_NUMBER: _ClassVar[int]
    scope: str
    last_used_time: _timestamp_pb2.Timestamp
    def __init__(self, scope: _Optional[str] = ..., last_used_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
