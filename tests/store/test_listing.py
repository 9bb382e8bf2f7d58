"""ListTokens' query: filters, states, and pages that stay put while others write."""

import asyncio
import itertools

import pytest

from authsvc.revocation.entry import TargetKind
from authsvc.store.contract import StoredToken, TokenFilter
from authsvc.store.opening import Store
from tests.store.builders import AUDIT, DAY, HOUR, START, TurnableClock, cutoff, key, of_key, of_token, record


def ids(page: list[StoredToken]) -> list[str]:
    return [stored.record.token_id for stored in page]


async def listed(store: Store, **wanted: str) -> list[str]:
    return ids(await store.tokens.list_tokens(TokenFilter("acme", **wanted), limit=100))


async def test_newest_first_and_only_the_tenants_own(store: Store) -> None:
    for token_id in ("a", "b", "c"):
        await store.tokens.issue(record(token_id), None, AUDIT)
    await store.tokens.issue(record("x", tenant="Acme"), None, AUDIT)
    assert await listed(store) == ["c", "b", "a"]


async def test_filters_are_joined_by_and_and_compare_bytes(store: Store) -> None:
    await store.tokens.issue(record("a", label="laptop"), None, AUDIT)
    await store.tokens.issue(record("b", label="laptop", client_id="cd"), None, AUDIT)
    await store.tokens.issue(record("c", label="Laptop", subject="bob"), None, AUDIT)
    assert await listed(store, subject="alice") == ["b", "a"]
    assert await listed(store, client_id="ci") == ["c", "a"]
    assert await listed(store, label="laptop") == ["b", "a"]
    assert await listed(store, label="laptop", client_id="ci", subject="alice") == ["a"]
    assert await listed(store, label="lap%") == []


async def test_each_record_has_exactly_one_state(store: Store, clock: TurnableClock) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    await store.tokens.add_key(key("k2"), AUDIT)
    records = [
        record("live", key_id="k2"),
        record("waits", key_id="k2", not_before_time=START + 60),
        record("expired", key_id="k2", expire_time=START + 10),
        record("revoked", key_id="k2"),
        record("revoked and expired", key_id="k2", expire_time=START + 10),
        record("by subject", key_id="k2", subject="bob"),
        record("by client", key_id="k2", client_id="cd"),
        record("by key"),
        record("after the cut-off", key_id="k2", subject="bob", issue_time=START + 1),
    ]
    for each in records:
        await store.tokens.issue(each, None, AUDIT)
    for revocation in (
        of_token("revoked"),
        of_token("revoked and expired"),
        cutoff(TargetKind.SUBJECT, "bob", START),
        cutoff(TargetKind.CLIENT, "cd", START),
        of_key("k1"),
    ):
        await store.tokens.revoke(revocation, AUDIT)
    clock.now = START + 10
    found = {state: await listed(store, state=state) for state in ("live", "expired", "revoked")}
    assert found == {
        "live": ["after the cut-off", "waits", "live"],
        "expired": ["expired"],
        "revoked": ["by key", "by client", "by subject", "revoked and expired", "revoked"],
    }
    assert sorted(itertools.chain.from_iterable(found.values())) == sorted(await listed(store))


async def test_a_whole_tenants_cutoff_revokes_all_records_before_it(store: Store) -> None:
    await store.tokens.issue(record("a"), None, AUDIT)
    await store.tokens.revoke(cutoff(TargetKind.TENANT, "", START), AUDIT)
    await store.tokens.issue(record("b", issue_time=START + 1), None, AUDIT)
    assert await listed(store, state="revoked") == ["a"]
    assert await listed(store, state="live") == ["b"]


async def test_the_second_of_exp_is_expired(store: Store, clock: TurnableClock) -> None:
    await store.tokens.issue(record("a"), None, AUDIT)
    clock.now = START + HOUR - 0.001
    assert await listed(store, state="live") == ["a"]
    clock.now = START + HOUR
    assert await listed(store, state="expired") == ["a"]


@pytest.mark.parametrize("state", [None, "live", "revoked"])
async def test_pages_hold_every_record_once_while_others_write(store: Store, state: str | None) -> None:
    for number in range(60):
        await store.tokens.issue(record(f"{number:02}"), None, AUDIT)
    if state == "revoked":
        await store.tokens.revoke(cutoff(TargetKind.SUBJECT, "alice", START + 100), AUDIT)
    seen: list[str] = []
    before: int | None = None
    wanted = TokenFilter("acme", state=state)
    while page := await store.tokens.list_tokens(wanted, limit=7, before=before):
        seen += ids(page)
        before = page[-1].position
        await asyncio.gather(
            *(store.tokens.issue(record(f"late {before} {n}", issue_time=START + 200), None, AUDIT) for n in range(3))
        )
    assert seen == [f"{number:02}" for number in reversed(range(60))]


async def test_positions_are_never_used_again(store: Store, clock: TurnableClock) -> None:
    await store.tokens.issue(record("a"), None, AUDIT)
    await store.tokens.issue(record("b"), None, AUDIT)
    clock.now += 60 * DAY
    assert await store.tokens.prune() >= 2
    await store.tokens.issue(record("c"), None, AUDIT)
    stored = await store.tokens.get_token("acme", "c")
    assert stored is not None
    assert stored.position == 3
