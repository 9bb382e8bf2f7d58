"""The SQLite file: how a connection to it is made, and when one is no longer good."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from authsvc.errors import ConfigurationError, StoreUnavailableError
from authsvc.store.data_directory import DATABASE_NAME, create_private_file
from authsvc.store.faults import REPLACED

DEFAULT_BUSY_TIMEOUT = 2.0
"""Seconds to wait for another process's transaction."""

_FULL_SYNC = 2
_NAP = 0.001
"""Seconds. A transaction takes a few of these, most of it the sync of the disk."""
_PRIMARY_CODE = 0xFF


class SqliteDatabase:
    """The database file of a data directory, and the one way to connect to it."""

    def __init__(self, data_dir: Path, *, busy_timeout: float = DEFAULT_BUSY_TIMEOUT) -> None:
        self.path = data_dir / DATABASE_NAME
        self.busy_timeout = busy_timeout

    def create(self) -> None:
        """Make the file unless it is there, and turn its write-ahead log on. One process at a time.

        Raises:
            ConfigurationError: the file is not ours alone, or its file system cannot hold a write-ahead log.
        """
        create_private_file(self.path)
        connection = sqlite3.connect(self._uri(), uri=True, isolation_level=None, timeout=self.busy_timeout)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()

    def connect(self, *, read_only: bool) -> sqlite3.Connection:
        """A connection in which nothing begins by itself, for one thread at a time.

        Raises:
            ConfigurationError: SQLite does not promise what we need: a write-ahead log, synced at each commit.
            sqlite3.Error: the file is out of reach. It is never made anew.
        """
        connection = sqlite3.connect(
            self._uri(), uri=True, isolation_level=None, timeout=self.busy_timeout, check_same_thread=False
        )
        try:
            configure(connection, read_only=read_only)
        except BaseException:
            connection.close()
            raise
        return connection

    def store_id(self) -> str:
        """The id of the store that lies there.

        Raises:
            sqlite3.Error: there is none, or the file is out of reach.
        """
        connection = self.connect(read_only=True)
        try:
            found: str = connection.execute("SELECT store_id FROM meta").fetchone()[0]
        finally:
            connection.close()
        return found

    def identity(self) -> tuple[int, int] | None:
        """Device and inode of the file at the path; None when there is none."""
        try:
            found = self.path.lstat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _uri(self) -> str:
        # mode=rw: a file that has gone away must not come back empty, with nothing revoked.
        return "file:" + quote(str(self.path)) + "?mode=rw"


def configure(connection: sqlite3.Connection, *, read_only: bool) -> None:
    """Set what a connection must promise, and look whether it does.

    Readers are held back by query_only instead of by their open mode: to read a write-ahead log, SQLite must be
    able to write its index.
    """
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    # Bytes: after a burst the log shrinks to this again.
    connection.execute("PRAGMA journal_size_limit = 67108864")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if (journal, synchronous) != ("wal", _FULL_SYNC):
        raise ConfigurationError(
            "AUTHSVC_DATA_DIR: SQLite cannot keep a synced write-ahead log there; use a directory on a local disk"
        )


def begin_write(connection: sqlite3.Connection, patience: float) -> None:
    """Begin a transaction that holds the write lock, after waiting for those of other processes.

    SQLite's own waiting naps longer each time, up to a tenth of a second: of several busy writers some would never find
    the lock free. Short naps of one length give each the same chance.

    Raises:
        sqlite3.OperationalError: the lock was not free within `patience` seconds, or the file is out of reach.
    """
    end = time.monotonic() + patience
    # Once it holds the lock, a write waits for nobody.
    connection.execute("PRAGMA busy_timeout = 0")
    # IMMEDIATE takes the lock at once: a transaction that upgrades later can fail without waiting.
    while not _begins(connection, is_last_try=time.monotonic() >= end):
        time.sleep(_NAP)


def _begins(connection: sqlite3.Connection, *, is_last_try: bool) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if is_last_try or error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


class SqliteConnector:
    """Opens SQLAlchemy connections for one thread, and knows when one has outlived its file."""

    def __init__(self, database: SqliteDatabase, store_id: str, *, read_only: bool) -> None:
        self._database = database
        self._store_id = store_id
        self._engine = _engine(database, read_only=read_only)
        self._identity: tuple[int, int] | None = None

    def open(self) -> Connection:
        """A new connection to the same store as ever.

        Raises:
            StoreUnavailableError: another store's file now lies in its place.
        """
        self._identity = self._database.identity()
        connection = self._engine.connect()
        try:
            with connection.begin():
                found = connection.exec_driver_sql("SELECT store_id FROM meta").scalar_one()
            self._refuse_another(found)
        except BaseException:
            connection.close()
            raise
        return connection

    def _refuse_another(self, store_id: str) -> None:
        if store_id != self._store_id:
            raise StoreUnavailableError(REPLACED)

    def is_current(self) -> bool:
        """Whether the path still leads to the file that was opened: writes to a deleted file would be lost."""
        return self._identity == self._database.identity()


def _engine(database: SqliteDatabase, *, read_only: bool) -> Engine:
    engine = create_engine(
        "sqlite+pysqlite://",
        creator=lambda: database.connect(read_only=read_only),
        poolclass=NullPool,
        # The values of a statement would otherwise stand in the text of its error.
        hide_parameters=True,
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if read_only:
            connection.exec_driver_sql("BEGIN")
        else:
            begin_write(cast("sqlite3.Connection", connection.connection.driver_connection), database.busy_timeout)

    return engine


@contextmanager
def any_text(connection: Connection) -> Iterator[None]:
    """Read text even where it is not UTF-8: what is not stands in surrogates, byte for byte."""
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.text_factory = _any_text
    try:
        yield
    finally:
        driver.text_factory = str


def _any_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def migration_engine(database: SqliteDatabase) -> Engine:
    """An engine for the schema migrations."""
    return _engine(database, read_only=False)
