"""What the tests of the network half share: planted servers, callers of good manners, and what a process holds."""

import asyncio
import resource
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import grpc

from authsvc.v1 import token_service_pb2 as messages
from tests.faults.support import AUDIENCE, OK, ROOT, TENANT, Caller, kill_all
from tests.support.server import Server, start_server

VERIFY = "/authsvc.v1.TokenService/Verify"
ISSUE = "/authsvc.v1.TokenService/Issue"
MIB = 1 << 20
MEMORY_BAR = 50 * MIB
"""How much the memory of a worker may grow under any flood."""
GOOD_PAUSE = 0.01
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
    def growth(self) -> int:
        """Bytes of memory more than at first."""
        return memory(self.pid) - self.memory

    def __str__(self) -> str:
        return (
            f"memory {self.memory / MIB:.0f} MiB and {self.growth / MIB:+.0f}, "
            f"descriptors {self.descriptors} and {descriptors(self.pid) - self.descriptors:+d}"
        )
