"""The audit log on SQL: seal, list, read for a verification, and rows that tell of no change."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, ScalarSelect, Select, func, select, type_coerce
from sqlalchemy.types import NullType

from authsvc.audit.entry import AuditEntry
from authsvc.audit.listing import DELETE_TENANT, AuditFilter, AuditRecord
from authsvc.audit.verification import Chunk
from authsvc.clock import Clock
from authsvc.keys.key_material import SigningKey
from authsvc.keys.sealed_key import SealedKey
from authsvc.store.audit import append_audit
from authsvc.store.audit_seals import BATCH, KeyOpener, find_signer, has_unsealed, read_chunk, seal_batch
from authsvc.store.database import any_text
from authsvc.store.moment import Moment
from authsvc.store.schema import audit_records, audit_seals
from authsvc.store.writer import Outcome, Transaction, TransactionThread

CHUNK = 500
"""Rows that a verification reads at once: other look-ups get their turn between the chunks."""

T = TypeVar("T")

_RECORD = audit_records.c
_RECORDS = select(audit_records, type_coerce(audit_seals.c.seal, NullType()).label("seal")).select_from(
    audit_records.outerjoin(audit_seals, audit_seals.c.position == _RECORD.position)
)

_DELETED = audit_records.alias("deleted").c
_DELETIONS = select(func.coalesce(func.max(_DELETED.position), 0))


class SqlAuditLog:
    """An AuditLog: writes go through the writer's thread, everything else through that of the look-ups."""

    def __init__(self, store_id: str, writer: TransactionThread, lookups: TransactionThread, clock: Clock) -> None:
        self._store_id = store_id
        self._writer = writer
        self._lookups = lookups
        self._clock = clock

    async def append(self, entry: AuditEntry) -> None:
        """See AuditLog."""

        def transaction(connection: Connection) -> Outcome[None]:
            append_audit(connection, entry, self._now())
            return Outcome(None)

        await _run(self._writer, transaction)

    async def seal(self, key: SigningKey, open_key: KeyOpener) -> int:
        """See AuditLog. Other writes get their turn between the batches."""
        # A transaction that may write takes the lock of all servers: not worth it for nothing.
        if not await _run(self._lookups, lambda connection: Outcome(has_unsealed(connection))):
            return 0
        sealed, batch = 0, BATCH
        while batch == BATCH:
            batch = await _run(
                self._writer,
                lambda connection: Outcome(seal_batch(connection, self._store_id, key, open_key, self._now())),
            )
            sealed += batch
        return sealed

    async def list_records(
        self, audit_filter: AuditFilter, *, limit: int, before: int | None = None
    ) -> list[AuditRecord]:
        """See AuditLog."""

        def transaction(connection: Connection) -> Outcome[list[AuditRecord]]:
            with any_text(connection):
                return Outcome([_record(row) for row in connection.execute(page(audit_filter, before, limit))])

        return await _run(self._lookups, transaction)

    async def chunk(self, after: int | None, open_key: KeyOpener) -> Chunk:
        """See AuditLog."""
        return await _run(
            self._lookups,
            lambda connection: Outcome(read_chunk(connection, self._store_id, open_key, after, CHUNK)),
        )

    async def find_key(self, key_id: str) -> SealedKey | None:
        """See AuditLog."""
        return await _run(self._lookups, lambda connection: Outcome(find_signer(connection, key_id)))

    def _now(self) -> Moment:
        return Moment.of(self._clock)


async def _run(thread: TransactionThread, transaction: Transaction[T]) -> T:
    return await asyncio.wrap_future(thread.submit(transaction))


def page(audit_filter: AuditFilter, before: int | None, limit: int) -> "Select[Any]":
    """The query of a page, newest first; what is empty or None does not filter."""
    query = _RECORDS
    for column, value in (
        (_RECORD.tenant, audit_filter.tenant),
        (_RECORD.action, audit_filter.action),
        (_RECORD.actor, audit_filter.actor),
        (_RECORD.target, audit_filter.target),
    ):
        if value:
            query = query.where(column == value)
    if audit_filter.is_of_present:
        query = query.where(_RECORD.position > _deletion_of(audit_filter.tenant))
    if audit_filter.without_tenant:
        query = query.where(_RECORD.tenant != audit_filter.without_tenant)
    if audit_filter.start_time is not None:
        query = query.where(_RECORD.audit_time >= audit_filter.start_time)
    if audit_filter.end_time is not None:
        query = query.where(_RECORD.audit_time < audit_filter.end_time)
    if before is not None:
        query = query.where(_RECORD.position < before)
    return query.order_by(_RECORD.position.desc()).limit(limit)


def _deletion_of(tenant: str) -> "ScalarSelect[int]":
    """The position of the row that tells of the tenant's last deletion, 0 without one."""
    deleted = _DELETIONS.where(_DELETED.tenant == tenant, _DELETED.target == f"tenant:{tenant}")
    return deleted.where(_DELETED.action == DELETE_TENANT).scalar_subquery()


def _record(row: "Row[Any]") -> AuditRecord:
    entry = AuditEntry(
        action=_text(row.action),
        tenant=_text(row.tenant),
        actor=_text(row.actor),
        actor_token_id=_text(row.actor_token_id),
        target=_text(row.target),
        call_id=_text(row.call_id),
        detail=_detail(row.detail),
    )
    audit_time = row.audit_time if isinstance(row.audit_time, int) else 0
    return AuditRecord(row.position, audit_time, entry, row.seal if isinstance(row.seal, bytes) else b"")


def _text(value: object) -> str:
    """A column as text, whatever an edit has left there: a listing shows it, a verification says what is wrong."""
    text = value if isinstance(value, str) else repr(value)
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _detail(value: object) -> Mapping[str, str]:
    try:
        members = json.loads(_text(value))
    except ValueError:
        members = None
    if not isinstance(members, dict):
        return {"unreadable": _text(value)}
    return {name: member if isinstance(member, str) else json.dumps(member) for name, member in members.items()}
