"""A real server, as a process over a real socket, for any test that wants one."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from authsvc.v1 import token_service_pb2_grpc as stubs
from tests.support.canaries import TALLY, Canaries, CanaryInterceptor, add_files, data_places, process_places
from tests.support.warm import with_everything_imported

START_SECONDS = 30.0
STOP_SECONDS = 40.0
PLANTED_COMMAND = ("-m", "authsvc.cli", "serve")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """A running server and how to reach it."""

    process: subprocess.Popen[bytes]
    address: str
    admin_address: str
    data_dir: Path
    environment: dict[str, str]
    log_path: Path
    credentials: grpc.ChannelCredentials | None = None
    """None for plain text."""
    channels: list[grpc.Channel] = field(default_factory=list)
    canaries: Canaries = field(default_factory=Canaries)
    """Every token, key and secret that the server has to do with: none may show up in what it leaves behind."""

    @property
    def admin_key(self) -> str:
        return (self.data_dir / "bootstrap.key").read_text().strip()

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def secret(self, text: str) -> str:
        """Say that a text is a secret, where no call through this object shows it, and return it."""
        self.canaries.add_text(text)
        return text

    def metadata(self, key: str | None = None) -> list[tuple[str, str]]:
        """The authorization of a caller; by default the admin."""
        return [("authorization", f"Bearer {key or self.admin_key}")]

    @property
    def http_address(self) -> str:
        """Where the public HTTP door is; empty where there is none."""
        return self.environment["AUTHSVC_HTTP_ADDRESS"]

    def channel(self, *, fresh: bool = False) -> grpc.Channel:
        """A channel to the server; a fresh one has a connection of its own, which may land on another worker."""
        if fresh or not self.channels:
            options = [("grpc.use_local_subchannel_pool", 1)] if fresh else []
            if self.credentials is None:
                bare = grpc.insecure_channel(self.address, options=options)
            else:
                bare = grpc.secure_channel(self.address, self.credentials, options=options)
            self.channels.append(grpc.intercept_channel(bare, CanaryInterceptor(self.canaries)))
        return self.channels[-1 if fresh else 0]

    def tokens(self, *, fresh: bool = False) -> stubs.TokenServiceStub:
        return stubs.TokenServiceStub(self.channel(fresh=fresh))

    def is_serving(self, service: str = "") -> bool:
        stub = health_pb2_grpc.HealthStub(self.channel())
        try:
            answer = stub.Check(  # type: ignore[attr-defined]  # the stub package leaves the methods out
                health_pb2.HealthCheckRequest(service=service), timeout=2
            )
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    def worker_pids(self) -> list[int]:
        """The processes that serve, by the kernel's word; none when the server has ended."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            return [int(pid) for pid in children.read_text().split()]
        except FileNotFoundError:
            return []

    def kill(self) -> None:
        """Kill every process of the server with SIGKILL, at once.

        Raises:
            LeakError: a secret shows up in what it leaves behind.
        """
        self._kill()
        self._search({})

    def stop(self) -> int:
        """SIGTERM, and the exit status.

        Raises:
            LeakError: a secret shows up in what it leaves behind.
        """
        places = self._living_places()
        self.close_channels()
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(STOP_SECONDS)
        self._search(places)
        return status

    def metrics(self) -> str:
        """The scrape of the admin address, empty when nobody answers there."""
        with suppress(URLError, OSError), urlopen(f"http://{self.admin_address}/metrics", timeout=5) as answer:
            text: str = answer.read().decode()
            return text
        return ""

    def _kill(self) -> None:
        for pid in [*self.worker_pids(), self.process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.close_channels()

    def _living_places(self) -> dict[str, bytes]:
        """What can be searched only while it lives."""
        if self.process.poll() is not None:
            return {}
        return {
            "metrics": self.metrics().encode(),
            **process_places([self.process.pid, *self.worker_pids()]),
        }

    def _search(self, places: Mapping[str, bytes]) -> None:
        sealing_key = Path(self.environment.get("AUTHSVC_SEALING_KEY_FILE") or self.data_dir / "sealing.key")
        add_files(self.canaries, self.data_dir, sealing_key)
        TALLY.servers += 1
        self.canaries.search({**places, "log": self.log_path.read_bytes(), **data_places(self.data_dir)})

    def close_channels(self) -> None:
        for channel in self.channels:
            channel.close()
        self.channels.clear()


def await_true(condition: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    """Poll until it holds: for events of other processes that cannot be awaited."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def start_server(
    data_dir: Path,
    *,
    environment: Mapping[str, str] | None = None,
    arguments: Sequence[str] = ("--dev",),
    command: Sequence[str] = PLANTED_COMMAND,
    address: str | None = None,
    credentials: grpc.ChannelCredentials | None = None,
    wait: bool = True,
    warm: bool = False,
) -> Server:
    """Start `authsvc serve` on free ports and wait until it serves.

    `command` replaces the module that is run: a test's own entry can plant a fault there before it serves. With `warm` its
    supervisor is forked from a process that has all modules imported, for tests that start many servers; see
    tests.support.warm.
    """
    address = address or f"127.0.0.1:{free_port()}"
    admin_address = f"127.0.0.1:{free_port()}"
    own = {
        "AUTHSVC_GRPC_ADDRESS": address,
        "AUTHSVC_ADMIN_ADDRESS": admin_address,
        "AUTHSVC_HTTP_ADDRESS": f"127.0.0.1:{free_port()}",
        "AUTHSVC_DATA_DIR": str(data_dir),
        **(environment or {}),
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")}
    log_path = data_dir.with_name(f"{data_dir.name}.{time.monotonic_ns()}.log")
    if warm:
        log_path.touch()
        _, module, *words = command
        process = with_everything_imported().start(module, (*words, *arguments), inherited | own, log_path)
    else:
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *command, *arguments], env=inherited | own, stdout=log, stderr=subprocess.STDOUT
            )
    server = Server(process, address, admin_address, data_dir, own, log_path, credentials)
    if wait:

        def is_up() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with {process.returncode}:\n{server.log}")
            # Every worker listens only when the whole server says that it is ready.
            return re.search(r"^authsvc serves", server.log, re.MULTILINE) is not None and server.is_serving()

        try:
            await_true(is_up, f"the server serves:\n{server.log}")
        except BaseException:
            server._kill()
            raise
    return server


@contextmanager
def running_server(
    data_dir: Path,
    *,
    environment: Mapping[str, str] | None = None,
    arguments: Sequence[str] = ("--dev",),
    credentials: grpc.ChannelCredentials | None = None,
) -> Iterator[Server]:
    """A server for the length of a block; it must end cleanly and leave no secret behind."""
    server = start_server(data_dir, environment=environment, arguments=arguments, credentials=credentials)
    try:
        yield server
    finally:
        status = server.stop()
    assert status == 0, server.log
