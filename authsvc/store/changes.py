"""The change log: one row for each step of what decides, numbered in the order of the commits.

Row numbers follow the commits because SQLite has one writer at a time, over all processes.
"""

from sqlalchemy import Connection, func, insert, select

from authsvc.keys.sealed_key import SealedKey
from authsvc.revocation.entry import Revocation
from authsvc.store.moment import Moment
from authsvc.store.schema import changes

SIGNING_KEY = "signing_key"
"""The kind of a change that says: look at this key again."""

TENANT_DOCUMENT = "tenant_document"
"""The kind of a change that says: look at this tenant's document again."""

_INSERT = insert(changes)
_NEWEST = select(func.coalesce(func.max(changes.c.revision), 0))


def newest_revision(connection: Connection) -> int:
    """The number of the last change, 0 before the first."""
    revision: int = connection.execute(_NEWEST).scalar_one()
    return revision


def append_revocation(connection: Connection, revocation: Revocation, now: Moment) -> None:
    """Log a revocation, as it now stands."""
    connection.execute(
        _INSERT,
        {
            "change_time": now.seconds,
            "kind": revocation.kind.value,
            "tenant": revocation.tenant,
            "issuer": revocation.issuer,
            "name": revocation.name,
            "cutoff": revocation.cutoff,
            "keep_until": revocation.keep_until,
            "reason": revocation.reason,
        },
    )


def append_key(connection: Connection, key: SealedKey, now: Moment) -> None:
    """Log that a key is new or has another state; the key itself is read where it lies."""
    _append_pointer(connection, SIGNING_KEY, key.tenant, key.key_id, now)


def append_tenant(connection: Connection, name: str, now: Moment) -> None:
    """Log that a tenant's document is new, another one or gone; the document itself is read where it lies."""
    _append_pointer(connection, TENANT_DOCUMENT, name, "", now)


def _append_pointer(connection: Connection, kind: str, tenant: str, name: str, now: Moment) -> None:
    connection.execute(
        _INSERT,
        {
            "change_time": now.seconds,
            "kind": kind,
            "tenant": tenant,
            "issuer": "",
            "name": name,
            "cutoff": None,
            "keep_until": 0,
            "reason": "",
        },
    )
