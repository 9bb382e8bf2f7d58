"""The data directory: its modes, its files, and the lock that keeps servers and offline commands apart."""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from authsvc.errors import ConfigurationError

DATABASE_NAME = "authsvc.db"
REVISION_NAME = "revision"
LOCK_NAME = "lock"
MIGRATION_LOCK_NAME = "migration.lock"
_BESIDE_DATABASE = (f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm", f"{DATABASE_NAME}-journal")

_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o600
_OTHERS = 0o077


def prepare_data_directory(data_dir: Path) -> Path:
    """Make the directory (0700) unless it is there, and check it and the files in it.

    Returns:
        Its absolute path.

    Raises:
        ConfigurationError: it cannot be made, or see check_data_directory.
    """
    path = data_dir.absolute()
    try:
        path.mkdir(_DIRECTORY_MODE)
    except FileExistsError:
        pass
    except OSError as error:
        raise ConfigurationError(
            f"AUTHSVC_DATA_DIR: {path} cannot be made ({error.strerror}); make its parent first, or name another one"
        ) from error
    else:
        # A set-group-id bit of the parent, or a strange umask, would show in the mode.
        path.chmod(_DIRECTORY_MODE)
        _sync_directory(path.parent)
    return check_data_directory(path)


def check_data_directory(data_dir: Path) -> Path:
    """Check the directory and the files in it, and make nothing.

    Returns:
        Its absolute path.

    Raises:
        ConfigurationError: it is not there, or something is open to others, another user's, or a symbolic link.
    """
    path = data_dir.absolute()
    try:
        _check(path, stat.S_ISDIR, _DIRECTORY_MODE)
    except OSError as error:
        raise ConfigurationError(
            f"AUTHSVC_DATA_DIR: {path} cannot be reached ({error.strerror}); put it back"
        ) from error
    for name in (DATABASE_NAME, *_BESIDE_DATABASE, REVISION_NAME, LOCK_NAME, MIGRATION_LOCK_NAME):
        # Another process that closes the database may delete its log at any time.
        with suppress(FileNotFoundError):
            _check(path / name, stat.S_ISREG, _FILE_MODE)
    return path


def create_private_file(path: Path) -> None:
    """Make an empty file (0600) unless it is there, whatever the umask.

    A file that is there is never opened: closing it would drop the locks that this process's SQLite holds on it.

    Raises:
        ConfigurationError: it is there but not ours alone, or it cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _FILE_MODE)
    except FileExistsError:
        _check(path, stat.S_ISREG, _FILE_MODE)
        return
    except OSError as error:
        raise ConfigurationError(
            f"AUTHSVC_DATA_DIR: {path} cannot be made ({error.strerror}); make the directory writable for this user"
        ) from error
    try:
        os.fchmod(descriptor, _FILE_MODE)
    finally:
        os.close(descriptor)
    _sync_directory(path.parent)


def open_private_file(path: Path) -> int:
    """Open a file for reading and writing, made (0600) if it is not there. Not for the database's own files.

    Raises:
        ConfigurationError: it is there but not ours alone, or it cannot be opened.
    """
    create_private_file(path)
    try:
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigurationError(
            f"AUTHSVC_DATA_DIR: {path} cannot be opened ({error.strerror}); make it writable for this user"
        ) from error


class DataDirectoryLock:
    """The right to use a data directory: shared among servers, exclusive for an offline command.

    Servers share it because a new one may start before the old one has drained. It ends with `release`,
    with the process, however that dies, and with the `with` block.
    """

    def __init__(self, data_dir: Path, *, exclusive: bool) -> None:
        """Take it without waiting.

        Raises:
            ConfigurationError: it is taken by somebody whom it excludes, or the directory is not ours alone.
        """
        path = prepare_data_directory(data_dir)
        self._descriptor = open_private_file(path / LOCK_NAME)
        self.alone = self._take(fcntl.LOCK_EX)
        """Nobody else was using the directory when it was taken."""
        if exclusive and not self.alone:
            os.close(self._descriptor)
            raise ConfigurationError(f"a server is running on this data directory; stop it first: {path}")
        # Going from exclusive to shared may let an offline command in between, so the answer counts.
        if not exclusive and not self._take(fcntl.LOCK_SH):
            os.close(self._descriptor)
            raise ConfigurationError(
                f"an offline command (bootstrap or recover) is running on this data directory; wait for its end: {path}"
            )

    def _take(self, kind: int) -> bool:
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Give it back; again is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


@contextmanager
def opening_alone(data_dir: Path) -> Iterator[None]:
    """Hold off every other process that opens this directory, until the end of the block or of this process."""
    path = check_data_directory(data_dir)
    descriptor = open_private_file(path / MIGRATION_LOCK_NAME)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _check(path: Path, is_kind: Callable[[int], bool], wanted: int) -> None:
    """Refuse what is a link, of another kind, of another user, or open to others."""
    found = path.lstat()
    mode = stat.S_IMODE(found.st_mode)
    if stat.S_ISLNK(found.st_mode):
        raise ConfigurationError(f"AUTHSVC_DATA_DIR: {path} is a symbolic link; name the place itself")
    if not is_kind(found.st_mode):
        kind = "directory" if is_kind is stat.S_ISDIR else "regular file"
        raise ConfigurationError(f"AUTHSVC_DATA_DIR: {path} is not a {kind}; move it away")
    if found.st_uid != os.geteuid():
        raise ConfigurationError(
            f"AUTHSVC_DATA_DIR: {path} belongs to user {found.st_uid}, but this is user {os.geteuid()}; "
            f"run as its owner, or: chown {os.geteuid()} {path}"
        )
    if mode & _OTHERS:
        raise ConfigurationError(
            f"AUTHSVC_DATA_DIR: {path} has mode {mode:04o}, which lets others in; run: chmod {wanted:04o} {path}"
        )


def _sync_directory(path: Path) -> None:
    """Make the entry of a new file or directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
