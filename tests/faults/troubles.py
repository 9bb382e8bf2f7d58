"""What may befall a store while it is in use, each to be begun and ended by a test."""

import errno
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.disk_trace import built_shim

FULL = ("RESOURCE_EXHAUSTED", "STORE_FULL")
UNAVAILABLE = ("UNAVAILABLE", "STORE_UNAVAILABLE")
_SMALL_BYTES = 8 * 1024 * 1024
_LEFT_BYTES = 128 * 1024


@dataclass
class Place:
    """Where a server runs, so that a trouble can befall it."""

    directory: Path
    fault: str = "none"
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def data_dir(self) -> Path:
        return self.directory / "data"

    @property
    def marker(self) -> Path:
        """While it is there, what was planted takes its orders from it."""
        return self.directory / "marker"


Befalling = Iterator[None]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that befalls the store for the length of a block."""

    refusal: tuple[str, str]
    """The status and the reason of the writes meanwhile."""
    befalls: Callable[[Place], Befalling]
    place: str = "ordinary"
    """The kind of place that it takes: one of PLACES."""
    is_ready: bool = True
    """Whether the server says that it is ready: it is as long as it can read."""


def _marked(text: str) -> Callable[[Place], Befalling]:
    def befalling(place: Place) -> Befalling:
        # In one step: it is looked at all the time.
        fresh = place.marker.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(place.marker)
        yield
        place.marker.unlink()

    return befalling


def _obedient_connection(place: Place) -> None:
    place.fault = "pragma-while-marked"
    place.environment["PLANT_MARKER"] = str(place.marker)


def _obedient_disk(place: Place) -> None:
    place.environment |= {"LD_PRELOAD": str(built_shim(place.directory)), "PLANT_ERRNO": str(place.marker)}


def _locked(place: Place) -> Befalling:
    # Another process of the machine: this one.
    connection = sqlite3.connect(place.data_dir / "authsvc.db", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


def _gone(name: str) -> Callable[[Place], Befalling]:
    def befalling(place: Place) -> Befalling:
        path = place.data_dir / name
        aside = place.directory / "aside"
        path.rename(aside)
        yield
        aside.rename(path)

    return befalling


def _small_file_system(place: Place) -> None:
    place.data_dir.mkdir(0o700)
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL_BYTES},mode=0700", "tmpfs", str(place.data_dir)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small file system is not permitted here; other cases stand in for it")


def _filled(place: Place) -> Befalling:
    filler = place.data_dir / "filler"
    free = os.statvfs(place.data_dir)
    filler.write_bytes(bytes(free.f_bavail * free.f_bsize - _LEFT_BYTES))
    yield
    filler.unlink()


PLACES: dict[str, Callable[[Place], None]] = {
    "ordinary": lambda _: None,
    "obedient connection": _obedient_connection,
    "obedient disk": _obedient_disk,
    "small file system": _small_file_system,
}

TROUBLES = {
    "locked by another process": Trouble(UNAVAILABLE, _locked),
    "a directory that is gone": Trouble(UNAVAILABLE, _gone(""), is_ready=False),
    "a file that is gone": Trouble(UNAVAILABLE, _gone("authsvc.db"), is_ready=False),
    "no page left": Trouble(FULL, _marked("PRAGMA max_page_count = 1"), "obedient connection"),
    "read-only for SQLite": Trouble(UNAVAILABLE, _marked("PRAGMA query_only = ON"), "obedient connection"),
    "no space left on the disk": Trouble(FULL, _marked(str(errno.ENOSPC)), "obedient disk"),
    "a read-only file system": Trouble(UNAVAILABLE, _marked(str(errno.EROFS)), "obedient disk"),
    "a disk that fails": Trouble(UNAVAILABLE, _marked(str(errno.EIO)), "obedient disk"),
    "a full file system": Trouble(FULL, _filled, "small file system"),
}


@contextmanager
def befallen(trouble: Trouble, place: Place) -> Iterator[None]:
    """The length of a trouble."""
    befalling = trouble.befalls(place)
    next(befalling)
    try:
        yield
    finally:
        next(befalling, None)


@contextmanager
def prepared(kind: str, directory: Path) -> Iterator[Place]:
    """A place of that kind for a server."""
    place = Place(directory)
    PLACES[kind](place)
    try:
        yield place
    finally:
        if os.path.ismount(place.data_dir):
            subprocess.run(["umount", str(place.data_dir)], check=True)
