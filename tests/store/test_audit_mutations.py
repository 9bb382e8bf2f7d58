"""Every mutation of a sealed log is found, at its first, a middle and its last record; and only for the checks that there are."""

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from authsvc.audit.verification import CHECKPOINT_CHECKS, END_CHECKS, PLACE_CHECKS, Fault
from authsvc.store.opening import open_store
from tests.store import audit_mutations as mutations
from tests.store.audit_mutations import MUTATIONS, POSITIONS, RECORDS, Mutation
from tests.store.auditing import Log, opened
from tests.store.builders import TurnableClock

TALLY: dict[str, int] = {"mutations": 0, "found": 0}


@dataclass(frozen=True)
class Sealed:
    """A stopped store with a sealed log, copies of it as it was before, and what was exported of it."""

    log: Log
    directory: Path
    older: dict[int, Path]
    """Copies, by the number of records that were sealed then."""
    checkpoints: dict[int, str]
    """By their position."""


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    return asyncio.run(_sealed(tmp_path_factory.mktemp("sealed")))


async def _sealed(directory: Path) -> Sealed:
    older: dict[int, Path] = {}
    checkpoints: dict[int, str] = {}
    log: Log | None = None
    for count in range(1, RECORDS + 1):
        store = open_store(directory / "data", clock=TurnableClock())
        if log is None:
            log = await Log.begin(store)
        else:
            log = log.beside(store)
            await log.write(1, first=count)
        assert await log.seal() == 1
        checkpoints[count] = await log.checkpoint()
        store.close()
        older[count] = directory / str(count)
        shutil.copytree(directory / "data", older[count])
    assert log is not None
    return Sealed(log, directory, older, checkpoints)


@pytest.fixture(scope="module", autouse=True)
def _told() -> Iterator[None]:
    yield
    print(f"{TALLY['found']} of {TALLY['mutations']} mutations found, at {len(POSITIONS)} positions each")


@contextlib.contextmanager
def spoiled(sealed: Sealed, place: Path, spoil: Callable[[sqlite3.Connection], Any]) -> Iterator[Log]:
    """A copy of the log, spoiled while it is stopped, and opened again."""
    shutil.copytree(sealed.directory / "data", place)
    with contextlib.closing(sqlite3.connect(place / "authsvc.db", isolation_level=None)) as connection:
        spoil(connection)
    with opened(place) as store:
        yield sealed.log.beside(store)


def counted(faults: list[Fault]) -> list[Fault]:
    TALLY["mutations"] += 1
    TALLY["found"] += bool(faults)
    return faults


async def test_a_log_that_nobody_touched_is_intact(sealed: Sealed, tmp_path: Path) -> None:
    with spoiled(sealed, tmp_path / "data", lambda _: None) as log:
        assert await log.faults(sealed.checkpoints.values()) == []
        assert (await log.verification()).progress.sealed == RECORDS
        await log.write(3)
        assert await log.faults(sealed.checkpoints.values()) == []
        assert await log.seal() == 3
        assert await log.faults(sealed.checkpoints.values()) == []


def test_every_column_is_edited(sealed: Sealed) -> None:
    with contextlib.closing(sqlite3.connect(sealed.older[RECORDS] / "authsvc.db")) as connection:
        named = {row[1] for row in connection.execute("PRAGMA table_info(audit_records)")}
    assert len(named) == 9
    assert {f"edit {column}" for column in named} <= MUTATIONS.keys()


@pytest.mark.parametrize("where", POSITIONS)
@pytest.mark.parametrize("name", MUTATIONS)
async def test_it_is_found(sealed: Sealed, tmp_path: Path, name: str, where: str) -> None:
    with spoiled(sealed, tmp_path / "data", lambda db: MUTATIONS[name](db, POSITIONS[where])) as log:
        faults = counted(await log.faults())
        assert faults, "it went unnoticed"
        assert all(fault.check and fault.rule for fault in faults)
        print(name, where, sorted({(fault.position, fault.check) for fault in faults}))


@pytest.mark.parametrize("where", POSITIONS)
@pytest.mark.parametrize("name", ["edit actor", "edit detail", "edit to what is no text", "edit the seal"])
async def test_a_fault_is_found_where_it_is(sealed: Sealed, tmp_path: Path, name: str, where: str) -> None:
    position = POSITIONS[where]
    with spoiled(sealed, tmp_path / "data", lambda db: MUTATIONS[name](db, position)) as log:
        found = [fault.position for fault in await log.faults() if fault.position]
        # A seal that was edited shows there and in the one that builds upon it.
        assert found == ([position] if "seal" not in name else [position, position + 1][: RECORDS - position + 1])


@pytest.mark.parametrize("where", POSITIONS)
async def test_a_log_cut_off_to_an_older_head_is_found_against_a_checkpoint(
    sealed: Sealed, tmp_path: Path, where: str
) -> None:
    position = max(POSITIONS[where], 2)
    with contextlib.closing(sqlite3.connect(sealed.older[position - 1] / "authsvc.db")) as older:

        def spoil(connection: sqlite3.Connection) -> None:
            mutations.cut_off_to_an_older_head(connection, position, older)

        with spoiled(sealed, tmp_path / "data", spoil) as log:
            # Without a checkpoint it cannot be told from the log as it was then.
            assert await log.faults([sealed.checkpoints[position - 1]]) == []
            faults = counted(await log.faults([sealed.checkpoints[RECORDS]]))
            assert [fault.check for fault in faults] == ["checkpoint.reached"]
            # The service goes on, and writes other records where the old ones were.
            await log.write(RECORDS)
            await log.seal()
            assert await log.faults() == []
            faults = counted(await log.faults([sealed.checkpoints[RECORDS]]))
            assert [fault.check for fault in faults] == ["checkpoint.hash"]


@pytest.mark.parametrize("where", POSITIONS)
async def test_a_chain_that_the_service_was_made_to_seal_anew_is_found_against_a_checkpoint(
    sealed: Sealed, tmp_path: Path, where: str
) -> None:
    with spoiled(sealed, tmp_path / "data", lambda db: mutations.unseal_everything(db, POSITIONS[where])) as log:
        assert [fault.check for fault in await log.faults([sealed.checkpoints[RECORDS]])] == ["checkpoint.reached"]
        assert await log.seal() == RECORDS
        faults = counted(await log.faults([sealed.checkpoints[RECORDS]]))
        assert [fault.check for fault in faults] == ["checkpoint.hash"]


async def test_a_whole_log_that_is_gone_is_found_against_a_checkpoint(sealed: Sealed, tmp_path: Path) -> None:
    def spoil(connection: sqlite3.Connection) -> None:
        for statement in ("DELETE FROM audit_records", "DELETE FROM audit_seals", "DELETE FROM audit_head"):
            connection.execute(statement)

    with spoiled(sealed, tmp_path / "data", spoil) as log:
        faults = counted(await log.faults([sealed.checkpoints[1]]))
        assert [fault.check for fault in faults] == ["checkpoint.reached"]


async def test_at_most_a_hundred_faults_are_told(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as store:
        log = await Log.begin(store)
        await log.write(150)
        await log.seal()
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "authsvc.db", isolation_level=None)) as connection:
        connection.execute("UPDATE audit_records SET actor = 'alice'")
    with opened(tmp_path / "data") as store:
        found = await log.beside(store).verification()
        assert [fault.position for fault in found.faults] == list(range(1, 101))
        assert found.is_done


@dataclass(frozen=True)
class Alone:
    """A mutation that one check finds and no other."""

    spoil: Mutation
    checkpoint: int = 0
    """The position of the checkpoint against which it shows; 0 without one."""
    older: int = 0
    """The number of records that the copy had which is put in place of the log, when one is."""
    reseals: bool = False


ALONE: dict[str, Alone] = {
    "record.present": Alone(MUTATIONS["delete the record"]),
    "record.sealed": Alone(mutations.insert_before_all),
    "record.once": Alone(mutations.doubled("audit_records")),
    "record.hash": Alone(MUTATIONS["edit actor"]),
    "head.present": Alone(mutations.delete_head),
    "head.signature": Alone(mutations.edit_and_chain_anew),
    "head.key": Alone(mutations.sign_with_a_tainted_key),
    "head.last": Alone(MUTATIONS["cut the end off"]),
    "checkpoint.reached": Alone(lambda *_: None, checkpoint=RECORDS, older=5),
    "checkpoint.hash": Alone(mutations.unseal_everything, checkpoint=RECORDS, reseals=True),
}
"""By the check that finds it."""


def without(name: str) -> dict[str, Any]:
    """All checks but one."""
    tables: dict[str, tuple[Any, ...]] = {
        "place_checks": PLACE_CHECKS,
        "end_checks": END_CHECKS,
        "checkpoint_checks": CHECKPOINT_CHECKS,
    }
    return {table: tuple(check for check in checks if check.name != name) for table, checks in tables.items()}


def test_every_check_has_a_mutation_that_it_alone_finds() -> None:
    assert {check.name for checks in (PLACE_CHECKS, END_CHECKS, CHECKPOINT_CHECKS) for check in checks} == ALONE.keys()


@pytest.mark.parametrize("name", ALONE)
async def test_a_verification_that_skips_a_check_misses_its_mutation(sealed: Sealed, tmp_path: Path, name: str) -> None:
    alone = ALONE[name]
    source = Sealed(sealed.log, sealed.directory, sealed.older, sealed.checkpoints)
    if alone.older:
        (tmp_path / "source").mkdir()
        shutil.copytree(sealed.older[alone.older], tmp_path / "source" / "data")
        source = Sealed(sealed.log, tmp_path / "source", sealed.older, sealed.checkpoints)
    with spoiled(source, tmp_path / "data", lambda db: alone.spoil(db, POSITIONS["middle"])) as log:
        if alone.reseals:
            await log.seal()
        checkpoints = [sealed.checkpoints[alone.checkpoint]] if alone.checkpoint else []
        assert {fault.check for fault in await log.faults(checkpoints)} == {name}
        assert await log.faults(checkpoints, **without(name)) == []


async def test_a_seal_that_stands_twice_is_found(sealed: Sealed, tmp_path: Path) -> None:
    with spoiled(sealed, tmp_path / "data", lambda db: mutations.doubled("audit_seals")(db, 5)) as log:
        assert "record.once" in {fault.check for fault in counted(await log.faults())}
