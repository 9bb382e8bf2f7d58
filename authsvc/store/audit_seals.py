"""The seals of the audit rows and the signed head of their chain.

A row is never written again, and neither is its seal: sealing adds, by one transaction a batch, so that the writers of rows do
not wait for each other. Rows are sealed in the order of their positions, which is that of the commits, because SQLite has one
writer at a time, over all processes.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, type_coerce
from sqlalchemy.types import NullType

from authsvc.audit.chain import SEAL_BYTES, AuditRow, first_link, seal_of
from authsvc.audit.head import ChainBrokenError, Head, SignedHead, is_signed_by, sign_head
from authsvc.audit.verification import Chunk
from authsvc.errors import NoSigningKeyError
from authsvc.keys.key_material import SigningKey
from authsvc.keys.sealed_key import KeyPurpose, KeyState, SealedKey
from authsvc.keys.sealing import SealingError
from authsvc.store.admin_keys import SERVICE_TENANT
from authsvc.store.database import any_text
from authsvc.store.keys import find_key
from authsvc.store.moment import Moment
from authsvc.store.schema import audit_head, audit_records, audit_seals

BATCH = 500
"""Rows sealed by one transaction at most: some milliseconds, for which other writers wait."""

KeyOpener = Callable[[SealedKey], SigningKey]
"""Opens a sealed key; raises SealingError when it does not open."""

_BROKEN = "the chain of the audit log is broken, so nothing more is sealed; run `authsvc audit verify`"

_ROWS = select(*(audit_records.c[name] for name in AuditRow.__slots__))
# Without a type: whoever edits a seal may leave anything there.
_SEALS = select(audit_seals.c.position, type_coerce(audit_seals.c.seal, NullType()))
_HEAD = select(
    audit_head.c.position,
    type_coerce(audit_head.c.seal, NullType()),
    audit_head.c.head_time,
    audit_head.c.key_id,
    type_coerce(audit_head.c.signature, NullType()),
)
_NEWEST_ROW = select(func.max(audit_records.c.position))
_NEWEST_SEAL = select(func.max(audit_seals.c.position))
_INSERT_SEAL = insert(audit_seals)
_FORGET_HEAD = delete(audit_head)
_INSERT_HEAD = insert(audit_head)
_UNREADABLE = SignedHead(Head(0, b"", 0), "", b"")


def has_unsealed(connection: Connection) -> bool:
    """Whether rows wait to be sealed."""
    newest = connection.execute(_NEWEST_ROW).scalar_one()
    return newest is not None and newest > _reach(connection, read_head(connection))


def seal_batch(connection: Connection, store_id: str, key: SigningKey, open_key: KeyOpener, now: Moment) -> int:
    """Seal the oldest rows that have no seal, at most BATCH, and sign the new head with that key; returns how many.

    Raises:
        ChainBrokenError: the chain does not end as its signed head says.
        NoSigningKeyError: the key is not the active one of the reserved tenant any more.
    """
    head = _trusted_head(connection, store_id, open_key)
    with any_text(connection):
        rows = [AuditRow(*row) for row in connection.execute(_after(_ROWS, head.position, BATCH))]
    if not rows:
        return 0
    signer = find_signer(connection, key.key_id)
    if signer is None or signer.state is not KeyState.ACTIVE:
        raise NoSigningKeyError("The key that was to sign the audit log is no longer active; its successor will.")
    seal, seals = head.seal, []
    for row in rows:
        seal = seal_of(seal, row)
        seals.append({"position": row.position, "seal": seal})
    # The primary key refuses a second seal of a row, whoever makes it.
    connection.execute(_INSERT_SEAL, seals)
    _write_head(connection, sign_head(store_id, Head(rows[-1].position, seal, now.microseconds), key))
    return len(rows)


def read_head(connection: Connection) -> SignedHead | None:
    """The head as it stands, None before anything is sealed."""
    with any_text(connection):
        row = connection.execute(_HEAD).first()
    if row is None:
        return None
    position, seal, time, key_id, signature = row
    if [type(value) for value in row] != [int, bytes, int, str, bytes]:
        return _UNREADABLE
    return SignedHead(Head(position, seal, time), key_id, signature)


def read_chunk(connection: Connection, store_id: str, open_key: KeyOpener, after: int | None, limit: int) -> Chunk:
    """What follows a position in the chain, at most `limit` rows and as many seals; everything with None."""
    signed = read_head(connection)
    reach = _reach(connection, signed)
    newest = connection.execute(_NEWEST_ROW).scalar_one()
    with any_text(connection):
        rows = [AuditRow(*row) for row in connection.execute(_until(_after(_ROWS, after, limit), reach))]
        seals = [_seal(row) for row in connection.execute(_after(_SEALS, after, limit))]
    is_last = len(rows) < limit and len(seals) < limit
    # Of the longer list only as much as the other reaches: a row and its seal are looked at together.
    full = [found[-1] for found in ([row.position for row in rows], [seal[0] for seal in seals]) if len(found) == limit]
    end = min(full, default=reach)
    key = _key_of(connection, signed, open_key) if signed is not None and is_last else None
    return Chunk(
        rows=[row for row in rows if row.position <= end],
        seals=[seal for seal in seals if seal[0] <= end],
        head=None if signed is None else signed.head,
        is_head_signed=not is_last
        or (signed is not None and key is not None and is_signed_by(store_id, signed, key[0])),
        is_head_tainted=key is not None and key[1] is KeyState.TAINTED,
        has_unsealed=newest is not None and newest > reach,
        is_last=is_last,
    )


def _trusted_head(connection: Connection, store_id: str, open_key: KeyOpener) -> Head:
    """The head to go on from, which must be signed, and that of the seals as they are."""
    signed = read_head(connection)
    last = connection.execute(_SEALS.order_by(audit_seals.c.position.desc()).limit(1)).first()
    if signed is None and last is None:
        return Head(0, first_link(store_id), 0)
    if signed is None or last is None or not signed.head.ends_with(*_seal(last)):
        raise ChainBrokenError(_BROKEN)
    key = _key_of(connection, signed, open_key)
    # A key that is tainted since is good enough here: the row that tells so is among those that are now sealed.
    if key is None or not is_signed_by(store_id, signed, key[0]):
        raise ChainBrokenError(_BROKEN)
    return signed.head


def _key_of(connection: Connection, signed: SignedHead, open_key: KeyOpener) -> tuple[SigningKey, KeyState] | None:
    try:
        sealed = find_signer(connection, signed.key_id)
        return None if sealed is None else (open_key(sealed), sealed.state)
    except (SealingError, ValueError):
        # The row of the key was edited too.
        return None


def find_signer(connection: Connection, key_id: str) -> SealedKey | None:
    """The key of the reserved tenant with that id, whatever its state; never one that others sign with too."""
    key = find_key(connection, SERVICE_TENANT, key_id)
    return key if key is not None and key.purpose is KeyPurpose.SIGNING else None


def _write_head(connection: Connection, signed: SignedHead) -> None:
    connection.execute(_FORGET_HEAD)
    connection.execute(
        _INSERT_HEAD,
        {
            "position": signed.head.position,
            "seal": signed.head.seal,
            "head_time": signed.head.time,
            "key_id": signed.key_id,
            "signature": signed.signature,
        },
    )


def _reach(connection: Connection, signed: SignedHead | None) -> int:
    """How far the chain reaches, by its head or by its seals, whichever says more."""
    newest: int | None = connection.execute(_NEWEST_SEAL).scalar_one()
    return max(newest or 0, 0 if signed is None else signed.head.position)


def _seal(row: "Row[Any, Any]") -> tuple[int, bytes]:
    position, seal = tuple(row)
    # No hash is all zeros: what is no seal at all is a wrong one.
    return position, seal if isinstance(seal, bytes) and len(seal) == SEAL_BYTES else bytes(SEAL_BYTES)


def _after(query: "Select[Any]", position: int | None, limit: int) -> "Select[Any]":
    key = query.selected_columns.position
    if position is not None:
        query = query.where(key > position)
    return query.order_by(key).limit(limit)


def _until(query: "Select[Any]", position: int) -> "Select[Any]":
    return query.where(query.selected_columns.position <= position)
