"""Deletes what no longer matters, a batch a transaction so that other writers get their turn."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, select, tuple_

from authsvc.revocation.entry import TargetKind
from authsvc.store.moment import DAY, MARGIN, Moment
from authsvc.store.schema import changes, issue_requests, revocations, token_records, token_usage
from authsvc.store.tokens import REQUEST_ID_LIFETIME

BATCH = 1000
"""Rows deleted by one transaction at most."""
CHANGE_LIFETIME = DAY
"""Seconds for which a follower may be away and still catch up from the log."""


@dataclass(frozen=True, slots=True)
class Step:
    """One table, and which of its rows no longer matter."""

    table: Table
    no_longer_matters: Callable[[Moment, int], ColumnElement[bool]]
    """Of a time and the record retention in seconds."""

    def delete_batch(self, connection: Connection, now: Moment, record_retention: int) -> int:
        """Delete at most BATCH rows; returns how many."""
        key = tuple(self.table.primary_key.columns)
        doomed = select(*key).where(self.no_longer_matters(now, record_retention)).limit(BATCH)
        matched = key[0].in_(doomed) if len(key) == 1 else tuple_(*key).in_(doomed)
        return connection.execute(delete(self.table).where(matched)).rowcount


def _record_outlived(now: Moment, record_retention: int) -> ColumnElement[bool]:
    return token_records.c.expire_time < now.seconds - record_retention


def _usage_outlived(now: Moment, record_retention: int) -> ColumnElement[bool]:
    return token_usage.c.expire_time < now.seconds - record_retention


def _revocation_outlived(now: Moment, record_retention: int) -> ColumnElement[bool]:
    """Kept until the records that it hits are gone too, so that they are listed as revoked to their end.

    A tainted key is one for ever.
    """
    return and_(
        revocations.c.keep_until < now.seconds - MARGIN - record_retention,
        revocations.c.kind != TargetKind.KEY.value,
    )


def _request_outlived(now: Moment, _: int) -> ColumnElement[bool]:
    return issue_requests.c.create_time < now.seconds - REQUEST_ID_LIFETIME


def _change_outlived(now: Moment, _: int) -> ColumnElement[bool]:
    """The newest row stays: it carries the number that the next one goes on from."""
    newest = select(func.max(changes.c.revision)).scalar_subquery()
    return and_(changes.c.change_time < now.seconds - CHANGE_LIFETIME, changes.c.revision < newest)


STEPS = (
    Step(token_records, _record_outlived),
    Step(token_usage, _usage_outlived),
    Step(revocations, _revocation_outlived),
    Step(issue_requests, _request_outlived),
    Step(changes, _change_outlived),
)
