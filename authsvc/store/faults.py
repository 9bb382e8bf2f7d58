"""From the database's complaints to the two errors that callers know: out of reach, and full."""

import os
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from authsvc.errors import AuthsvcError, StoreFullError, StoreUnavailableError

FULL = "The store has no room left; free space on its disk and try again."
LOCKED = "The store is locked by another process; try again in a moment."
READ_ONLY = "The store is read-only; make its directory writable again and try again."
UNREACHABLE = "The store cannot be reached; look at its disk and directory and try again."
DAMAGED = "The store's file is damaged; restore it from a backup."
BUSY = "The store has more writes waiting than it can take; try again in a moment."
REPLACED = "Another store lies where this one was; put it back, or start the server anew."
CLOSED = "The store is closed because the server is stopping; try again."

_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_PROTOCOL: LOCKED,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_IOERR: UNREACHABLE,
    sqlite3.SQLITE_CANTOPEN: UNREACHABLE,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}
# SQLite reports a full disk under these codes too, where it was not a page that had no room.
_MAYBE_FULL = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
_PRIMARY_CODE = 0xFF


def database_error(error: BaseException) -> sqlite3.Error | None:
    """The driver's own error inside `error`, or None if the database has nothing to do with it."""
    if isinstance(error, DBAPIError):
        error = error.orig if error.orig is not None else error
    return error if isinstance(error, sqlite3.Error) else None


def store_error(error: BaseException, path: Path) -> AuthsvcError | None:
    """What callers are told of `error`, which arose on the database at `path`; None when it is a bug of ours.

    The texts are constant: nothing of the statement or its values is in them.
    """
    cause = database_error(error)
    if cause is None:
        return None
    code = getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE
    if code == sqlite3.SQLITE_FULL or (code in _MAYBE_FULL and _disk_is_full(path)):
        return StoreFullError(FULL)
    text = _UNAVAILABLE.get(code)
    return StoreUnavailableError(text) if text else None


def _disk_is_full(path: Path) -> bool:
    try:
        return os.statvfs(path.parent).f_bavail == 0
    except OSError:
        return False
