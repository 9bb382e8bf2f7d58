"""Token records: issue, find, list."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select

from authsvc.audit.entry import AuditEntry
from authsvc.errors import InvalidFieldError, NoSigningKeyError, RequestIdReusedError, TooManyLiveTokensError
from authsvc.keys.sealed_key import KeyState
from authsvc.store.audit import append_audit
from authsvc.store.changes import newest_revision
from authsvc.store.contract import DeadOnArrivalError, IdempotencyKey, Issued, StoredToken, TokenFilter
from authsvc.store.keys import find_key
from authsvc.store.moment import DAY, Moment
from authsvc.store.records import INSERT, LIVE, ONE, ONE_OF_ISSUER, RECORDS, STATES, record_values, stored_of
from authsvc.store.revocations import newest_bound_cutoff, newest_cutoff
from authsvc.store.schema import issue_requests, tenants, token_records
from authsvc.tokens.record import TokenRecord

REQUEST_ID_LIFETIME = DAY
"""Seconds for which a request_id is remembered."""

_EVERY_TENANT = "*"

_RECORD = token_records.c
_REQUEST = issue_requests.c
_OF_CLIENT = (_RECORD.tenant == bindparam("of_tenant"), _RECORD.client_id == bindparam("of_client"))
UNEXPIRED_OF_CLIENT = (
    select(func.count()).select_from(token_records).where(*_OF_CLIENT, _RECORD.expire_time > bindparam("now"))
)
LIVE_OF_CLIENT = RECORDS.with_only_columns(func.count()).where(*_OF_CLIENT, LIVE)
_INSERT_REQUEST = insert(issue_requests)
_OF_REQUEST = (
    _REQUEST.tenant == bindparam("of_tenant"),
    _REQUEST.caller == bindparam("of_caller"),
    _REQUEST.request_id == bindparam("of_request"),
)
TENANT_UID = select(tenants.c.uid).where(tenants.c.name == bindparam("name"))
REQUESTED = select(issue_requests).where(*_OF_REQUEST)
_FORGET_REQUEST = delete(issue_requests).where(*_OF_REQUEST)


def issue(
    connection: Connection,
    record: TokenRecord,
    key: IdempotencyKey | None,
    audit: AuditEntry,
    now: Moment,
    *,
    max_live: int = 0,
    is_recorded: bool = True,
) -> Issued:
    """Write the record, or find the one that `key` stands for; without a record, its audit row alone.

    Raises:
        RequestIdReusedError: the request_id stands for another request.
        DeadOnArrivalError: a cut-off already refuses the record's issue_time.
        NoSigningKeyError: the record's key has been tainted.
        TooManyLiveTokensError: `max_live` tokens of the client live already.
    """
    if key is not None and (first := _first_issue(connection, record.tenant, key, now)) is not None:
        append_audit(connection, _of_replay(audit, record, first), now)
        revoked = first.revoke_time is not None
        return Issued(first.record, replayed=True, revoked=revoked, revision=newest_revision(connection))
    _refuse_dead(connection, record)
    if max_live:
        _refuse_one_more(connection, record, max_live, now)
    if is_recorded:
        connection.execute(INSERT, record_values(record))
    if key is not None:
        _remember_request(connection, record, key, now)
    append_audit(connection, audit, now)
    return Issued(record, replayed=False, revoked=False, revision=newest_revision(connection))


def get_token(
    connection: Connection, tenant: str, token_id: str, issuer: str | None, now: Moment
) -> StoredToken | None:
    """The record with its state; of several issuers' records with one id the newest."""
    values = {"tenant": tenant, "token_id": token_id, "now": now.seconds}
    if issuer is None:
        # Sorted here: an ORDER BY would have SQLite walk the tenant's records instead of finding the id.
        rows = connection.execute(ONE, values).all()
    else:
        rows = connection.execute(ONE_OF_ISSUER, {**values, "issuer": issuer}).all()
    return max(map(stored_of, rows), key=lambda stored: stored.position, default=None)


def list_tokens(
    connection: Connection, token_filter: TokenFilter, limit: int, before: int | None, now: Moment
) -> list[StoredToken]:
    """A page, newest first."""
    wanted = {
        "subject": token_filter.subject,
        "client_id": token_filter.client_id,
        "label": token_filter.label,
    }
    query = page(token_filter.tenant, wanted, state=token_filter.state, before=before, limit=limit)
    return [stored_of(row) for row in connection.execute(query, {"now": now.seconds})]


def page(tenant: str, wanted: Mapping[str, str], *, state: str | None, before: int | None, limit: int) -> Select[Any]:
    """The query of a page; what is empty or None does not filter."""
    query = RECORDS.where(_RECORD.tenant == tenant)
    for column, value in wanted.items():
        if value:
            query = query.where(_RECORD[column] == value)
    if state is not None:
        query = query.where(STATES[state])
    if before is not None:
        query = query.where(_RECORD.position < before)
    return query.order_by(_RECORD.position.desc()).limit(limit)


def is_replay(connection: Connection, tenant: str, key: IdempotencyKey | None, now: Moment) -> bool:
    """Whether `issue` would find the record of an earlier call.

    Raises:
        RequestIdReusedError: the request_id stands for another request.
    """
    return key is not None and _first_issue(connection, tenant, key, now) is not None


def _first_issue(connection: Connection, tenant: str, key: IdempotencyKey, now: Moment) -> StoredToken | None:
    """What the request_id stands for; None if for nothing, or for something too old to count."""
    values = {"of_tenant": tenant, "of_caller": key.caller, "of_request": key.request_id}
    row = connection.execute(REQUESTED, values).one_or_none()
    if row is None:
        return None
    first = get_token(connection, tenant, row.token_id, row.issuer, now)
    if first is None or row.create_time <= now.seconds - REQUEST_ID_LIFETIME:
        connection.execute(_FORGET_REQUEST, values)
        return None
    if row.request_digest != key.request_digest:
        raise RequestIdReusedError(
            "This request_id was used for another request within the last 24 hours; choose a new one."
        )
    return first


def _refuse_dead(connection: Connection, record: TokenRecord) -> None:
    cutoff = newest_cutoff(connection, record.tenant, record.subject, record.client_id)
    if record.bound_tenant:
        _refuse_dead_binding(connection, record)
    if cutoff is not None and record.issue_time <= cutoff:
        raise DeadOnArrivalError(cutoff)
    key = find_key(connection, record.tenant, record.key_id)
    if key is not None and key.state in {KeyState.TAINTED, KeyState.RETIRED}:
        raise NoSigningKeyError("The tenant's signing key was revoked or retired while it signed; try again.")


def _refuse_dead_binding(connection: Connection, record: TokenRecord) -> None:
    """A key of the service goes with the tenant that it is bound to, and with the client there."""
    cutoff = newest_bound_cutoff(connection, record)
    if cutoff is not None and record.issue_time <= cutoff:
        raise DeadOnArrivalError(cutoff)
    # It may have gone since the request was read: a later tenant of the name must not inherit the key.
    if (
        record.bound_tenant != _EVERY_TENANT
        and connection.execute(TENANT_UID, {"name": record.bound_tenant}).first() is None
    ):
        raise InvalidFieldError.of(
            "bound_tenant", f'must be the name of a tenant, or "{_EVERY_TENANT}" for all of them'
        )


def _refuse_one_more(connection: Connection, record: TokenRecord, max_live: int, now: Moment) -> None:
    values = {"of_tenant": record.tenant, "of_client": record.client_id, "now": now.seconds}
    # Those that have not expired are counted in the index alone; which of them are revoked is seldom worth a look.
    for count in (UNEXPIRED_OF_CLIENT, LIVE_OF_CLIENT):
        if connection.execute(count, values).scalar_one() < max_live:
            return
    raise TooManyLiveTokensError(
        f"The client has {max_live} live tokens, as many as it may have; revoke one, or wait until one expires."
    )


def _remember_request(connection: Connection, record: TokenRecord, key: IdempotencyKey, now: Moment) -> None:
    connection.execute(
        _INSERT_REQUEST,
        {
            "tenant": record.tenant,
            "caller": key.caller,
            "request_id": key.request_id,
            "request_digest": key.request_digest,
            "issuer": record.issuer,
            "token_id": record.token_id,
            "create_time": now.seconds,
        },
    )


def _of_replay(audit: AuditEntry, record: TokenRecord, first: StoredToken) -> AuditEntry:
    """The audit row of a replay names the token that exists, not the one that was not needed."""
    target = first.record.token_id if audit.target == record.token_id else audit.target
    return replace(audit, target=target, detail={**audit.detail, "replayed": "true"})
