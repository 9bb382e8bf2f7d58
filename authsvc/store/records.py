"""Token records as rows: each with whatever revocation hits it, and how a record is written down."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    insert,
    literal_column,
    not_,
    or_,
    select,
)

from authsvc.revocation.entry import TargetKind
from authsvc.store.contract import StoredToken
from authsvc.store.moment import MICROSECONDS, as_seconds
from authsvc.store.schema import revocations, token_records
from authsvc.tokens.lineage import MAX_ANCESTORS, Ancestor
from authsvc.tokens.record import TokenRecord

_RECORD = token_records.c
_NOBODY: ColumnElement[str] = literal_column("''")


class _Hit:
    """A revocation that hits the record, found by its primary key, or nothing."""

    def __init__(
        self,
        alias: str,
        kind: TargetKind,
        name: ColumnElement[Any],
        issuer: ColumnElement[Any] = _NOBODY,
        *,
        when: ColumnElement[bool] | None = None,
    ) -> None:
        self.name = alias
        self.row = revocations.alias(alias)
        key = (
            self.row.c.tenant == _RECORD.tenant,
            self.row.c.kind == kind.value,
            self.row.c.issuer == issuer,
            self.row.c.name == name,
        )
        self.is_due = and_(*key) if when is None else and_(*key, when)

    def time(self) -> ColumnElement[Any]:
        """When it took effect, in microseconds."""
        return self.row.c.revoke_time


class _CutoffHit(_Hit):
    """A cut-off. It hits what was issued up to its second, or came from such a token: subject and client stay the same."""

    def __init__(self, alias: str, kind: TargetKind, name: ColumnElement[Any]) -> None:
        super().__init__(alias, kind, name)
        self.is_due = and_(self.is_due, self.row.c.cutoff >= _RECORD.first_issue_time)


class _RotationHit(_Hit):
    """A rotation whose overlap is over."""

    def __init__(self, alias: str, name: ColumnElement[Any]) -> None:
        super().__init__(alias, TargetKind.ROTATION, name, _RECORD.issuer)
        self.is_due = and_(self.is_due, self.row.c.cutoff <= bindparam("now"))

    def time(self) -> ColumnElement[Any]:
        """The second from which on the token is refused."""
        return self.row.c.cutoff * MICROSECONDS


def _hits() -> Iterator[_Hit]:
    yield _Hit("by_token", TargetKind.TOKEN, _RECORD.token_id, _RECORD.issuer)
    yield _CutoffHit("by_subject", TargetKind.SUBJECT, _RECORD.subject)
    yield _CutoffHit("by_client", TargetKind.CLIENT, _RECORD.client_id)
    yield _CutoffHit("by_tenant", TargetKind.TENANT, bindparam("whole_tenant", ""))
    yield _CutoffHit("by_bound_tenant", TargetKind.BOUND_TENANT, _RECORD.bound_tenant)
    yield _CutoffHit("by_bound_client", TargetKind.BOUND_CLIENT, _RECORD.bound_tenant + "/" + _RECORD.client_id)
    yield _Hit("by_key", TargetKind.KEY, _RECORD.key_id)
    yield _Hit("by_family", TargetKind.FAMILY, _RECORD.family_id, _RECORD.issuer)
    yield _RotationHit("by_rotation", _RECORD.token_id)
    for number in range(1, MAX_ANCESTORS + 1):
        token_id, key_id = _RECORD[f"ancestor_{number}"], _RECORD[f"ancestor_{number}_key"]
        yield _Hit(f"by_ancestor_{number}", TargetKind.TOKEN, token_id, _RECORD.issuer)
        yield _RotationHit(f"by_ancestor_{number}_rotation", token_id)
        yield _Hit(f"by_ancestor_{number}_key", TargetKind.KEY, key_id)


_HITS = tuple(_hits())


def _records_with_revocations() -> Select[Any]:
    """Each record with the revocations that hit it. The time "now" decides on rotations."""
    joined: FromClause = token_records
    for hit in _HITS:
        joined = joined.outerjoin(hit.row, hit.is_due)
    told = [
        column
        for hit in _HITS
        for column in (hit.time().label(hit.name + "_time"), hit.row.c.reason.label(hit.name + "_reason"))
    ]
    return select(token_records, *told).select_from(joined)


RECORDS = _records_with_revocations()
REVOKED: ColumnElement[bool] = or_(*(hit.row.c.revoke_time.is_not(None) for hit in _HITS))
LIVE: ColumnElement[bool] = and_(not_(REVOKED), _RECORD.expire_time > bindparam("now"))
STATES: dict[str, ColumnElement[bool]] = {
    "live": LIVE,
    "expired": and_(not_(REVOKED), _RECORD.expire_time <= bindparam("now")),
    "revoked": REVOKED,
}
INSERT = insert(token_records)
ONE = RECORDS.where(_RECORD.tenant == bindparam("tenant"), _RECORD.token_id == bindparam("token_id"))
ONE_OF_ISSUER = ONE.where(_RECORD.issuer == bindparam("issuer"))


def record_values(record: TokenRecord) -> dict[str, Any]:
    """The values of its row."""
    oldest = record.ancestors[-1].issue_time if record.ancestors else record.issue_time
    padded = (*record.ancestors, *[None] * (MAX_ANCESTORS - len(record.ancestors)))
    return {
        "tenant": record.tenant,
        "issuer": record.issuer,
        "token_id": record.token_id,
        "subject": record.subject,
        "client_id": record.client_id,
        "audiences": _json(list(record.audiences)),
        "scopes": _json(list(record.scopes)),
        "key_id": record.key_id,
        "issue_time": record.issue_time,
        "expire_time": record.expire_time,
        "not_before_time": record.not_before_time,
        "label": record.label,
        "claims": _json(dict(record.claims)),
        "bound_tenant": record.bound_tenant,
        "ancestors": _json([_ancestor_values(ancestor) for ancestor in record.ancestors]),
        "first_issue_time": oldest,
        **{f"ancestor_{number}": one.token_id if one else "" for number, one in enumerate(padded, 1)},
        **{f"ancestor_{number}_key": one.key_id if one else "" for number, one in enumerate(padded, 1)},
        "family_id": record.family_id or record.token_id,
        "family_end": record.family_end,
        "rotated_from": record.rotated_from,
    }


def record_of(row: Row[Any]) -> TokenRecord:
    """The record in a row."""
    return TokenRecord(
        tenant=row.tenant,
        issuer=row.issuer,
        token_id=row.token_id,
        subject=row.subject,
        client_id=row.client_id,
        audiences=tuple(json.loads(row.audiences)),
        scopes=tuple(json.loads(row.scopes)),
        key_id=row.key_id,
        issue_time=row.issue_time,
        expire_time=row.expire_time,
        not_before_time=row.not_before_time,
        label=row.label,
        claims=json.loads(row.claims),
        bound_tenant=row.bound_tenant,
        ancestors=tuple(Ancestor(*values) for values in json.loads(row.ancestors)),
        # An issued token is stored under a family of its own, so that one comparison finds all of a family.
        family_id="" if row.family_end is None else row.family_id,
        family_end=row.family_end,
        rotated_from=row.rotated_from,
    )


def stored_of(row: Row[Any]) -> StoredToken:
    """The record with the earliest of its revocations."""
    told = row._mapping  # noqa: SLF001 (SQLAlchemy's public name for it)
    found = [
        (told[hit.name + "_time"], told[hit.name + "_reason"]) for hit in _HITS if told[hit.name + "_time"] is not None
    ]
    revoke_time, reason = min(found, default=(None, ""))
    return StoredToken(
        row.position,
        record_of(row),
        revoke_time=None if revoke_time is None else as_seconds(revoke_time),
        revoke_reason=reason,
        last_used_time=row.last_used_time,
    )


def _ancestor_values(ancestor: Ancestor) -> list[Any]:
    return [
        ancestor.issuer,
        ancestor.token_id,
        ancestor.issue_time,
        ancestor.key_id,
        ancestor.subject,
        ancestor.client_id,
    ]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
