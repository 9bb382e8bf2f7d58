"""RotateToken: the same rights, one after the other, until the family ends."""

import pytest
from google.protobuf.duration_pb2 import Duration

from authsvc.errors import FamilyEndedError, TokenNotGoodError
from authsvc.revocation.entry import Revocation, TargetKind
from tests.unit.api.life import HOUR, START, TENANT, Life, payload_of_text

KEPT = ("iss", "sub", "aud", "client_id", "tenant", "scope", "plan")


def test_the_new_token_may_what_the_old_one_may() -> None:
    life = Life()
    old = life.issue(claims={"plan": "gold"}, label="laptop")
    life.now += 10
    answer = life.rotate(old)
    before, after = payload_of_text(old), payload_of_text(answer.token)
    assert {name: after[name] for name in KEPT} == {name: before[name] for name in KEPT}
    assert (after["iat"], after["exp"]) == (int(life.now), int(life.now) + HOUR)
    assert (after["family_id"], after["family_end"]) == ("root-1", int(START) + TENANT.max_ttl)
    assert "anc" not in after
    assert after["jti"] == answer.token_id != before["jti"]
    record = life.store.records[answer.token_id]
    assert (record.rotated_from, record.label) == ("root-1", "laptop")
    assert answer.old_token_end_time.seconds == int(life.now) + 60


@pytest.mark.parametrize(("overlap", "seconds"), [(None, 60), (0, 0), (1, 1), (59, 59)])
def test_the_old_token_dies_exactly_when_it_was_said(overlap: int | None, seconds: int) -> None:
    life = Life()
    old = life.issue()
    span = {} if overlap is None else {"overlap": Duration(seconds=overlap)}
    answer = life.rotate(old, **span)
    end = answer.old_token_end_time.seconds
    assert end == int(START) + seconds
    if seconds:
        assert life.check_of(old, now=end - 0.001) == ""
    assert life.check_of(old, now=end) == "revoked.id"
    assert life.check_of(answer.token, now=end) == ""


def test_the_old_token_lives_no_longer_than_it_would_have() -> None:
    life = Life()
    old = life.issue(expire_time=int(START) + 10)
    assert life.rotate(old).old_token_end_time.seconds == int(START) + 10


def test_a_token_is_rotated_once() -> None:
    life = Life()
    old = life.issue()
    first = life.rotate(old, request_id="one")
    assert life.rotate(old, request_id="one").token_id == first.token_id
    for request_id in ("", "two"):
        with pytest.raises(FamilyEndedError):
            life.rotate(old, request_id=request_id)
    life.now += 60
    with pytest.raises(TokenNotGoodError):
        life.rotate(old, request_id="one")
    assert life.rotate(first.token).family_id == "root-1"


def test_a_stolen_key_cannot_rotate_for_ever() -> None:
    life = Life()
    token = life.issue()
    end = int(START) + TENANT.max_ttl
    for _ in range(4):
        answer = life.rotate(token)
        token = answer.token
        assert answer.family_end_time.seconds == end
        assert answer.expire_time.seconds <= end
        life.now += HOUR // 2
    assert life.now == end
    with pytest.raises(TokenNotGoodError):
        life.rotate(token)
    assert life.check_of(token, now=end) == "expiry"


def test_the_end_of_a_family_is_its_first_tokens_whatever_the_tenant_says_later() -> None:
    life = Life()
    token = life.rotate(life.issue()).token
    life.now += HOUR // 2
    assert life.rotate(token).family_end_time.seconds == int(START) + TENANT.max_ttl


def test_an_exchanged_token_rotates_within_the_life_of_its_parent() -> None:
    life = Life()
    parent = life.issue()
    token = life.exchange(parent, scopes=["repo"], ttl=Duration(seconds=600)).token
    for _ in range(20):
        life.now += 300
        try:
            answer = life.rotate(token)
        except (FamilyEndedError, TokenNotGoodError):
            break
        token = answer.token
        assert answer.expire_time.seconds <= int(START) + HOUR
        assert [entry["jti"] for entry in payload_of_text(token)["anc"]] == ["root-1"]
        assert payload_of_text(token)["scope"] == "repo"
    assert life.now == START + HOUR


def test_a_family_dies_whole() -> None:
    life = Life()
    root, other = life.issue(), life.issue()
    child = life.exchange(root).token
    second = life.rotate(root)
    of_second = life.exchange(second.token).token
    third = life.rotate(second.token).token
    of_child = life.rotate(child).token
    family = (root, child, second.token, of_second, third, of_child)
    assert {life.check_of(token) for token in family} == {""}
    revocation = Revocation(
        "acme", TargetKind.FAMILY, second.family_id, TENANT.issuer, keep_until=int(START) + 9 * HOUR
    )
    life.replica.revocations.add(revocation)
    assert [life.check_of(token) for token in family] == ["revoked.id", *["revoked.family"] * 5]
    assert life.check_of(other) == ""


def test_revoking_the_old_token_leaves_the_new_one() -> None:
    life = Life()
    old = life.issue()
    new = life.rotate(old).token
    life.replica.revocations.add(
        Revocation("acme", TargetKind.TOKEN, "root-1", TENANT.issuer, keep_until=int(START) + HOUR)
    )
    assert life.check_of(old) == "revoked.id"
    assert life.check_of(new) == ""


def test_the_audit_tells_old_and_new() -> None:
    life = Life()
    answer = life.rotate(life.issue())
    (entry,) = life.store.audit
    assert (entry.action, entry.target, entry.actor_token_id) == ("RotateToken", answer.token_id, "root-1")
    assert entry.detail["rotated_from"] == "root-1"
    assert entry.detail["family"] == "root-1"
