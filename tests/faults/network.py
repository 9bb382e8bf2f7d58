"""What the tests of the network half share: planted servers, callers of good manners, and what a process holds."""

import asyncio
import os
import re
import resource
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import grpc

from authsvc.v1 import token_service_pb2 as messages
from tests.faults.planted_network import TASKS
from tests.faults.support import AUDIENCE, OK, ROOT, TENANT, Caller, kill_all
from tests.support.server import Server, await_true, start_server

VERIFY = "/authsvc.v1.TokenService/Verify"
ISSUE = "/authsvc.v1.TokenService/Issue"
MIB = 1 << 20
MEMORY_BAR = 50 * MIB
"""How much the memory of a worker may grow under any flood."""
GOOD_PAUSE = 0.01
READING_SECONDS = 1.5
"""A planted server reads the metric of its event loop anew within so many."""
STALL = re.compile(r"^authsvc_event_loop_stall_seconds (\S+)$", re.MULTILINE)
STALL_STEP = 0.05
STALL_BAR = 0.020
STALL_BOUND = 0.250
ENOUGH_CALLS = 10
GOOD_TIMEOUT = 30.0
"""A good call may be slow on a busy machine; it may not fail."""


def start_on_network(
    data_dir: Path,
    fault: str = "none",
    *,
    environment: Mapping[str, str] | None = None,
    address: str | None = None,
    credentials: grpc.ChannelCredentials | None = None,
    wait: bool = True,
) -> Server:
    """A server with that fault of tests.faults.planted_network, or several joined by "+"."""
    return start_server(
        data_dir,
        environment={"AUTHSVC_DEV": "true", "PYTHONPATH": str(ROOT), **(environment or {})},
        arguments=(),
        command=("-m", "tests.faults.planted_network", fault),
        address=address,
        credentials=credentials,
        wait=wait,
        warm=True,
    )


@contextmanager
def server_on_network(
    data_dir: Path, fault: str = "none", *, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Such a server for the length of a block, killed at its end: how servers end well is tested elsewhere."""
    server = start_on_network(data_dir, fault, environment=environment)
    try:
        yield server
    finally:
        kill_all(server)


def memory(pid: int) -> int:
    """The resident memory of a process in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def descriptors(pid: int) -> int:
    """How many files and sockets a process has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def verify_request(token: str = "x") -> bytes:
    return messages.VerifyRequest(tenant=TENANT, token=token, audience=AUDIENCE).SerializeToString()


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


@dataclass
class GoodCaller:
    """Verifies a good token again and again over one connection, from a thread, for the length of a block."""

    caller: Caller
    token: str
    failures: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """How long each call took."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _called: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    @classmethod
    def of(cls, server: Server) -> Self:
        caller = Caller.of(server)
        return cls(caller, caller.issue().token)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._call)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _call(self) -> None:
        while not self._stop.wait(GOOD_PAUSE):
            began = time.monotonic()
            try:
                answer = self.caller.verify(self.token, timeout=GOOD_TIMEOUT)
                fault = "" if answer.reason == OK else str(answer)
            except grpc.RpcError as error:
                fault = str(error)
            with self._called:
                self.failures += [fault] if fault else []
                self.seconds.append(time.monotonic() - began)
                self._called.notify_all()

    async def goes_on(self) -> None:
        """Wait until some more calls have been answered: a flood makes good calls slow, and they come after it."""

        def wait() -> None:
            with self._called:
                enough = len(self.seconds) + ENOUGH_CALLS
                assert self._called.wait_for(lambda: len(self.seconds) >= enough, GOOD_TIMEOUT), self

        await asyncio.to_thread(wait)

    def __str__(self) -> str:
        if not self.seconds:
            return "no good call"
        median, late = (percentile(self.seconds, part) * 1000 for part in (0.5, 0.99))
        return f"{len(self.seconds)} good calls (p50 {median:.1f} ms, p99 {late:.1f} ms), {len(self.failures)} failed"


@dataclass
class Held:
    """What a worker holds, against what it held at first."""

    pid: int
    memory: int = 0
    descriptors: int = 0

    def __post_init__(self) -> None:
        self.memory, self.descriptors = memory(self.pid), descriptors(self.pid)

    @classmethod
    def by_worker(cls, server: Server) -> Self:
        """Of the one worker of a server."""
        (pid,) = server.worker_pids()
        return cls(pid)

    @property
    def more_descriptors(self) -> int:
        """Files and sockets more than at first."""
        return descriptors(self.pid) - self.descriptors

    @property
    def growth(self) -> int:
        """Bytes of memory more than at first."""
        return memory(self.pid) - self.memory

    def __str__(self) -> str:
        return (
            f"memory {self.memory / MIB:.0f} MiB and {self.growth / MIB:+.0f}, "
            f"descriptors {self.descriptors} and {self.more_descriptors:+d}"
        )


def tasks(server: Server) -> int:
    """How many tasks the event loop of the server's one worker holds."""
    (pid,) = server.worker_pids()
    told = server.log.count(TASKS)
    os.kill(pid, signal.SIGUSR1)
    await_true(lambda: server.log.count(TASKS) > told, "the worker tells its tasks")
    return int(server.log.rpartition(TASKS)[2].split()[0])


@dataclass
class StallWatch:
    """The longest time that a worker's event loop was held up during a block, by its own metric.

    The bar is 20 ms, which only a machine with nothing else to do can show: a process that waits for its turn looks
    like one that is held up. So the bar is printed, and what is asserted is a bound that leaves room for a busy
    machine, all the more when this very process had to wait for its turn too.
    """

    server: Server
    longest: float = 0.0
    own: float = 0.0
    """The longest wait for a turn of this process."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # The metric tells of the time up to its last reading.
        time.sleep(READING_SECONDS)
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        next_look = 0.0
        while not self._stop.is_set():
            began = time.monotonic()
            self._stop.wait(STALL_STEP)
            self.own = max(self.own, time.monotonic() - began - STALL_STEP)
            if time.monotonic() > next_look:
                next_look = time.monotonic() + READING_SECONDS / 2
                found = STALL.search(self.server.metrics())
                self.longest = max(self.longest, float(found[1]) if found else 0.0)

    @property
    def is_short(self) -> bool:
        return self.longest <= max(STALL_BOUND, 2 * self.own)

    def __str__(self) -> str:
        verdict = "PASS" if self.longest <= STALL_BAR else "MISS"
        return (
            f"event loop held up {self.longest * 1000:.1f} ms, bar {STALL_BAR * 1000:.0f} ms: {verdict}"
            f" (this process waited up to {self.own * 1000:.1f} ms for its turn)"
        )
