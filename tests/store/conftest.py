"""The backends that every test of the store runs on: a new one joins by one more entry in BACKENDS."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from authsvc.store.opening import Store, open_store
from tests.store.builders import HOUR, ISSUER, START, TurnableClock


class Backend(Protocol):
    """A database that stores can be opened on, again and again."""

    data_dir: Path

    def open(self, **options: Any) -> Store:
        """A store on it; closed at the end of the test if not before."""

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a connection from outside reads."""

    def fill_revocations(self, count: int) -> None:
        """Write that many revocations, named by their numbers from 0 on, and their changes."""


class SqliteBackend:
    """A data directory of its own."""

    def __init__(self, directory: Path, clock: TurnableClock, at_end: contextlib.ExitStack) -> None:
        self.data_dir = directory / "data"
        self._clock = clock
        self._at_end = at_end

    @property
    def file(self) -> Path:
        return self.data_dir / "authsvc.db"

    def open(self, **options: Any) -> Store:
        store = open_store(self.data_dir, **{"clock": self._clock, "busy_timeout": 10.0, **options})
        self._at_end.callback(store.close)
        return store

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with contextlib.closing(self.connect()) as connection:
            return connection.execute(query, values).fetchall()

    def fill_revocations(self, count: int) -> None:
        rows = [("acme", "token", ISSUER, str(number), START + HOUR, "", START) for number in range(count)]
        with contextlib.closing(self.connect()) as connection:
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT INTO revocations (tenant, kind, issuer, name, keep_until, reason, revoke_time) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            connection.executemany(
                "INSERT INTO changes (tenant, kind, issuer, name, keep_until, reason, change_time) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            connection.execute("COMMIT")

    def connect(self) -> sqlite3.Connection:
        """A connection from outside, as another process has one."""
        return sqlite3.connect(self.file, isolation_level=None, timeout=5.0, check_same_thread=False)


BACKENDS: dict[str, Callable[[Path, TurnableClock, contextlib.ExitStack], Backend]] = {"sqlite": SqliteBackend}


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with an empty store, to be copied: that is faster than to migrate again."""
    data_dir = tmp_path_factory.mktemp("migrated") / "data"
    open_store(data_dir).close()
    return data_dir


@pytest.fixture(params=list(BACKENDS))
def backend(request: pytest.FixtureRequest, tmp_path: Path, clock: TurnableClock, migrated: Path) -> Iterator[Backend]:
    shutil.copytree(migrated, tmp_path / "data")
    with contextlib.ExitStack() as at_end:
        yield BACKENDS[request.param](tmp_path, clock, at_end)


@pytest.fixture
def store(backend: Backend) -> Store:
    return backend.open()


@pytest.fixture
def sqlite(tmp_path: Path, clock: TurnableClock) -> Iterator[SqliteBackend]:
    """For what is SQLite's alone: files, locks, pragmas."""
    with contextlib.ExitStack() as at_end:
        yield SqliteBackend(tmp_path, clock, at_end)
