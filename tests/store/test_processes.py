"""Several processes on one file, and processes that die: nothing is lost, nothing is half done."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.builders import AUDIT, of_token
from tests.store.conftest import SqliteBackend

ROOT = Path(__file__).parents[2]
OPERATIONS = 32
"""In the first migration: tables, indexes and the store's id."""


class Child:
    """One run of tests.store.child, waiting for its start."""

    def __init__(self, command: str, data_dir: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.child", command, str(data_dir), *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n", self._process.communicate()

    def start(self) -> "Child":
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self

    def end(self, *, status: int = 0) -> str:
        output, errors = self._process.communicate(timeout=60)
        assert self._process.returncode == status, errors
        return output.strip()


def killed(child: Child) -> str:
    return child.start().end(status=-signal.SIGKILL)


async def test_two_processes_write_one_file(sqlite: SqliteBackend) -> None:
    store = sqlite.open()
    children = [Child("write", sqlite.data_dir, prefix, "200") for prefix in "ab"]
    for child in children:
        child.start()
    for number in range(20):
        await store.tokens.revoke(of_token(f"ours-{number}"), AUDIT)
    last = [int(child.end()) for child in children]
    assert max(last) <= 220
    assert sqlite.rows("SELECT count(*) FROM token_records") == [(200,)]
    assert sqlite.rows("SELECT count(*) FROM revocations") == [(220,)]
    assert sqlite.rows("SELECT count(*) FROM audit_records") == [(420,)]
    # Both the reader and the shared revision of this process know what others have done.
    assert store.revision.value == store.reader.newest_revision() == 220
    changes = store.reader.changes_after(0)
    assert changes is not None
    assert [change.revision for change in changes] == list(range(1, 221))


async def test_a_reader_follows_another_process(sqlite: SqliteBackend) -> None:
    store = sqlite.open()
    assert store.reader.changes_after(0) == []
    revision = int(Child("write", sqlite.data_dir, "a", "2").start().end())
    assert store.revision.value == revision == 1
    assert [change.body for change in store.reader.changes_after(0) or []] == [of_token("a-0")]


def test_three_processes_migrate_at_once(sqlite: SqliteBackend) -> None:
    children = [Child("open", sqlite.data_dir) for _ in range(3)]
    for child in children:
        child.start()
    ids = {child.end() for child in children}
    assert ids == {sqlite.open().store_id}
    assert len(ids.pop()) == 16


@pytest.mark.parametrize("step", [0, 1, 2, 9, OPERATIONS - 1, OPERATIONS])
def test_a_migration_that_is_killed_begins_again(sqlite: SqliteBackend, step: int) -> None:
    output = killed(Child("die-in-migration", sqlite.data_dir, str(step)))
    assert output == ("survived 0" if step == OPERATIONS else "")
    assert sqlite.rows("SELECT name FROM sqlite_master") == []
    store = sqlite.open()
    assert sqlite.rows("PRAGMA integrity_check") == [("ok",)]
    assert sqlite.rows("SELECT store_id FROM meta") == [(store.store_id,)]
    store.close()
    assert sqlite.open().store_id == store.store_id


@pytest.mark.parametrize(
    ("point", "names"),
    [
        ("begin", ["first"]),
        ("audit", ["first"]),
        ("commit", ["first"]),
        ("publish", ["first", "second"]),
        ("answer", ["first", "second"]),
    ],
)
async def test_a_kill_at_any_point_of_revoke_leaves_it_whole_or_undone(
    sqlite: SqliteBackend, point: str, names: list[str]
) -> None:
    assert killed(Child("die-in-revoke", sqlite.data_dir, point)) == "answered"
    store = sqlite.open()
    assert [revocation.name for revocation in store.reader.snapshot().revocations] == names
    assert sqlite.rows("SELECT count(*) FROM audit_records") == [(len(names),)]
    assert len(store.reader.changes_after(0) or []) == store.revision.value == len(names)
    # A retry is safe.
    assert (await store.tokens.revoke(of_token("second"), AUDIT)).revision == 2
