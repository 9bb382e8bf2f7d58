"""Sealing: every row once, in order, whoever seals, and never upon a chain that is broken."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from authsvc.audit.chain import AuditRow, first_link, seal_of
from authsvc.audit.head import ChainBrokenError
from authsvc.errors import NoSigningKeyError
from authsvc.keys.sealed_key import KeyState
from authsvc.store import audit_log, audit_seals
from authsvc.store.opening import Store
from authsvc.store.writer import Outcome
from tests.store.auditing import Log, service_key
from tests.store.builders import AUDIT, of_key, of_token, record, retry
from tests.store.conftest import Backend, SqliteBackend

ROWS = (
    "SELECT position, audit_time, action, tenant, actor, actor_token_id, target, call_id, detail "
    "FROM audit_records ORDER BY position"
)
SEALS = "SELECT position, seal FROM audit_seals ORDER BY position"
HEAD = "SELECT position, seal, head_time, key_id FROM audit_head"


def chain_of(store: Store, backend: Backend) -> list[tuple[int, bytes]]:
    """The seals that the rows should have."""
    seal, seals = first_link(store.store_id), []
    for row in backend.rows(ROWS):
        seal = seal_of(seal, AuditRow(*row))
        seals.append((row[0], seal))
    return seals


@pytest.fixture
async def log(store: Store) -> Log:
    return await Log.begin(store)


async def test_every_write_is_sealed_into_one_chain(log: Log, store: Store, backend: Backend) -> None:
    await store.tokens.issue(record("a"), retry("r"), AUDIT)
    await store.tokens.revoke(of_token("a"), AUDIT)
    await store.audit.append(replace(AUDIT, action="Issue", detail={"refused": "GRANT_EXCEEDED", "ä": 'say "x"'}))
    assert await log.seal() == 4
    assert backend.rows(SEALS) == chain_of(store, backend)
    assert [row[0] for row in backend.rows(SEALS)] == [1, 2, 3, 4]
    [(position, seal, _, key_id)] = backend.rows(HEAD)
    assert (position, seal, key_id) == (*backend.rows(SEALS)[-1], log.key.key_id)
    assert await log.faults() == []


async def test_nothing_to_seal_writes_nothing(
    log: Log, store: Store, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.seal()
    head = backend.rows(HEAD)

    def refuse(_: Any) -> Any:
        raise AssertionError("a transaction that may write was begun")

    monkeypatch.setattr(store.audit._writer, "submit", refuse)
    assert await log.seal() == 0
    assert backend.rows(HEAD) == head


async def test_a_long_backlog_is_sealed_batch_by_batch(
    log: Log, store: Store, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_seals, "BATCH", 7)
    monkeypatch.setattr(audit_log, "BATCH", 7)
    monkeypatch.setattr(audit_log, "CHUNK", 3)
    await log.write(50)
    assert await log.seal() == 51
    assert backend.rows(SEALS) == chain_of(store, backend)
    verified = await log.verification()
    assert (verified.faults, verified.progress.sealed, verified.progress.position) == ([], 51, 51)


async def test_what_is_sealed_stays_as_it_is(log: Log, backend: Backend) -> None:
    seen: list[tuple[Any, ...]] = []
    for _ in range(5):
        await log.write(3)
        await log.seal()
        seals = backend.rows(SEALS)
        assert seals[: len(seen)] == seen
        seen = seals
    assert len(seen) == 16
    assert len(backend.rows(HEAD)) == 1


async def test_many_who_seal_seal_each_row_once(backend: Backend) -> None:
    stores = [backend.open() for _ in range(4)]
    log = await Log.begin(stores[0])
    logs = [log, *(log.beside(store) for store in stores[1:])]

    async def work(each: Log) -> int:
        sealed = 0
        for _ in range(12):
            await each.write(2)
            sealed += await each.seal()
        return sealed

    sealed = await asyncio.gather(*(work(each) for each in logs))
    assert sum(sealed) + await log.seal() == 1 + 4 * 12 * 2
    assert backend.rows(SEALS) == chain_of(stores[0], backend)
    assert await log.faults() == []
    print(f"4 stores sealed {list(sealed)} records of one log")


async def test_a_second_seal_of_a_row_is_impossible(log: Log, backend: Backend) -> None:
    await log.write(2)
    await log.seal()
    before = backend.rows(SEALS)

    def again(connection: Any) -> Outcome[None]:
        connection.execute(audit_seals._INSERT_SEAL, [{"position": 2, "seal": bytes(32)}])
        return Outcome(None)

    with pytest.raises(Exception, match="UNIQUE"):
        log.store.audit._writer.submit(again).result(5)
    assert backend.rows(SEALS) == before


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE audit_head SET seal = x'00'",
        "UPDATE audit_head SET position = position - 1",
        "UPDATE audit_head SET head_time = head_time + 1",
        "UPDATE audit_head SET key_id = 'nobody'",
        "UPDATE audit_head SET signature = x'00'",
        "UPDATE audit_head SET signature = 'text'",
        "DELETE FROM audit_head",
        "DELETE FROM audit_seals WHERE position = (SELECT max(position) FROM audit_seals)",
        "UPDATE audit_seals SET seal = zeroblob(32) WHERE position = (SELECT max(position) FROM audit_seals)",
        "DELETE FROM audit_seals",
    ],
)
async def test_nothing_is_sealed_upon_a_broken_chain(sqlite: SqliteBackend, spoil: str) -> None:
    log = await Log.begin(sqlite.open())
    await log.write(3)
    await log.seal()
    await log.write(1)
    connection = sqlite.connect()
    connection.execute(spoil)
    connection.close()
    before = sqlite.rows(SEALS), sqlite.rows(HEAD)
    for _ in range(2):
        with pytest.raises(ChainBrokenError):
            await log.seal()
    assert (sqlite.rows(SEALS), sqlite.rows(HEAD)) == before
    assert await log.faults()


async def test_a_tainted_key_signs_no_more_and_its_successor_goes_on(log: Log, store: Store, backend: Backend) -> None:
    await log.write(2)
    await log.seal()
    checkpoint = await log.checkpoint()
    successor = service_key()
    await store.tokens.revoke(of_key(log.key.key_id, tenant="authsvc"), AUDIT, successor=successor)
    # Between the tainting and the next sealing the head is still its own, and the row that tells so is not sealed.
    assert await log.faults() == []
    with pytest.raises(NoSigningKeyError):
        await log.seal()
    after = Log(store, successor)
    assert await after.seal() == 1
    assert backend.rows(HEAD)[0][3] == successor.key_id
    assert await after.faults([checkpoint]) == []


async def test_a_head_that_a_tainted_key_signed_is_a_fault_once_all_is_sealed(log: Log) -> None:
    await log.seal()
    log.store.audit._writer.submit(
        lambda connection: Outcome(connection.exec_driver_sql("UPDATE signing_keys SET state = 'tainted'") and None)
    ).result(5)
    assert [fault.check for fault in await log.faults()] == ["head.key"]


async def test_a_rotated_key_needs_no_ceremony(log: Log, store: Store) -> None:
    await log.seal()
    second = replace(service_key(), state=KeyState.ACTIVE)
    await store.tokens.add_key(second, AUDIT)
    with pytest.raises(NoSigningKeyError):
        await log.seal()
    after = Log(store, second)
    assert await after.seal() == 1
    assert await after.faults() == []
