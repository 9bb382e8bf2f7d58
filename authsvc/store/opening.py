"""Opens and closes a store: the one entry to this package."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from authsvc.clock import Clock, system_clock
from authsvc.errors import ConfigurationError
from authsvc.store.audit_log import SqlAuditLog
from authsvc.store.data_directory import (
    DataDirectoryLock,
    check_data_directory,
    opening_alone,
    prepare_data_directory,
)
from authsvc.store.database import DEFAULT_BUSY_TIMEOUT, SqliteConnector, SqliteDatabase, migration_engine
from authsvc.store.faults import database_error
from authsvc.store.key_store import SqlKeyStore
from authsvc.store.migrate import migrate
from authsvc.store.reader import SqlChangeReader
from authsvc.store.revision_file import SharedRevision
from authsvc.store.store import SqlTokenStore
from authsvc.store.tenant_store import SqlTenantStore
from authsvc.store.writer import DEFAULT_QUEUE_SIZE, TransactionThread

DEFAULT_RECORD_RETENTION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Store:
    """An open store and its parts. For one process: it may not be carried over a fork."""

    store_id: str
    """16 hex digits that tell this store from every other one, made with it."""
    tokens: SqlTokenStore
    tenants: SqlTenantStore
    audit: SqlAuditLog
    keys: SqlKeyStore
    reader: SqlChangeReader
    """For the thread of the event loop."""
    revision: SharedRevision
    _parts: contextlib.ExitStack

    def close(self) -> None:
        """Finish the writes that wait, at most `close_timeout` seconds long, and let go of everything."""
        self._parts.close()


def open_store(
    data_dir: Path,
    *,
    clock: Clock = system_clock,
    publish: Callable[[int], None] | None = None,
    offline: bool = False,
    existing: str | None = None,
    busy_timeout: float = DEFAULT_BUSY_TIMEOUT,
    queue_size: int = DEFAULT_QUEUE_SIZE,
    record_retention: timedelta = DEFAULT_RECORD_RETENTION,
    close_timeout: float = 10.0,
) -> Store:
    """Open the store in `data_dir`; make it if there is none and none is named, bring its schema up to date.

    Args:
        data_dir: where it lies; made (0700) if it is not there.
        clock: the time that transactions see.
        publish: called with the newest revision after a commit and before its answer, on the writer's thread,
            when the shared revision is already raised.
        existing: the id of the store that has to be there. Then none is made: a process that starts while the directory
            is away must not put an empty store, with nothing revoked, in its place.
        offline: use the directory alone, for bootstrap and recover; otherwise share it with other servers.
        busy_timeout: seconds to wait for another process's transaction.
        queue_size: writes that may wait; one more gets StoreUnavailableError at once.
        record_retention: how long an expired token's record is kept.
        close_timeout: seconds that `Store.close` gives the waiting writes.

    Raises:
        ConfigurationError: the directory is not ours alone, is in use by somebody whom this excludes, or holds
            something that is no store of ours, or not the one named.
    """
    path = prepare_data_directory(data_dir) if existing is None else check_data_directory(data_dir)
    database = SqliteDatabase(path, busy_timeout=busy_timeout)
    with contextlib.ExitStack() as parts:
        revision, store_id, reader = _prepare(parts, path, database, clock, offline=offline, existing=existing)

        def publish_everywhere(newest: int) -> None:
            revision.publish(newest)
            if publish is not None:
                publish(newest)

        writer, lookups = (
            TransactionThread(
                name,
                SqliteConnector(database, store_id, read_only=read_only),
                database.path,
                publish=publish_everywhere,
                patience=busy_timeout,
                queue_size=queue_size,
            )
            for name, read_only in (("store-writer", False), ("store-lookups", True))
        )
        for thread in (lookups, writer):
            parts.callback(thread.close, close_timeout)
        tokens = SqlTokenStore(writer, lookups, clock, record_retention=int(record_retention.total_seconds()))
        tenants, keys = SqlTenantStore(writer, lookups, clock), SqlKeyStore(writer, lookups, clock)
        audit = SqlAuditLog(store_id, writer, lookups, clock)
        return Store(store_id, tokens, tenants, audit, keys, reader, revision, parts.pop_all())


def _prepare(
    parts: contextlib.ExitStack,
    path: Path,
    database: SqliteDatabase,
    clock: Clock,
    *,
    offline: bool,
    existing: str | None,
) -> tuple[SharedRevision, str, SqlChangeReader]:
    """What only one process does at a time: take the directory, make the file and its schema, set the revision."""
    with opening_alone(path), _no_store_of_ours(database):
        lock = parts.enter_context(DataDirectoryLock(path, exclusive=offline))
        if existing is None:
            database.create()
        elif existing != database.store_id():
            raise ConfigurationError(f"AUTHSVC_DATA_DIR: another store lies at {path}; put back the one that was there")
        store_id = migrate(migration_engine(database))
        revision = SharedRevision(path)
        parts.callback(revision.close)
        reader = SqlChangeReader(database, store_id, clock)
        parts.callback(reader.close)
        # The file may be ahead of a database that comes from a backup; whoever is alone may set it back.
        (revision.reset if lock.alone else revision.publish)(reader.newest_revision())
    return revision, store_id, reader


@contextlib.contextmanager
def _no_store_of_ours(database: SqliteDatabase) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if database_error(error) is None:
            raise
        raise ConfigurationError(
            f"AUTHSVC_DATA_DIR: the store at {database.path} cannot be opened; see that its disk has room and is "
            "writable, and that the file is a whole one"
        ) from error
