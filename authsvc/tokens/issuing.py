"""From a record to the token: the claims that are written, and the proof that what was signed verifies."""

from typing import Any

from authsvc.keys.key_material import SigningKey
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import KeyState
from authsvc.policy.tenant import TenantPolicy
from authsvc.revocation.index import RevocationIndex
from authsvc.scopes.claim import write_scope_claim
from authsvc.tokens.claims import BOUND_TENANT_CLAIM, TENANT_CLAIM
from authsvc.tokens.jose import sign
from authsvc.tokens.lineage import ANCESTORS_CLAIM, FAMILY_CLAIM, FAMILY_END_CLAIM, write_ancestors
from authsvc.tokens.record import TokenRecord
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.verdict import Decision, Question


def payload_of(record: TokenRecord, tenant: TenantPolicy) -> dict[str, Any]:
    """The claim set of RFC 9068 section 2.2, the tenant, and the extra claims.

    Raises:
        ScopeError: the tenant's tokens carry scopes as a tree and these have none.
    """
    payload: dict[str, Any] = {
        "iss": record.issuer,
        "sub": record.subject,
        "aud": list(record.audiences),
        "client_id": record.client_id,
        "iat": record.issue_time,
        "exp": record.expire_time,
        "jti": record.token_id,
        TENANT_CLAIM: record.tenant,
    }
    if record.not_before_time is not None:
        payload["nbf"] = record.not_before_time
    if record.bound_tenant:
        payload[BOUND_TENANT_CLAIM] = record.bound_tenant
    if record.family_end is not None:
        payload[FAMILY_CLAIM], payload[FAMILY_END_CLAIM] = record.family_id, record.family_end
    if record.ancestors:
        payload[ANCESTORS_CLAIM] = write_ancestors(record.ancestors)
    payload.update(write_scope_claim(record.scopes, tenant.scope_claim_shape))
    # The reserved names were refused when the extra claims came in; written last or first, they replace nothing.
    return {**record.claims, **payload}


def sign_record(record: TokenRecord, tenant: TenantPolicy, key: SigningKey) -> str:
    """The token of a record.

    Raises:
        ScopeError: see payload_of.
    """
    return sign(key.algorithm, key.private, key.key_id, payload_of(record, tenant))


def self_check(token: str, record: TokenRecord, tenant: TenantPolicy, key: SigningKey) -> Refusal | None:
    """Why this service would refuse its own fresh token, or None: no token leaves that does not verify.

    The whole decision runs, without a cache and apart from revocations, at the first moment at which the token is good.
    """
    start = max(record.issue_time, record.not_before_time or 0)
    question = Question(tenant, record.audiences[0], float(start), RevocationIndex())
    outcome = Decision(0, lineage_steps=()).decide(token, question, KeyRing([(key, KeyState.ACTIVE)]))
    return outcome if isinstance(outcome, Refusal) else None
