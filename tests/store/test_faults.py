"""A store that is full, locked, read-only or gone: the right error, nothing half done, and it heals by itself."""

import asyncio
import os
import shutil
import sqlite3
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection

from authsvc.errors import AuthsvcError, StoreFullError, StoreUnavailableError
from authsvc.store import database, faults
from authsvc.store.faults import store_error
from authsvc.store.opening import Store
from authsvc.store.writer import Outcome
from tests.store.builders import AUDIT, record, retry
from tests.store.conftest import SqliteBackend

IMPATIENT = 0.2
"""Seconds of busy timeout."""


class Pragmas:
    """What every connection of the writer is told besides, from the next error on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.more: list[str] = []
        configure = database.configure

        def configure_more(connection: sqlite3.Connection, *, read_only: bool) -> None:
            configure(connection, read_only=read_only)
            for pragma in [] if read_only else self.more:
                connection.execute(pragma)

        monkeypatch.setattr(database, "configure", configure_more)


@pytest.fixture
def pragmas(monkeypatch: pytest.MonkeyPatch) -> Pragmas:
    return Pragmas(monkeypatch)


def tell(store: Store, pragma: str) -> None:
    """Say it to the connection that the writer has now."""

    def transaction(connection: Connection) -> Outcome[None]:
        connection.exec_driver_sql(pragma)
        return Outcome(None)

    store.tokens._writer.submit(transaction).result(5)


def sizes(sqlite: SqliteBackend) -> list[tuple[int, ...]]:
    return sqlite.rows(
        "SELECT (SELECT count(*) FROM token_records), (SELECT count(*) FROM issue_requests), "
        "(SELECT count(*) FROM audit_records)"
    )


async def fill(store: Store) -> tuple[int, StoreFullError]:
    """Issue until there is no room; returns how many were acknowledged, and the error."""
    for written in range(10_000):
        try:
            await store.tokens.issue(record(f"{written}", label="x" * 500), retry(f"{written}"), AUDIT)
        except StoreFullError as error:
            return written, error
    pytest.fail("it never was full")


async def test_a_full_disk_is_told_and_heals(sqlite: SqliteBackend, pragmas: Pragmas) -> None:
    store = sqlite.open()
    [(pages,)] = sqlite.rows("PRAGMA page_count")
    limit = f"PRAGMA max_page_count = {pages + 4}"
    pragmas.more.append(limit)
    tell(store, limit)
    written, error = await fill(store)
    assert str(error) == faults.FULL
    assert written > 0
    assert sizes(sqlite) == [(written, written, written)]
    with pytest.raises(StoreFullError):
        await store.tokens.issue(record("big", label="x" * 50_000), None, AUDIT)
    assert (await store.tokens.get_token("acme", "0")) is not None
    assert store.reader.snapshot().revision == 0
    pragmas.more.clear()
    # The connection of the failure is gone already, so room is found at the next write.
    await store.tokens.issue(record("after"), None, AUDIT)
    assert sizes(sqlite) == [(written + 1, written, written + 1)]
    assert sqlite.rows("PRAGMA integrity_check") == [("ok",)]


async def test_a_locked_store_is_told_in_time_and_heals(sqlite: SqliteBackend) -> None:
    store = sqlite.open(busy_timeout=IMPATIENT)
    await store.tokens.issue(record("before"), None, AUDIT)
    holder = sqlite.connect()
    holder.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    with pytest.raises(StoreUnavailableError) as locked:
        await store.tokens.issue(record("a"), None, AUDIT)
    assert IMPATIENT * 0.9 < time.monotonic() - started < IMPATIENT + 1
    assert str(locked.value) == faults.LOCKED
    assert (await store.tokens.get_token("acme", "before")) is not None
    holder.execute("ROLLBACK")
    holder.close()
    await store.tokens.issue(record("a"), None, AUDIT)


async def test_a_lock_shorter_than_the_timeout_is_only_waited_for(sqlite: SqliteBackend) -> None:
    store = sqlite.open(busy_timeout=5)
    holder = sqlite.connect()
    holder.execute("BEGIN IMMEDIATE")
    issuing = asyncio.create_task(store.tokens.issue(record("a"), None, AUDIT))
    await asyncio.sleep(0.1)
    assert not issuing.done()
    holder.execute("ROLLBACK")
    holder.close()
    assert (await issuing).record.token_id == "a"


async def test_writes_do_not_pile_up_behind_a_lock(sqlite: SqliteBackend) -> None:
    store = sqlite.open(busy_timeout=IMPATIENT)
    holder = sqlite.connect()
    holder.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    answers = await asyncio.gather(
        *(store.tokens.issue(record(f"{n}"), None, AUDIT) for n in range(50)), return_exceptions=True
    )
    assert time.monotonic() - started < 4 * IMPATIENT + 1
    assert all(isinstance(answer, StoreUnavailableError) for answer in answers)
    holder.close()
    await store.tokens.issue(record("a"), None, AUDIT)
    assert sizes(sqlite) == [(1, 0, 1)]


async def test_a_read_only_store_is_told_and_heals(sqlite: SqliteBackend, pragmas: Pragmas) -> None:
    store = sqlite.open()
    await store.tokens.issue(record("before"), None, AUDIT)
    pragmas.more.append("PRAGMA query_only = ON")
    tell(store, "PRAGMA query_only = ON")
    for _ in range(2):
        with pytest.raises(StoreUnavailableError) as refused:
            await store.tokens.issue(record("a"), None, AUDIT)
        assert str(refused.value) == faults.READ_ONLY
    assert (await store.tokens.get_token("acme", "before")) is not None
    pragmas.more.clear()
    await store.tokens.issue(record("a"), None, AUDIT)


async def test_a_deleted_file_never_takes_writes_and_is_never_made_anew(sqlite: SqliteBackend, tmp_path: Path) -> None:
    store = sqlite.open()
    await store.tokens.issue(record("before"), None, AUDIT)
    sqlite.file.rename(tmp_path / "aside")
    with pytest.raises(StoreUnavailableError) as gone:
        await store.tokens.issue(record("a"), None, AUDIT)
    assert str(gone.value) == faults.UNREACHABLE
    with pytest.raises(StoreUnavailableError):
        await store.tokens.get_token("acme", "before")
    assert not sqlite.file.exists()
    (tmp_path / "aside").rename(sqlite.file)
    await store.tokens.issue(record("a"), None, AUDIT)
    assert sizes(sqlite) == [(2, 0, 2)]


async def test_another_store_in_its_place_is_refused(sqlite: SqliteBackend, tmp_path: Path) -> None:
    store = sqlite.open()
    await store.tokens.issue(record("before"), None, AUDIT)
    other = SqliteBackend(tmp_path / "other", sqlite._clock, sqlite._at_end)
    (tmp_path / "other").mkdir()
    other.open().close()
    sqlite.file.rename(tmp_path / "aside")
    for beside in ("-wal", "-shm"):
        (sqlite.data_dir / f"authsvc.db{beside}").rename(tmp_path / f"aside{beside}")
    shutil.copy(other.file, sqlite.file)
    with pytest.raises(StoreUnavailableError) as replaced:
        await store.tokens.issue(record("a"), None, AUDIT)
    assert str(replaced.value) == faults.REPLACED
    assert sizes(other) == [(0, 0, 0)]


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("text with a secret")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (sqlite3.SQLITE_FULL, StoreFullError, faults.FULL),
        (sqlite3.SQLITE_BUSY, StoreUnavailableError, faults.LOCKED),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreUnavailableError, faults.LOCKED),
        (sqlite3.SQLITE_LOCKED_SHAREDCACHE, StoreUnavailableError, faults.LOCKED),
        (sqlite3.SQLITE_READONLY_DBMOVED, StoreUnavailableError, faults.READ_ONLY),
        (sqlite3.SQLITE_IOERR_FSYNC, StoreUnavailableError, faults.UNREACHABLE),
        (sqlite3.SQLITE_CANTOPEN, StoreUnavailableError, faults.UNREACHABLE),
        (sqlite3.SQLITE_CORRUPT, StoreUnavailableError, faults.DAMAGED),
        (sqlite3.SQLITE_NOTADB, StoreUnavailableError, faults.DAMAGED),
    ],
)
def test_every_complaint_has_a_constant_text(tmp_path: Path, code: int, kind: type[AuthsvcError], text: str) -> None:
    told = store_error(sqlite_error(code), tmp_path / "authsvc.db")
    assert type(told) is kind
    assert str(told) == text


@pytest.mark.parametrize("code", [sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_MISUSE])
def test_a_bug_stays_a_bug(tmp_path: Path, code: int) -> None:
    assert store_error(sqlite_error(code), tmp_path / "authsvc.db") is None
    assert store_error(ValueError("x"), tmp_path / "authsvc.db") is None


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_CANTOPEN])
def test_an_error_of_input_or_output_on_a_full_disk_is_a_full_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=0))
    assert isinstance(store_error(sqlite_error(code), tmp_path / "authsvc.db"), StoreFullError)


async def test_no_value_of_a_statement_is_in_an_error(sqlite: SqliteBackend) -> None:
    store = sqlite.open()
    await store.tokens.issue(record("canary-id", label="canary-label"), None, AUDIT)
    with pytest.raises(Exception, match="UNIQUE") as twice:
        await store.tokens.issue(record("canary-id", label="canary-label"), None, AUDIT)
    error: BaseException | None = twice.value
    while error is not None:
        assert "canary" not in str(error) + repr(error)
        error = error.__cause__ or error.__context__
