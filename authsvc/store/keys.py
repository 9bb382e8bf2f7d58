"""Signing keys: add, find, change the state."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from authsvc.keys.sealed_key import Algorithm, KeyState, SealedKey
from authsvc.store.changes import append_key
from authsvc.store.moment import Moment
from authsvc.store.schema import signing_keys

_COLUMNS = signing_keys.c
_INSERT = insert(signing_keys)
ONE = select(signing_keys).where(_COLUMNS.tenant == bindparam("tenant"), _COLUMNS.key_id == bindparam("key_id"))
_ACTIVE = select(signing_keys).where(_COLUMNS.tenant == bindparam("tenant"), _COLUMNS.state == KeyState.ACTIVE.value)
OF_TENANT = select(signing_keys).where(_COLUMNS.tenant == bindparam("tenant"))
_SET_STATE = (
    update(signing_keys)
    .where(_COLUMNS.tenant == bindparam("of_tenant"), _COLUMNS.key_id == bindparam("of_key"))
    .values(state=bindparam("to_state"))
)


def find_key(connection: Connection, tenant: str, key_id: str) -> SealedKey | None:
    """The key, or None."""
    row = connection.execute(ONE, {"tenant": tenant, "key_id": key_id}).one_or_none()
    return None if row is None else _key(row)


def find_active_key(connection: Connection, tenant: str) -> SealedKey | None:
    """The tenant's active key, or None."""
    row = connection.execute(_ACTIVE, {"tenant": tenant}).one_or_none()
    return None if row is None else _key(row)


def keys_of(connection: Connection, tenant: str) -> list[SealedKey]:
    """Every key of the tenant, whatever its state."""
    return [_key(row) for row in connection.execute(OF_TENANT, {"tenant": tenant})]


def insert_key(connection: Connection, key: SealedKey, now: Moment) -> None:
    """Add a key; if it is active, the one active until now becomes verify-only first."""
    if key.state is KeyState.ACTIVE:
        for row in connection.execute(_ACTIVE, {"tenant": key.tenant}).all():
            set_state(connection, _key(row), KeyState.VERIFY_ONLY, now)
    connection.execute(
        _INSERT,
        {
            "tenant": key.tenant,
            "key_id": key.key_id,
            "algorithm": key.algorithm.value,
            "state": key.state.value,
            "sealed": key.sealed,
            "create_time": key.create_time,
        },
    )
    append_key(connection, key, now)


def set_state(connection: Connection, key: SealedKey, state: KeyState, now: Moment) -> None:
    """Give a key another state, and log it."""
    connection.execute(_SET_STATE, {"of_tenant": key.tenant, "of_key": key.key_id, "to_state": state.value})
    append_key(connection, replace(key, state=state), now)


def _key(row: Row[Any]) -> SealedKey:
    return key_of(row.tenant, row.key_id, row.algorithm, row.state, row.sealed, row.create_time)


def key_of(tenant: str, key_id: str, algorithm: str, state: str, sealed: bytes, create_time: int) -> SealedKey:
    """A key from its stored values."""
    return SealedKey(tenant, key_id, Algorithm(algorithm), KeyState(state), bytes(sealed), create_time)
