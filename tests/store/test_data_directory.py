"""The data directory: its modes, whom it refuses, and who may use it at the same time."""

import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from authsvc.errors import ConfigurationError
from authsvc.store.data_directory import DataDirectoryLock, opening_alone
from authsvc.store.opening import open_store
from tests.store.builders import AUDIT, of_token
from tests.store.conftest import SqliteBackend


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


async def test_everything_is_the_owners_alone_whatever_the_umask(sqlite: SqliteBackend, umask: int) -> None:
    store = sqlite.open()
    await store.tokens.revoke(of_token("a"), AUDIT)
    assert mode(sqlite.data_dir) == 0o700
    files = {path.name: mode(path) for path in sqlite.data_dir.iterdir()}
    assert files == dict.fromkeys(
        ("authsvc.db", "authsvc.db-wal", "authsvc.db-shm", "revision", "lock", "migration.lock"), 0o600
    ), umask


def test_a_set_group_id_parent_leaves_no_trace(tmp_path: Path) -> None:
    tmp_path.chmod(0o2777)
    open_store(tmp_path / "data").close()
    assert mode(tmp_path / "data") == 0o700


Fault = Callable[[Path, pytest.MonkeyPatch], object]


def widen(path: Path, _: pytest.MonkeyPatch) -> None:
    path.chmod(mode(path) | 0o040)


def open_to_all(path: Path, _: pytest.MonkeyPatch) -> None:
    path.chmod(0o777)


def link_away(path: Path, _: pytest.MonkeyPatch) -> None:
    aside = path.rename(path.with_name(path.name + ".aside"))
    path.symlink_to(aside)


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Only root could really do it.
    lstat = Path.lstat

    def another_users(self: Path) -> object:
        found = lstat(self)
        return SimpleNamespace(st_mode=found.st_mode, st_uid=12345) if self == path else found

    monkeypatch.setattr(Path, "lstat", another_users)


FAULTS: dict[Fault, str] = {
    widen: "chmod",
    open_to_all: "chmod",
    link_away: "symbolic link",
    give_away: "chown",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize(
    "name", ["", "authsvc.db", "authsvc.db-wal", "authsvc.db-shm", "revision", "lock", "migration.lock"]
)
def test_what_is_not_ours_alone_is_refused_with_the_cure(
    sqlite: SqliteBackend, monkeypatch: pytest.MonkeyPatch, name: str, fault: Fault
) -> None:
    sqlite.open().close()
    path = sqlite.data_dir / name
    path.touch(0o600)
    fault(path, monkeypatch)
    with pytest.raises(ConfigurationError) as refused:
        sqlite.open()
    assert str(path) in str(refused.value)
    assert FAULTS[fault] in str(refused.value)


def test_the_mode_found_and_the_command_are_told(sqlite: SqliteBackend) -> None:
    sqlite.open().close()
    sqlite.file.chmod(0o644)
    with pytest.raises(ConfigurationError) as refused:
        sqlite.open()
    assert "0644" in str(refused.value)
    assert f"chmod 0600 {sqlite.file}" in str(refused.value)
    sqlite.file.chmod(0o600)
    sqlite.data_dir.chmod(0o750)
    with pytest.raises(ConfigurationError) as refused:
        sqlite.open()
    assert "0750" in str(refused.value)
    assert f"chmod 0700 {sqlite.data_dir}" in str(refused.value)


def test_a_link_that_leads_nowhere_is_not_followed(sqlite: SqliteBackend, tmp_path: Path) -> None:
    sqlite.data_dir.mkdir(0o700)
    sqlite.file.symlink_to(tmp_path / "planted.db")
    with pytest.raises(ConfigurationError, match="symbolic link"):
        sqlite.open()
    assert not (tmp_path / "planted.db").exists()


@pytest.mark.parametrize("name", ["", "authsvc.db", "revision"])
def test_something_of_another_kind_is_refused(sqlite: SqliteBackend, name: str) -> None:
    if name:
        sqlite.data_dir.mkdir(0o700)
        (sqlite.data_dir / name).mkdir(0o700)
    else:
        sqlite.data_dir.touch(0o600)
    with pytest.raises(ConfigurationError, match="move it away"):
        sqlite.open()


def test_a_missing_parent_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="make its parent"):
        open_store(tmp_path / "no" / "data")


@pytest.mark.parametrize("content", [b"no database at all, but long enough for a header" * 100, b"short"])
def test_a_file_that_is_no_database_is_refused(sqlite: SqliteBackend, content: bytes) -> None:
    sqlite.data_dir.mkdir(0o700)
    sqlite.file.touch(0o600)
    sqlite.file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        sqlite.open()
    assert sqlite.file.read_bytes() == content


def test_a_schema_from_the_future_is_refused(sqlite: SqliteBackend) -> None:
    sqlite.open().close()
    with sqlite.connect() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(ConfigurationError, match="newer"):
        sqlite.open()


def test_servers_share_it_and_an_offline_command_has_it_alone(sqlite: SqliteBackend) -> None:
    first = sqlite.open()
    second = sqlite.open()
    first.close()
    with pytest.raises(ConfigurationError, match="a server is running on this data directory; stop it first"):
        sqlite.open(offline=True)
    second.close()
    offline = sqlite.open(offline=True)
    with pytest.raises(ConfigurationError, match="an offline command"):
        sqlite.open()
    with pytest.raises(ConfigurationError, match="stop it first"):
        sqlite.open(offline=True)
    offline.close()
    sqlite.open()


def test_a_lock_is_alone_until_there_are_two(tmp_path: Path) -> None:
    with DataDirectoryLock(tmp_path / "data", exclusive=False) as first:
        assert first.alone
        with DataDirectoryLock(tmp_path / "data", exclusive=False) as second:
            assert not second.alone
        second.release()
    with DataDirectoryLock(tmp_path / "data", exclusive=True) as third:
        assert third.alone


def test_one_opens_after_the_other(sqlite: SqliteBackend) -> None:
    sqlite.open().close()
    with ThreadPoolExecutor() as threads:
        with opening_alone(sqlite.data_dir):
            waiting = threads.submit(sqlite.open)
            with pytest.raises(TimeoutError):
                waiting.result(0.2)
        assert waiting.result(10).revision.value == 0


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_an_opening_that_fails_leaves_nothing_locked(sqlite: SqliteBackend) -> None:
    sqlite.open().close()
    sqlite.file.chmod(0o644)
    descriptors = open_descriptors()
    for _ in range(3):
        with pytest.raises(ConfigurationError):
            sqlite.open()
    assert open_descriptors() == descriptors
    sqlite.file.chmod(0o600)
    sqlite.open(offline=True)
