"""The TenantStore on SQL: which queries make up which transaction."""

import asyncio
from typing import TypeVar

from sqlalchemy import Connection

from authsvc.audit.entry import AuditEntry
from authsvc.clock import Clock
from authsvc.store import tenants
from authsvc.store.changes import newest_revision
from authsvc.store.moment import Moment
from authsvc.store.tenant_contract import StoredTenant, TenantReceipt, TenantWrite
from authsvc.store.writer import Outcome, Transaction, TransactionThread

T = TypeVar("T")


class SqlTenantStore:
    """A TenantStore on the threads of the token store. Whoever awaits may be cancelled, as there."""

    def __init__(self, writer: TransactionThread, lookups: TransactionThread, clock: Clock) -> None:
        self._writer = writer
        self._lookups = lookups
        self._clock = clock

    async def get(self, name: str) -> tuple[StoredTenant | None, int]:
        """See TenantStore."""

        def transaction(connection: Connection) -> Outcome[tuple[StoredTenant | None, int]]:
            revision = newest_revision(connection)
            # Published, since another process may not have come to it yet: what is answered here has to hold everywhere.
            return Outcome((tenants.find_tenant(connection, name), revision), revision)

        return await _run(self._lookups, transaction)

    async def list(self, *, after: str, limit: int, max_bytes: int) -> tuple[list[StoredTenant], bool]:
        """See TenantStore."""
        return await _run(
            self._lookups, lambda connection: Outcome(tenants.list_tenants(connection, after, limit, max_bytes))
        )

    async def put(self, write: TenantWrite, audit: AuditEntry) -> TenantReceipt:
        """See TenantStore. What a tenant of the name left behind goes first, other writes having their turn in between."""
        while not write.expected_etag and await _run(self._writer, self._clearing(write)) > 0:
            pass

        def transaction(connection: Connection) -> Outcome[TenantReceipt]:
            receipt = tenants.put_tenant(connection, write, audit, self._now())
            return Outcome(receipt, receipt.revision)

        return await _run(self._writer, transaction)

    async def delete(self, name: str, etag: str, keep_until: int, audit: AuditEntry) -> int:
        """See TenantStore."""

        def transaction(connection: Connection) -> Outcome[int]:
            revision = tenants.delete_tenant(connection, name, etag, keep_until, audit, self._now())
            return Outcome(revision, revision)

        return await _run(self._writer, transaction)

    def _clearing(self, write: TenantWrite) -> Transaction[int]:
        return lambda connection: Outcome(tenants.clear_predecessor(connection, write, self._now()))

    def _now(self) -> Moment:
        return Moment.of(self._clock)


async def _run(thread: TransactionThread, transaction: Transaction[T]) -> T:
    return await asyncio.wrap_future(thread.submit(transaction))
