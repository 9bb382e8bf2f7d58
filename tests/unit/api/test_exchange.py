"""Exchange: narrower and never wider, and dead with whatever it came from."""

from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from authsvc.api.token_bucket import TokenBucket
from authsvc.errors import (
    ExchangeTooDeepError,
    GrantExceededError,
    InvalidFieldError,
    RateLimitedError,
    TokenNotGoodError,
)
from authsvc.keys.sealed_key import KeyState
from authsvc.policy.catalogue import Catalogue
from authsvc.revocation.entry import Revocation, TargetKind
from tests.unit.api.life import HOUR, START, TENANT, Life, payload_of_text


def test_a_child_is_what_its_parent_is_but_for_what_was_asked() -> None:
    life = Life()
    parent = life.issue(claims={"plan": "gold"}, label="root")
    life.now += 10
    child = payload_of_text(life.exchange(parent, scopes=["repo"], audiences=["web"], ttl=Duration(seconds=60)).token)
    now = int(life.now)
    assert child.pop("jti") not in {"root-1", ""}
    assert child == {
        "plan": "gold",
        "iss": TENANT.issuer,
        "sub": "alice",
        "aud": ["web"],
        "client_id": "web",
        "iat": now,
        "exp": now + 60,
        "tenant": "acme",
        "family_id": "root-1",
        "family_end": int(START) + HOUR,
        "scope": "repo",
        "anc": [
            {
                "iss": TENANT.issuer,
                "jti": "root-1",
                "iat": int(START),
                "kid": "key-0",
                "sub": "alice",
                "client_id": "web",
            }
        ],
    }


def test_ancestors_stand_nearest_first_and_end_at_three() -> None:
    life = Life()
    token, ids = life.issue(), ["root-1"]
    for depth in range(1, 4):
        answer = life.exchange(token)
        token = answer.token
        assert [entry["jti"] for entry in payload_of_text(token)["anc"]] == ids
        assert len(ids) == depth
        assert life.check_of(token) == ""
        ids.insert(0, answer.token_id)
    with pytest.raises(ExchangeTooDeepError):
        life.exchange(token)


def test_the_longest_names_fit_three_deep() -> None:
    life = Life()
    token = life.issue(subject="s" * 255, client_id="c" * 255)
    for _ in range(3):
        token = life.exchange(token).token
    assert len(token) <= 4096
    assert life.check_of(token) == ""


def test_what_does_not_fit_is_refused_by_its_field() -> None:
    life = Life()
    root = life.issue(subject="s" * 255, client_id="c" * 255, claims={"x": "y" * 500})
    token = life.exchange(life.exchange(root).token).token
    with pytest.raises(InvalidFieldError) as refused:
        life.exchange(token)
    assert [violation.field for violation in refused.value.violations] == ["token"]


@pytest.mark.parametrize(
    ("ttl", "lifetime"), [(None, 600), (1, 1), (HOUR, HOUR), (HOUR + 1, HOUR), (2**40, HOUR), (3 * HOUR, HOUR)]
)
def test_a_child_never_outlives_its_parent(ttl: int | None, lifetime: int) -> None:
    life = Life()
    span = {} if ttl is None else {"ttl": Duration(seconds=min(ttl, 315_576_000_000))}
    answer = life.exchange(life.issue(), **span)
    assert answer.expire_time.seconds - answer.issue_time.seconds == lifetime


def test_a_child_is_not_older_than_a_parent_that_is_dated_ahead() -> None:
    life = Life()
    parent = life.issue(issue_time=int(START) + 1)
    answer = life.exchange(parent)
    assert answer.issue_time.seconds == int(START) + 1
    assert life.check_of(answer.token) == ""


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"scopes": ["repo", "write:users"]}, ["scopes"]),
        ({"scopes": ["read"]}, ["scopes"]),
        ({"scopes": ["read:users:all"]}, ["scopes"]),
        ({"audiences": ["other"]}, ["audiences[0]"]),
        ({"audiences": ["api", "API"]}, ["audiences[1]"]),
        ({"audiences": ["authsvc"]}, ["audiences[0]"]),
        ({"scopes": ["x"], "audiences": ["y"]}, ["scopes", "audiences[0]"]),
    ],
)
def test_more_is_refused_and_each_field_named(fields: dict[str, Any], named: list[str]) -> None:
    life = Life()
    with pytest.raises(GrantExceededError) as refused:
        life.exchange(life.issue(), **fields)
    assert [violation.field for violation in refused.value.violations] == named


def test_more_than_the_child_holds_is_refused_though_the_parent_held_it() -> None:
    life = Life()
    child = life.exchange(life.issue(), scopes=["repo"], audiences=["api"]).token
    for fields in ({"scopes": ["read:users"]}, {"audiences": ["web"]}):
        with pytest.raises(GrantExceededError):
            life.exchange(child, **fields)


def bad_tokens(life: Life) -> dict[str, str]:
    """Tokens that are not good, each for another reason."""
    good = life.issue()
    revoked, rotated = life.issue(), life.issue()
    life.replica.revocations.add(
        Revocation("acme", TargetKind.TOKEN, "root-2", TENANT.issuer, keep_until=int(START) + HOUR)
    )
    life.rotate(rotated, overlap=Duration())
    return {
        "none": "",
        "garbage": "hello",
        "too long": "a" * 5000,
        "a forged signature": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        "revoked": revoked,
        "rotated": rotated,
        "expired": life.issue(expire_time=int(START) - 1, issue_time=int(START) - 10),
        "of another issuer": life.issue(issuer="https://other.example"),
        "of too long a life": life.issue(expire_time=int(START) + TENANT.max_ttl + 1),
        "not good yet": life.issue(not_before_time=int(START) + 3),
        "from the future": life.issue(issue_time=int(START) + 100),
        "for this service": life.issue(audiences=("api", "authsvc")),
    }


def test_every_bad_token_is_answered_alike() -> None:
    life = Life()
    said = set()
    tokens = bad_tokens(life)
    before = len(life.store.records)
    for token in tokens.values():
        for method in (life.exchange, life.rotate):
            with pytest.raises(TokenNotGoodError) as refused:
                method(token)
            said.add((str(refused.value), refused.value.reason, len(refused.value.metadata)))
    assert len(said) == 1
    assert len(life.store.records) == before


def test_a_tenant_that_does_not_exist_is_a_bad_token() -> None:
    life = Life()
    token = life.issue()
    for tenant in ("globex", "Acme", "acme "):
        life.tenant = replace(TENANT, name=tenant)
        with pytest.raises(TokenNotGoodError):
            life.exchange(token)


@pytest.mark.parametrize("tenant", ["", "authsvc"])
def test_no_tenant_and_the_service_itself_are_named(tenant: str) -> None:
    life = Life()
    token = life.issue()
    life.tenant = replace(TENANT, name=tenant)
    for method in (life.exchange, life.rotate):
        with pytest.raises(InvalidFieldError) as refused:
            method(token)
        assert [violation.field for violation in refused.value.violations] == ["tenant"]


def test_a_tainted_key_kills_what_came_from_its_tokens() -> None:
    life = Life()
    parent = life.issue()
    life.sign_with(1)
    child = life.exchange(parent).token
    assert life.check_of(child) == ""
    life.replica.keys.put(life.keys[0], KeyState.TAINTED)
    assert life.check_of(parent) == "key.known"
    assert life.check_of(child) == "revoked.ancestor_key"


def test_a_child_dies_in_the_second_in_which_its_parent_does() -> None:
    life = Life()
    parent = life.issue()
    child = life.exchange(parent).token
    end = life.rotate(parent, overlap=Duration(seconds=30)).old_token_end_time.seconds
    assert end == int(START) + 30
    for token, check in ((parent, "revoked.id"), (child, "revoked.ancestor")):
        assert life.check_of(token, now=end - 0.001) == ""
        assert life.check_of(token, now=end) == check


def test_calls_are_limited_by_family() -> None:
    life = Life()
    vars(life.held)["_calls"] = TokenBucket(1.0, 3.0, life.clock)
    parent, other = life.issue(), life.issue()
    child = life.exchange(parent).token
    life.exchange(child)
    life.exchange(parent)
    for token in (parent, child):
        with pytest.raises(RateLimitedError):
            life.exchange(token)
    life.exchange(other)
    # A token that is not good takes nothing from the good ones.
    for _ in range(5):
        with pytest.raises(TokenNotGoodError):
            life.exchange(other[:-4] + "AAAA")
    life.exchange(other)


def test_the_audit_tells_parent_and_child() -> None:
    life = Life()
    answer = life.exchange(life.issue(), scopes=["repo"])
    (entry,) = life.store.audit
    assert (entry.action, entry.target, entry.actor, entry.actor_token_id) == (
        "Exchange",
        answer.token_id,
        "web",
        "root-1",
    )
    assert entry.detail["parent"] == "root-1"
    assert entry.detail["scopes"] == "repo"


def test_what_a_scope_implies_is_narrower() -> None:
    life = Life(replace(TENANT, catalogue=Catalogue({"repo": ("repo:status",), "repo:status": (), "read:users": ()})))
    parent = life.issue()
    child = life.exchange(parent, scopes=["repo:status"])
    assert list(child.scopes) == ["repo:status"]
    with pytest.raises(GrantExceededError):
        life.exchange(child.token, scopes=["repo"])


def test_without_records_there_is_no_retry() -> None:
    life = Life(replace(TENANT, omit_records=True))
    parent = life.issue()
    for method in (life.exchange, life.rotate):
        with pytest.raises(InvalidFieldError) as refused:
            method(parent, request_id="again")
        assert [violation.field for violation in refused.value.violations] == ["request_id"]
    assert life.check_of(life.exchange(parent).token) == ""
