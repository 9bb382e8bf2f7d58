"""Reads an IssueRequest: all of its faults at once, or what is asked for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from authsvc.api.caller import ADMIN_SCOPE, Caller
from authsvc.api.fields import FieldFaults
from authsvc.policy.clients import Registry
from authsvc.policy.tenant import TenantPolicy, Tenants
from authsvc.scopes.grammar import ScopeSet, canonical, split_scope_string
from authsvc.scopes.tree import parse_tree
from authsvc.tokens.claims import ALL_TENANTS, MAX_AUDIENCES, SERVICE_TENANT
from authsvc.tokens.reserved import RESERVED_CLAIMS
from authsvc.v1.token_service_pb2 import IssueRequest

MAX_CLAIMS = 32
MAX_CLAIM_NAME = 64
MAX_CLAIM_DEPTH = 6
_EXACT_INTEGER = 2**53
_MAX_SECONDS = 2**53 - 1


@dataclass(frozen=True, slots=True)
class IssueOrder:
    """A valid request, defaults filled in. Spans and times are whole seconds."""

    subject: str
    client_id: str
    audiences: tuple[str, ...]
    scopes: ScopeSet
    ttl: int
    not_before_time: int | None
    claims: Mapping[str, Any]
    label: str
    request_id: str
    bound_tenant: str
    max_live_tokens: int = 0
    """How many recorded tokens of the client may be live with this one; 0 for any number."""


def read_issue_request(request: IssueRequest, caller: Caller, tenant: TenantPolicy, tenants: Tenants) -> IssueOrder:
    """What is asked for, within what the tenant allows.

    Raises:
        InvalidFieldError: with a violation for every fault.
    """
    faults = FieldFaults()
    faults.text("subject", request.subject)
    faults.text("client_id", request.client_id, required=False)
    faults.text("label", request.label, required=False)
    faults.request_id(request.request_id, is_kept=not tenant.omit_records)
    _check_audiences(faults, request, tenant)
    scopes = _read_scopes(faults, request)
    _check_catalogued(faults, request, scopes, tenant)
    _check_binding(faults, request, tenant, tenants, scopes)
    if tenant.is_service:
        _check_registration(faults, request, tenants.registry_of(request.bound_tenant), scopes)
    order = IssueOrder(
        subject=request.subject,
        client_id=request.client_id or caller.client_id,
        audiences=tuple(request.audiences),
        scopes=scopes,
        ttl=_read_ttl(faults, request, tenant),
        not_before_time=_read_not_before(faults, request),
        claims=_read_claims(faults, request.claims, tenant),
        label=request.label,
        request_id=request.request_id,
        bound_tenant=request.bound_tenant,
    )
    faults.refuse()
    return order


def _check_audiences(faults: FieldFaults, request: IssueRequest, tenant: TenantPolicy) -> None:
    faults.count("audiences", request.audiences, MAX_AUDIENCES)
    if len(set(request.audiences)) != len(request.audiences):
        faults.add("audiences", "must name each audience once")
    for position, audience in enumerate(request.audiences[:MAX_AUDIENCES]):
        field = f"audiences[{position}]"
        faults.text(field, audience)
        if tenant.audiences and audience not in tenant.audiences:
            faults.add(field, "must be one of the tenant's audiences")
        elif audience == SERVICE_TENANT and not tenant.is_service:
            faults.add(field, f'"{SERVICE_TENANT}" is the audience of this service\'s own keys alone')


def _read_scopes(faults: FieldFaults, request: IssueRequest) -> ScopeSet:
    if request.scopes and request.HasField("scope_tree"):
        faults.add("scope_tree", "must not stand together with scopes")
        return ()
    try:
        if request.HasField("scope_tree"):
            return parse_tree(_members(request.scope_tree))
        return canonical(scope for entry in request.scopes for scope in split_scope_string(entry))
    except ValueError as error:
        faults.add("scope_tree" if request.HasField("scope_tree") else "scopes", str(error))
        return ()


def place_of_scope(request: IssueRequest, scope: str) -> str:
    """The path of the field that asks for a scope. A scope itself is a caller's text, and is not repeated."""
    entries = enumerate(request.scopes)
    return next((f"scopes[{place}]" for place, entry in entries if scope in entry.split(" ")), "scope_tree")


def _check_catalogued(faults: FieldFaults, request: IssueRequest, scopes: ScopeSet, tenant: TenantPolicy) -> None:
    if not tenant.catalogue:
        return
    for scope in scopes:
        if scope not in tenant.catalogue:
            faults.add(place_of_scope(request, scope), "must be of the tenant's catalogue")


def _check_registration(faults: FieldFaults, request: IssueRequest, registry: Registry, scopes: ScopeSet) -> None:
    """A key for a tenant that lists its clients is for one of them, and holds no more than it may use."""
    if not registry.lists_clients:
        return
    client = registry.find(request.client_id)
    if client is None:
        faults.add("client_id", "must be a client that the tenant of the key lists")
        return
    for scope in scopes:
        if scope not in client.permissions:
            faults.add(place_of_scope(request, scope), "must be within the permissions of the client")


def _check_binding(
    faults: FieldFaults, request: IssueRequest, tenant: TenantPolicy, tenants: Tenants, scopes: ScopeSet
) -> None:
    bound = request.bound_tenant
    if not tenant.is_service:
        if bound:
            faults.add("bound_tenant", f'is only for keys of the tenant "{SERVICE_TENANT}"')
        return
    if bound == ALL_TENANTS:
        return
    if not bound or bound == SERVICE_TENANT or all(known.name != bound for known in tenants):
        faults.add("bound_tenant", f'must be the name of a tenant, or "{ALL_TENANTS}" for all of them')
    elif ADMIN_SCOPE in scopes:
        faults.add("bound_tenant", f'must be "{ALL_TENANTS}" for a key with the scope {ADMIN_SCOPE}')


def _read_ttl(faults: FieldFaults, request: IssueRequest, tenant: TenantPolicy) -> int:
    if not request.HasField("ttl"):
        return tenant.default_ttl
    if request.ttl.seconds < 1 or request.ttl.nanos < 0:
        faults.add("ttl", "must be at least 1 s")
    return min(request.ttl.seconds, tenant.max_ttl)


def _read_not_before(faults: FieldFaults, request: IssueRequest) -> int | None:
    if not request.HasField("not_before_time"):
        return None
    seconds = request.not_before_time.seconds + (request.not_before_time.nanos > 0)
    if not 0 < seconds < _MAX_SECONDS:
        faults.add("not_before_time", "must be a time after 1970")
    return seconds


def _read_claims(faults: FieldFaults, claims: Struct, tenant: TenantPolicy) -> dict[str, Any]:
    if len(claims.fields) > MAX_CLAIMS:
        faults.add("claims", f"must hold at most {MAX_CLAIMS} members, has {len(claims.fields)}")
        return {}
    read: dict[str, Any] = {}
    for name in sorted(claims.fields):
        # A name that breaks its rule is a caller's text of any length: it is not repeated.
        if not name or len(name) > MAX_CLAIM_NAME or not name.isprintable():
            faults.add("claims", f"names must be 1 to {MAX_CLAIM_NAME} printable characters")
        elif name in RESERVED_CLAIMS:
            faults.add(f"claims.{name}", "is a registered or reserved claim name")
        elif tenant.extra_claims is not None and name not in tenant.extra_claims:
            faults.add(f"claims.{name}", "is not a claim that the tenant lets be issued")
    try:
        read = {name: _plain(value) for name, value in _members(claims).items()}
    except ValueError as error:
        faults.add("claims", str(error))
    return read


def _members(struct: Struct) -> dict[str, Any]:
    """The members of a Struct.

    Raises:
        ValueError: they hold what JSON cannot, or are nested too deep.
    """
    for value in struct.fields.values():
        _check_value(value, 1)
    converted: dict[str, Any] = MessageToDict(struct)
    return converted


def _check_value(value: Any, depth: int) -> None:  # noqa: ANN401 (a Value, whose stub is loose)
    if depth > MAX_CLAIM_DEPTH:
        raise ValueError(f"must not be nested more than {MAX_CLAIM_DEPTH} levels deep")
    kind = value.WhichOneof("kind")
    if kind is None:
        raise ValueError("must hold JSON values")
    if kind == "number_value" and not math.isfinite(value.number_value):
        raise ValueError("must hold finite numbers")
    if kind == "list_value":
        for item in value.list_value.values:
            _check_value(item, depth + 1)
    elif kind == "struct_value":
        for item in value.struct_value.fields.values():
            _check_value(item, depth + 1)


def _plain(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    """The value with whole numbers as integers: a Struct knows doubles only."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_INTEGER:
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value
