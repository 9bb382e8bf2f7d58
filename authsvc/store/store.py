"""The TokenStore on SQL: which queries make up which transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from authsvc.audit.entry import AuditEntry
from authsvc.clock import Clock
from authsvc.keys.sealed_key import SealedKey
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.store import tokens, usage
from authsvc.store.admin_keys import SERVICE_TENANT, has_live_admin_key, last_admin_key_error
from authsvc.store.audit import append_audit
from authsvc.store.changes import newest_revision
from authsvc.store.contract import IdempotencyKey, Issued, RevokeReceipt, StoredToken, TokenFilter
from authsvc.store.derivations import end_parent, refuse_dead
from authsvc.store.keys import insert_key
from authsvc.store.life_contract import Parent, TokenUse
from authsvc.store.moment import Moment, as_seconds
from authsvc.store.prune import BATCH, STEPS, Step
from authsvc.store.revocations import write_key_revocation, write_revocation
from authsvc.store.writer import Outcome, Transaction, TransactionThread
from authsvc.tokens.record import TokenRecord

T = TypeVar("T")


class SqlTokenStore:
    """A TokenStore: writes go through one thread, look-ups through another that never waits for them.

    Whoever awaits may be cancelled: a write that has begun is finished, one that waits is dropped.
    """

    def __init__(
        self, writer: TransactionThread, lookups: TransactionThread, clock: Clock, *, record_retention: int
    ) -> None:
        """`record_retention`: seconds for which an expired token's record is kept."""
        self._writer = writer
        self._lookups = lookups
        self._clock = clock
        self._record_retention = record_retention

    async def issue(
        self,
        record: TokenRecord,
        key: IdempotencyKey | None,
        audit: AuditEntry,
        *,
        max_live: int = 0,
        is_recorded: bool = True,
    ) -> Issued:
        """See TokenStore."""

        def transaction(connection: Connection) -> Outcome[Issued]:
            issued = tokens.issue(
                connection, record, key, audit, self._now(), max_live=max_live, is_recorded=is_recorded
            )
            # Published although nothing new decides: another process's commit may not be published yet, and
            # callers may ask for this revision from anybody.
            return Outcome(issued, issued.revision)

        return await _run(self._writer, transaction)

    async def derive(
        self,
        record: TokenRecord,
        parent: Parent,
        key: IdempotencyKey | None,
        audit: AuditEntry,
        *,
        parent_end: int | None = None,
        max_live: int = 0,
        is_recorded: bool = True,
    ) -> Issued:
        """See TokenStore."""

        def transaction(connection: Connection) -> Outcome[Issued]:
            now = self._now()
            if not tokens.is_replay(connection, record.tenant, key, now):
                refuse_dead(connection, parent, now)
                if parent_end is not None:
                    end_parent(connection, parent, parent_end, now)
            issued = tokens.issue(connection, record, key, audit, now, max_live=max_live, is_recorded=is_recorded)
            return Outcome(issued, issued.revision)

        return await _run(self._writer, transaction)

    async def revoke(
        self,
        revocation: Revocation,
        audit: AuditEntry,
        *,
        successor: SealedKey | None = None,
        needs_successor: bool = False,
        keep_an_admin: bool = False,
    ) -> RevokeReceipt:
        """See TokenStore."""

        def transaction(connection: Connection) -> Outcome[RevokeReceipt]:
            now = self._now()
            guarded = keep_an_admin and revocation.tenant == SERVICE_TENANT and has_live_admin_key(connection, now)
            if revocation.kind is TargetKind.KEY:
                written = write_key_revocation(connection, revocation, successor, now, needs_successor=needs_successor)
            else:
                written = write_revocation(connection, revocation, now)
            if guarded and not has_live_admin_key(connection, now):
                raise last_admin_key_error()
            append_audit(connection, audit, now)
            receipt = RevokeReceipt(newest_revision(connection), as_seconds(written.revoke_time))
            return Outcome(receipt, receipt.revision)

        return await _run(self._writer, transaction)

    async def add_key(self, key: SealedKey, audit: AuditEntry) -> int:
        """See TokenStore."""

        def transaction(connection: Connection) -> Outcome[int]:
            now = self._now()
            insert_key(connection, key, now)
            append_audit(connection, audit, now)
            revision = newest_revision(connection)
            return Outcome(revision, revision)

        return await _run(self._writer, transaction)

    async def append_audit(self, audit: AuditEntry) -> None:
        """See TokenStore."""

        def transaction(connection: Connection) -> Outcome[None]:
            append_audit(connection, audit, self._now())
            return Outcome(None)

        await _run(self._writer, transaction)

    async def get_token(self, tenant: str, token_id: str, issuer: str | None = None) -> StoredToken | None:
        """See TokenStore."""
        return await _run(
            self._lookups,
            lambda connection: Outcome(tokens.get_token(connection, tenant, token_id, issuer, self._now())),
        )

    async def list_tokens(
        self, token_filter: TokenFilter, *, limit: int, before: int | None = None
    ) -> list[StoredToken]:
        """See TokenStore."""
        return await _run(
            self._lookups,
            lambda connection: Outcome(tokens.list_tokens(connection, token_filter, limit, before, self._now())),
        )

    async def list_usage(
        self, token_filter: TokenFilter, *, limit: int, before: int | None = None
    ) -> list[tuple[StoredToken, Mapping[str, int]]]:
        """See TokenStore."""

        def look_up(connection: Connection) -> Outcome[list[tuple[StoredToken, Mapping[str, int]]]]:
            found = tokens.list_tokens(connection, token_filter, limit, before, self._now())
            return Outcome(list(zip(found, usage.usage_of(connection, found), strict=True)))

        return await _run(self._lookups, look_up)

    async def write_usage(self, uses: Sequence[TokenUse]) -> int:
        """See TokenStore."""
        written = 0
        for start in range(0, len(uses), usage.BATCH):
            written += await _run(self._writer, self._writing(uses[start : start + usage.BATCH]))
        return written

    def _writing(self, uses: Sequence[TokenUse]) -> Transaction[int]:
        return lambda connection: Outcome(usage.write_usage(connection, uses))

    async def prune(self) -> int:
        """See TokenStore. Other writes get their turn between the batches."""
        deleted = 0
        for step in STEPS:
            batch = BATCH
            while batch == BATCH:
                batch = await _run(self._writer, self._pruning(step))
                deleted += batch
        return deleted

    def _pruning(self, step: Step) -> Transaction[int]:
        return lambda connection: Outcome(step.delete_batch(connection, self._now(), self._record_retention))

    def _now(self) -> Moment:
        return Moment.of(self._clock)


async def _run(thread: TransactionThread, transaction: Transaction[T]) -> T:
    return await asyncio.wrap_future(thread.submit(transaction))
