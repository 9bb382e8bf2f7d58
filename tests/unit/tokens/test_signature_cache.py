"""What is remembered is that a signature was good, and never a verdict."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.keys.key_material import HMAC_BYTES, SigningKey
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import Algorithm, KeyState
from authsvc.policy.tenant import TenantPolicy
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.revocation.index import RevocationIndex
from authsvc.tokens.findings import Findings
from authsvc.tokens.jose import signature_is_valid
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken, SignatureCache
from authsvc.tokens.verdict import Decision, Question
from authsvc.v1.reason_pb2 import Reason
from tests.hostile.build import AUDIENCE, ISSUER_BASE, build
from tests.hostile.cases import World, build_world, fixed_now

NOW = fixed_now()
KEY = "acme-hs256"
REFUSAL = Refusal(Reason.REASON_INVALID_CLAIMS, "claims.sub", "sub must be a string")


def entry(number: int) -> AuthenticToken:
    key = SigningKey("acme", str(number), Algorithm.HS256, bytes(HMAC_BYTES), bytes(HMAC_BYTES))
    return AuthenticToken(key, REFUSAL, (0, number), frozenset())


@given(st.integers(1, 20), st.lists(st.integers(0, 60), max_size=300))
def test_it_is_bounded_and_never_gives_another_entry(size: int, numbers: list[int]) -> None:
    cache = SignatureCache(size)
    for number in numbers:
        name = SignatureCache.name(str(number))
        found = cache.get(name)
        assert found is None or found.digest == (0, number)
        if found is None:
            cache.put(name, entry(number))
        assert len(cache) <= 2 * size


@given(st.integers(1, 20), st.lists(st.integers(0, 60), min_size=1, max_size=300))
def test_the_newest_is_there_and_as_many_as_asked_for(size: int, numbers: list[int]) -> None:
    cache = SignatureCache(size)
    for number in numbers:
        cache.put(SignatureCache.name(str(number)), entry(number))
        assert cache.get(SignatureCache.name(str(number))) is not None
    assert len(cache) >= min(size, len(set(numbers)))


def test_one_that_is_asked_for_outlives_those_that_are_not() -> None:
    cache, wanted = SignatureCache(4), SignatureCache.name("wanted")
    cache.put(wanted, entry(0))
    for number in range(1, 100):
        cache.put(SignatureCache.name(str(number)), entry(number))
        assert cache.get(wanted) is not None
    assert cache.get(SignatureCache.name("1")) is None


def test_a_size_of_nothing_keeps_nothing() -> None:
    cache = SignatureCache(0)
    cache.put(SignatureCache.name("x"), entry(1))
    assert len(cache) == 0
    assert cache.get(SignatureCache.name("x")) is None


@given(st.text(), st.text())
def test_two_texts_have_two_names(first: str, second: str) -> None:
    assert (SignatureCache.name(first) == SignatureCache.name(second)) == (first == second)


def test_any_text_has_a_name() -> None:
    assert SignatureCache.name("\ud800") != SignatureCache.name("\udfff")


class Verifications:
    """Counts the signatures that are really verified."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, *arguments: object) -> bool:
        self.count += 1
        return signature_is_valid(*arguments)  # type: ignore[arg-type]  # as the decision gives them


@pytest.fixture
def verifications(monkeypatch: pytest.MonkeyPatch) -> Verifications:
    counted = Verifications()
    monkeypatch.setattr("authsvc.tokens.verdict.signature_is_valid", counted)
    return counted


@pytest.fixture
def world() -> World:
    """A world of one's own, to be changed."""
    return build_world(NOW)


def reason(decision: Decision, world: World, text: str, *, now: float = NOW, audience: str = AUDIENCE) -> Reason:
    question = Question(world.tenants["acme"], audience, now, world.index)
    outcome = decision.decide(text, question, world.ring)
    return outcome.reason if isinstance(outcome, Refusal) else Reason.REASON_OK


def test_a_signature_is_verified_once(verifications: Verifications, world: World) -> None:
    decision = Decision(10)
    text = build({"key": KEY}, NOW, "once")
    for _ in range(5):
        assert reason(decision, world, text) == Reason.REASON_OK
    assert verifications.count == 1
    decision = Decision(0)
    for _ in range(5):
        assert reason(decision, world, text) == Reason.REASON_OK
    assert verifications.count == 6


def test_a_bad_signature_is_never_remembered(verifications: Verifications, world: World) -> None:
    decision = Decision(10)
    text = build({"key": KEY, "edits": [["flip", 0]]}, NOW, "bad")
    for _ in range(3):
        assert reason(decision, world, text) == Reason.REASON_BAD_SIGNATURE
    assert verifications.count == 3
    assert len(decision._cache) == 0


def test_bad_claims_under_a_good_signature_stay_bad(verifications: Verifications, world: World) -> None:
    decision = Decision(10)
    text = build({"key": KEY, "payload": {"sub": ""}}, NOW, "claims")
    assert [reason(decision, world, text) for _ in range(3)] == [Reason.REASON_INVALID_CLAIMS] * 3
    assert verifications.count == 1


def token_revoked(world: World, token_id: str) -> None:
    world.index.add(Revocation("acme", TargetKind.TOKEN, token_id, issuer=f"{ISSUER_BASE}/t/acme", keep_until=NOW + 9))


def key_of(world: World) -> SigningKey:
    return next(key for key, _ in world.keys if key.key_id == KEY and isinstance(key, SigningKey))


def subject_cut_off(world: World) -> None:
    world.index.add(Revocation("acme", TargetKind.SUBJECT, "user-1", cutoff=NOW))


def key_replaced(world: World) -> None:
    """Another generation of the key takes its place under the same kid."""
    world.ring.put(key_of(world), KeyState.TAINTED)
    other = bytes(HMAC_BYTES)
    ring = KeyRing((key, state) for key, state in world.keys if key.key_id != KEY)
    ring.put(replace(key_of(world), private=other, public=other), KeyState.VERIFY_ONLY)
    vars(world.ring).update(vars(ring))


CHANGES: dict[str, tuple[Callable[[World], None], Reason]] = {
    "revoked by its id": (lambda world: token_revoked(world, "hit"), Reason.REASON_REVOKED),
    "its subject cut off": (subject_cut_off, Reason.REASON_REVOKED),
    "its key tainted": (lambda world: world.ring.put(key_of(world), KeyState.TAINTED), Reason.REASON_UNKNOWN_KEY),
    "its key replaced": (key_replaced, Reason.REASON_BAD_SIGNATURE),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_after_a_hit_is_seen(what: str, world: World) -> None:
    change, expected = CHANGES[what]
    decision = Decision(10)
    text = build({"key": KEY}, NOW, "hit")
    assert [reason(decision, world, text) for _ in range(2)] == [Reason.REASON_OK] * 2
    change(world)
    assert [reason(decision, world, text) for _ in range(2)] == [expected] * 2


def test_time_and_audience_are_looked_at_on_every_hit(world: World) -> None:
    decision = Decision(10)
    text = build({"key": KEY, "payload": {"exp": NOW + 10}}, NOW, "hit")
    assert reason(decision, world, text) == Reason.REASON_OK
    assert reason(decision, world, text, now=NOW + 10) == Reason.REASON_EXPIRED
    assert reason(decision, world, text, audience="https://other.example") == Reason.REASON_WRONG_AUDIENCE
    assert reason(decision, world, text, now=NOW - 100) == Reason.REASON_NOT_YET_VALID
    assert reason(decision, world, text) == Reason.REASON_OK


def test_a_hit_of_one_tenant_is_none_of_another(world: World) -> None:
    decision = Decision(10)
    text = build({"key": "acme-shared", "header": {"kid": "shared"}}, NOW, "hit")
    assert reason(decision, world, text) == Reason.REASON_OK
    elsewhere = Question(world.tenants["globex"], AUDIENCE, NOW, world.index)
    for _ in range(2):
        outcome = decision.decide(text, elsewhere, world.ring)
        assert isinstance(outcome, Refusal)
        assert outcome.reason == Reason.REASON_BAD_SIGNATURE
        assert reason(decision, world, text) == Reason.REASON_OK


class TrustingDecision(Decision):
    """A planted fault: what is in the cache is believed, whatever became of the key."""

    def authenticate(
        self, text: str, tenant: TenantPolicy, keys: KeyRing, findings: Findings | None = None
    ) -> AuthenticToken | Refusal:
        return self._cache.get(self._cache.name(text)) or super().authenticate(text, tenant, keys, findings)


@pytest.mark.parametrize("what", ["its key tainted", "its key replaced"])
def test_a_cache_that_ignores_the_key_would_be_caught(what: str, world: World) -> None:
    decision = TrustingDecision(10)
    text = build({"key": KEY}, NOW, "hit")
    assert reason(decision, world, text) == Reason.REASON_OK
    CHANGES[what][0](world)
    assert reason(decision, world, text) == Reason.REASON_OK  # the fault: the tests above demand another answer


def test_it_changes_nothing_but_the_time(world: World) -> None:
    texts = [build({"key": KEY, "payload": {"nbf": NOW + seconds}}, NOW, str(seconds)) for seconds in range(-5, 15)]
    cached, uncached = Decision(3), Decision(0)
    for now in range(NOW - 10, NOW + 10):
        for text in texts:
            assert reason(cached, world, text, now=now) == reason(uncached, world, text, now=now)


def test_an_index_of_another_moment_is_another_answer(world: World) -> None:
    decision = Decision(10)
    text = build({"key": KEY}, NOW, "hit")
    assert reason(decision, world, text) == Reason.REASON_OK
    revoked = Revocation("acme", TargetKind.TOKEN, "hit", issuer=f"{ISSUER_BASE}/t/acme")
    assert reason(decision, replace(world, index=RevocationIndex([revoked])), text) == Reason.REASON_REVOKED
    assert reason(decision, world, text) == Reason.REASON_OK
