"""The KeyStore on SQL: which queries make up which transaction."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection

from authsvc.audit.entry import AuditEntry
from authsvc.clock import Clock
from authsvc.errors import KeyNotFoundError, KeyStateError
from authsvc.keys.lifecycle import MAX_PREPARED, Schedule, activated, prepared, relieved, retired
from authsvc.keys.sealed_key import SealedKey
from authsvc.store import keys
from authsvc.store.audit import append_audit
from authsvc.store.changes import newest_revision
from authsvc.store.contract import KeyReceipt
from authsvc.store.moment import Moment
from authsvc.store.writer import Outcome, Transaction, TransactionThread

T = TypeVar("T")

_RESEAL_BATCH = 100


class SqlKeyStore:
    """A KeyStore on the same two threads as the SqlTokenStore beside it."""

    def __init__(self, writer: TransactionThread, lookups: TransactionThread, clock: Clock) -> None:
        self._writer = writer
        self._lookups = lookups
        self._clock = clock

    async def list_keys(self, tenant: str, *, limit: int, after: tuple[int, str] | None = None) -> list[SealedKey]:
        """See KeyStore."""
        return await _run(self._lookups, lambda connection: Outcome(keys.list_keys(connection, tenant, after, limit)))

    async def find_key(self, tenant: str, key_id: str) -> SealedKey:
        """See KeyStore."""
        return await _run(self._lookups, lambda connection: Outcome(_known(connection, tenant, key_id)))

    async def prepare(
        self, key: SealedKey, audit: AuditEntry, publication: int, *, if_none: bool = False
    ) -> KeyReceipt:
        """See KeyStore."""

        def transaction(connection: Connection) -> Outcome[KeyReceipt]:
            now = self._now()
            limit = 1 if if_none else MAX_PREPARED
            if len(keys.prepared_keys(connection, key.tenant)) >= limit:
                raise KeyStateError(
                    f"the tenant has {limit} prepared keys already, and more may not be; activate or retire one first"
                )
            inserted = keys.insert_key(connection, prepared(key, now.microseconds, publication), now)
            return _receipt(connection, inserted, audit, now)

        return await _run(self._writer, transaction)

    async def trust(self, key: SealedKey, audit: AuditEntry) -> KeyReceipt:
        """See KeyStore."""

        def transaction(connection: Connection) -> Outcome[KeyReceipt]:
            now = self._now()
            return _receipt(connection, keys.insert_key(connection, key, now), audit, now)

        return await _run(self._writer, transaction)

    async def activate(
        self, tenant: str, key_id: str, audit: AuditEntry, schedule: Schedule, max_lifetime: int, *, force: bool
    ) -> KeyReceipt:
        """See KeyStore."""

        def transaction(connection: Connection) -> Outcome[KeyReceipt]:
            now = self._now()
            key = _known(connection, tenant, key_id)
            active = activated(key, now.microseconds, schedule.publication, force=force)
            if active is not key:
                _take_over(connection, active, schedule, max_lifetime, now)
            return _receipt(connection, active, audit, now)

        return await _run(self._writer, transaction)

    async def retire(self, tenant: str, key_id: str, audit: AuditEntry, *, force: bool) -> KeyReceipt:
        """See KeyStore."""

        def transaction(connection: Connection) -> Outcome[KeyReceipt]:
            now = self._now()
            key = _known(connection, tenant, key_id)
            after = retired(key, now.microseconds, force=force)
            if after is not key:
                keys.write_key(connection, after, now)
            return _receipt(connection, after, audit, now)

        return await _run(self._writer, transaction)

    async def advance(self, schedule: Schedule, max_lifetime: Callable[[str], int]) -> list[SealedKey]:
        """See KeyStore."""

        def transaction(connection: Connection) -> Outcome[list[SealedKey]]:
            changed = _advance(connection, schedule, max_lifetime, self._now())
            return Outcome(changed, newest_revision(connection))

        # Looked for apart from the writes, which wait for each other and for the disk.
        if not await _run(self._lookups, lambda connection: Outcome(keys.is_any_due(connection, self._now()))):
            return []
        return await _run(self._writer, transaction)

    async def due_for_rotation(self, longest: int) -> list[str]:
        """See KeyStore."""
        return await _run(
            self._lookups,
            lambda connection: Outcome(keys.long_active(connection, self._now().microseconds - longest)),
        )

    async def reseal(self, newest: str, reseal: Callable[[SealedKey], SealedKey], audit: AuditEntry) -> int:
        """See KeyStore. Other writes get their turn between the batches."""
        resealed, batch = 0, _RESEAL_BATCH
        while batch == _RESEAL_BATCH:
            batch = await _run(self._writer, self._resealing(newest, reseal, audit))
            resealed += batch
        return resealed

    def _resealing(self, newest: str, reseal: Callable[[SealedKey], SealedKey], audit: AuditEntry) -> Transaction[int]:
        def transaction(connection: Connection) -> Outcome[int]:
            found = keys.keys_sealed_otherwise(connection, newest, _RESEAL_BATCH)
            for key in found:
                keys.write_sealed(connection, reseal(key))
            if found:
                told = replace(audit, detail={**audit.detail, "keys": str(len(found)), "sealed_by": newest})
                append_audit(connection, told, self._now())
            return Outcome(len(found))

        return transaction

    def _now(self) -> Moment:
        return Moment.of(self._clock)


def _known(connection: Connection, tenant: str, key_id: str) -> SealedKey:
    key = keys.find_key(connection, tenant, key_id)
    if key is None:
        raise KeyNotFoundError("The tenant has no key with this key_id; ListKeys or the JWKS names those it has.")
    return key


def _receipt(connection: Connection, key: SealedKey, audit: AuditEntry, now: Moment) -> Outcome[KeyReceipt]:
    append_audit(connection, audit, now)
    receipt = KeyReceipt(key, newest_revision(connection))
    return Outcome(receipt, receipt.revision)


def _take_over(
    connection: Connection, active: SealedKey, schedule: Schedule, max_lifetime: int, now: Moment
) -> SealedKey | None:
    """Write a key that is active from now on; returns the one that it takes over from."""
    before = keys.find_active_key(connection, active.tenant)
    if before is not None:
        before = relieved(before, now.microseconds, schedule.retire_time(now.microseconds, max_lifetime))
        keys.write_key(connection, before, now)
    keys.write_key(connection, active, now)
    return before


def _advance(
    connection: Connection, schedule: Schedule, max_lifetime: Callable[[str], int], now: Moment
) -> list[SealedKey]:
    changed: list[SealedKey] = []
    for key in keys.keys_to_activate(connection, now):
        # Its time was set when it was prepared, after a publication that was long enough then.
        active = activated(key, now.microseconds, 0, force=True)
        before = _take_over(connection, active, schedule, max_lifetime(key.tenant), now)
        changed += [each for each in (before, active) if each is not None]
        append_audit(connection, _by_itself("ActivateKey", key), now)
    for key in keys.keys_without_end(connection):
        end = schedule.retire_time(key.state_time, max_lifetime(key.tenant))
        keys.write_key(connection, replace(key, retire_time=end), now)
    for key in keys.keys_to_retire(connection, now):
        # The document may allow longer lives by now than when the key was relieved.
        end = schedule.retire_time(key.state_time, max_lifetime(key.tenant))
        if end > now.microseconds:
            keys.write_key(connection, replace(key, retire_time=end), now)
            continue
        gone = retired(key, now.microseconds)
        keys.write_key(connection, gone, now)
        changed.append(gone)
        append_audit(connection, _by_itself("RetireKey", key), now)
    return changed


def _by_itself(action: str, key: SealedKey) -> AuditEntry:
    return AuditEntry(action, key.tenant, actor="system", actor_token_id="", target=f"key:{key.key_id}", call_id="")


async def _run(thread: TransactionThread, transaction: Transaction[T]) -> T:
    return await asyncio.wrap_future(thread.submit(transaction))
