"""The life of keys in the store: each step in one transaction with its change and its audit row, once."""

from dataclasses import replace

import pytest

from authsvc.errors import KeyExistsError, KeyNotFoundError, KeyStateError
from authsvc.keys.lifecycle import MICROSECONDS, Schedule
from authsvc.keys.sealed_key import KeyPurpose, KeyState, SealedKey
from authsvc.store.contract import KeyChange, SuccessorNeededError
from authsvc.store.opening import Store
from tests.store.builders import AUDIT, DAY, START, TurnableClock, key, of_key
from tests.store.conftest import Backend

SCHEDULE = Schedule(300 * MICROSECONDS)
LIFETIME = 3600
END = LIFETIME + 5 + 600


def lifetime(_tenant: str) -> int:
    return LIFETIME


async def rotated(store: Store, key_id: str) -> SealedKey:
    return (await store.keys.prepare(key(key_id), AUDIT, SCHEDULE.publication)).key


async def states(store: Store) -> dict[str, KeyState]:
    return {found.key_id: found.state for found in await store.keys.list_keys("acme", limit=100)}


async def test_a_key_goes_its_way_by_itself(store: Store, backend: Backend, clock: TurnableClock) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    prepared = await rotated(store, "k2")
    assert prepared.activate_time == (START + 600) * MICROSECONDS
    clock.now = START + 599.9
    assert await store.keys.advance(SCHEDULE, lifetime) == []
    clock.now = START + 600
    before = store.revision.value
    changed = await store.keys.advance(SCHEDULE, lifetime)
    assert [(found.key_id, found.state) for found in changed] == [
        ("k1", KeyState.VERIFY_ONLY),
        ("k2", KeyState.ACTIVE),
    ]
    assert store.reader.changes_after(before) is not None
    assert store.revision.value == before + 2
    assert await store.keys.advance(SCHEDULE, lifetime) == []
    clock.now = START + 600 + END - 0.1
    assert await store.keys.advance(SCHEDULE, lifetime) == []
    clock.now = START + 600 + END
    await store.keys.advance(SCHEDULE, lifetime)
    assert await states(store) == {"k1": KeyState.RETIRED, "k2": KeyState.ACTIVE}
    told = backend.rows("SELECT action, actor, target FROM audit_records WHERE actor = 'system' ORDER BY position")
    assert told == [("ActivateKey", "system", "key:k2"), ("RetireKey", "system", "key:k1")]


async def test_a_lifetime_that_has_grown_puts_the_end_off(store: Store, clock: TurnableClock) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    await rotated(store, "k2")
    clock.now = START + 600
    await store.keys.advance(SCHEDULE, lifetime)
    clock.now += END
    assert await store.keys.advance(SCHEDULE, lambda _: LIFETIME + DAY) == []
    assert (await states(store))["k1"] is KeyState.VERIFY_ONLY
    clock.now += DAY
    await store.keys.advance(SCHEDULE, lambda _: LIFETIME + DAY)
    assert (await states(store))["k1"] is KeyState.RETIRED


async def test_a_key_of_which_nobody_knows_the_end_gets_one(store: Store) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    await store.tokens.add_key(key("k2"), AUDIT)
    assert (await store.keys.find_key("acme", "k1")).retire_time is None
    await store.keys.advance(SCHEDULE, lifetime)
    assert (await store.keys.find_key("acme", "k1")).retire_time == (START + END) * MICROSECONDS


async def test_two_servers_take_each_step_once(backend: Backend, clock: TurnableClock) -> None:
    stores = [backend.open() for _ in range(2)]
    await stores[0].tokens.add_key(key("k1"), AUDIT)
    await rotated(stores[0], "k2")
    clock.now = START + 600
    changed = [await store.keys.advance(SCHEDULE, lifetime) for store in stores]
    assert [len(each) for each in changed] == [2, 0]


async def test_of_several_due_keys_the_last_signs(store: Store, clock: TurnableClock) -> None:
    for key_id in ("k1", "k2", "k3"):
        await rotated(store, key_id)
        clock.now += 1
    clock.now = START + DAY
    await store.keys.advance(SCHEDULE, lifetime)
    assert await states(store) == {"k1": KeyState.VERIFY_ONLY, "k2": KeyState.VERIFY_ONLY, "k3": KeyState.ACTIVE}


async def test_a_tainted_active_key_is_followed_by_the_prepared_one(store: Store) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    await rotated(store, "k2")
    await store.tokens.revoke(of_key("k1"), AUDIT, needs_successor=True)
    assert await states(store) == {"k1": KeyState.TAINTED, "k2": KeyState.ACTIVE}


async def test_without_one_a_successor_is_asked_for_and_nothing_is_written(store: Store, backend: Backend) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    with pytest.raises(SuccessorNeededError):
        await store.tokens.revoke(of_key("k1"), AUDIT, needs_successor=True)
    assert await states(store) == {"k1": KeyState.ACTIVE}
    assert backend.rows("SELECT count(*) FROM audit_records") == [(1,)]
    await store.tokens.revoke(of_key("k1"), AUDIT, successor=key("k2"))
    assert await states(store) == {"k1": KeyState.TAINTED, "k2": KeyState.ACTIVE}


async def test_a_key_that_is_unknown_or_another_tenants_is_not_there(store: Store) -> None:
    await store.tokens.add_key(key("k1", tenant="other"), AUDIT)
    with pytest.raises(KeyNotFoundError):
        await store.keys.find_key("acme", "k1")
    with pytest.raises(KeyNotFoundError):
        await store.keys.activate("acme", "k1", AUDIT, SCHEDULE, LIFETIME, force=True)
    with pytest.raises(KeyNotFoundError):
        await store.keys.retire("acme", "k1", AUDIT, force=True)
    with pytest.raises(KeyNotFoundError):
        await store.tokens.revoke(of_key("k1"), AUDIT, needs_successor=True)


async def test_an_id_is_taken_once(store: Store) -> None:
    await rotated(store, "k1")
    with pytest.raises(KeyExistsError):
        await rotated(store, "k1")
    trusted = replace(key("k1", state=KeyState.VERIFY_ONLY), purpose=KeyPurpose.TRUSTED_ISSUER, issuer="i")
    with pytest.raises(KeyExistsError):
        await store.keys.trust(trusted, AUDIT)


async def test_of_two_servers_that_rotate_by_themselves_one_does(store: Store, clock: TurnableClock) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    clock.now = START + DAY
    assert await store.keys.due_for_rotation(DAY * MICROSECONDS) == ["acme"]
    assert await store.keys.due_for_rotation(DAY * MICROSECONDS + 1) == []
    await store.keys.prepare(key("k2"), AUDIT, SCHEDULE.publication, if_none=True)
    with pytest.raises(KeyStateError):
        await store.keys.prepare(key("k3"), AUDIT, SCHEDULE.publication, if_none=True)
    assert await store.keys.due_for_rotation(DAY * MICROSECONDS) == []


async def test_pages_come_newest_first(store: Store) -> None:
    for number, key_id in enumerate(("a", "b", "c")):
        await store.keys.prepare(replace(key(key_id), create_time=START + number // 2), AUDIT, 1)
    pages = await store.keys.list_keys("acme", limit=2)
    assert [found.key_id for found in pages] == ["c", "b"]
    rest = await store.keys.list_keys("acme", limit=2, after=(pages[-1].create_time, pages[-1].key_id))
    assert [found.key_id for found in rest] == ["a"]


async def test_resealing_changes_the_seals_alone(store: Store, backend: Backend) -> None:
    for number in range(250):
        await store.keys.trust(key(f"k{number}", state=KeyState.VERIFY_ONLY), AUDIT)
    revision = store.revision.value

    def reseal(old: SealedKey) -> SealedKey:
        return replace(old, sealed=b"anew " + old.key_id.encode(), sealed_by="newest")

    assert await store.keys.reseal("newest", reseal, AUDIT) == 250
    assert await store.keys.reseal("newest", reseal, AUDIT) == 0
    assert store.reader.changes_after(revision) == []
    assert backend.rows("SELECT DISTINCT sealed_by FROM signing_keys") == [("newest",)]
    assert (await store.keys.find_key("acme", "k7")).sealed == b"anew k7"


async def test_the_change_log_tells_of_each_step(store: Store) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    await rotated(store, "k2")
    before = store.revision.value
    receipt = await store.keys.activate("acme", "k2", AUDIT, SCHEDULE, LIFETIME, force=True)
    changes = store.reader.changes_after(before) or []
    told = [change.body.key for change in changes if isinstance(change.body, KeyChange)]
    assert [(each.key_id, each.state) for each in told] == [("k1", KeyState.VERIFY_ONLY), ("k2", KeyState.ACTIVE)]
    assert receipt.revision == changes[-1].revision == store.revision.value
