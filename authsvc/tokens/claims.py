"""The claims of a token: each with its type and bounds (RFC 9068 section 2.2, RFC 7519 section 4.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from authsvc.scopes.claim import SCOPE_CLAIM, SCOPES_CLAIM, read_scope_claim
from authsvc.scopes.grammar import ScopeError, ScopeSet
from authsvc.tokens.lineage import (
    ANCESTOR_MEMBERS,
    ANCESTORS_CLAIM,
    FAMILY_CLAIM,
    FAMILY_END_CLAIM,
    MAX_ANCESTORS,
    Ancestor,
    read_ancestors,
)
from authsvc.tokens.refusal import Refusal
from authsvc.v1.reason_pb2 import Reason

SERVICE_TENANT = "authsvc"
"""The reserved tenant whose tokens open this service, and the only audience of those."""
ALL_TENANTS = "*"

MAX_NAME_LENGTH = 255
MAX_ISSUER_LENGTH = 512
MAX_AUDIENCES = 16
MAX_TIME = 2**53

TENANT_CLAIM = "tenant"
BOUND_TENANT_CLAIM = "bound_tenant"

KNOWN_CLAIMS = frozenset(
    {
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "client_id",
        SCOPE_CLAIM,
        SCOPES_CLAIM,
        TENANT_CLAIM,
        BOUND_TENANT_CLAIM,
        ANCESTORS_CLAIM,
        FAMILY_CLAIM,
        FAMILY_END_CLAIM,
    }
)

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims of the right types. Times are whole seconds since the epoch."""

    issuer: str
    subject: str
    client_id: str
    audiences: tuple[str, ...]
    token_id: str
    issue_time: int
    expire_time: int
    not_before_time: int | None
    scopes: ScopeSet
    bound_tenant: str
    extra: Mapping[str, Any]
    ancestors: tuple[Ancestor, ...] = ()
    """The tokens from which it was exchanged, its parent first."""
    family_id: str = ""
    """Empty for a token that was issued: its family is called like itself."""
    family_end: int | None = None


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """One check of a payload: its name, what it asks for, and whether a payload of that tenant passes."""

    name: str
    rule: str
    passes: Callable[[Payload, str], bool]


def _is_text(value: Any, limit: int = MAX_NAME_LENGTH) -> bool:  # noqa: ANN401 (any JSON)
    return isinstance(value, str) and 0 < len(value) <= limit


def _is_time(value: Any) -> bool:  # noqa: ANN401 (any JSON)
    # A bool is an int in Python, and true is no time.
    return type(value) is int and 0 < value < MAX_TIME


def _is_audience(value: Any) -> bool:  # noqa: ANN401 (any JSON)
    if isinstance(value, str):
        return _is_text(value)
    return isinstance(value, list) and 0 < len(value) <= MAX_AUDIENCES and all(map(_is_text, value))


def _has_scopes(payload: Payload, _tenant: str) -> bool:
    try:
        read_scope_claim(payload)
    except ScopeError:
        return False
    return True


def _is_ancestor(value: Any) -> bool:  # noqa: ANN401 (any JSON)
    return (
        isinstance(value, dict)
        and value.keys() == ANCESTOR_MEMBERS
        and _is_text(value["iss"], MAX_ISSUER_LENGTH)
        and _is_time(value["iat"])
        and all(_is_text(value[name]) for name in ("jti", "kid", "sub", "client_id"))
    )


def _has_ancestors(payload: Payload, _tenant: str) -> bool:
    if ANCESTORS_CLAIM not in payload:
        return True
    value = payload[ANCESTORS_CLAIM]
    return isinstance(value, list) and 0 < len(value) <= MAX_ANCESTORS and all(map(_is_ancestor, value))


def _has_each_ancestor_once(payload: Payload, _tenant: str) -> bool:
    if ANCESTORS_CLAIM not in payload:
        return True
    ids = [payload["jti"], *(entry["jti"] for entry in payload[ANCESTORS_CLAIM])]
    return len(set(ids)) == len(ids)


def _descends_in_order(payload: Payload, _tenant: str) -> bool:
    if ANCESTORS_CLAIM not in payload:
        return True
    times = [payload["iat"], *(entry["iat"] for entry in payload[ANCESTORS_CLAIM])]
    return times == sorted(times, reverse=True)


def _has_ancestors_of_its_issuer(payload: Payload, _tenant: str) -> bool:
    return all(entry["iss"] == payload["iss"] for entry in payload.get(ANCESTORS_CLAIM, ()))


def _has_family(payload: Payload, _tenant: str) -> bool:
    if FAMILY_CLAIM in payload:
        return _is_text(payload[FAMILY_CLAIM]) and _is_time(payload.get(FAMILY_END_CLAIM))
    return FAMILY_END_CLAIM not in payload and ANCESTORS_CLAIM not in payload


def _is_bound(payload: Payload, tenant: str) -> bool:
    if tenant == SERVICE_TENANT:
        return _is_text(payload.get(BOUND_TENANT_CLAIM))
    return BOUND_TENANT_CLAIM not in payload


CLAIM_CHECKS: tuple[ClaimCheck, ...] = (
    ClaimCheck("claims.iss", "iss must be a string", lambda p, _: _is_text(p.get("iss"), MAX_ISSUER_LENGTH)),
    ClaimCheck("claims.sub", "sub must be a string", lambda p, _: _is_text(p.get("sub"))),
    ClaimCheck("claims.client_id", "client_id must be a string", lambda p, _: _is_text(p.get("client_id"))),
    ClaimCheck("claims.jti", "jti must be a string", lambda p, _: _is_text(p.get("jti"))),
    ClaimCheck("claims.aud", "aud must be a string or a list of strings", lambda p, _: _is_audience(p.get("aud"))),
    ClaimCheck("claims.iat", "iat must be an integer, 0 < iat < 2^53", lambda p, _: _is_time(p.get("iat"))),
    ClaimCheck("claims.exp", "exp must be an integer, 0 < exp < 2^53", lambda p, _: _is_time(p.get("exp"))),
    ClaimCheck(
        "claims.nbf",
        "nbf must be an integer, 0 < nbf < 2^53, or absent",
        lambda p, _: "nbf" not in p or _is_time(p["nbf"]),
    ),
    ClaimCheck("claims.order", "exp must be later than iat", lambda p, _: p["exp"] > p["iat"]),
    ClaimCheck(
        "claims.tenant",
        "tenant must be the tenant of the key, or absent",
        lambda p, tenant: TENANT_CLAIM not in p or p[TENANT_CLAIM] == tenant,
    ),
    ClaimCheck("claims.scope", "scope or scopes must hold scopes in one of the three forms", _has_scopes),
    ClaimCheck(
        "claims.bound_tenant",
        "bound_tenant must be in keys of this service and in no other token",
        _is_bound,
    ),
    ClaimCheck(
        "claims.anc",
        f"anc must be a list of 1 to {MAX_ANCESTORS} ancestors, each with iss, jti, iat, kid, sub and client_id, or absent",
        _has_ancestors,
    ),
    ClaimCheck(
        "claims.anc_once", "anc must name each ancestor once, and not the token itself", _has_each_ancestor_once
    ),
    ClaimCheck("claims.anc_order", "no token of anc may be issued after the one before it", _descends_in_order),
    ClaimCheck("claims.anc_issuer", "iss must be the same in every ancestor", _has_ancestors_of_its_issuer),
    ClaimCheck("claims.family", "family_id and family_end must be there together, and with anc", _has_family),
    ClaimCheck(
        "claims.family_end",
        "exp must be at most family_end",
        lambda p, _: FAMILY_END_CLAIM not in p or p["exp"] <= p[FAMILY_END_CLAIM],
    ),
)


def read_claims(payload: Payload, tenant: str, checks: tuple[ClaimCheck, ...] = CLAIM_CHECKS) -> Claims | Refusal:
    """The typed claims of a payload that the tenant's key signed, or the first check that it fails. Never raises."""
    for check in checks:
        if not check.passes(payload, tenant):
            return Refusal(Reason.REASON_INVALID_CLAIMS, check.name, check.rule)
    audience = payload["aud"]
    return Claims(
        issuer=payload["iss"],
        subject=payload["sub"],
        client_id=payload["client_id"],
        audiences=(audience,) if isinstance(audience, str) else tuple(audience),
        token_id=payload["jti"],
        issue_time=payload["iat"],
        expire_time=payload["exp"],
        not_before_time=payload.get("nbf"),
        scopes=read_scope_claim(payload),
        bound_tenant=payload.get(BOUND_TENANT_CLAIM, ""),
        extra={name: value for name, value in payload.items() if name not in KNOWN_CLAIMS},
        ancestors=read_ancestors(payload),
        family_id=payload.get(FAMILY_CLAIM, ""),
        family_end=payload.get(FAMILY_END_CLAIM),
    )
