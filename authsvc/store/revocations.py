"""Revocations: write one, and ask whether a cut-off already refuses a token."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, union_all, update

from authsvc.errors import KeyNotFoundError
from authsvc.keys.lifecycle import activated, tainted
from authsvc.keys.sealed_key import KeyState, SealedKey
from authsvc.revocation.entry import CUTOFF_KINDS, ISSUER_KINDS, Revocation, TargetKind, bound_client_name
from authsvc.store.changes import append_revocation
from authsvc.store.contract import SuccessorNeededError
from authsvc.store.keys import find_key, insert_key, prepared_keys, write_key
from authsvc.store.moment import MARGIN, Moment
from authsvc.store.schema import revocations, token_records
from authsvc.tokens.record import TokenRecord

_COLUMNS = revocations.c
ONE = select(revocations).where(
    _COLUMNS.tenant == bindparam("tenant"),
    _COLUMNS.kind == bindparam("kind"),
    _COLUMNS.issuer == bindparam("issuer"),
    _COLUMNS.name == bindparam("name"),
)
_INSERT = insert(revocations)
_UPDATE = (
    update(revocations)
    .where(
        _COLUMNS.tenant == bindparam("of_tenant"),
        _COLUMNS.kind == bindparam("of_kind"),
        _COLUMNS.issuer == bindparam("of_issuer"),
        _COLUMNS.name == bindparam("of_name"),
    )
    .values(
        cutoff=bindparam("to_cutoff"),
        keep_until=bindparam("to_keep_until"),
        reason=bindparam("to_reason"),
        revoke_time=bindparam("to_revoke_time"),
    )
)
# One branch for each kind: over an OR, SQLite would read every revocation of the tenant.
_CUTOFFS = union_all(
    *(
        select(_COLUMNS.cutoff).where(
            _COLUMNS.tenant == bindparam("of_tenant"),
            _COLUMNS.kind == kind.value,
            _COLUMNS.issuer == "",
            _COLUMNS.name == ("" if kind is TargetKind.TENANT else bindparam(kind.value)),
        )
        for kind in (TargetKind.SUBJECT, TargetKind.CLIENT, TargetKind.TENANT)
    )
).subquery()
NEWEST_CUTOFF = select(func.max(_CUTOFFS.c.cutoff))
_BOUND_CUTOFFS = union_all(
    *(
        select(_COLUMNS.cutoff).where(
            _COLUMNS.tenant == bindparam("of_tenant"),
            _COLUMNS.kind == kind.value,
            _COLUMNS.issuer == "",
            _COLUMNS.name == bindparam(kind.value),
        )
        for kind in (TargetKind.BOUND_TENANT, TargetKind.BOUND_CLIENT)
    )
).subquery()
NEWEST_BOUND_CUTOFF = select(func.max(_BOUND_CUTOFFS.c.cutoff))
_TENANT_CUTOFFS = union_all(
    *(
        select(_COLUMNS.cutoff).where(_COLUMNS.tenant == bindparam("of_tenant"), _COLUMNS.kind == kind.value)
        for kind in sorted(CUTOFF_KINDS)
    )
).subquery()
NEWEST_OF_TENANT = select(func.max(_TENANT_CUTOFFS.c.cutoff))
# What a cut-off of now hits: the record written last has the latest iat, which is a second ahead after another cut-off of now.
NEWEST_RECORD = {
    kind: select(token_records.c.issue_time)
    .where(token_records.c.tenant == bindparam("of_tenant"), *named)
    .order_by(token_records.c.position.desc())
    .limit(1)
    for kind, named in (
        (TargetKind.SUBJECT, (token_records.c.subject == bindparam("of_name"),)),
        (TargetKind.CLIENT, (token_records.c.client_id == bindparam("of_name"),)),
        (TargetKind.TENANT, ()),
    )
}


_SLACK = 3600
"""Seconds of a later keep_until that are not worth a change. They are well within the margin of pruning."""


@dataclass(frozen=True, slots=True)
class Written:
    """A revocation as it now stands."""

    revocation: Revocation
    revoke_time: int
    """Microseconds since the epoch."""


def newest_cutoff(connection: Connection, tenant: str, subject: str, client_id: str) -> int | None:
    """The latest cut-off that a token of these falls under, whether or not it is late enough to refuse it."""
    values = {"of_tenant": tenant, "subject": subject, "client": client_id}
    cutoff: int | None = connection.execute(NEWEST_CUTOFF, values).scalar_one()
    return cutoff


def newest_bound_cutoff(connection: Connection, record: TokenRecord) -> int | None:
    """The latest cut-off of what a key of the service is bound to: a tenant, and the client there."""
    values = {
        "of_tenant": record.tenant,
        TargetKind.BOUND_TENANT.value: record.bound_tenant,
        TargetKind.BOUND_CLIENT.value: bound_client_name(record.bound_tenant, record.client_id),
    }
    cutoff: int | None = connection.execute(NEWEST_BOUND_CUTOFF, values).scalar_one()
    return cutoff


def newest_issue_time(connection: Connection, tenant: str, now: Moment) -> int:
    """The latest iat that a token of the tenant can have by now: that of a token issued after its newest cut-off."""
    cutoff: int | None = connection.execute(NEWEST_OF_TENANT, {"of_tenant": tenant}).scalar_one()
    return now.seconds if cutoff is None else max(now.seconds, cutoff + 1)


def write_revocation(connection: Connection, revocation: Revocation, now: Moment) -> Written:
    """Write it unless the same stands already; log it if it changes what decides.

    A later cut-off is a new revocation, with a time and reason of its own; of a rotation the first end stands.
    A row that has outlived all that it could hit counts as gone, whether or not it has been pruned yet: readers
    may have dropped it.
    """
    wanted = _normal(revocation, now)
    if revocation.cutoff is None and wanted.kind in NEWEST_RECORD:
        wanted = replace(wanted, cutoff=max(now.seconds, _newest_recorded_issue_time(connection, wanted)))
    row = connection.execute(ONE, _natural_key(wanted)).one_or_none()
    if row is None:
        written = Written(wanted, now.microseconds)
        connection.execute(_INSERT, {**_natural_key(wanted), **_values(written)})
        _log(connection, wanted, now)
        return written
    is_later = revocation.kind in CUTOFF_KINDS and _is_later(wanted.cutoff, row.cutoff)
    is_new = _has_outlived(row, now) or is_later
    if not is_new and wanted.keep_until <= row.keep_until + _SLACK:
        return Written(_revocation(row), row.revoke_time)
    written = _merged(wanted, row, now, is_new=is_new)
    key = {f"of_{name}": value for name, value in _natural_key(wanted).items()}
    connection.execute(_UPDATE, {**key, **{f"to_{name}": value for name, value in _values(written).items()}})
    _log(connection, written.revocation, now)
    return written


def find_revocation(connection: Connection, revocation: Revocation) -> Row[Any] | None:
    """The row of the same tenant, kind, issuer and name, or None."""
    return connection.execute(ONE, _natural_key(revocation)).one_or_none()


def write_key_revocation(
    connection: Connection,
    revocation: Revocation,
    successor: SealedKey | None,
    now: Moment,
    *,
    needs_successor: bool = False,
) -> Written:
    """Taint the key; if it was active, the key prepared first takes its place, or `successor` where none is prepared.

    Raises:
        KeyNotFoundError: the tenant has no such key.
        SuccessorNeededError: with `needs_successor`, nothing could take its place.
    """
    key = find_key(connection, revocation.tenant, revocation.name)
    if key is None:
        raise KeyNotFoundError("The tenant has no key with this key_id; ListKeys or the JWKS names those it has.")
    if key.state is not KeyState.TAINTED:
        write_key(connection, tainted(key, now.microseconds), now)
    if key.state is KeyState.ACTIVE:
        # Published or not: nobody else may sign, and a prepared key is known to more verifiers than a fresh one.
        if heirs := prepared_keys(connection, key.tenant):
            write_key(connection, activated(heirs[0], now.microseconds, 0, force=True), now)
        elif successor is not None:
            insert_key(connection, replace(successor, state=KeyState.ACTIVE), now)
        elif needs_successor:
            raise SuccessorNeededError
    return write_revocation(connection, revocation, now)


def _normal(revocation: Revocation, now: Moment) -> Revocation:
    """With its cut-off, and empty where its kind has nothing to say, so that one target has one row."""
    has_time = revocation.kind in CUTOFF_KINDS or revocation.kind is TargetKind.ROTATION
    cutoff = now.seconds if revocation.cutoff is None else revocation.cutoff
    return replace(
        revocation,
        name="" if revocation.kind is TargetKind.TENANT else revocation.name,
        issuer=revocation.issuer if revocation.kind in ISSUER_KINDS else "",
        cutoff=cutoff if has_time else None,
    )


def _newest_recorded_issue_time(connection: Connection, revocation: Revocation) -> int:
    values = {"of_tenant": revocation.tenant, "of_name": revocation.name}
    issue_time: int | None = connection.execute(NEWEST_RECORD[revocation.kind], values).scalar_one_or_none()
    return issue_time or 0


def _has_outlived(row: Row[Any], now: Moment) -> bool:
    outlived: bool = row.kind != TargetKind.KEY.value and row.keep_until < now.seconds - MARGIN
    return outlived


def _is_later(wanted: int | None, found: int | None) -> bool:
    return wanted is not None and (found is None or wanted > found)


def _merged(wanted: Revocation, row: Row[Any], now: Moment, *, is_new: bool) -> Written:
    found = _revocation(row)
    keep_until = max(wanted.keep_until, found.keep_until)
    if not is_new:
        return Written(replace(found, keep_until=keep_until), row.revoke_time)
    cutoff = wanted.cutoff if _is_later(wanted.cutoff, found.cutoff) else found.cutoff
    return Written(replace(wanted, cutoff=cutoff, keep_until=keep_until), now.microseconds)


def _revocation(row: Row[Any]) -> Revocation:
    return Revocation(row.tenant, TargetKind(row.kind), row.name, row.issuer, row.cutoff, row.keep_until, row.reason)


def _log(connection: Connection, revocation: Revocation, now: Moment) -> None:
    # A tainted key is already in the log as a key.
    if revocation.kind is not TargetKind.KEY:
        append_revocation(connection, revocation, now)


def _natural_key(revocation: Revocation) -> dict[str, Any]:
    return {
        "tenant": revocation.tenant,
        "kind": revocation.kind.value,
        "issuer": revocation.issuer,
        "name": revocation.name,
    }


def _values(written: Written) -> dict[str, Any]:
    return {
        "cutoff": written.revocation.cutoff,
        "keep_until": written.revocation.keep_until,
        "reason": written.revocation.reason,
        "revoke_time": written.revoke_time,
    }
