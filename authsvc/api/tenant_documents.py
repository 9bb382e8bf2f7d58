"""Puts tenant documents in place and takes tenants away: for callers, and for the service's own files."""

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from authsvc.audit.entry import AuditEntry
from authsvc.clock import Clock
from authsvc.errors import EtagMismatchError, FieldViolation, InvalidFieldError, TenantNotFoundError
from authsvc.keys.lifecycle import Schedule
from authsvc.keys.sealed_key import SealedKey
from authsvc.keys.sealing import SealingKey
from authsvc.policy.bounds import LIFETIME_CEILING
from authsvc.policy.changes import FieldChange, document_changes, without_outputs
from authsvc.policy.document import tenant_policy
from authsvc.policy.tenant import TenantPolicy
from authsvc.store.tenant_contract import (
    SigningKeyWantedError,
    StaleDocumentError,
    StoredTenant,
    TenantReceipt,
    TenantStore,
    TenantWrite,
)
from authsvc.tokens.verdict import LEEWAY
from authsvc.v1.tenant_pb2 import Tenant

MAX_DOCUMENT = 3 * 1024 * 1024
"""Bytes of a serialized document: an answer that holds one has to fit into the 4 MiB that stock clients take."""
MAX_CHANGES = 192 * 1024
"""Characters of the changes in an answer: the document stands in it too."""
MAX_AUDITED = 16 * 1024
"""Characters of the changes that go into an audit row."""

_ATTEMPTS = 5
_UID_BYTES = 16
_ETAG_BYTES = 8
_GLOBAL_RULE = "can be changed by a caller for all tenants alone"


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes a document, for the audit, and what they may do."""

    client_id: str
    token_id: str = ""
    call_id: str = ""
    is_for_all: bool = True
    """May make tenants, and give them names that no two tenants share: issuers and SPIFFE ids."""
    adopts_keys: bool = False
    """Whether a tenant that it makes takes over keys that lie there under its name."""


SYSTEM = Author("system", adopts_keys=True)
"""The service itself, which takes up its files."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a document."""

    tenant: Tenant
    """The document in force with its outputs; for a dry run the one that would be."""
    changes: tuple[FieldChange, ...]
    revision: int | None
    """A revision that knows the document; None for a dry run."""
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A document that keeps all rules, compared with the one in place."""

    serialized: bytes
    policy: TenantPolicy
    changes: tuple[FieldChange, ...]
    removed_clients: frozenset[str]
    spiffe_ids: frozenset[str]


class TenantDocuments:
    """The documents of all tenants, on their way into the store."""

    def __init__(
        self, store: TenantStore, sealing_key: SealingKey, issuer_base: str, clock: Clock, schedule: Schedule
    ) -> None:
        self._store = store
        self._sealing_key = sealing_key
        self._issuer_base = issuer_base
        self._clock = clock
        self._schedule = schedule

    async def apply(self, document: Tenant, author: Author, *, dry_run: bool = False) -> Applied:
        """Put the document in place of the one before, or make the tenant; the same document again changes nothing.

        Raises:
            InvalidFieldError: the document breaks rules; every fault is in it, by its path in the document.
            TenantNotFoundError: there is no such tenant, and the author may not make one.
            EtagMismatchError: the document has an etag that is not that of the one in place.
            StoreUnavailableError, StoreFullError: nothing was written.
        """
        for _ in range(_ATTEMPTS):
            current, revision = await self._store.get(document.name)
            if current is None and not author.is_for_all:
                raise TenantNotFoundError("there is no tenant of that name")
            # Aside, since a large document takes a while to look through.
            prepared = await asyncio.to_thread(self._prepare, document, current, author)
            if current is not None and prepared.serialized == current.document:
                return Applied(with_outputs(current), (), None if dry_run else revision, is_new=False)
            if document.etag and (current is None or document.etag != current.etag):
                break
            if dry_run:
                return Applied(_would_be(prepared, current), prepared.changes, None, is_new=current is None)
            try:
                receipt = await self._put(prepared, current, author)
            except StaleDocumentError:
                # Another writer came first: what is in place now is looked at anew.
                continue
            return Applied(with_outputs(receipt.tenant), prepared.changes, receipt.revision, is_new=current is None)
        raise EtagMismatchError(
            "the tenant's document has changed; look at it again, and apply yours to what it is now"
        )

    async def delete(self, name: str, etag: str, author: Author) -> int:
        """Delete the tenant with all that it holds; an empty etag is any. Returns the revision.

        Raises:
            TenantNotFoundError: there is none of that name.
            EtagMismatchError: its document has another etag.
            StoreUnavailableError, StoreFullError: nothing was written.
        """
        audit = AuditEntry(
            action="DeleteTenant",
            tenant=name,
            actor=author.client_id,
            actor_token_id=author.token_id,
            target=f"tenant:{name}",
            call_id=author.call_id,
        )
        return await self._store.delete(name, etag, self._keep_until(), audit)

    def _prepare(self, document: Tenant, current: StoredTenant | None, author: Author) -> _Prepared:
        wanted = without_outputs(document)
        serialized = _serialize(wanted)
        policy = tenant_policy(wanted, self._issuer_base)
        before = Tenant() if current is None else Tenant.FromString(current.document)
        if not author.is_for_all:
            _refuse_global_changes(before, wanted)
        listed = {client.id for client in wanted.clients}
        return _Prepared(
            serialized,
            policy,
            tuple(document_changes(before, wanted, MAX_CHANGES)),
            removed_clients=frozenset(client.id for client in before.clients if client.id not in listed),
            spiffe_ids=frozenset(name for client in wanted.clients for name in client.spiffe_ids),
        )

    async def _put(self, prepared: _Prepared, current: StoredTenant | None, author: Author) -> TenantReceipt:
        is_new = current is None
        write = TenantWrite(
            name=prepared.policy.name,
            document=prepared.serialized,
            issuer=prepared.policy.issuer,
            algorithm=prepared.policy.algorithm,
            spiffe_ids=prepared.spiffe_ids,
            expected_etag="" if current is None else current.etag,
            etag=secrets.token_hex(_ETAG_BYTES),
            uid=secrets.token_hex(_UID_BYTES) if current is None else current.uid,
            keep_until=self._keep_until(),
            removed_clients=prepared.removed_clients,
            key=await self._make_key(prepared.policy) if is_new else None,
            publication=self._schedule.publication,
            # A caller of one tenant would learn from a refusal whose issuer it is; no key ever crosses in either case.
            trusted_issuers=tuple(prepared.policy.trusted_issuers) if author.is_for_all else (),
            adopts_keys=author.adopts_keys,
        )
        audit = _audit(write, prepared.changes, author, is_new=is_new)
        try:
            return await self._store.put(write, audit)
        except SigningKeyWantedError:
            return await self._store.put(replace(write, key=await self._make_key(prepared.policy)), audit)

    async def _make_key(self, policy: TenantPolicy) -> SealedKey:
        # An RSA key takes a tenth of a second: made aside, so that no other call waits for it.
        return await asyncio.to_thread(self._sealing_key.make, policy.name, policy.algorithm, now=self._clock())

    def _keep_until(self) -> int:
        # Nothing that lives now can outlive the ceiling of all lifetimes, counted from the latest iat that is let through.
        return int(self._clock()) + LEEWAY + LIFETIME_CEILING


def with_outputs(stored: StoredTenant) -> Tenant:
    """The document in place, with what the service says of it."""
    tenant = Tenant.FromString(stored.document)
    tenant.etag = stored.etag
    tenant.uid = stored.uid
    tenant.create_time.FromNanoseconds(round(stored.create_time * 1_000_000) * 1000)
    tenant.update_time.FromNanoseconds(round(stored.update_time * 1_000_000) * 1000)
    return tenant


def _would_be(prepared: _Prepared, current: StoredTenant | None) -> Tenant:
    if current is None:
        return Tenant.FromString(prepared.serialized)
    return with_outputs(replace(current, document=prepared.serialized))


def _serialize(wanted: Tenant) -> bytes:
    """The document as it is stored.

    Raises:
        InvalidFieldError: it is too large, or holds what this service does not know and so would not enforce.
    """
    size = wanted.ByteSize()
    if size > MAX_DOCUMENT:
        raise InvalidFieldError.of("", f"must be at most {MAX_DOCUMENT} bytes when serialized, has {size}")
    wanted.DiscardUnknownFields()
    if wanted.ByteSize() != size:
        raise InvalidFieldError.of("", "must have no fields that this release of the service does not know")
    return wanted.SerializeToString(deterministic=True)


def _refuse_global_changes(before: Tenant, wanted: Tenant) -> None:
    """What no two tenants share is not for one tenant to take: it would learn what others have, or take it from them.

    Raises:
        InvalidFieldError: the issuer or a SPIFFE id is another one.
    """
    faults = []
    if wanted.issuer != before.issuer:
        faults.append(FieldViolation("issuer", _GLOBAL_RULE))
    known: Mapping[str, Sequence[str]] = {client.id: client.spiffe_ids for client in before.clients}
    for position, client in enumerate(wanted.clients):
        if not set(client.spiffe_ids) <= set(known.get(client.id, ())):
            faults.append(
                FieldViolation(f"clients[{position}].spiffe_ids", f"{_GLOBAL_RULE}, but for taking some away")
            )
    if faults:
        raise InvalidFieldError(faults)


def _audit(write: TenantWrite, changes: Sequence[FieldChange], author: Author, *, is_new: bool) -> AuditEntry:
    return AuditEntry(
        action="ApplyTenant",
        tenant=write.name,
        actor=author.client_id,
        actor_token_id=author.token_id,
        target=f"tenant:{write.name}",
        call_id=author.call_id,
        detail={
            "change": "created" if is_new else "changed",
            "uid": write.uid,
            "etag": write.etag,
            "changes": _audited(changes),
        },
    )


def _audited(changes: Sequence[FieldChange]) -> str:
    """The changes as a JSON list of [path, before, after], as many as have room."""
    told: list[list[str]] = []
    room = MAX_AUDITED
    for change in changes:
        room -= change.size
        if room < 0:
            told.append(["…", "", "and more, which had no room here"])
            break
        told.append([change.path, change.before, change.after])
    return json.dumps(told, ensure_ascii=False)
