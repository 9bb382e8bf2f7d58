"""What was done to the database's files, as the shim wrote it down, and what a disk may hold after a power cut."""

import random
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.scale import IN_CI

WRITE, TRUNCATE, SYNC, DELETE = 1, 2, 3, 4
FILES = ("authsvc.db", "authsvc.db-wal", "authsvc.db-journal")
LOG = 1
"""The place of the write-ahead log in FILES."""
SECTOR = 512
"""Bytes that a disk writes whole or not at all."""
_RECORD = struct.Struct("=IIQQ")
_SOURCE = Path(__file__).with_name("storage_shim.c")


def built_shim(directory: Path) -> Path:
    """The shim, compiled. Without a compiler the test is skipped; in CI it fails."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        if IN_CI:
            pytest.fail("no C compiler: the shim between SQLite and the disk cannot be built")
        pytest.skip("no C compiler to build the shim between SQLite and the disk with")
    shim = directory / "storage_shim.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(shim), str(_SOURCE), "-ldl"], check=True
    )
    return shim


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done to a file."""

    kind: int
    file: int
    offset: int
    data: bytes
    end: int
    """The size of the trace once it was written down."""


def read_trace(path: Path) -> Iterator[Step]:
    """The steps in their order."""
    trace = path.read_bytes()
    place = 0
    while place < len(trace):
        kind, file, offset, length = _RECORD.unpack_from(trace, place)
        place += _RECORD.size
        data = trace[place : place + length] if kind == WRITE else b""
        place += len(data)
        yield Step(kind, file, offset, data, place)


@dataclass
class _File:
    synced: bytearray = field(default_factory=bytearray)
    pending: list[Step] = field(default_factory=list)


class Disk:
    """A disk that keeps what was synced, and of everything else whatever it likes, sector by sector."""

    def __init__(self) -> None:
        self._files: dict[int, _File] = {}

    def apply(self, step: Step) -> None:
        """Do what was done. Names come and go at once, as with a journal of the file system."""
        if step.kind == DELETE:
            self._files.pop(step.file, None)
            return
        file = self._files.setdefault(step.file, _File())
        if step.kind == SYNC:
            for pending in file.pending:
                _do(file.synced, pending, lambda: True)
            file.pending.clear()
        else:
            file.pending.append(step)

    def write_image(self, directory: Path, chance: random.Random) -> None:
        """Write what the disk may hold after a power cut now."""
        directory.mkdir(mode=0o700)
        # Nothing, everything, or any part of what was not synced.
        share = chance.choice((0.0, 1.0, chance.random()))
        for number, file in self._files.items():
            content = bytearray(file.synced)
            for step in file.pending:
                if step.kind == WRITE or chance.random() < share:
                    _do(content, step, lambda: chance.random() < share)
            path = directory / FILES[number]
            path.write_bytes(content)
            path.chmod(0o600)


def _do(content: bytearray, step: Step, keeps: Callable[[], bool]) -> None:
    if step.kind == TRUNCATE:
        del content[step.offset :]
        content.extend(bytes(step.offset - len(content)))
        return
    for start in range(0, len(step.data), SECTOR):
        sector = step.data[start : start + SECTOR]
        place = step.offset + start
        if keeps():
            content.extend(bytes(max(0, place - len(content))))
            content[place : place + len(sector)] = sector
