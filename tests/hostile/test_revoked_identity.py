"""A revocation holds for an identity, not for a text: whatever text of a revoked token is accepted before is refused after."""

from random import Random

import pytest

from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.revocation.index import RevocationIndex
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.tokens.verdict import Decision, Question
from authsvc.v1.reason_pb2 import Reason
from tests.hostile.build import AUDIENCE, ISSUER_BASE, Recipe, build
from tests.hostile.cases import fixed_world

KEYS = ("acme-es256", "acme-rs256", "acme-ps256", "acme-eddsa", "acme-hs256")
TOKENS = 20

SAME_IDENTITY: dict[str, Recipe] = {
    "as it is": {},
    "the other ECDSA signature": {"key": "acme-es256", "edits": [["ecdsa", {"s": "n-s"}]]},
    "JSON laid out anew": {"payload_text": "{ {{members}} }"},
    "escapes in the JSON": {
        "payload_text": '{"\\u0061ud":"https://api.example",{{members}}}',
        "payload_without": ["aud"],
    },
    "header laid out anew": {"header_text": "{ {{members}} }"},
    "another subject": {"payload": {"sub": "user-2"}},
    "a longer life": {"payload": {"exp": {"$now": 86400}}},
    "issued later": {"payload": {"iat": {"$now": 0}}},
    "other scopes": {"payload": {"scope": ["repo"]}},
    "more audiences": {"payload": {"aud": [AUDIENCE, "https://other.example"]}},
}
"""Recipes of tokens that are good, and have the same tenant, issuer and jti."""

OTHER_TEXTS: dict[str, str] = {
    "one pad": "{{h}}.{{p}}.{{s}}=",
    "two pads": "{{h}}.{{p}}.{{s}}==",
    "a blank after": "{{h}}.{{p}}.{{s}} ",
    "a newline after": "{{h}}.{{p}}.{{s}}\n",
    "a newline inside": "{{h|first 8}}\n{{h|after 8}}.{{p}}.{{s}}",
    "a tab before": "\t{{h}}.{{p}}.{{s}}",
    "a fourth segment": "{{h}}.{{p}}.{{s}}.AA",
    "an empty fourth segment": "{{h}}.{{p}}.{{s}}.",
    "an unused bit": "{{h}}.{{p}}.{{s|unused_bit}}",
    "percent-encoding": "{{h}}.{{p}}.{{s|percent}}",
    "the standard alphabet": "{{h}}.{{p}}.{{s|standard}}//",
    "a NUL after": "{{h}}.{{p}}.{{s}}\0",
}
"""Texts that lax decoders take for the same token (RFC 4648 sections 3.5 and 12)."""


def ask(decision: Decision, text: str, index: RevocationIndex) -> AuthenticToken | Refusal:
    world = fixed_world()
    return decision.decide(text, Question(world.tenants["acme"], AUDIENCE, world.now, index), world.ring)


def revocation(token_id: str) -> Revocation:
    return Revocation("acme", TargetKind.TOKEN, token_id, issuer=f"{ISSUER_BASE}/t/acme", keep_until=2**40)


@pytest.mark.parametrize("cache_size", [0, 1000], ids=["cache off", "cache on"])
def test_every_accepted_text_of_a_revoked_identity_is_refused(seed: int, cache_size: int) -> None:
    random, world = Random(seed), fixed_world()
    decision, index = Decision(cache_size), RevocationIndex()
    twins = 0
    for number in range(TOKENS):
        token_id = f"{random.randrange(2**128):032x}"
        texts = [
            build({"key": key, **recipe}, world.now, token_id)
            for key in KEYS
            for recipe in SAME_IDENTITY.values()
            if recipe.get("key", key) == key
        ]
        bystander = build({"key": KEYS[number % len(KEYS)]}, world.now, f"bystander-{number}")
        assert not any(isinstance(ask(decision, text, index), Refusal) for text in (*texts, bystander))
        index.add(revocation(token_id))
        for text in texts:
            verdict = ask(decision, text, index)
            assert isinstance(verdict, Refusal)
            assert (verdict.reason, verdict.check) == (Reason.REASON_REVOKED, "revoked.id")
        assert not isinstance(ask(decision, bystander, index), Refusal)
        twins += len(texts)
    print(f"{TOKENS} identities in {twins} accepted texts: all refused after the revocation")


def test_no_lax_text_of_a_token_is_accepted_before_or_after_it_is_revoked(seed: int) -> None:
    random, world = Random(seed), fixed_world()
    decision, index = Decision(1000), RevocationIndex()
    tried = 0
    for number in range(TOKENS):
        token_id = f"{random.randrange(2**128):032x}"
        key = KEYS[number % len(KEYS)]
        good = build({"key": key}, world.now, token_id)
        others = [build({"key": key, "text": text}, world.now, token_id) for text in OTHER_TEXTS.values()]
        assert not isinstance(ask(decision, good, index), Refusal)
        for revoked in (False, True):
            if revoked:
                index.add(revocation(token_id))
            for text in others:
                verdict = ask(decision, text, index)
                assert isinstance(verdict, Refusal)
                assert verdict.reason == Reason.REASON_MALFORMED
                tried += 1
    print(f"{tried} texts of {TOKENS} tokens refused")


def test_a_revocation_of_the_text_would_be_got_around() -> None:
    """Why it is the identity: two texts of one token, both good."""
    world = fixed_world()
    first = build({}, world.now, "twin")
    second = build(SAME_IDENTITY["the other ECDSA signature"], world.now, "twin")
    assert first != second
    outcomes = [ask(Decision(0), text, RevocationIndex()) for text in (first, second)]
    assert not any(isinstance(outcome, Refusal) for outcome in outcomes)
    digests = {outcome.digest for outcome in outcomes if isinstance(outcome, AuthenticToken)}
    assert len(digests) == 1


def test_the_same_jti_under_another_issuer_or_tenant_is_another_token() -> None:
    world = fixed_world()
    text = build({}, world.now, "1")
    for other in (
        Revocation("acme", TargetKind.TOKEN, "1", issuer="https://other.example"),
        Revocation("globex", TargetKind.TOKEN, "1", issuer=f"{ISSUER_BASE}/t/acme"),
        Revocation("acme", TargetKind.TOKEN, "1 ", issuer=f"{ISSUER_BASE}/t/acme"),
    ):
        assert not isinstance(ask(Decision(0), text, RevocationIndex([other])), Refusal)
