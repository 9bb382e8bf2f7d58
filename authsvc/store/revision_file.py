"""The newest published revision, in memory that all processes on a data directory share."""

import fcntl
import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from authsvc.store.data_directory import REVISION_NAME, open_private_file

_SIZE = 8


class SharedRevision:
    """One number in a mapped file: read without a system call, written under a lock.

    It is no truth of its own: the database is, and the file is made right at every opening of the store.
    """

    def __init__(self, data_dir: Path) -> None:
        self._descriptor = open_private_file(data_dir / REVISION_NAME)
        try:
            # A flock is the process's: among our own threads it takes one more lock.
            self._threads = threading.Lock()
            with self._locked():
                # Written, not just made longer: touching a mapped hole on a full disk kills the process.
                if os.fstat(self._descriptor).st_size < _SIZE:
                    os.pwrite(self._descriptor, bytes(_SIZE), 0)
            self._map = mmap.mmap(self._descriptor, _SIZE)
        except BaseException:
            os.close(self._descriptor)
            raise
        self._words = memoryview(self._map).cast("Q")

    @property
    def value(self) -> int:
        """The newest revision that any process has published."""
        return self._words[0]

    def publish(self, revision: int) -> None:
        """Raise the value to `revision`; a lower one changes nothing. Safe from any thread and process."""
        with self._locked():
            self._words[0] = max(self._words[0], revision)

    def reset(self, revision: int) -> None:
        """Set the value, lower too, as after a restored backup. Only while no other process runs on it."""
        with self._locked():
            self._words[0] = revision

    def close(self) -> None:
        """Let go of the file. The value can no longer be read."""
        self._words.release()
        self._map.close()
        os.close(self._descriptor)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._threads:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
