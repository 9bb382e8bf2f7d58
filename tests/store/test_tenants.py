"""Tenants in the store: put whole or not at all, one writer wins, followed by readers, and deleted with all that they hold."""

import asyncio
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from authsvc.errors import EtagMismatchError, InvalidFieldError, NoSigningKeyError, TenantNotFoundError
from authsvc.keys.sealed_key import Algorithm, KeyState
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.revocation.index import RevocationIndex
from authsvc.store.contract import Change, DeadOnArrivalError, KeyChange, TokenFilter
from authsvc.store.opening import Store
from authsvc.store.tenant_contract import (
    SigningKeyWantedError,
    StaleDocumentError,
    StoredTenant,
    TenantChange,
    TenantWrite,
)
from tests.store.builders import AUDIT, DAY, START, TurnableClock, key, record, retry, tenant
from tests.store.conftest import Backend

KEEP = START + 90 * DAY
UID = "0" * 32
FIRST = tenant("acme", uid=UID)


def second(**changes: Any) -> TenantWrite:
    """A document in place of the first."""
    return replace(FIRST, **{"document": b"second", "expected_etag": "e1", "etag": "e2", "key": None, **changes})


def changes_of(store: Store, revision: int = 0) -> list[Change]:
    found = store.reader.changes_after(revision)
    assert found is not None
    return found


def index_of(store: Store) -> RevocationIndex:
    return RevocationIndex(store.reader.snapshot().revocations)


async def test_a_tenant_comes_with_its_key_and_its_audit_row(store: Store, backend: Backend) -> None:
    receipt = await store.tenants.put(FIRST, AUDIT)
    assert receipt.tenant == StoredTenant("acme", UID, "e1", b"first", START, START)
    assert await store.tenants.get("acme") == (receipt.tenant, receipt.revision)
    key_change, tenant_change = changes_of(store)
    assert isinstance(key_change.body, KeyChange)
    assert key_change.body.key == key("k1")
    assert tenant_change.body == TenantChange("acme", receipt.tenant)
    assert tenant_change.revision == receipt.revision == store.revision.value
    snapshot = store.reader.snapshot()
    assert (snapshot.tenants, snapshot.keys) == ((receipt.tenant,), (key("k1"),))
    assert backend.rows("SELECT action, tenant FROM audit_records") == [("Test", "acme")]


async def test_another_document_takes_its_place(store: Store, clock: TurnableClock) -> None:
    first = await store.tenants.put(FIRST, AUDIT)
    clock.now += 5.5
    after = await store.tenants.put(second(), AUDIT)
    assert after.tenant == StoredTenant("acme", UID, "e2", b"second", START, START + 5.5)
    (change,) = changes_of(store, first.revision)
    assert change.body == TenantChange("acme", after.tenant)


@pytest.mark.parametrize("write", [FIRST, second(expected_etag="e0"), second(name="other")])
async def test_a_document_that_is_no_longer_there_is_not_replaced(
    store: Store, backend: Backend, write: TenantWrite
) -> None:
    before = await store.tenants.put(FIRST, AUDIT)
    with pytest.raises(StaleDocumentError):
        await store.tenants.put(replace(write, etag="e3"), AUDIT)
    assert await store.tenants.get("acme") == (before.tenant, before.revision)
    assert len(backend.rows("SELECT * FROM audit_records")) == 1


async def test_of_many_writers_at_once_one_wins(store: Store) -> None:
    await store.tenants.put(FIRST, AUDIT)
    writes = [second(document=b"%d" % number, etag=f"n{number}") for number in range(20)]
    outcomes = await asyncio.gather(*(store.tenants.put(write, AUDIT) for write in writes), return_exceptions=True)
    won = [outcome for outcome in outcomes if not isinstance(outcome, StaleDocumentError)]
    assert len(won) == 1
    assert not isinstance(won[0], BaseException)
    stored, _ = await store.tenants.get("acme")
    assert stored == won[0].tenant


async def test_a_tenant_without_a_key_of_its_algorithm_is_not_written(store: Store, backend: Backend) -> None:
    with pytest.raises(SigningKeyWantedError):
        await store.tenants.put(replace(FIRST, key=None), AUDIT)
    assert await store.tenants.get("acme") == (None, 0)
    await store.tenants.put(FIRST, AUDIT)
    with pytest.raises(SigningKeyWantedError):
        await store.tenants.put(second(algorithm=Algorithm.EDDSA), AUDIT)
    assert backend.rows("SELECT etag FROM tenants") == [("e1",)]
    fresh = replace(key("k2"), algorithm=Algorithm.EDDSA)
    await store.tenants.put(second(algorithm=Algorithm.EDDSA, key=fresh, publication=7), AUDIT)
    # Verifiers elsewhere do not know the new key yet: it is published first.
    keys = {found.key_id: found for found in store.reader.snapshot().keys}
    assert {name: found.state for name, found in keys.items()} == {"k1": KeyState.ACTIVE, "k2": KeyState.PREPARED}
    assert keys["k2"].activate_time == keys["k2"].state_time + 7
    # It is on its way, so no other one is asked for.
    await store.tenants.put(second(algorithm=Algorithm.EDDSA, expected_etag="e2", etag="e3"), AUDIT)


async def test_a_key_that_is_not_needed_is_not_written(store: Store) -> None:
    await store.tenants.put(FIRST, AUDIT)
    await store.tenants.put(second(key=key("k2")), AUDIT)
    assert [found.key_id for found in store.reader.snapshot().keys] == ["k1"]


@pytest.mark.parametrize(
    ("names", "fields"),
    [
        ({"issuer": FIRST.issuer}, ["issuer"]),
        ({"spiffe_ids": frozenset({"spiffe://x/b", "spiffe://x/a"})}, ["clients.spiffe_ids"]),
    ],
)
async def test_what_another_tenant_has_is_refused_until_it_lets_go(
    store: Store, names: dict[str, Any], fields: list[str]
) -> None:
    await store.tenants.put(replace(FIRST, spiffe_ids=frozenset({"spiffe://x/a"})), AUDIT)
    wanted = replace(FIRST, name="other", issuer="https://other.example", key=key("k9", tenant="other"))
    with pytest.raises(InvalidFieldError) as caught:
        await store.tenants.put(replace(wanted, **names), AUDIT)
    assert [violation.field for violation in caught.value.violations] == fields
    assert "acme" not in str(caught.value)
    assert await store.tenants.get("other") == (None, store.revision.value)
    await store.tenants.put(second(issuer="https://elsewhere.example"), AUDIT)
    await store.tenants.put(replace(wanted, **names), AUDIT)


async def test_a_page_ends_with_its_count_or_its_bytes(store: Store) -> None:
    for name in ("b", "a", "d", "c"):
        await store.tenants.put(
            replace(FIRST, name=name, issuer=f"https://{name}.example", document=bytes(100), key=key("k", tenant=name)),
            AUDIT,
        )

    async def names(**page: Any) -> tuple[list[str], bool]:
        found, more = await store.tenants.list(**{"after": "", "limit": 10, "max_bytes": 10_000, **page})
        return [each.name for each in found], more

    assert await names() == (["a", "b", "c", "d"], False)
    assert await names(limit=3) == (["a", "b", "c"], True)
    assert await names(limit=4) == (["a", "b", "c", "d"], False)
    assert await names(after="b", limit=2) == (["c", "d"], False)
    assert await names(max_bytes=250) == (["a", "b"], True)
    assert await names(max_bytes=1) == (["a"], True)
    assert await names(after="d") == ([], False)


async def test_deleting_takes_the_keys_and_cuts_off_what_was_issued(store: Store, clock: TurnableClock) -> None:
    await store.tenants.put(FIRST, AUDIT)
    await store.tokens.add_key(key("k2"), AUDIT)
    await store.tokens.issue(record("t1"), None, AUDIT)
    await store.tokens.issue(bound("b1"), None, AUDIT)
    clock.now += 1
    revision = await store.tenants.delete("acme", "e1", KEEP, AUDIT)
    assert store.revision.value == revision
    assert await store.tenants.get("acme") == (None, revision)
    assert changes_of(store)[-1].body == TenantChange("acme", None)
    assert {found.state for found in store.reader.snapshot().keys} == {KeyState.TAINTED}
    assert store.reader.snapshot().tenants == ()
    index = index_of(store)
    assert index.cutoff("acme", "anybody", "any") == START + 1
    assert index.cutoff("authsvc", "anybody", "any", "acme") == START + 1
    assert index.cutoff("authsvc", "anybody", "any", "other") == 0
    for holder in ("acme", "authsvc"):
        (listed,) = await store.tokens.list_tokens(TokenFilter(holder, state="revoked"), limit=9)
        assert listed.revoke_reason == "tenant deleted"


async def test_only_what_is_there_is_deleted(store: Store, backend: Backend) -> None:
    with pytest.raises(TenantNotFoundError):
        await store.tenants.delete("acme", "", KEEP, AUDIT)
    await store.tenants.put(FIRST, AUDIT)
    with pytest.raises(EtagMismatchError):
        await store.tenants.delete("acme", "e0", KEEP, AUDIT)
    assert len(backend.rows("SELECT * FROM audit_records")) == 1
    assert (await store.tenants.get("acme"))[0] is not None


def bound(token_id: str, **changes: Any) -> Any:
    """A key of the service that is bound to acme."""
    values = {"tenant": "authsvc", "bound_tenant": "acme", "key_id": "service", "client_id": "app"}
    return record(token_id, **{**values, **changes})


async def outcome_of(store: Store, wanted: Any) -> str:
    """Whether the store takes a record, or why not."""
    try:
        await store.tokens.issue(wanted, None, AUDIT)
    except (DeadOnArrivalError, NoSigningKeyError, InvalidFieldError) as error:
        return type(error).__name__
    return "issued"


async def test_what_a_deleted_tenant_held_cannot_be_issued_afterwards(store: Store) -> None:
    await store.tenants.put(FIRST, AUDIT)
    await store.tenants.delete("acme", "", KEEP, AUDIT)
    assert await outcome_of(store, record("t")) == "DeadOnArrivalError"
    assert await outcome_of(store, record("t", issue_time=START + 9)) == "NoSigningKeyError"
    assert await outcome_of(store, bound("b")) == "DeadOnArrivalError"
    # A key that is dated later would wait for the next tenant of the name.
    assert await outcome_of(store, bound("b", issue_time=START + 9)) == "InvalidFieldError"
    assert await outcome_of(store, bound("b", bound_tenant="*")) == "issued"


async def test_a_later_tenant_of_the_name_inherits_nothing(store: Store) -> None:
    for life in range(4):
        uid = f"{life:032}"
        receipt = await store.tenants.put(replace(FIRST, uid=uid, key=key(f"k{life}")), AUDIT)
        assert receipt.tenant.uid == uid
        index = index_of(store)
        # The earliest that a token of this life can be dated, in the same second as all the lives before.
        tokens = index.cutoff("acme", "alice", "ci") + 1
        keys = index.cutoff("authsvc", "alice", "app", "acme") + 1
        issued = [
            record(f"t{life}", key_id=f"k{life}", issue_time=max(tokens, START)),
            bound(f"b{life}", issue_time=max(keys, START)),
        ]
        for wanted in issued:
            assert await outcome_of(store, wanted) == "issued"
        await store.tenants.delete("acme", "", KEEP, AUDIT)
        index = index_of(store)
        assert index.cutoff("authsvc", "alice", "app", "acme") >= issued[1].issue_time
        states = {found.state for found in store.reader.snapshot().keys}
        assert states == {KeyState.TAINTED}


async def test_a_client_that_goes_takes_its_tokens_and_keys_along(store: Store) -> None:
    await store.tenants.put(FIRST, AUDIT)
    for wanted in (record("t1", client_id="app"), record("t2"), bound("b1"), bound("b2", client_id="ci")):
        assert await outcome_of(store, wanted) == "issued"
    await store.tenants.put(second(removed_clients=frozenset({"app"})), AUDIT)
    index = index_of(store)
    assert index.cutoff("acme", "alice", "app") == START
    assert index.cutoff("acme", "alice", "ci") == 0
    assert index.cutoff("authsvc", "alice", "app", "acme") == START
    assert index.cutoff("authsvc", "alice", "ci", "acme") == 0
    live = {
        tenant: [stored.record.token_id for stored in await store.tokens.list_tokens(live_of(tenant), limit=9)]
        for tenant in ("acme", "authsvc")
    }
    assert live == {"acme": ["t2"], "authsvc": ["b2"]}
    assert await outcome_of(store, bound("b3")) == "DeadOnArrivalError"
    assert await outcome_of(store, bound("b3", issue_time=START + 1)) == "issued"


def live_of(tenant: str) -> TokenFilter:
    return TokenFilter(tenant, state="live")


@pytest.mark.parametrize("kind", [TargetKind.SUBJECT, TargetKind.CLIENT, TargetKind.TENANT])
async def test_a_token_put_off_by_another_cutoff_of_the_second_is_hit_too(store: Store, kind: TargetKind) -> None:
    await store.tenants.put(FIRST, AUDIT)
    name = {TargetKind.SUBJECT: "alice", TargetKind.CLIENT: "app", TargetKind.TENANT: ""}[kind]
    for holder in ("acme", "authsvc"):
        await store.tokens.revoke(Revocation(holder, kind, name, cutoff=START, keep_until=KEEP), AUDIT)
    assert await outcome_of(store, record("t", client_id="app", issue_time=START + 1)) == "issued"
    assert await outcome_of(store, bound("b", issue_time=START + 1)) == "issued"
    await store.tenants.put(second(removed_clients=frozenset({"app"})), AUDIT)
    index = index_of(store)
    assert index.cutoff("acme", "alice", "app") == START + 1
    assert index.cutoff("authsvc", "alice", "app", "acme") == START + 1


@pytest.mark.parametrize(("adopts", "state"), [(False, KeyState.TAINTED), (True, KeyState.ACTIVE)])
async def test_keys_that_lie_there_are_adopted_or_tainted(store: Store, adopts: bool, state: KeyState) -> None:
    await store.tokens.add_key(key("old"), AUDIT)
    await store.tenants.put(replace(FIRST, adopts_keys=adopts), AUDIT)
    states = {found.key_id: found.state for found in store.reader.snapshot().keys}
    assert states["old"] is state
    assert ("k1" in states) == (not adopts)
    assert (index_of(store).cutoff("acme", "s", "c") == 0) == adopts


async def test_without_its_audit_row_nothing_is_changed(store: Store, backend: Backend) -> None:
    broken = replace(AUDIT, detail={"x": object()})  # type: ignore[dict-item]  # what JSON cannot hold
    other = replace(FIRST, name="other", issuer="https://other.example", key=key("o", tenant="other"))
    await store.tenants.put(other, AUDIT)
    before = backend.rows("SELECT * FROM changes")
    for step in (
        store.tenants.put(FIRST, broken),
        store.tenants.put(replace(other, expected_etag="e1", etag="e2", removed_clients=frozenset({"c"})), broken),
        store.tenants.delete("other", "", KEEP, broken),
    ):
        with pytest.raises(TypeError):
            await step
    assert backend.rows("SELECT * FROM changes") == before
    assert backend.rows("SELECT name, etag FROM tenants") == [("other", "e1")]
    assert len(backend.rows("SELECT * FROM audit_records")) == 1


async def test_a_later_tenant_of_the_name_sees_no_record_and_no_request_id(store: Store, backend: Backend) -> None:
    await store.tenants.put(FIRST, AUDIT)
    for number in range(3):
        await store.tokens.issue(record(f"t{number}"), retry(f"r{number}"), AUDIT)
    await store.tokens.issue(bound("b"), None, AUDIT)
    await store.tenants.delete("acme", "", KEEP, AUDIT)
    assert len(await store.tokens.list_tokens(TokenFilter("acme"), limit=9)) == 3
    # Not by a document that comes too late, nor for a tenant that is there.
    with pytest.raises(StaleDocumentError):
        await store.tenants.put(second(), AUDIT)
    assert len(backend.rows("SELECT * FROM issue_requests")) == 3
    await store.tenants.put(replace(FIRST, key=key("k2")), AUDIT)
    assert await store.tokens.list_tokens(TokenFilter("acme"), limit=9) == []
    assert await store.tokens.get_token("acme", "t0") is None
    assert backend.rows("SELECT * FROM issue_requests") == []
    # The reserved tenant's own records are its business.
    assert len(await store.tokens.list_tokens(TokenFilter("authsvc"), limit=9)) == 1
    fresh = record("t9", key_id="k2", issue_time=START + 1)
    assert not (await store.tokens.issue(fresh, retry("r0", digest=b"x" * 32), AUDIT)).replayed


async def test_many_records_go_in_batches(store: Store, backend: Backend) -> None:
    await store.tokens.add_key(replace(key("k1"), state=KeyState.TAINTED), AUDIT)
    for number in range(5):
        await store.tokens.issue(record(f"t{number}", key_id="gone"), None, AUDIT)
    with mock.patch("authsvc.store.prune.BATCH", 2):
        await store.tenants.put(replace(FIRST, key=key("k2")), AUDIT)
    assert backend.rows("SELECT * FROM token_records") == []


async def test_documents_that_move_into_the_store_keep_their_records(store: Store) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    await store.tokens.issue(record("t"), None, AUDIT)
    await store.tenants.put(replace(FIRST, adopts_keys=True), AUDIT)
    assert len(await store.tokens.list_tokens(TokenFilter("acme", state="live"), limit=9)) == 1
