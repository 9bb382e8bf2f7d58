"""An audit row and what it tells are one transaction: both or neither."""

import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from authsvc.audit.entry import AuditEntry
from authsvc.revocation.entry import TargetKind
from authsvc.store import writer
from authsvc.store.opening import Store
from tests.store.builders import AUDIT, START, TurnableClock, cutoff, key, of_key, of_token, record, retry
from tests.store.conftest import Backend

Write = Callable[[Store], Awaitable[Any]]
WRITES: dict[str, Write] = {
    "issue": lambda store: store.tokens.issue(record("a"), retry("r"), AUDIT),
    "replay": lambda store: store.tokens.issue(record("b"), retry("first"), AUDIT),
    "revoke": lambda store: store.tokens.revoke(of_token("a"), AUDIT),
    "revoke again": lambda store: store.tokens.revoke(of_token("first"), AUDIT),
    "cutoff": lambda store: store.tokens.revoke(cutoff(TargetKind.SUBJECT, "alice"), AUDIT),
    "revoke a key": lambda store: store.tokens.revoke(of_key("k0"), AUDIT, successor=key("k2")),
    "add a key": lambda store: store.tokens.add_key(key("k1"), AUDIT),
}
TABLES = ("token_records", "issue_requests", "revocations", "signing_keys", "audit_records", "changes")


class PlantedError(Exception):
    pass


def fail(*_: Any) -> None:
    raise PlantedError


def contents(backend: Backend) -> dict[str, list[tuple[Any, ...]]]:
    queries = {
        "token_records": "SELECT * FROM token_records",
        "issue_requests": "SELECT * FROM issue_requests",
        "revocations": "SELECT * FROM revocations",
        "signing_keys": "SELECT * FROM signing_keys",
        "audit_records": "SELECT * FROM audit_records",
        "changes": "SELECT * FROM changes",
    }
    return {name: backend.rows(query) for name, query in queries.items()}


@pytest.fixture
async def begun(store: Store) -> Store:
    await store.tokens.add_key(key("k0"), AUDIT)
    await store.tokens.issue(record("first", key_id="k0"), retry("first"), AUDIT)
    await store.tokens.revoke(of_token("first"), AUDIT)
    return store


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
async def test_each_write_has_one_audit_row(begun: Store, backend: Backend, write: Write) -> None:
    before = contents(backend)["audit_records"]
    await write(begun)
    assert len(contents(backend)["audit_records"]) == len(before) + 1


@pytest.mark.parametrize("place", ["authsvc.store.tokens.append_audit", "authsvc.store.store.append_audit"])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
async def test_what_cannot_be_audited_does_not_happen(
    begun: Store, backend: Backend, monkeypatch: pytest.MonkeyPatch, write: Write, place: str
) -> None:
    before = contents(backend)
    monkeypatch.setattr(place, fail)
    try:
        await write(begun)
    except PlantedError:
        assert contents(backend) == before
    else:
        # This write audits in the other place.
        assert len(contents(backend)["audit_records"]) == len(before["audit_records"]) + 1


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
async def test_a_commit_that_fails_leaves_neither(
    begun: Store, backend: Backend, monkeypatch: pytest.MonkeyPatch, write: Write
) -> None:
    before, revision = contents(backend), begun.revision.value
    with monkeypatch.context() as planted:
        planted.setattr(writer, "commit_publish_acknowledge", fail)
        with pytest.raises(PlantedError):
            await write(begun)
    assert contents(backend) == before
    assert begun.revision.value == revision
    await write(begun)
    assert len(contents(backend)["audit_records"]) == len(before["audit_records"]) + 1


async def test_an_audit_row_holds_what_it_was_given(store: Store, backend: Backend, clock: TurnableClock) -> None:
    clock.now = START + 0.123456
    entry = AuditEntry("Revoke", "acme", "ci", "jti", "subject:ä", "call", {"reason": 'he "left"', "b": ""})
    await store.tokens.revoke(cutoff(TargetKind.SUBJECT, "ä"), entry)
    [(time, *texts, detail)] = backend.rows(
        "SELECT audit_time, action, tenant, actor, actor_token_id, target, call_id, detail FROM audit_records"
    )
    assert abs(time - (START * 1_000_000 + 123_456)) <= 1
    assert texts == ["Revoke", "acme", "ci", "jti", "subject:ä", "call"]
    assert json.loads(detail) == dict(entry.detail)


async def test_the_audit_of_a_replay_names_the_token_that_exists(store: Store, backend: Backend) -> None:
    await store.tokens.issue(record("a"), retry("r"), replace(AUDIT, target="a"))
    await store.tokens.issue(record("b"), retry("r"), replace(AUDIT, target="b"))
    rows = backend.rows("SELECT target, detail FROM audit_records ORDER BY position")
    assert rows == [("a", "{}"), ("a", '{"replayed": "true"}')]


async def test_a_second_active_key_is_impossible(store: Store) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)

    def plant(connection: Any) -> writer.Outcome[None]:
        connection.exec_driver_sql(
            "INSERT INTO signing_keys (tenant, key_id, algorithm, state, sealed, create_time) "
            "SELECT tenant, 'k2', algorithm, state, sealed, create_time FROM signing_keys"
        )
        return writer.Outcome(None)

    with pytest.raises(Exception, match="UNIQUE") as refused:
        store.tokens._writer.submit(plant).result(5)
    assert isinstance(refused.value.__cause__, sqlite3.IntegrityError)
