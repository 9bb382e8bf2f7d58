"""The audit's listing: filters, pages that stay put, and rows that somebody has spoiled."""

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite as sqlite_dialect

from authsvc.audit.entry import AuditEntry
from authsvc.audit.listing import AuditFilter, AuditRecord
from authsvc.store.audit_log import page
from authsvc.store.opening import Store
from tests.store.auditing import Log
from tests.store.builders import AUDIT, START, TurnableClock
from tests.store.conftest import SqliteBackend

SECOND = 1_000_000


async def listed(store: Store, **wanted: Any) -> list[str]:
    """The targets."""
    return [record.entry.target for record in await store.audit.list_records(AuditFilter(**wanted), limit=100)]


@pytest.fixture
async def filled(store: Store, clock: TurnableClock) -> Store:
    for number, (tenant, action, actor) in enumerate(
        [("acme", "Issue", "ci"), ("acme", "Revoke", "ci"), ("beta", "Issue", "cd"), ("authsvc", "Issue", "boss")]
    ):
        clock.now = START + number
        await store.audit.append(
            AuditEntry(action, tenant, actor, f"jti-{number}", f"t{number}", f"call-{number}", {"n": "1"})
        )
    return store


async def test_newest_first_and_by_every_filter(filled: Store) -> None:
    assert await listed(filled) == ["t3", "t2", "t1", "t0"]
    assert await listed(filled, tenant="acme") == ["t1", "t0"]
    assert await listed(filled, tenant="Acme") == []
    assert await listed(filled, without_tenant="authsvc") == ["t2", "t1", "t0"]
    assert await listed(filled, action="Issue") == ["t3", "t2", "t0"]
    assert await listed(filled, actor="ci", tenant="acme") == ["t1", "t0"]
    assert await listed(filled, target="t2") == ["t2"]
    assert await listed(filled, target="t%") == []
    assert await listed(filled, start_time=(START + 1) * SECOND, end_time=(START + 3) * SECOND) == ["t2", "t1"]
    assert await listed(filled, start_time=(START + 1) * SECOND + 1) == ["t3", "t2"]
    assert await listed(filled, end_time=START * SECOND) == []


async def test_a_new_tenant_of_a_name_inherits_no_records(store: Store) -> None:
    for action, target in (("ApplyTenant", "tenant:acme"), ("Issue", "old"), ("DeleteTenant", "tenant:acme")):
        await store.audit.append(replace(AUDIT, action=action, target=target))
    assert await listed(store, tenant="acme", is_of_present=True) == []
    for action, target in (("ApplyTenant", "tenant:acme"), ("Issue", "new"), ("DeleteTenant", "tenant:other")):
        await store.audit.append(replace(AUDIT, action=action, target=target))
    await store.audit.append(replace(AUDIT, tenant="beta", action="DeleteTenant", target="tenant:acme"))
    assert await listed(store, tenant="acme", is_of_present=True) == ["tenant:other", "new", "tenant:acme"]
    assert await listed(store, tenant="acme") == [
        *("tenant:other", "new", "tenant:acme", "tenant:acme", "old", "tenant:acme")
    ]


async def test_a_record_is_listed_as_it_was_written(store: Store, clock: TurnableClock) -> None:
    log = await Log.begin(store)
    clock.now = START + 0.25
    entry = AuditEntry("Revoke", "acme", "ci", "jti", "subject:ä", "call", {"reason": 'he "left"', "b": ""})
    await store.audit.append(entry)
    [before] = await store.audit.list_records(AuditFilter(tenant="acme", action="Revoke"), limit=1)
    assert before == AuditRecord(2, START * SECOND + 250_000, entry, b"")
    await log.seal()
    [after] = await store.audit.list_records(AuditFilter(tenant="acme", action="Revoke"), limit=1)
    assert after == replace(before, seal=after.seal)
    assert len(after.seal) == 32


async def test_pages_hold_every_record_once_while_others_write(store: Store) -> None:
    for number in range(30):
        await store.audit.append(replace(AUDIT, target=f"{number}"))
    seen: list[str] = []
    before: int | None = None
    while found := await store.audit.list_records(AuditFilter(tenant="acme"), limit=7, before=before):
        seen += [record.entry.target for record in found]
        before = found[-1].position
        await store.audit.append(replace(AUDIT, target="late"))
    assert seen == [f"{number}" for number in reversed(range(30))]


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("target", b"\xff", "target"),
        ("actor", b"bytes", "actor"),
        ("detail", "no json", "detail"),
        ("detail", "[1]", "detail"),
        ("audit_time", "never", "audit_time"),
    ],
)
async def test_a_spoiled_row_is_listed_all_the_same(
    sqlite: SqliteBackend, column: str, value: str | bytes, shown: str
) -> None:
    store = sqlite.open()
    await store.audit.append(AUDIT)
    statements = {
        "target": "UPDATE audit_records SET target = CAST(? AS TEXT)",
        "actor": "UPDATE audit_records SET actor = ?",
        "detail": "UPDATE audit_records SET detail = ?",
        "audit_time": "UPDATE audit_records SET audit_time = ?",
    }
    with contextlib.closing(sqlite.connect()) as connection:
        connection.execute(statements[column], (value,))
    [record] = await store.audit.list_records(AuditFilter(tenant="acme"), limit=10)
    found = {
        "target": record.entry.target == "\N{REPLACEMENT CHARACTER}",
        "actor": record.entry.actor == repr(b"bytes"),
        "detail": record.entry.detail == {"unreadable": value},
        "audit_time": record.audit_time == 0,
    }
    assert found[shown]


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        (AuditFilter(tenant="acme"), "tenant=? AND position<?"),
        (AuditFilter(tenant="acme", actor="ci"), "tenant=? AND actor=? AND position<?"),
        (AuditFilter(tenant="acme", is_of_present=True), "tenant=? AND position>? AND position<?"),
        (AuditFilter(tenant="acme", target="t", action="Issue"), "tenant=? AND target=? AND position<?"),
        (AuditFilter(), "rowid<?"),
    ],
)
def test_rows_are_found_by_whole_keys(sqlite: SqliteBackend, wanted: AuditFilter, key: str) -> None:
    sqlite.open().close()
    compiled = page(wanted, 1, 1).compile(dialect=sqlite_dialect.dialect(), compile_kwargs={"render_postcompile": True})
    values = [0] * len(compiled.positiontup or ())
    plan = [row[-1] for row in sqlite.rows("EXPLAIN QUERY PLAN " + str(compiled), *values)]
    assert not [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step], plan
    assert plan[0].partition("(")[2].partition(")")[0] == key, plan
