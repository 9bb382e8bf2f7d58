"""The change log's reader: a snapshot of one moment, and every change after it."""

import asyncio
import sqlite3
import tracemalloc
from pathlib import Path

import pytest

from authsvc.errors import StoreUnavailableError
from authsvc.keys.sealed_key import KeyState
from authsvc.revocation.entry import Revocation
from authsvc.store.contract import Change, KeyChange
from authsvc.store.opening import Store
from tests.store.builders import AUDIT, DAY, START, TurnableClock, key, of_token
from tests.store.conftest import Backend, SqliteBackend


def names(revocations: list[Revocation]) -> set[str]:
    return {revocation.name for revocation in revocations}


async def revoke_many(store: Store, first: int, count: int) -> None:
    await asyncio.gather(*(store.tokens.revoke(of_token(str(number)), AUDIT) for number in range(first, first + count)))


def test_an_empty_store_is_at_revision_0(store: Store) -> None:
    snapshot = store.reader.snapshot()
    assert (snapshot.revision, snapshot.keys, list(snapshot.revocations)) == (0, (), [])
    assert store.reader.changes_after(0) == []
    assert store.revision.value == 0


async def test_changes_come_in_order_without_a_gap(store: Store) -> None:
    await revoke_many(store, 0, 50)
    changes = store.reader.changes_after(0)
    assert changes is not None
    assert [change.revision for change in changes] == list(range(1, 51))
    assert names([change.body for change in changes if isinstance(change.body, Revocation)]) == set(map(str, range(50)))
    assert store.reader.changes_after(49) == changes[49:]
    assert store.reader.changes_after(50) == []


async def test_a_revision_that_the_log_has_never_seen_asks_for_a_snapshot(store: Store) -> None:
    assert store.reader.changes_after(1) is None
    await store.tokens.revoke(of_token("a"), AUDIT)
    assert store.reader.changes_after(2) is None


async def test_a_pruned_log_asks_for_a_snapshot_only_where_something_is_missing(
    store: Store, clock: TurnableClock
) -> None:
    far = START + 90 * DAY
    for name in ("1", "2"):
        await store.tokens.revoke(of_token(name, keep_until=far), AUDIT)
    clock.now += DAY + 1
    for name in ("3", "4"):
        await store.tokens.revoke(of_token(name, keep_until=far), AUDIT)
    assert await store.tokens.prune() == 2
    reader = store.reader
    assert reader.changes_after(0) is None
    assert reader.changes_after(1) is None
    assert [change.revision for change in reader.changes_after(2) or []] == [3, 4]
    clock.now += 9 * DAY
    assert await store.tokens.prune() == 1
    assert reader.changes_after(2) is None
    assert [change.revision for change in reader.changes_after(3) or []] == [4]
    assert reader.changes_after(4) == []
    assert (await store.tokens.revoke(of_token("5", keep_until=far), AUDIT)).revision == 5
    assert names(list(reader.snapshot().revocations)) == set("12345")


async def test_a_snapshot_stays_of_its_moment_while_it_is_read(
    store: Store, backend: Backend, clock: TurnableClock
) -> None:
    backend.fill_revocations(2500)
    snapshot = store.reader.snapshot()
    first = [next(snapshot.revocations) for _ in range(10)]
    await revoke_many(store, 2500, 20)
    clock.now += 90 * DAY
    await store.tokens.prune()
    assert names(first + list(snapshot.revocations)) == set(map(str, range(2500)))
    assert snapshot.revision == 2500
    assert next(snapshot.revocations, None) is None


async def test_snapshots_under_concurrent_writes_are_each_of_one_revision(store: Store) -> None:
    async def write(writer: int) -> None:
        for number in range(60):
            await store.tokens.revoke(of_token(f"{writer}-{number}"), AUDIT)

    writers = asyncio.gather(*map(write, range(4)))
    seen = set()
    while not writers.done():
        snapshot = store.reader.snapshot()
        await asyncio.sleep(0)
        count = len(list(snapshot.revocations))
        assert count == snapshot.revision
        changes = store.reader.changes_after(snapshot.revision)
        assert changes is not None
        assert [change.revision for change in changes] == list(range(count + 1, count + 1 + len(changes)))
        seen.add(count)
        await asyncio.sleep(0.002)
    await writers
    assert len(seen) > 5
    assert store.revision.value == 240


async def test_a_snapshot_leaves_out_what_nothing_alive_can_meet(store: Store, clock: TurnableClock) -> None:
    await store.tokens.revoke(of_token("short", keep_until=START), AUDIT)
    await store.tokens.revoke(of_token("long", keep_until=START + 1), AUDIT)
    clock.now += DAY
    assert names(list(store.reader.snapshot().revocations)) == {"short", "long"}
    clock.now += 1
    assert names(list(store.reader.snapshot().revocations)) == {"long"}


async def test_a_snapshot_that_is_dropped_holds_nothing(sqlite: SqliteBackend) -> None:
    store = sqlite.open()
    await revoke_many(store, 0, 10)
    snapshot = store.reader.snapshot()
    del snapshot
    half_read = store.reader.snapshot().revocations
    next(half_read)
    half_read.close()  # type: ignore[attr-defined]
    half_read.close()  # type: ignore[attr-defined]
    assert next(half_read, None) is None
    await revoke_many(store, 10, 1)
    with sqlite.connect() as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    assert busy == 0


async def test_a_reader_never_waits_for_a_writer(sqlite: SqliteBackend) -> None:
    store = sqlite.open()
    await store.tokens.revoke(of_token("a"), AUDIT)
    holder = sqlite.connect()
    holder.execute("BEGIN IMMEDIATE")
    holder.execute("DELETE FROM revocations")
    assert store.reader.changes_after(0) == [Change(1, of_token("a"))]
    assert list(store.reader.snapshot().revocations) == [of_token("a")]
    assert await store.tokens.get_token("acme", "a") is None
    holder.close()


async def test_changes_and_their_keys_are_of_one_moment(sqlite: SqliteBackend) -> None:
    store = sqlite.open()
    await store.tokens.add_key(key("k1"), AUDIT)
    writer = sqlite.connect()

    def rotate_in_between(statement: str) -> None:
        if "FROM signing_keys" in statement:
            writer.execute("UPDATE signing_keys SET state = 'verify_only'")

    store.reader._connected().set_trace_callback(rotate_in_between)
    assert store.reader.changes_after(0) == [Change(1, KeyChange(key("k1")))]
    assert store.reader.changes_after(0) == [Change(1, KeyChange(key("k1", state=KeyState.VERIFY_ONLY)))]
    writer.close()


async def test_a_reader_cannot_write(sqlite: SqliteBackend) -> None:
    store = sqlite.open()
    connection = store.reader._connected()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM revocations")


async def test_a_reader_out_of_reach_says_so_and_heals(sqlite: SqliteBackend, tmp_path: Path) -> None:
    store = sqlite.open()
    await store.tokens.add_key(key("k1"), AUDIT)
    sqlite.file.rename(tmp_path / "elsewhere")
    with pytest.raises(StoreUnavailableError):
        store.reader.changes_after(0)
    with pytest.raises(StoreUnavailableError):
        store.reader.snapshot()
    assert not sqlite.file.exists()
    (tmp_path / "elsewhere").rename(sqlite.file)
    assert store.reader.snapshot().keys == (key("k1"),)
    assert len(store.reader.changes_after(0) or []) == 1


def test_many_revocations_are_never_all_in_memory(store: Store, backend: Backend) -> None:
    backend.fill_revocations(20_000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in store.reader.snapshot().revocations)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 2_000_000
