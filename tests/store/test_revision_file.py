"""The shared revision: what one process publishes, every other reads, and it never goes back by itself."""

import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from authsvc.store.data_directory import prepare_data_directory
from authsvc.store.revision_file import SharedRevision
from tests.store.builders import AUDIT, of_token
from tests.store.conftest import SqliteBackend


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return prepare_data_directory(tmp_path / "data")


def test_it_begins_at_0_and_is_8_bytes(directory: Path) -> None:
    revision = SharedRevision(directory)
    assert revision.value == 0
    assert (directory / "revision").stat().st_size == 8
    assert (directory / "revision").stat().st_blocks > 0
    revision.close()


def test_another_opening_sees_what_is_published_at_once(directory: Path) -> None:
    first, second = SharedRevision(directory), SharedRevision(directory)
    first.publish(2**63)
    assert second.value == 2**63
    second.publish(7)
    assert first.value == 2**63
    second.reset(7)
    assert first.value == 7
    first.close()
    assert second.value == 7
    second.close()


def test_publishers_out_of_order_never_move_it_back(directory: Path) -> None:
    revisions = [SharedRevision(directory) for _ in range(4)]
    numbers = list(range(1, 2001))
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    random.Random(seed).shuffle(numbers)
    stop = threading.Event()
    went_back: list[tuple[int, int]] = []

    def watch() -> None:
        last = 0
        while not stop.wait(0.0005):
            value = revisions[0].value
            if value < last:
                went_back.append((last, value))
            last = value

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: revisions[number % 4].publish(number), numbers))
    stop.set()
    watcher.join()
    assert went_back == []
    assert {revision.value for revision in revisions} == {2000}
    for revision in revisions:
        revision.close()


def test_another_process_shares_it(directory: Path) -> None:
    ours = SharedRevision(directory)
    program = (
        "import sys; from pathlib import Path; from authsvc.store.revision_file import SharedRevision\n"
        "theirs = SharedRevision(Path(sys.argv[1])); theirs.publish(41); theirs.publish(40)"
    )
    subprocess.run([sys.executable, "-c", program, directory], check=True)
    assert ours.value == 41
    ours.close()


async def test_opening_raises_it_to_the_databases_revision(sqlite: SqliteBackend) -> None:
    store = sqlite.open()
    await store.tokens.revoke(of_token("a"), AUDIT)
    await store.tokens.revoke(of_token("b"), AUDIT)
    store.close()
    (sqlite.data_dir / "revision").unlink()
    assert sqlite.open().revision.value == 2


async def test_opening_sets_it_back_only_when_nobody_else_is_there(sqlite: SqliteBackend) -> None:
    store = sqlite.open()
    await store.tokens.revoke(of_token("a"), AUDIT)
    store.revision.publish(1000)
    assert sqlite.open().revision.value == 1000
    assert store.revision.value == 1000


async def test_a_restored_backup_sets_it_back(sqlite: SqliteBackend) -> None:
    store = sqlite.open()
    await store.tokens.revoke(of_token("a"), AUDIT)
    store.revision.publish(1000)
    store.close()
    assert sqlite.open().revision.value == 1
