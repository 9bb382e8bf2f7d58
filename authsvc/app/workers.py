"""How a worker process comes to be: as a program of its own, or as a fork of the supervisor's process.

A fork has everything imported already, so it serves a second sooner and shares that memory. But only a process of one thread
that has not used grpc can be forked in safety: the first workers are, before the supervisor's loop runs; those that replace dead
ones are started anew.
"""

import asyncio
import contextlib
import gc
import os
import signal
import sys
import time
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from prometheus_client import values

METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_LINGER_SECONDS = 0.2
_THREADS = Path("/proc/self/task")


@dataclass(frozen=True, slots=True)
class WorkerProgram:
    """What a worker runs."""

    command: Sequence[str]
    """Starts it as a program of its own."""
    main: Callable[[], int] | None
    """Is it in a fork; None where every worker has to be started."""


class WorkerProcess(Protocol):
    """A worker, seen from its supervisor."""

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def lines(self) -> AsyncIterable[bytes]:
        """What it writes to standard output."""

    async def order(self, line: bytes) -> None:
        """Write a line to its standard input, which stays open while the supervisor lives."""

    def send_signal(self, signal: int, /) -> None:
        """Send a signal. Raises ProcessLookupError when it has ended."""

    def kill(self) -> None:
        """Send SIGKILL. Raises ProcessLookupError when it has ended."""

    async def wait(self) -> int:
        """Wait for the end: the exit status, or the negative number of the signal that ended it."""


class StartedWorker:
    """A worker that is a program of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a worker's pipes are open")
        self.pid = process.pid
        self.lines = process.stdout
        self.send_signal = process.send_signal
        self.kill = process.kill
        self.wait = process.wait
        self._stdin = process.stdin

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str]) -> "StartedWorker":
        """Start the program."""
        pipe = asyncio.subprocess.PIPE
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=environment))

    async def order(self, line: bytes) -> None:
        """Write a line to its standard input.

        Raises:
            ConnectionError: it has ended.
        """
        self._stdin.write(line)
        await self._stdin.drain()


class ForkedWorker:
    """A worker that is a fork of this process."""

    def __init__(self, pid: int, stdin: int, stdout: int) -> None:
        self.pid = pid
        self.ends = (stdin, stdout)
        self._lines: asyncio.StreamReader | None = None
        self._is_over = False

    @property
    def lines(self) -> AsyncIterable[bytes]:
        """What it writes to standard output, from its order on."""
        if self._lines is None:
            raise RuntimeError("a worker says nothing before it has its orders")
        return self._lines

    async def order(self, line: bytes) -> None:
        """Write a line to its standard input, short enough for a pipe that nobody reads yet.

        Raises:
            ConnectionError: it has ended.
        """
        stdin, stdout = self.ends
        # Made here, for it belongs to the loop.
        reader = self._lines = asyncio.StreamReader()
        pipe = os.fdopen(stdout, "rb", buffering=0)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        os.write(stdin, line)

    def send_signal(self, number: int) -> None:
        """Send a signal.

        Raises:
            ProcessLookupError: it has ended.
        """
        if self._is_over:
            raise ProcessLookupError
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL; it raises what send_signal raises."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait for its end."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        descriptor = os.pidfd_open(self.pid)
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
        _, status = os.waitpid(self.pid, 0)  # noqa: ASYNC222 (it has ended)
        self._is_over = True
        os.close(self.ends[0])
        return os.waitstatus_to_exitcode(status)


def can_fork() -> bool:
    """Whether this process has one thread, by the kernel's word: a library may have some that Python does not know of."""
    if not hasattr(os, "pidfd_open") or not _THREADS.is_dir():
        return False
    # A thread that has been joined is gone for Python a moment before it is for the kernel.
    end = time.monotonic() + _LINGER_SECONDS
    while len(list(_THREADS.iterdir())) > 1:
        if time.monotonic() > end:
            return False
        time.sleep(_LINGER_SECONDS / 100)
    return True


def fork_workers(count: int, main: Callable[[], int], metrics_dir: Path) -> list[ForkedWorker]:
    """Fork workers that run `main` and wait for orders. Only where can_fork() says so, and before an event loop runs.

    They have the environment of this process, so no secret may be in it.
    """
    # What is there now is shared with the forks: the collector shall not write to it.
    gc.collect()
    gc.freeze()
    sys.stdout.flush()
    sys.stderr.flush()
    workers: list[ForkedWorker] = []
    for _ in range(count):
        orders, stdin = os.pipe()
        stdout, words = os.pipe()
        pid = os.fork()
        if pid == 0:
            # The end of standard input is the supervisor's death: no other worker may hold it open.
            for descriptor in (stdin, stdout, *(end for other in workers for end in other.ends)):
                os.close(descriptor)
            _become_a_worker(main, orders, words, metrics_dir)
        os.close(orders)
        os.close(words)
        workers.append(ForkedWorker(pid, stdin, stdout))
    return workers


def _become_a_worker(main: Callable[[], int], orders: int, words: int, metrics_dir: Path) -> NoReturn:
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for descriptor, standard in ((orders, 0), (words, 1)):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        # The library of the metrics looks at it once, when it is imported.
        os.environ[METRICS_VARIABLE] = str(metrics_dir)
        values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]
        status = main()
    except BaseException:  # noqa: BLE001 (told, as any interpreter tells it)
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        # What the supervisor registered for its own end is not for this process to do.
        os._exit(status)
