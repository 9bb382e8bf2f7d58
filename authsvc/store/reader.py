"""What the in-memory replica reads: a snapshot of everything that decides, and the changes since.

Written for the driver itself: `changes_after` runs in the event loop, whenever something has changed.
"""

import contextlib
import sqlite3
from collections.abc import Generator, Iterator
from typing import Any

from authsvc.clock import Clock
from authsvc.errors import StoreUnavailableError
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.store.changes import SIGNING_KEY, TENANT_DOCUMENT
from authsvc.store.contract import Change, KeyChange, StoreSnapshot
from authsvc.store.database import SqliteDatabase
from authsvc.store.faults import REPLACED, store_error
from authsvc.store.keys import key_of
from authsvc.store.moment import MARGIN, Moment
from authsvc.store.tenant_contract import TenantChange
from authsvc.store.tenants import tenant_of

_CHUNK = 1000

_STORE_ID = "SELECT store_id FROM meta"
_REVISION = "SELECT coalesce(max(revision), 0) FROM changes"
_KEYS = (
    "SELECT tenant, key_id, algorithm, state, sealed, create_time, "
    "purpose, issuer, sealed_by, state_time, activate_time, retire_time FROM signing_keys "
    "ORDER BY tenant, create_time, key_id"
)
_KEY = (
    "SELECT tenant, key_id, algorithm, state, sealed, create_time, "
    "purpose, issuer, sealed_by, state_time, activate_time, retire_time FROM signing_keys "
    "WHERE tenant = ? AND key_id = ?"
)
_TENANTS = "SELECT name, uid, etag, document, create_time, update_time FROM tenants ORDER BY name"
_TENANT = "SELECT name, uid, etag, document, create_time, update_time FROM tenants WHERE name = ?"
_REVOCATIONS = (
    "SELECT tenant, kind, name, issuer, cutoff, keep_until, reason FROM revocations WHERE keep_until >= ? OR kind = ?"
)
_CHANGES = (
    "SELECT revision, tenant, kind, name, issuer, cutoff, keep_until, reason FROM changes "
    "WHERE revision >= ? ORDER BY revision"
)


class SqlChangeReader:
    """A ChangeReader on one store in SQLite. Not for two threads at once."""

    def __init__(self, database: SqliteDatabase, store_id: str, clock: Clock) -> None:
        """Read the store of that id and no other, should another one come to lie in its place."""
        self._database = database
        self._store_id = store_id
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def snapshot(self) -> StoreSnapshot:
        """Everything, of one moment, on a connection of its own that ends with the iteration.

        Raises:
            StoreUnavailableError: the store is out of reach; so may the iteration.
        """
        with _told_to_callers(self._database):
            connection = self._connect()
            try:
                connection.execute("BEGIN")
                (revision,) = connection.execute(_REVISION).fetchone()
                keys = tuple(key_of(*row) for row in connection.execute(_KEYS))
                tenants = tuple(tenant_of(*row) for row in connection.execute(_TENANTS))
                matters = Moment.of(self._clock).seconds - MARGIN
                cursor = connection.execute(_REVOCATIONS, (matters, TargetKind.KEY.value))
            except BaseException:
                connection.close()
                raise
        revocations = _revocations(self._database, connection, cursor)
        next(revocations)
        return StoreSnapshot(revision, keys, revocations, tenants)

    def changes_after(self, revision: int) -> list[Change] | None:
        """The changes after that revision, in order; None when the log does not lead from there to now.

        Raises:
            StoreUnavailableError: the store is out of reach.
        """
        with self._healing():
            connection = self._connected()
            # One transaction, so that the keys are read as they stood at the last of the changes.
            connection.execute("BEGIN")
            rows = connection.execute(_CHANGES, (revision,)).fetchall()
            changes = _changes(connection, rows, revision)
            connection.execute("COMMIT")
            return changes

    def newest_revision(self) -> int:
        """The number of the last change, 0 before the first.

        Raises:
            StoreUnavailableError: the store is out of reach.
        """
        with self._healing():
            revision: int = self._connected().execute(_REVISION).fetchone()[0]
            return revision

    def close(self) -> None:
        """Let go of the connection; the next call opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and self._identity != self._database.identity():
            self.close()
        if self._connection is None:
            self._identity = self._database.identity()
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        connection = self._database.connect(read_only=True)
        try:
            (found,) = connection.execute(_STORE_ID).fetchone()
        except BaseException:
            connection.close()
            raise
        if found != self._store_id:
            # It knows nothing of what is revoked here.
            connection.close()
            raise StoreUnavailableError(REPLACED)
        return connection

    @contextlib.contextmanager
    def _healing(self) -> Iterator[None]:
        try:
            with _told_to_callers(self._database):
                yield
        except BaseException:
            # Whatever it was, a transaction may be open.
            self.close()
            raise


def _revocations(
    database: SqliteDatabase, connection: sqlite3.Connection, cursor: sqlite3.Cursor
) -> Generator[Revocation, None, None]:
    """The rows of the cursor, a chunk in memory at a time; before them a blank one, for whoever begins it.

    A generator that has never begun does not come to its end when it is dropped, and this one has a connection
    to close there.
    """
    kinds = {kind.value: kind for kind in TargetKind}
    try:
        yield Revocation("", TargetKind.TOKEN, "")
        with _told_to_callers(database):
            while chunk := cursor.fetchmany(_CHUNK):
                for tenant, kind, name, issuer, cutoff, keep_until, reason in chunk:
                    yield Revocation(tenant, kinds[kind], name, issuer, cutoff, keep_until, reason)
    finally:
        connection.close()


@contextlib.contextmanager
def _told_to_callers(database: SqliteDatabase) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        told = store_error(error, database.path)
        if told is None:
            raise
        raise told from error


def _changes(connection: sqlite3.Connection, rows: list[Any], revision: int) -> list[Change] | None:
    """The changes in the rows from `revision` on; None if one after it may be missing."""
    if rows and rows[0][0] == revision:
        del rows[0]
    elif not (rows[0][0] == revision + 1 if rows else revision == 0):
        return None
    return [_change(connection, row) for row in rows]


def _change(connection: sqlite3.Connection, row: tuple[Any, ...]) -> Change:
    revision, tenant, kind, name, issuer, cutoff, keep_until, reason = row
    if kind == SIGNING_KEY:
        return Change(revision, KeyChange(key_of(*connection.execute(_KEY, (tenant, name)).fetchone())))
    if kind == TENANT_DOCUMENT:
        found = connection.execute(_TENANT, (tenant,)).fetchone()
        return Change(revision, TenantChange(tenant, None if found is None else tenant_of(*found)))
    return Change(revision, Revocation(tenant, TargetKind(kind), name, issuer, cutoff, keep_until, reason))
