"""Tenants: find, list, put a document in place, delete with all that a tenant holds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from authsvc.audit.entry import AuditEntry
from authsvc.errors import EtagMismatchError, FieldViolation, InvalidFieldError, TenantNotFoundError
from authsvc.keys.lifecycle import prepared
from authsvc.keys.sealed_key import KeyState
from authsvc.revocation.entry import Revocation, TargetKind, bound_client_name
from authsvc.store.audit import append_audit
from authsvc.store.changes import append_tenant, newest_revision
from authsvc.store.keys import find_active_key, insert_key, keys_of, prepared_keys
from authsvc.store.moment import Moment, as_seconds
from authsvc.store.prune import Step
from authsvc.store.revocations import newest_issue_time, write_key_revocation, write_revocation
from authsvc.store.schema import issue_requests, tenant_spiffe_ids, tenants, token_records, token_usage
from authsvc.store.tenant_contract import (
    SigningKeyWantedError,
    StaleDocumentError,
    StoredTenant,
    TenantReceipt,
    TenantWrite,
)

_SERVICE_TENANT = "authsvc"
_DELETED = "tenant deleted"
_REMOVED = "client removed"

_LEFT_BEHIND = (token_records, token_usage, issue_requests)
"""What is a tenant's own and nobody's after it. Revocations and keys stay, so that nothing comes back to life."""

_TENANT = tenants.c
ONE = select(tenants).where(_TENANT.name == bindparam("name"))
NAMES = (
    select(_TENANT.name, func.length(_TENANT.document).label("size"))
    .where(_TENANT.name > bindparam("after"))
    .order_by(_TENANT.name)
    .limit(bindparam("limit"))
)
OF_ISSUER = select(_TENANT.name).where(_TENANT.issuer == bindparam("issuer"))
_INSERT = insert(tenants)
_UPDATE = (
    update(tenants)
    .where(_TENANT.name == bindparam("of_name"))
    .values(
        issuer=bindparam("to_issuer"),
        document=bindparam("to_document"),
        etag=bindparam("to_etag"),
        update_time=bindparam("to_update_time"),
    )
)
_DELETE = delete(tenants).where(_TENANT.name == bindparam("of_name"))
HOLDER = select(tenant_spiffe_ids.c.tenant).where(tenant_spiffe_ids.c.spiffe_id == bindparam("spiffe_id"))
_INSERT_SPIFFE_ID = insert(tenant_spiffe_ids)
_FREE_SPIFFE_IDS = delete(tenant_spiffe_ids).where(tenant_spiffe_ids.c.tenant == bindparam("of_name"))


@dataclass(frozen=True, slots=True)
class _Until:
    """How long a cut-off is kept, and why it was written."""

    keep_until: int
    reason: str


def find_tenant(connection: Connection, name: str) -> StoredTenant | None:
    """The tenant of that name, or None."""
    row = connection.execute(ONE, {"name": name}).one_or_none()
    return None if row is None else _stored(row)


def list_tenants(connection: Connection, after: str, limit: int, max_bytes: int) -> tuple[list[StoredTenant], bool]:
    """A page by name, and whether more follow; after the first only what has room in `max_bytes`."""
    found = connection.execute(NAMES, {"after": after, "limit": limit + 1}).all()
    page: list[StoredTenant] = []
    size = 0
    for name, length in found[:limit]:
        size += length
        if page and size > max_bytes:
            break
        page.append(_stored(connection.execute(ONE, {"name": name}).one()))
    return page, len(found) > len(page)


def put_tenant(connection: Connection, write: TenantWrite, audit: AuditEntry, now: Moment) -> TenantReceipt:
    """Put the document in place, with the keys and revocations that go with it.

    Raises:
        StaleDocumentError, SigningKeyWantedError, InvalidFieldError: see TenantStore.put.
    """
    before = find_tenant(connection, write.name)
    if write.expected_etag != ("" if before is None else before.etag):
        raise StaleDocumentError
    _refuse_taken_names(connection, write)
    if before is None and not write.adopts_keys:
        _end_predecessor(connection, write, now)
    _write_row(connection, write, before, now)
    connection.execute(_FREE_SPIFFE_IDS, {"of_name": write.name})
    for spiffe_id in sorted(write.spiffe_ids):
        connection.execute(_INSERT_SPIFFE_ID, {"spiffe_id": spiffe_id, "tenant": write.name})
    _cut_off_clients(connection, write, now)
    _see_that_it_can_sign(connection, write, now)
    append_tenant(connection, write.name, now)
    append_audit(connection, audit, now)
    stored = find_tenant(connection, write.name)
    if stored is None:
        raise LookupError("a tenant that was written is there")
    return TenantReceipt(stored, newest_revision(connection))


def clear_predecessor(connection: Connection, write: TenantWrite, now: Moment) -> int:
    """Delete a batch of what a tenant of that name left behind, and return how many rows: a new one sees nothing of it.

    Nothing comes after it: without a tenant and its keys nothing is issued.
    """
    if find_tenant(connection, write.name) is not None or (write.adopts_keys and _has_keys(connection, write.name)):
        return 0
    return sum(
        Step(table, lambda *_, table=table: table.c.tenant == write.name).delete_batch(connection, now, 0)
        for table in _LEFT_BEHIND
    )


def delete_tenant(connection: Connection, name: str, etag: str, keep_until: int, audit: AuditEntry, now: Moment) -> int:
    """Delete the tenant: its keys are tainted, its tokens and the keys bound to it are cut off.

    Raises:
        TenantNotFoundError, EtagMismatchError: see TenantStore.delete.
    """
    found = find_tenant(connection, name)
    if found is None:
        raise TenantNotFoundError("there is no tenant of that name")
    if etag and etag != found.etag:
        raise EtagMismatchError("the tenant's document has changed; look at it again")
    connection.execute(_DELETE, {"of_name": name})
    connection.execute(_FREE_SPIFFE_IDS, {"of_name": name})
    _end(connection, name, keep_until, now)
    append_tenant(connection, name, now)
    append_audit(connection, replace(audit, detail={**audit.detail, "uid": found.uid, "etag": found.etag}), now)
    return newest_revision(connection)


def _refuse_taken_names(connection: Connection, write: TenantWrite) -> None:
    faults = []
    holder = connection.execute(OF_ISSUER, {"issuer": write.issuer}).scalar_one_or_none()
    if holder not in {None, write.name}:
        faults.append(FieldViolation("issuer", "must be unique: it is that of another tenant"))
    for position, issuer in enumerate(write.trusted_issuers):
        if connection.execute(OF_ISSUER, {"issuer": issuer}).scalar_one_or_none() is not None:
            faults.append(
                FieldViolation(f"trusted_issuers[{position}].issuer", "must not be an issuer of this service")
            )
    for spiffe_id in sorted(write.spiffe_ids):
        holder = connection.execute(HOLDER, {"spiffe_id": spiffe_id}).scalar_one_or_none()
        if holder not in {None, write.name}:
            faults.append(
                FieldViolation("clients.spiffe_ids", f"must be unique: {spiffe_id} is that of another tenant's client")
            )
    if faults:
        raise InvalidFieldError(faults)


def _write_row(connection: Connection, write: TenantWrite, before: StoredTenant | None, now: Moment) -> None:
    if before is not None:
        connection.execute(
            _UPDATE,
            {
                "of_name": write.name,
                "to_issuer": write.issuer,
                "to_document": write.document,
                "to_etag": write.etag,
                "to_update_time": now.microseconds,
            },
        )
        return
    connection.execute(
        _INSERT,
        {
            "name": write.name,
            "uid": write.uid,
            "issuer": write.issuer,
            "document": write.document,
            "etag": write.etag,
            "create_time": now.microseconds,
            "update_time": now.microseconds,
        },
    )


def _see_that_it_can_sign(connection: Connection, write: TenantWrite, now: Moment) -> None:
    active = find_active_key(connection, write.name)
    if active is not None and active.algorithm is write.algorithm:
        return
    if active is not None and any(key.algorithm is write.algorithm for key in prepared_keys(connection, write.name)):
        return
    if write.key is None:
        raise SigningKeyWantedError
    if active is None:
        insert_key(connection, replace(write.key, state=KeyState.ACTIVE), now)
    else:
        # Published first, as after any rotation: verifiers elsewhere do not know it yet.
        insert_key(connection, prepared(write.key, now.microseconds, write.publication), now)


def _end_predecessor(connection: Connection, write: TenantWrite, now: Moment) -> None:
    """Whatever lies there under the name was another's: a new tenant inherits nothing."""
    if _has_keys(connection, write.name):
        _end(connection, write.name, write.keep_until, now)


def _has_keys(connection: Connection, name: str) -> bool:
    return any(key.state is not KeyState.TAINTED for key in keys_of(connection, name))


def _end(connection: Connection, name: str, keep_until: int, now: Moment) -> None:
    for key in keys_of(connection, name):
        if key.state is not KeyState.TAINTED:
            taint = Revocation(name, TargetKind.KEY, key.key_id, keep_until=keep_until, reason=_DELETED)
            write_key_revocation(connection, taint, None, now)
    until = _Until(keep_until, _DELETED)
    _cut_off(connection, name, TargetKind.TENANT, [""], until, now)
    _cut_off(connection, _SERVICE_TENANT, TargetKind.BOUND_TENANT, [name], until, now)


def _cut_off_clients(connection: Connection, write: TenantWrite, now: Moment) -> None:
    removed = sorted(write.removed_clients)
    bound = [bound_client_name(write.name, client_id) for client_id in removed]
    until = _Until(write.keep_until, _REMOVED)
    _cut_off(connection, write.name, TargetKind.CLIENT, removed, until, now)
    _cut_off(connection, _SERVICE_TENANT, TargetKind.BOUND_CLIENT, bound, until, now)


def _cut_off(
    connection: Connection, tenant: str, kind: TargetKind, names: Sequence[str], until: _Until, now: Moment
) -> None:
    """Refuse all that was issued to these so far, also what an earlier cut-off of this second has put off to the next."""
    if not names:
        return
    second = newest_issue_time(connection, tenant, now)
    for name in names:
        cutoff = Revocation(tenant, kind, name, cutoff=second, keep_until=until.keep_until, reason=until.reason)
        write_revocation(connection, cutoff, now)


def _stored(row: Row[Any]) -> StoredTenant:
    return tenant_of(row.name, row.uid, row.etag, row.document, row.create_time, row.update_time)


def tenant_of(name: str, uid: str, etag: str, document: bytes, create_time: int, update_time: int) -> StoredTenant:
    """A tenant from its stored values."""
    return StoredTenant(name, uid, etag, bytes(document), as_seconds(create_time), as_seconds(update_time))
