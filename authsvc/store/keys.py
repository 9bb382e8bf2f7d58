"""Keys: add, find, list, change the state."""

from dataclasses import replace
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from authsvc.errors import KeyExistsError
from authsvc.keys.lifecycle import relieved
from authsvc.keys.sealed_key import Algorithm, KeyPurpose, KeyState, SealedKey
from authsvc.store.changes import append_key
from authsvc.store.moment import Moment
from authsvc.store.schema import signing_keys

_COLUMNS = signing_keys.c
_INSERT = insert(signing_keys)
ONE = select(signing_keys).where(_COLUMNS.tenant == bindparam("tenant"), _COLUMNS.key_id == bindparam("key_id"))
_ACTIVE = select(signing_keys).where(_COLUMNS.tenant == bindparam("tenant"), _COLUMNS.state == KeyState.ACTIVE.value)
OF_TENANT = select(signing_keys).where(_COLUMNS.tenant == bindparam("tenant"))
_PREPARED = (
    select(signing_keys)
    .where(_COLUMNS.tenant == bindparam("tenant"), _COLUMNS.state == KeyState.PREPARED.value)
    .order_by(_COLUMNS.activate_time, _COLUMNS.key_id)
)
_OF_KEY = (_COLUMNS.tenant == bindparam("of_tenant"), _COLUMNS.key_id == bindparam("of_key"))
_SET_STATE = (
    update(signing_keys)
    .where(*_OF_KEY)
    .values(
        state=bindparam("to_state"),
        state_time=bindparam("to_state_time"),
        activate_time=bindparam("to_activate_time"),
        retire_time=bindparam("to_retire_time"),
    )
)
_SET_SEALED = (
    update(signing_keys).where(*_OF_KEY).values(sealed=bindparam("to_sealed"), sealed_by=bindparam("to_sealed_by"))
)
_NEWEST_FIRST = (_COLUMNS.create_time.desc(), _COLUMNS.key_id.desc())
_SEALED_OTHERWISE = select(signing_keys).where(_COLUMNS.sealed_by != bindparam("newest"))
_TO_ACTIVATE = _COLUMNS.activate_time <= bindparam("now")
_TO_RETIRE = _COLUMNS.retire_time <= bindparam("now")
_WITHOUT_END = and_(
    _COLUMNS.state == KeyState.VERIFY_ONLY.value,
    _COLUMNS.purpose == KeyPurpose.SIGNING.value,
    _COLUMNS.retire_time.is_(None),
)
TO_ACTIVATE = select(signing_keys).where(_TO_ACTIVATE).order_by(_COLUMNS.activate_time, _COLUMNS.key_id)
TO_RETIRE = select(signing_keys).where(_TO_RETIRE)
_TO_END = select(signing_keys).where(_WITHOUT_END)
_ANY_DUE = select(
    or_(*(exists(select(_COLUMNS.key_id).where(which)) for which in (_TO_ACTIVATE, _TO_RETIRE, _WITHOUT_END)))
)
_HEIRS = signing_keys.alias("heirs")
_LONG_ACTIVE = select(_COLUMNS.tenant).where(
    _COLUMNS.state == KeyState.ACTIVE.value,
    _COLUMNS.state_time <= bindparam("since"),
    ~exists(
        select(_HEIRS.c.key_id).where(_HEIRS.c.tenant == _COLUMNS.tenant, _HEIRS.c.state == KeyState.PREPARED.value)
    ),
)


def find_key(connection: Connection, tenant: str, key_id: str) -> SealedKey | None:
    """The key, or None."""
    row = connection.execute(ONE, {"tenant": tenant, "key_id": key_id}).one_or_none()
    return None if row is None else _key(row)


def page(tenant: str, after: tuple[int, str] | None, limit: int) -> Select[Any]:
    """A tenant's keys, newest first, after one of that create_time and id."""
    query = select(signing_keys).where(_COLUMNS.tenant == tenant)
    if after is not None:
        query = query.where(tuple_(_COLUMNS.create_time, _COLUMNS.key_id) < tuple_(*after))
    return query.order_by(*_NEWEST_FIRST).limit(limit)


def list_keys(connection: Connection, tenant: str, after: tuple[int, str] | None, limit: int) -> list[SealedKey]:
    """The keys of a page."""
    return [_key(row) for row in connection.execute(page(tenant, after, limit))]


def find_active_key(connection: Connection, tenant: str) -> SealedKey | None:
    """The tenant's active key, or None."""
    row = connection.execute(_ACTIVE, {"tenant": tenant}).one_or_none()
    return None if row is None else _key(row)


def keys_of(connection: Connection, tenant: str) -> list[SealedKey]:
    """Every key of the tenant, whatever its state."""
    return [_key(row) for row in connection.execute(OF_TENANT, {"tenant": tenant})]


def prepared_keys(connection: Connection, tenant: str) -> list[SealedKey]:
    """The tenant's prepared keys, the one that is to be active first in front."""
    return [_key(row) for row in connection.execute(_PREPARED, {"tenant": tenant})]


def keys_to_activate(connection: Connection, now: Moment) -> list[SealedKey]:
    """Prepared keys whose time has come, in its order."""
    return [_key(row) for row in connection.execute(TO_ACTIVATE, {"now": now.microseconds})]


def keys_to_retire(connection: Connection, now: Moment) -> list[SealedKey]:
    """Verify-only keys whose time has come."""
    return [_key(row) for row in connection.execute(TO_RETIRE, {"now": now.microseconds})]


def keys_without_end(connection: Connection) -> list[SealedKey]:
    """Verify-only keys of this service of which nobody has said yet when they retire."""
    return [_key(row) for row in connection.execute(_TO_END)]


def is_any_due(connection: Connection, now: Moment) -> bool:
    """Whether one of the three above is not empty."""
    found: bool = connection.execute(_ANY_DUE, {"now": now.microseconds}).scalar_one()
    return bool(found)


def long_active(connection: Connection, since: int) -> list[str]:
    """The tenants whose key has been active since that time or longer, and who have none prepared."""
    return list(connection.execute(_LONG_ACTIVE, {"since": since}).scalars())


def keys_sealed_otherwise(connection: Connection, newest: str, limit: int) -> list[SealedKey]:
    """Keys that are not sealed by that sealing key."""
    return [_key(row) for row in connection.execute(_SEALED_OTHERWISE.limit(limit), {"newest": newest})]


def count_by_sealing_key(connection: Connection) -> dict[str, int]:
    """How many keys each sealing key has sealed, by its name."""
    counted = select(_COLUMNS.sealed_by, func.count()).group_by(_COLUMNS.sealed_by)
    return {row[0]: row[1] for row in connection.execute(counted)}


def insert_key(connection: Connection, key: SealedKey, now: Moment) -> SealedKey:
    """Add a key, with the transaction's time; if it is active, the one active until now becomes verify-only first.

    Raises:
        KeyExistsError: the tenant has one of that id.
    """
    if find_key(connection, key.tenant, key.key_id) is not None:
        raise KeyExistsError("the tenant has a key of that id; import it under another key_id, or leave it out")
    if key.state is KeyState.ACTIVE and (active := find_active_key(connection, key.tenant)) is not None:
        write_key(connection, relieved(active, now.microseconds, None), now)
    key = replace(key, state_time=now.microseconds)
    connection.execute(
        _INSERT,
        {
            "tenant": key.tenant,
            "key_id": key.key_id,
            "algorithm": key.algorithm.value,
            "state": key.state.value,
            "sealed": key.sealed,
            "create_time": key.create_time,
            "purpose": key.purpose.value,
            "issuer": key.issuer,
            "sealed_by": key.sealed_by,
            "state_time": key.state_time,
            "activate_time": key.activate_time,
            "retire_time": key.retire_time,
        },
    )
    append_key(connection, key, now)
    return key


def write_key(connection: Connection, key: SealedKey, now: Moment) -> None:
    """Give a key the state and the times that it has here, and log it."""
    connection.execute(
        _SET_STATE,
        {
            "of_tenant": key.tenant,
            "of_key": key.key_id,
            "to_state": key.state.value,
            "to_state_time": key.state_time,
            "to_activate_time": key.activate_time,
            "to_retire_time": key.retire_time,
        },
    )
    append_key(connection, key, now)


def write_sealed(connection: Connection, key: SealedKey) -> None:
    """Give a key another seal. Nothing is logged, since nothing that decides has changed."""
    connection.execute(
        _SET_SEALED,
        {"of_tenant": key.tenant, "of_key": key.key_id, "to_sealed": key.sealed, "to_sealed_by": key.sealed_by},
    )


def _key(row: Row[Any]) -> SealedKey:
    return key_of(
        row.tenant,
        row.key_id,
        row.algorithm,
        row.state,
        row.sealed,
        row.create_time,
        row.purpose,
        row.issuer,
        row.sealed_by,
        row.state_time,
        row.activate_time,
        row.retire_time,
    )


def key_of(
    tenant: str,
    key_id: str,
    algorithm: str,
    state: str,
    sealed: bytes,
    create_time: int,
    purpose: str,
    issuer: str,
    sealed_by: str,
    state_time: int,
    activate_time: int | None,
    retire_time: int | None,
) -> SealedKey:
    """A key from its stored values."""
    return SealedKey(
        tenant,
        key_id,
        Algorithm(algorithm),
        KeyState(state),
        bytes(sealed),
        create_time,
        KeyPurpose(purpose),
        issuer,
        sealed_by,
        state_time,
        activate_time,
        retire_time,
    )
