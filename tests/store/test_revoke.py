"""Revoke: what it writes, what a repetition does, and what state the records then have."""

from dataclasses import replace

import pytest

from authsvc.errors import KeyNotFoundError
from authsvc.keys.sealed_key import KeyState
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.store.contract import Change, KeyChange
from authsvc.store.opening import Store
from tests.store.builders import AUDIT, DAY, HOUR, ISSUER, START, TurnableClock, cutoff, key, of_key, of_token, record
from tests.store.conftest import Backend


async def test_an_unknown_token_id_is_written_down(store: Store, clock: TurnableClock) -> None:
    clock.now = START + 0.25
    receipt = await store.tokens.revoke(of_token("nobody-knows"), AUDIT)
    assert receipt.revision == 1
    assert receipt.revoke_time == START + 0.25
    assert store.reader.changes_after(0) == [Change(1, of_token("nobody-knows"))]


async def test_the_same_again_has_the_first_time_and_no_change(
    store: Store, backend: Backend, clock: TurnableClock
) -> None:
    first = await store.tokens.revoke(of_token("a"), AUDIT)
    other = await store.tokens.revoke(of_token("b"), AUDIT)
    clock.now += 60
    again = await store.tokens.revoke(of_token("a", reason="another"), AUDIT)
    assert again.revoke_time == first.revoke_time
    assert again.revision == other.revision
    assert store.reader.changes_after(other.revision) == []
    assert backend.rows("SELECT count(*) FROM audit_records") == [(3,)]
    assert backend.rows("SELECT reason FROM revocations WHERE name = 'a'") == [("leaked",)]


@pytest.mark.parametrize("revocation", [of_token("a"), cutoff(TargetKind.SUBJECT, "alice", START)])
async def test_a_later_keep_until_stands_and_is_followed(
    store: Store, clock: TurnableClock, revocation: Revocation
) -> None:
    first = await store.tokens.revoke(revocation, AUDIT)
    clock.now += 10
    later = replace(revocation, keep_until=revocation.keep_until + DAY)
    receipt = await store.tokens.revoke(replace(later, reason="again"), AUDIT)
    assert (receipt.revision, receipt.revoke_time) == (2, first.revoke_time)
    assert store.reader.changes_after(1) == [Change(2, later)]
    assert (await store.tokens.revoke(revocation, AUDIT)).revision == 2
    assert list(store.reader.snapshot().revocations) == [later]


async def test_a_keep_until_that_creeps_on_is_no_change_within_an_hour(store: Store, backend: Backend) -> None:
    for seconds in range(0, HOUR + 1, 600):
        receipt = await store.tokens.revoke(of_token("a", keep_until=START + seconds), AUDIT)
        assert receipt.revision == 1
    assert (await store.tokens.revoke(of_token("a", keep_until=START + HOUR + 1), AUDIT)).revision == 2
    assert backend.rows("SELECT keep_until FROM revocations") == [(START + HOUR + 1,)]


async def test_a_cutoff_defaults_to_the_second_of_the_commit(store: Store, clock: TurnableClock) -> None:
    clock.now = START + 7.999
    await store.tokens.revoke(cutoff(TargetKind.SUBJECT, "alice"), AUDIT)
    assert store.reader.changes_after(0) == [Change(1, cutoff(TargetKind.SUBJECT, "alice", START + 7))]


@pytest.mark.parametrize(
    ("kind", "name"), [(TargetKind.SUBJECT, "alice"), (TargetKind.CLIENT, "cli"), (TargetKind.TENANT, "")]
)
async def test_a_cutoff_of_now_hits_what_was_issued_after_another_of_the_same_second(
    store: Store, clock: TurnableClock, kind: TargetKind, name: str
) -> None:
    now = cutoff(kind, name, None)
    first = await store.tokens.revoke(now, AUDIT)
    # A token of the second of a cut-off would be dead on arrival: it is dated into the next one.
    dated_ahead = replace(record("t"), issue_time=START + 1, subject="alice", client_id="cli")
    await store.tokens.issue(dated_ahead, None, AUDIT)
    clock.now += 0.5
    second = await store.tokens.revoke(now, AUDIT)
    assert second.revoke_time == START + 0.5
    stored = await store.tokens.get_token(dated_ahead.tenant, "t")
    assert stored is not None
    assert stored.revoke_time == second.revoke_time
    again = await store.tokens.revoke(now, AUDIT)
    assert (again.revision, again.revoke_time) == (second.revision, second.revoke_time)
    assert second.revision > first.revision


async def test_of_two_cutoffs_the_later_stands(store: Store, clock: TurnableClock) -> None:
    subject = cutoff(TargetKind.SUBJECT, "alice", START)
    first = await store.tokens.revoke(subject, AUDIT)
    clock.now += 10
    earlier = await store.tokens.revoke(replace(subject, cutoff=START - 100), AUDIT)
    assert (earlier.revision, earlier.revoke_time) == (first.revision, first.revoke_time)
    later = await store.tokens.revoke(replace(subject, cutoff=START + 1), AUDIT)
    assert (later.revision, later.revoke_time) == (first.revision + 1, START + 10)
    assert [change.body for change in store.reader.changes_after(1) or []] == [replace(subject, cutoff=START + 1)]
    assert list(store.reader.snapshot().revocations) == [replace(subject, cutoff=START + 1)]


async def test_a_cutoff_with_an_earlier_keep_until_does_not_shorten_it(store: Store) -> None:
    subject = cutoff(TargetKind.SUBJECT, "alice", START)
    await store.tokens.revoke(subject, AUDIT)
    await store.tokens.revoke(replace(subject, cutoff=START + 1, keep_until=START + 2), AUDIT)
    assert list(store.reader.snapshot().revocations) == [replace(subject, cutoff=START + 1)]


async def test_a_revocation_that_has_outlived_its_tokens_is_new_again(store: Store, clock: TurnableClock) -> None:
    await store.tokens.revoke(of_token("a"), AUDIT)
    clock.now += HOUR + DAY
    assert (await store.tokens.revoke(of_token("a"), AUDIT)).revision == 1
    clock.now += 1
    assert list(store.reader.snapshot().revocations) == []
    wanted = of_token("a", keep_until=START + 9 * DAY)
    receipt = await store.tokens.revoke(wanted, AUDIT)
    assert (receipt.revision, receipt.revoke_time) == (2, clock.now)
    assert list(store.reader.snapshot().revocations) == [wanted]
    assert store.reader.changes_after(1) == [Change(2, wanted)]


@pytest.mark.parametrize(
    "revocation",
    [
        of_token("a"),
        cutoff(TargetKind.SUBJECT, "alice"),
        cutoff(TargetKind.CLIENT, "ci"),
        cutoff(TargetKind.TENANT, ""),
        of_key("k1"),
    ],
    ids=lambda revocation: revocation.kind.value,
)
async def test_a_record_tells_that_it_is_revoked(store: Store, clock: TurnableClock, revocation: Revocation) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    await store.tokens.issue(record("a"), None, AUDIT)
    await store.tokens.issue(
        record("b", tenant="other", subject="bob", client_id="cd", key_id="k2", issue_time=START), None, AUDIT
    )
    clock.now += 2.5
    await store.tokens.revoke(revocation, AUDIT)
    hit = await store.tokens.get_token("acme", "a")
    assert hit is not None
    assert (hit.revoke_time, hit.revoke_reason) == (START + 2.5, revocation.reason)
    missed = await store.tokens.get_token("other", "b")
    assert missed is not None
    assert missed.revoke_time is None


async def test_of_several_revocations_a_record_tells_the_first(store: Store, clock: TurnableClock) -> None:
    await store.tokens.issue(record("a"), None, AUDIT)
    await store.tokens.revoke(cutoff(TargetKind.TENANT, "", reason="breach"), AUDIT)
    clock.now += 10
    await store.tokens.revoke(of_token("a"), AUDIT)
    stored = await store.tokens.get_token("acme", "a")
    assert stored is not None
    assert (stored.revoke_time, stored.revoke_reason) == (START, "breach")


async def test_a_cutoff_before_the_issue_does_not_hit(store: Store) -> None:
    await store.tokens.revoke(cutoff(TargetKind.SUBJECT, "alice", START - 1), AUDIT)
    await store.tokens.issue(record("a"), None, AUDIT)
    stored = await store.tokens.get_token("acme", "a")
    assert stored is not None
    assert stored.revoke_time is None


async def test_names_that_differ_by_a_byte_are_different(store: Store) -> None:
    for token_id in ("a", "A", "a ", "á", "a\u0301", "%", "_"):
        await store.tokens.revoke(of_token(token_id), AUDIT)
    assert len(list(store.reader.snapshot().revocations)) == 7


async def test_one_target_is_one_row_however_it_is_spelled(store: Store) -> None:
    whole = cutoff(TargetKind.TENANT, "", START)
    subject = cutoff(TargetKind.SUBJECT, "alice", START)
    for revocation in (whole, replace(whole, name="acme"), subject, replace(subject, issuer=ISSUER)):
        await store.tokens.revoke(revocation, AUDIT)
    assert set(store.reader.snapshot().revocations) == {whole, subject}
    assert store.revision.value == 2
    await store.tokens.revoke(of_token("a", cutoff=START), AUDIT)
    assert store.reader.changes_after(2) == [Change(3, of_token("a"))]


async def test_a_revoked_key_is_tainted_and_its_successor_signs(store: Store, backend: Backend) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    receipt = await store.tokens.revoke(of_key("k1"), AUDIT, successor=key("k2", state=KeyState.VERIFY_ONLY))
    assert receipt.revision == 3
    tainted, successor = key("k1", state=KeyState.TAINTED), key("k2")
    assert store.reader.changes_after(1) == [Change(2, KeyChange(tainted)), Change(3, KeyChange(successor))]
    snapshot = store.reader.snapshot()
    assert snapshot.keys == (tainted, successor)
    assert list(snapshot.revocations) == [of_key("k1")]
    assert backend.rows("SELECT count(*) FROM audit_records") == [(2,)]


async def test_a_key_revoked_again_stays_as_it_is(store: Store, clock: TurnableClock) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    first = await store.tokens.revoke(of_key("k1"), AUDIT, successor=key("k2"))
    clock.now += 10
    again = await store.tokens.revoke(of_key("k1"), AUDIT, successor=key("k3"))
    assert again == first
    assert [signing.key_id for signing in store.reader.snapshot().keys] == ["k1", "k2"]


async def test_a_key_that_no_longer_signs_needs_no_successor(store: Store) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    await store.tokens.add_key(key("k2"), AUDIT)
    await store.tokens.revoke(of_key("k1"), AUDIT, successor=key("k3"))
    assert store.reader.snapshot().keys == (key("k1", state=KeyState.TAINTED), key("k2"))


async def test_an_unknown_key_is_an_error_and_leaves_nothing(store: Store, backend: Backend) -> None:
    await store.tokens.add_key(key("k1", tenant="other"), AUDIT)
    with pytest.raises(KeyNotFoundError):
        await store.tokens.revoke(of_key("k1"), AUDIT)
    assert backend.rows("SELECT count(*) FROM audit_records") == [(1,)]
    assert list(store.reader.snapshot().revocations) == []


async def test_a_new_active_key_makes_the_old_one_verify_only(store: Store) -> None:
    assert await store.tokens.add_key(key("k1"), AUDIT) == 1
    assert await store.tokens.add_key(key("k1", tenant="other"), AUDIT) == 2
    assert await store.tokens.add_key(key("k0", state=KeyState.VERIFY_ONLY), AUDIT) == 3
    assert await store.tokens.add_key(key("k2"), AUDIT) == 5
    retired = key("k1", state=KeyState.VERIFY_ONLY)
    assert store.reader.changes_after(3) == [Change(4, KeyChange(retired)), Change(5, KeyChange(key("k2")))]
    assert store.reader.snapshot().keys == (
        key("k0", state=KeyState.VERIFY_ONLY),
        retired,
        key("k2"),
        key("k1", tenant="other"),
    )
