"""When tokens were last of use, and which of their scopes met a check."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, case, insert, or_, select, update

from authsvc.store.contract import StoredToken
from authsvc.store.life_contract import TokenUse
from authsvc.store.schema import token_records, token_usage

BATCH = 500
"""Tokens written by one transaction at most, so that other writers get their turn."""

_RECORD = token_records.c
_USAGE = token_usage.c
_LATER = case(
    (or_(_RECORD.last_used_time.is_(None), _RECORD.last_used_time < bindparam("second")), bindparam("second")),
    else_=_RECORD.last_used_time,
)
_TOUCH = (
    update(token_records)
    .where(
        _RECORD.tenant == bindparam("of_tenant"),
        _RECORD.token_id == bindparam("of_token"),
        _RECORD.issuer == bindparam("of_issuer"),
    )
    .values(last_used_time=_LATER)
)
_OF_TOKEN = (
    _USAGE.tenant == bindparam("of_tenant"),
    _USAGE.issuer == bindparam("of_issuer"),
    _USAGE.token_id == bindparam("of_token"),
)
OF_TOKEN = select(_USAGE.scope, _USAGE.last_used_time).where(*_OF_TOKEN)
_TOUCH_SCOPE = (
    update(token_usage)
    .where(*_OF_TOKEN, _USAGE.scope == bindparam("of_scope"))
    .values(
        last_used_time=case(
            (_USAGE.last_used_time < bindparam("second"), bindparam("second")), else_=_USAGE.last_used_time
        )
    )
)
_INSERT_SCOPE = insert(token_usage)


def write_usage(connection: Connection, uses: Sequence[TokenUse]) -> int:
    """Write the uses of tokens that have a record; returns how many had one."""
    written = 0
    for use in uses:
        of_token = {"of_tenant": use.tenant, "of_issuer": use.issuer, "of_token": use.token_id, "second": use.second}
        if connection.execute(_TOUCH, of_token).rowcount == 0:
            continue
        written += 1
        for scope in sorted(use.scopes):
            if connection.execute(_TOUCH_SCOPE, {**of_token, "of_scope": scope}).rowcount == 0:
                connection.execute(_INSERT_SCOPE, _values(use, scope))
    return written


def _values(use: TokenUse, scope: str) -> dict[str, Any]:
    return {
        "tenant": use.tenant,
        "issuer": use.issuer,
        "token_id": use.token_id,
        "scope": scope,
        "last_used_time": use.second,
        "expire_time": use.expire_time,
    }


def usage_of(connection: Connection, tokens: Sequence[StoredToken]) -> list[Mapping[str, int]]:
    """For each token the scopes that met a check, with the second in which each last did."""
    usage: list[Mapping[str, int]] = []
    for token in tokens:
        record = token.record
        of_token = {"of_tenant": record.tenant, "of_issuer": record.issuer, "of_token": record.token_id}
        usage.append({row.scope: row.last_used_time for row in connection.execute(OF_TOKEN, of_token)})
    return usage
