"""The last admin key: without one, nobody can administer the service from outside its machine."""

from sqlalchemy import Connection, bindparam, or_

from authsvc.errors import LastAdminKeyError
from authsvc.store.moment import Moment
from authsvc.store.records import LIVE, RECORDS, record_of
from authsvc.store.schema import token_records

SERVICE_TENANT = "authsvc"
_ADMIN_SCOPE = "admin:authsvc"
_EVERY_TENANT = "*"

_RECORD = token_records.c
_CANDIDATES = RECORDS.where(
    _RECORD.tenant == SERVICE_TENANT,
    _RECORD.bound_tenant == _EVERY_TENANT,
    or_(_RECORD.not_before_time.is_(None), _RECORD.not_before_time <= bindparam("now")),
    LIVE,
)


def has_live_admin_key(connection: Connection, now: Moment) -> bool:
    """Whether some key of the service is in force and may do everything for every tenant."""
    rows = connection.execute(_CANDIDATES, {"now": now.seconds})
    try:
        return any(_ADMIN_SCOPE in record_of(row).scopes for row in rows)
    finally:
        rows.close()


def last_admin_key_error() -> LastAdminKeyError:
    """What the caller is told who would lock everybody out."""
    return LastAdminKeyError(
        "This would revoke the last live admin key of the service. Issue another one first, or pass force to "
        "do it all the same; `authsvc recover` then makes a new key on the server's machine.",
        metadata={"next_step": "issue another admin key first, or pass force and then run: authsvc recover"},
    )
