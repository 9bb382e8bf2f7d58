"""The order of the reasons, and the second at which each time begins to count."""

from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import pytest

from authsvc.revocation.index import RevocationIndex
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.tokens.verdict import LEEWAY, STEPS, Decision, Question
from authsvc.v1.reason_pb2 import Reason
from tests.hostile.build import AUDIENCE, build
from tests.hostile.cases import fixed_world

WORLD = fixed_world()
NOW = WORLD.now
KEY = "acme-hs256"

FAULTS: dict[Reason, dict[str, Any]] = {
    Reason.REASON_MALFORMED: {"header": {"typ": "JWT"}},
    Reason.REASON_UNKNOWN_KEY: {"header": {"kid": "unknown"}},
    Reason.REASON_BAD_SIGNATURE: {"edits": [["flip", 0]]},
    Reason.REASON_INVALID_CLAIMS: {"payload": {"sub": ""}},
    Reason.REASON_WRONG_ISSUER: {"payload": {"iss": "https://other.example"}},
    Reason.REASON_WRONG_AUDIENCE: {"payload": {"aud": "https://other.example"}},
    Reason.REASON_NOT_YET_VALID: {"payload": {"nbf": NOW + 1000}},
    Reason.REASON_EXPIRED: {"payload": {"iat": NOW - 1000, "exp": NOW - 500}},
    Reason.REASON_REVOKED: {"payload": {"jti": "revoked-1"}},
}
"""One fault for each reason that the decision can give; they do not get in each other's way."""


def ask(text: str, now: float = NOW, audience: str = AUDIENCE) -> AuthenticToken | Refusal:
    return Decision(0).decide(text, Question(WORLD.tenants["acme"], audience, now, WORLD.index), WORLD.ring)


def reason_of(text: str, now: float = NOW) -> Reason:
    outcome = ask(text, now)
    return outcome.reason if isinstance(outcome, Refusal) else Reason.REASON_OK


def test_of_several_faults_the_first_reason_in_the_order_of_the_enum_answers() -> None:
    every = list(chain.from_iterable(combinations(FAULTS, size) for size in range(len(FAULTS) + 1)))
    assert len(every) == 2 ** len(FAULTS)
    for reasons in every:
        recipe: dict[str, Any] = {"key": KEY}
        for reason in reasons:
            for part, members in FAULTS[reason].items():
                recipe[part] = {**recipe.get(part, {}), **members} if part != "edits" else members
        assert reason_of(build(recipe, NOW, "order")) == min(reasons, default=Reason.REASON_OK), reasons


def test_the_faults_are_all_the_reasons_that_the_decision_gives() -> None:
    others = {Reason.REASON_UNSPECIFIED, Reason.REASON_OK, Reason.REASON_INSUFFICIENT_SCOPE}
    assert set(FAULTS) == set(Reason.values()) - others
    assert list(FAULTS) == sorted(FAULTS)


def test_the_steps_stand_in_the_order_of_their_reasons() -> None:
    assert [step.reason for step in STEPS] == sorted(step.reason for step in STEPS)
    assert len({step.check for step in STEPS}) == len(STEPS)


@pytest.mark.parametrize(
    ("claim", "at", "now", "reason"),
    [
        # exp has no leeway: its very second counts as expired.
        ("exp", 0, -1, Reason.REASON_OK),
        ("exp", 0, -0.001, Reason.REASON_OK),
        ("exp", 0, 0, Reason.REASON_EXPIRED),
        ("exp", 0, 0.001, Reason.REASON_EXPIRED),
        ("exp", 0, 1, Reason.REASON_EXPIRED),
        ("exp", 0, LEEWAY, Reason.REASON_EXPIRED),
        # nbf and iat may lie ahead by the leeway, and not a moment more.
        ("nbf", 0, -LEEWAY - 1, Reason.REASON_NOT_YET_VALID),
        ("nbf", 0, -LEEWAY - 0.001, Reason.REASON_NOT_YET_VALID),
        ("nbf", 0, -LEEWAY, Reason.REASON_OK),
        ("nbf", 0, -LEEWAY + 0.001, Reason.REASON_OK),
        ("nbf", 0, 0, Reason.REASON_OK),
        ("iat", 0, -LEEWAY - 1, Reason.REASON_NOT_YET_VALID),
        ("iat", 0, -LEEWAY - 0.001, Reason.REASON_NOT_YET_VALID),
        ("iat", 0, -LEEWAY, Reason.REASON_OK),
        ("iat", 0, -LEEWAY + 0.001, Reason.REASON_OK),
        ("iat", 0, 0, Reason.REASON_OK),
    ],
)
def test_times_at_their_boundary(claim: str, at: int, now: float, reason: Reason) -> None:
    text = build({"key": KEY, "payload": {claim: NOW + at}}, NOW, "boundary")
    assert reason_of(text, NOW + now) == reason


def test_an_expired_token_stays_expired_and_a_young_one_ripens() -> None:
    text = build({"key": KEY, "payload": {"iat": NOW, "nbf": NOW + 100, "exp": NOW + 200}}, NOW, "life")
    decision = Decision(10)
    seen = []
    for now in range(NOW - 20, NOW + 220):
        outcome = decision.decide(text, Question(WORLD.tenants["acme"], AUDIENCE, now, WORLD.index), WORLD.ring)
        seen.append(outcome.reason if isinstance(outcome, Refusal) else Reason.REASON_OK)
    early, good, late = Reason.REASON_NOT_YET_VALID, Reason.REASON_OK, Reason.REASON_EXPIRED
    assert seen == [early] * (120 - LEEWAY) + [good] * (100 + LEEWAY) + [late] * 20


def test_the_lifetime_is_capped_by_the_tenant() -> None:
    text = build({"key": KEY, "payload": {"iat": NOW, "exp": NOW + 100}}, NOW, "cap")
    for cap, check in ((100, ""), (99, "claims.lifetime")):
        tenant = replace(WORLD.tenants["acme"], max_ttl=cap)
        outcome = Decision(0).decide(text, Question(tenant, AUDIENCE, NOW, RevocationIndex()), WORLD.ring)
        assert (outcome.check if isinstance(outcome, Refusal) else "") == check


def test_the_cut_off_takes_its_own_second() -> None:
    for seconds, reason in ((-101, Reason.REASON_REVOKED), (-100, Reason.REASON_REVOKED), (-99, Reason.REASON_OK)):
        text = build({"key": KEY, "payload": {"sub": "cut-subject", "iat": NOW + seconds}}, NOW, "cut")
        assert reason_of(text) == reason


def test_the_header_names_the_algorithm_of_the_key_or_the_token_is_refused() -> None:
    for algorithm in ("ES256", "RS256", "PS256", "EdDSA"):
        outcome = ask(build({"key": KEY, "header": {"alg": algorithm}}, NOW, "algorithm"))
        assert isinstance(outcome, Refusal)
        assert (outcome.reason, outcome.check) == (Reason.REASON_BAD_SIGNATURE, "key.algorithm")


@pytest.mark.parametrize("audience", ["", "https://api.exampl", "https://api.example/", "HTTPS://API.EXAMPLE", "*"])
def test_another_audience_is_never_met(audience: str) -> None:
    outcome = ask(build({"key": KEY}, NOW, "audience"), audience=audience)
    assert isinstance(outcome, Refusal)
    assert outcome.reason == Reason.REASON_WRONG_AUDIENCE


def test_authenticate_says_whose_token_it_is_and_nothing_of_its_time() -> None:
    decision = Decision(0)
    expired = build({"key": KEY, "payload": {"iat": 1, "exp": 2, "jti": "revoked-1"}}, NOW, "x")
    outcome = decision.authenticate(expired, WORLD.tenants["acme"], WORLD.ring)
    assert isinstance(outcome, AuthenticToken)
    assert outcome.key.key_id == KEY
    forged = decision.authenticate(
        build({"key": KEY, "edits": [["flip", 0]]}, NOW, "x"), WORLD.tenants["acme"], WORLD.ring
    )
    assert isinstance(forged, Refusal)
    assert isinstance(decision.authenticate(expired, WORLD.tenants["globex"], WORLD.ring), Refusal)


def test_what_was_passed_once_counts_for_no_other_audience_policy_or_time() -> None:
    decision, text, tenant = Decision(10), build({"key": KEY}, NOW, "once"), WORLD.tenants["acme"]

    def reason(now: float = NOW, audience: str = AUDIENCE, **changes: Any) -> Reason:
        question = Question(replace(tenant, **changes) if changes else tenant, audience, now, WORLD.index)
        outcome = decision.decide(text, question, WORLD.ring)
        return outcome.reason if isinstance(outcome, Refusal) else Reason.REASON_OK

    for _ in range(2):
        assert reason() == Reason.REASON_OK
        assert reason(audience="https://other.example") == Reason.REASON_WRONG_AUDIENCE
        assert reason() == Reason.REASON_OK
        assert reason(issuer="https://other.example") == Reason.REASON_WRONG_ISSUER
        assert reason(max_ttl=1) == Reason.REASON_INVALID_CLAIMS
        assert reason() == Reason.REASON_OK
        assert reason(now=NOW + 10**9) == Reason.REASON_EXPIRED
        assert reason(now=NOW - 10**6) == Reason.REASON_NOT_YET_VALID
        assert reason() == Reason.REASON_OK
