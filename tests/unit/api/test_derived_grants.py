"""Exchange and RotateToken stay within what the token's client may give today, whatever it could give when the token was issued."""

import random
import secrets
from dataclasses import replace
from typing import Any

import pytest

from authsvc.api.holder import Held
from authsvc.errors import GrantExceededError
from authsvc.policy.clients import Client, Registry
from authsvc.policy.grants import IssueGrant, SubjectPattern
from tests.unit.api.life import START, TENANT, Life, payload_of_text

ROUNDS = 2_000
SCOPES = ("read:users", "repo", "delete_repo")
AUDIENCES = ("api", "web")
SUBJECTS = ("alice", "bob")


def grant(**changes: Any) -> IssueGrant:
    wide = IssueGrant(frozenset(SCOPES), frozenset(), (), None, 0)
    return replace(wide, **changes)


def narrow(life: Life, issue: IssueGrant | None) -> None:
    """Put another document in force, with this grant of the client web."""
    life.tenant = replace(life.tenant, registry=Registry([Client("web", issue=issue)]))
    life.replica.tenants = type(life.replica.tenants)(
        {policy.name: policy for policy in (*life.replica.tenants, life.tenant)}
    )


@pytest.mark.parametrize(
    ("issue", "field"),
    [
        (grant(scopes=frozenset({"repo"})), "scopes"),
        (grant(audiences=frozenset({"web"})), "audiences[0]"),
        (grant(subjects=(SubjectPattern.of("bob*"),)), "subject"),
        (None, "tenant"),
    ],
)
@pytest.mark.parametrize("method", ["exchange", "rotate"])
def test_a_grant_that_became_narrower_counts(issue: IssueGrant | None, field: str, method: str) -> None:
    life = Life()
    token = life.issue()
    narrow(life, issue)
    with pytest.raises(GrantExceededError) as caught:
        getattr(life, method)(token)
    assert [violation.field for violation in caught.value.violations] == [field]
    assert list(life.store.records) == ["root-1"]


def test_what_is_still_granted_is_given_and_lives_as_long_as_the_grant_says() -> None:
    life = Life()
    token = life.issue()
    narrow(life, grant(scopes=frozenset({"repo"}), audiences=frozenset({"web"}), max_ttl=60))
    child = payload_of_text(life.exchange(token, scopes=["repo"], audiences=["web"]).token)
    assert child["exp"] == int(START) + 60


def test_a_client_that_is_not_listed_is_bound_by_its_token_alone() -> None:
    life = Life()
    token = life.issue(client_id="phone")
    narrow(life, None)
    assert life.exchange(token).scopes
    assert life.rotate(token).scopes


def escalations(rounds: int) -> int:
    """How many random derivations went beyond the grant in force, told by an oracle of its own."""
    seed = secrets.randbits(32)
    chance, beyond, granted = random.Random(seed), 0, 0
    life = Life()
    for _ in range(rounds):
        life.tenant = TENANT
        held = chance.sample(SCOPES, chance.randint(1, 3))
        subject = chance.choice(SUBJECTS)
        token = life.issue(scopes=tuple(sorted(held)), subject=subject, audiences=AUDIENCES)
        scopes = set(chance.sample(SCOPES, chance.randint(0, 3)))
        audiences = set(chance.sample(AUDIENCES, chance.randint(0, 2)))
        only = chance.choice([*SUBJECTS, ""])
        patterns = (SubjectPattern.of(only),) if only else ()
        narrow(life, grant(scopes=frozenset(scopes), audiences=frozenset(audiences), subjects=patterns))
        try:
            answer = life.exchange(token) if chance.random() < 0.5 else life.rotate(token)
        except GrantExceededError:
            continue
        granted += 1
        given = payload_of_text(answer.token)
        beyond += not (
            set(given["scope"].split()) <= scopes
            and (not audiences or set(given["aud"]) <= audiences)
            and (not only or given["sub"] == only)
        )
    print(f"seed {seed}: {granted} of {rounds} derivations granted, {beyond} beyond the grant")
    assert granted
    return beyond


def test_nothing_is_derived_beyond_the_grant() -> None:
    assert escalations(ROUNDS) == 0


def test_derivations_beyond_the_grant_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Held, "within_grant", lambda _held, record: record)
    assert escalations(200) > 0
