"""Derive: a token made of another one is written only while that one lives, and a token is replaced once."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from authsvc.errors import FamilyEndedError, NoSigningKeyError, RequestIdReusedError, TokenNotGoodError
from authsvc.keys.sealed_key import KeyState
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.store.life_contract import Parent
from authsvc.store.opening import Store
from authsvc.tokens.lineage import Ancestor
from authsvc.tokens.record import TokenRecord
from tests.store.builders import (
    AUDIT,
    DAY,
    HOUR,
    ISSUER,
    START,
    TurnableClock,
    cutoff,
    key,
    of_key,
    of_token,
    record,
    retry,
)
from tests.store.conftest import Backend

ROOT = Ancestor(ISSUER, "root", START, "k1", "alice", "ci")
CHILD = Ancestor(ISSUER, "child", START, "k1", "alice", "ci")
PARENT = Parent("acme", (ROOT,), "root", START + HOUR)
OF_CHILD = Parent("acme", (CHILD, ROOT), "root", START + HOUR)
FAMILY = Revocation("acme", TargetKind.FAMILY, "root", ISSUER, keep_until=START + DAY, reason="stolen")


def derived(token_id: str, *line: Ancestor, **changes: Any) -> TokenRecord:
    return record(token_id, ancestors=line, family_id="root", family_end=START + HOUR, **changes)


@pytest.fixture
async def rooted(store: Store) -> Store:
    """A store with a key and an issued token."""
    await store.tokens.add_key(key("k1"), AUDIT)
    await store.tokens.issue(record("root"), None, AUDIT)
    return store


async def state_of(store: Store, token_id: str) -> tuple[float | None, str]:
    stored = await store.tokens.get_token("acme", token_id)
    assert stored is not None
    return stored.revoke_time, stored.revoke_reason


async def test_a_derived_record_comes_back_as_it_went_in(rooted: Store) -> None:
    given = derived("child", ROOT, rotated_from="other")
    issued = await rooted.tokens.derive(given, PARENT, None, AUDIT)
    assert (issued.record, issued.replayed) == (given, False)
    stored = await rooted.tokens.get_token("acme", "child")
    assert stored is not None
    assert stored.record == given
    deepest = derived("c", CHILD, ROOT, replace(ROOT, token_id="older", key_id="k0", issue_time=START - 9))
    await rooted.tokens.derive(deepest, OF_CHILD, None, AUDIT)
    found = await rooted.tokens.get_token("acme", "c")
    assert found is not None
    assert found.record == deepest


HITS = {
    "the parent": of_token("root"),
    "its family": FAMILY,
    "its subject": cutoff(TargetKind.SUBJECT, "alice", START),
    "its client": cutoff(TargetKind.CLIENT, "ci", START),
    "its tenant": cutoff(TargetKind.TENANT, "", START),
    "its key": of_key("k1"),
}
MISSES = {
    "another token": of_token("other"),
    "another family": replace(FAMILY, name="other"),
    "before its issue": cutoff(TargetKind.SUBJECT, "alice", START - 1),
    "another subject": cutoff(TargetKind.SUBJECT, "bob", START),
}


@pytest.mark.parametrize("hit", HITS.values(), ids=HITS)
@pytest.mark.parametrize("parent_end", [None, START + 60])
async def test_nothing_is_made_of_what_is_dead(
    rooted: Store, backend: Backend, hit: Revocation, parent_end: int | None
) -> None:
    await rooted.tokens.revoke(hit, AUDIT, successor=key("k2"))
    before = backend.rows("SELECT count(*) FROM audit_records")
    for parent in (PARENT, OF_CHILD):
        with pytest.raises(TokenNotGoodError):
            # Dated after every cut-off: that it would live is no help.
            await rooted.tokens.derive(
                derived("new", issue_time=START + 5, key_id="k2"), parent, None, AUDIT, parent_end=parent_end
            )
    assert await rooted.tokens.get_token("acme", "new") is None
    assert backend.rows("SELECT count(*) FROM audit_records") == before
    assert backend.rows("SELECT count(*) FROM revocations WHERE kind = 'rotation'") == [(0,)]


@pytest.mark.parametrize("miss", MISSES.values(), ids=MISSES)
async def test_what_hits_others_is_of_no_account(rooted: Store, miss: Revocation) -> None:
    await rooted.tokens.revoke(miss, AUDIT)
    await rooted.tokens.derive(derived("new", ROOT), PARENT, None, AUDIT, parent_end=START + 60)


async def test_nothing_is_made_of_what_has_expired(rooted: Store, clock: TurnableClock) -> None:
    clock.now = START + HOUR
    with pytest.raises(TokenNotGoodError):
        await rooted.tokens.derive(derived("new", ROOT), PARENT, None, AUDIT)


async def test_a_rotation_is_a_change_that_replicas_follow(rooted: Store) -> None:
    revision = rooted.reader.newest_revision()
    issued = await rooted.tokens.derive(derived("new"), PARENT, None, AUDIT, parent_end=START + 60)
    (change,) = rooted.reader.changes_after(revision) or []
    expected = Revocation("acme", TargetKind.ROTATION, "root", ISSUER, START + 60, START + HOUR, "rotated")
    assert (change.revision, change.body) == (issued.revision, expected)
    assert expected in list(rooted.reader.snapshot().revocations)
    assert rooted.revision.value == issued.revision


async def test_a_rotated_token_is_listed_as_revoked_from_its_end_on(rooted: Store, clock: TurnableClock) -> None:
    await rooted.tokens.derive(derived("kid", ROOT), PARENT, None, AUDIT)
    await rooted.tokens.derive(derived("new"), PARENT, None, AUDIT, parent_end=START + 60)
    clock.now = START + 59.9
    for token_id in ("root", "kid", "new"):
        assert await state_of(rooted, token_id) == (None, "")
    clock.now = START + 60
    for token_id in ("root", "kid"):
        assert await state_of(rooted, token_id) == (START + 60, "rotated")
    assert await state_of(rooted, "new") == (None, "")
    with pytest.raises(TokenNotGoodError):
        await rooted.tokens.derive(derived("late", ROOT), PARENT, None, AUDIT)


async def test_a_token_is_replaced_once(rooted: Store) -> None:
    first = await rooted.tokens.derive(derived("new"), PARENT, retry("one"), AUDIT, parent_end=START + 60)
    again = await rooted.tokens.derive(derived("x"), PARENT, retry("one"), AUDIT, parent_end=START + 99)
    assert (again.record, again.replayed) == (first.record, True)
    for other in (None, retry("two")):
        with pytest.raises(FamilyEndedError) as refused:
            await rooted.tokens.derive(derived("y"), PARENT, other, AUDIT, parent_end=START + 60)
        assert "family" in refused.value.metadata["next_step"]
    with pytest.raises(RequestIdReusedError):
        await rooted.tokens.derive(derived("z"), PARENT, retry("one", digest=b"e" * 32), AUDIT, parent_end=START + 60)
    # To exchange it is another matter, while it lives.
    await rooted.tokens.derive(derived("kid", ROOT), PARENT, None, AUDIT)


async def test_of_many_rotations_at_once_one_wins(rooted: Store) -> None:
    outcomes = await asyncio.gather(
        *(
            rooted.tokens.derive(derived(f"new-{number}"), PARENT, None, AUDIT, parent_end=START + 60)
            for number in range(20)
        ),
        return_exceptions=True,
    )
    counted = Counter(type(outcome).__name__ for outcome in outcomes)
    assert counted == {"Issued": 1, "FamilyEndedError": 19}


async def test_a_key_tainted_while_it_signs_signs_nothing(rooted: Store) -> None:
    await rooted.tokens.add_key(key("k2"), AUDIT)
    await rooted.tokens.revoke(of_key("k2"), AUDIT, successor=key("k3"))
    with pytest.raises(NoSigningKeyError):
        await rooted.tokens.derive(derived("new", ROOT, key_id="k2"), PARENT, None, AUDIT)


async def test_a_key_that_the_tenant_has_not_is_dead(rooted: Store) -> None:
    parent = replace(PARENT, line=(replace(ROOT, key_id="unknown"),))
    with pytest.raises(TokenNotGoodError):
        await rooted.tokens.derive(derived("new", ROOT), parent, None, AUDIT)


@pytest.mark.parametrize("hit", HITS.values(), ids=HITS)
async def test_descendants_are_listed_as_revoked(rooted: Store, clock: TurnableClock, hit: Revocation) -> None:
    await rooted.tokens.add_key(key("k2", state=KeyState.VERIFY_ONLY), AUDIT)
    other = replace(ROOT, token_id="other", subject="bob", client_id="cd", key_id="k2", issue_time=START + 2)
    kid = derived("kid", CHILD, ROOT, issue_time=START + 9, key_id="k2")
    await rooted.tokens.derive(kid, OF_CHILD, None, AUDIT)
    spared = record("spared", subject="bob", client_id="cd", ancestors=(other,), key_id="k2", issue_time=START + 9)
    await rooted.tokens.issue(replace(spared, family_id="other", family_end=START + HOUR), None, AUDIT)
    clock.now = START + 20
    receipt = await rooted.tokens.revoke(hit, AUDIT, successor=key("k3"))
    assert await state_of(rooted, "kid") == (receipt.revoke_time, hit.reason)
    assert await state_of(rooted, "spared") == (None, "")


async def test_a_family_is_listed_as_revoked_with_its_first_token(rooted: Store) -> None:
    await rooted.tokens.derive(derived("new"), PARENT, None, AUDIT, parent_end=START + 60)
    receipt = await rooted.tokens.revoke(FAMILY, AUDIT)
    for token_id in ("root", "new"):
        assert await state_of(rooted, token_id) == (receipt.revoke_time, "stolen")
    assert (await rooted.tokens.revoke(FAMILY, AUDIT)).revoke_time == receipt.revoke_time
