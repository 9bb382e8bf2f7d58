"""Tokens of trusted issuers: what the answer says of them, what is remembered, and what another policy makes of it."""

from dataclasses import replace
from typing import Any

import pytest

from authsvc.api.answers import claims_of
from authsvc.keys.fetched_keys import FetchedKeys
from authsvc.keys.issuer_keys import IssuerKeySet
from authsvc.keys.public_jwk import read_public_jwk_set
from authsvc.policy.tenant import TenantPolicy
from authsvc.policy.trusted_issuer import KeySource
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.revocation.index import RevocationIndex
from authsvc.tokens.foreign import ForeignTokens, content_id
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.tokens.verdict import Decision, Question
from authsvc.v1.claims_pb2 import Origin, TokenClaims
from authsvc.v1.reason_pb2 import Reason
from tests.hostile.build import AUDIENCE, build
from tests.hostile.cases import deciding, fixed_world
from tests.unit.keys.jwks import ES256, RS256, jwk, jwks

WORLD = fixed_world()
NOW = WORLD.now
PARTNER = "https://login.partner.example"
URL = f"{PARTNER}/jwks"
BACKEND = {
    "key": "backend-es256",
    "header": {"typ": "JWT"},
    "header_without": ["kid"],
    "payload": {"perms": ["read:users", "delete:users"], "roles": ["x"]},
    "payload_without": ["client_id", "scope", "jti"],
}


def decide(
    decision: Decision,
    text: str,
    tenant: TenantPolicy = WORLD.tenants["acme"],
    revocations: RevocationIndex = WORLD.index,
) -> AuthenticToken | Refusal:
    return decision.decide(text, Question(tenant, AUDIENCE, NOW, revocations), WORLD.ring)


def good(outcome: AuthenticToken | Refusal) -> AuthenticToken:
    assert isinstance(outcome, AuthenticToken), outcome
    return outcome


def reason(outcome: AuthenticToken | Refusal) -> Reason:
    return outcome.reason if isinstance(outcome, Refusal) else Reason.REASON_OK


def answer(token: AuthenticToken) -> TokenClaims:
    return TokenClaims.FromString(claims_of(token))


def changed(tenant: str = "acme", issuer: str = PARTNER, **changes: Any) -> TenantPolicy:
    """A tenant that trusts an issuer in another way."""
    policy = WORLD.tenants[tenant]
    trusted = replace(policy.trusted_issuers[issuer], **changes)
    return replace(policy, trusted_issuers={**policy.trusted_issuers, issuer: trusted})


def test_the_answer_says_where_an_external_token_comes_from() -> None:
    said = answer(good(decide(deciding(0), build({"key": ES256}, NOW, "external"))))
    assert (said.origin, said.tenant, said.issuer) == (Origin.ORIGIN_EXTERNAL, "acme", PARTNER)
    assert (said.key_id, said.token_id, said.client_id) == (ES256, "external", "client-1")
    # create:users is beyond what the issuer can convey.
    assert list(said.scopes) == ["read:users"]


def test_the_answer_of_a_self_issued_token_holds_the_mapped_claims() -> None:
    text = build(BACKEND, NOW, "self")
    said = answer(good(decide(deciding(0), text)))
    assert (said.origin, said.issuer, said.key_id) == (Origin.ORIGIN_SELF_ISSUED, "backend", "")
    assert (said.client_id, list(said.scopes)) == ("backend-default", ["read:users"])
    assert said.token_id == content_id(text.rpartition(".")[0].encode())
    assert dict(said.extra.items()).keys() == {"roles"}


def test_a_token_without_an_id_is_revoked_by_what_was_signed() -> None:
    first, second = (build({**BACKEND, "payload": {"perms": [], "n": n}}, NOW, "x") for n in (1, 2))
    token = good(decide(deciding(0), first))
    assert not isinstance(token.claims, Refusal)
    entry = Revocation("acme", TargetKind.TOKEN, token.claims.token_id, token.claims.issuer, keep_until=NOW + 9)
    revoked = RevocationIndex([entry])
    assert reason(decide(deciding(0), first, revocations=revoked)) == Reason.REASON_REVOKED
    assert reason(decide(deciding(0), second, revocations=revoked)) == Reason.REASON_OK


def test_a_hit_of_the_cache_holds_for_one_policy() -> None:
    decision, text = deciding(10), build({"key": ES256}, NOW, "policy")
    first = good(decide(decision, text))
    assert decide(decision, text) is first
    wider = changed(scopes=frozenset({"read:users", "create:users"}))
    assert list(answer(good(decide(decision, text, wider))).scopes) == ["create:users", "read:users"]
    assert list(answer(good(decide(decision, text))).scopes) == ["read:users"]
    assert (
        reason(decide(decision, text, replace(WORLD.tenants["acme"], trusted_issuers={}))) == Reason.REASON_UNKNOWN_KEY
    )
    assert reason(decide(decision, text, changed(client_ids=frozenset({"x"})))) == Reason.REASON_INVALID_CLAIMS
    assert reason(decide(decision, text, changed(inline_keys=IssuerKeySet()))) == Reason.REASON_UNKNOWN_KEY


def test_a_hit_of_one_tenant_is_none_of_another() -> None:
    decision, text = deciding(10), build({"key": ES256}, NOW, "tenants")
    for _ in range(2):
        assert list(answer(good(decide(decision, text))).scopes) == ["read:users"]
        globex = good(decide(decision, text, WORLD.tenants["globex"]))
        assert (answer(globex).tenant, list(answer(globex).scopes)) == ("globex", ["create:users"])
    assert reason(decide(decision, text, WORLD.tenants["initech"])) == Reason.REASON_UNKNOWN_KEY


class TrustingForeignTokens(ForeignTokens):
    """A planted fault: what was authentic once stays so, whatever became of the policy."""

    def is_current(self, token: AuthenticToken, *_arguments: Any) -> bool:
        return token.issuer is not None


def test_a_cache_that_ignores_the_policy_would_be_caught() -> None:
    decision = Decision(10, elsewhere=TrustingForeignTokens(FetchedKeys()))
    text = build({"key": ES256}, NOW, "policy")
    good(decide(decision, text))
    with pytest.raises(AssertionError):
        assert reason(decide(decision, text, WORLD.tenants["initech"])) == Reason.REASON_UNKNOWN_KEY


def test_keys_of_a_url_verify_when_they_are_there() -> None:
    fetched = FetchedKeys()
    decision = Decision(10, elsewhere=ForeignTokens(fetched))
    tenant = changed(source=KeySource.URL, jwks_url=URL, inline_keys=IssuerKeySet())
    text = build({"key": ES256}, NOW, "url")
    assert reason(decide(decision, text, tenant)) == Reason.REASON_UNKNOWN_KEY
    assert fetched.missed == {URL}
    fetched.put(URL, read_public_jwk_set(jwks(jwk(ES256))))
    first = good(decide(decision, text, tenant))
    fetched.put(URL, read_public_jwk_set(jwks(jwk(RS256), jwk(ES256))))
    assert decide(decision, text, tenant) is first
    fetched.put(URL, read_public_jwk_set(jwks(jwk(RS256))))
    assert reason(decide(decision, text, tenant)) == Reason.REASON_UNKNOWN_KEY
    fetched.put(URL, read_public_jwk_set(jwks(jwk("acme-es256", kid=ES256))))
    assert reason(decide(decision, text, tenant)) == Reason.REASON_BAD_SIGNATURE
    fetched.forget(URL)
    assert reason(decide(decision, text, tenant)) == Reason.REASON_UNKNOWN_KEY


def test_a_token_of_nobody_is_no_miss() -> None:
    fetched = FetchedKeys()
    decision = Decision(10, elsewhere=ForeignTokens(fetched))
    tenant = changed(source=KeySource.URL, jwks_url=URL, inline_keys=IssuerKeySet())
    for recipe in (
        {"key": ES256, "payload": {"iss": "https://attacker.example"}},
        {"key": ES256, "header": {"jku": "https://attacker.example/jwks"}},
        {"header": {"kid": "unknown"}},
        {"key": "acme-es256"},
    ):
        decide(decision, build(recipe, NOW, "nobody"), tenant)
    assert fetched.missed == set()


def test_a_decision_that_knows_nobody_else_refuses_every_foreign_token() -> None:
    assert reason(decide(Decision(10), build({"key": ES256}, NOW, "x"))) == Reason.REASON_UNKNOWN_KEY
    assert reason(decide(Decision(10), build(BACKEND, NOW, "x"))) == Reason.REASON_MALFORMED
