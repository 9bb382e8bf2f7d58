"""The power goes off: each acknowledged write was synced before its answer, and any image of the disk opens (C3, C4)."""

import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from authsvc.store.database import SqliteDatabase
from authsvc.store.opening import open_store
from tests.faults.disk_trace import LOG, SYNC, Disk, built_shim, read_trace
from tests.faults.halves import halves, known
from tests.faults.support import Caller, planted_server, seeded
from tests.support.scale import planted, scaled

IMAGES = scaled(200, 250)
WRITERS = 3
WRITES = 40
"""Pairs of Issue and Revoke by each of the writers."""
REVOCATIONS = 100
OPENED_EVERY = 40
"""Each so-and-so-many-th image is opened by the service's own store too, which takes longer."""


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_shim(tmp_path_factory.mktemp("shim"))


@dataclass(frozen=True, slots=True)
class Promise:
    """An acknowledged write, and the size of the trace before its call and after its answer."""

    token_id: str
    is_revocation: bool
    before: int
    after: int


class Traced:
    """A server whose disk is watched."""

    def __init__(self, directory: Path, shim: Path) -> None:
        self.data_dir = directory / "data"
        self.trace = directory / "trace"
        self.environment = {"LD_PRELOAD": str(shim), "PLANT_TRACE": str(self.trace)}
        self.promises: list[Promise] = []

    def write(self, caller: Caller, count: int) -> None:
        for number in range(count):
            before = self._size()
            token_id = caller.issue(f"subject-{number}").token_id
            between = self._size()
            caller.revoke(token_id)
            self.promises += [
                Promise(token_id, is_revocation=False, before=before, after=between),
                Promise(token_id, is_revocation=True, before=between, after=self._size()),
            ]

    def _size(self) -> int:
        return self.trace.stat().st_size


def unsynced_revocations(traced: Traced, fault: str) -> tuple[list[Promise], float]:
    """The acknowledged revocations of one caller that saw no sync of the log, and how many syncs one saw on average."""
    with planted_server(traced.data_dir, fault, environment=traced.environment) as server:
        traced.write(Caller.of(server), REVOCATIONS)
    syncs = [step.end for step in read_trace(traced.trace) if step.kind == SYNC and step.file == LOG]
    revocations = [promise for promise in traced.promises if promise.is_revocation]
    seen = Counter(
        promise.token_id for promise in revocations for end in syncs if promise.before < end <= promise.after
    )
    return [promise for promise in revocations if not seen[promise.token_id]], seen.total() / len(revocations)


def test_every_connection_syncs_in_full(tmp_path: Path) -> None:
    open_store(tmp_path / "data").close()
    for read_only in (False, True):
        connection = SqliteDatabase(tmp_path / "data").connect(read_only=read_only)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()


def test_each_acknowledged_revocation_was_synced_before_its_answer(tmp_path: Path, shim: Path) -> None:
    unsynced, average = unsynced_revocations(Traced(tmp_path, shim), "none")
    print(f"{REVOCATIONS} acknowledged revocations, {average:.2f} syncs of the log each, {len(unsynced)} without one")
    assert unsynced == []


@planted
@pytest.mark.parametrize("fault", ["synchronous-normal", "synchronous-off"])
def test_the_count_finds_a_planted_fault(tmp_path: Path, shim: Path, fault: str) -> None:
    unsynced, average = unsynced_revocations(Traced(tmp_path, shim), fault)
    print(f"{fault}: {average:.2f} syncs a revocation, {len(unsynced)} of {REVOCATIONS} without one")
    assert len(unsynced) > REVOCATIONS / 2


def write_from_several_callers(traced: Traced, fault: str) -> None:
    environment = traced.environment | {"AUTHSVC_WORKERS": "2"}
    with planted_server(traced.data_dir, fault, environment=environment) as server:
        threads = [threading.Thread(target=partial(traced.write, Caller.of(server), WRITES)) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(traced.promises) == 2 * WRITERS * WRITES


def images(traced: Traced, directory: Path, count: int, chance: random.Random) -> Iterator[tuple[Path, set[Promise]]]:
    """Images of the disk after power cuts at random, each with the promises that had been made by then."""
    steps = list(read_trace(traced.trace))
    first = min(promise.after for promise in traced.promises)
    cuts = Counter(chance.choices([index for index, step in enumerate(steps) if step.end >= first], k=count))
    disk = Disk()
    for index, step in enumerate(steps):
        disk.apply(step)
        made = {promise for promise in traced.promises if promise.after <= step.end}
        for number in range(cuts[index]):
            image = directory / f"{index}-{number}"
            disk.write_image(image, chance)
            yield image, made


def broken_promises(image: Path, made: set[Promise]) -> list[str]:
    database = image / "authsvc.db"
    try:
        records, revoked = known(database)
        damage = halves(database)
    except sqlite3.DatabaseError as error:
        return [str(error)]
    lost = [promise for promise in made if promise.token_id not in (revoked if promise.is_revocation else records)]
    return [*map(str, lost), *damage]


def test_any_image_of_the_disk_after_a_power_cut_opens_and_keeps_every_promise(tmp_path: Path, shim: Path) -> None:
    traced = Traced(tmp_path, shim)
    # Checkpoints too are to be cut in the middle.
    write_from_several_callers(traced, "frequent-checkpoints")
    chance = seeded("power loss")
    count = 0
    for image, made in images(traced, tmp_path, IMAGES, chance):
        count += 1
        assert broken_promises(image, made) == []
        if count % OPENED_EVERY == 0:
            open_store(image).close()
            assert broken_promises(image, made) == []
    print(f"{count} images, {len(traced.promises)} promises, 0 broken")
    assert count == IMAGES >= 200


@planted
@pytest.mark.parametrize("fault", ["synchronous-normal", "synchronous-off"])
def test_the_images_find_a_planted_fault(tmp_path: Path, shim: Path, fault: str) -> None:
    traced = Traced(tmp_path, shim)
    write_from_several_callers(traced, fault)
    found = [broken_promises(image, made) for image, made in images(traced, tmp_path, 20, seeded(fault))]
    print(f"{fault}: promises broken in {sum(map(bool, found))} of {len(found)} images")
    assert any(found)
