"""Starts and ends the servers that are measured: each a process of its own on a free port of the loopback."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.cpu import pinned
from bench.errors import ServerError
from bench.world import World

ROOT = Path(__file__).resolve().parent.parent
_STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers calls."""

    address: str
    pids: tuple[int, ...]
    """The processes that answer."""
    supervisor: tuple[int, ...] = ()
    """The process that looks after them, if it is another."""


def _free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def _inherited() -> dict[str, str]:
    """The environment without what a module of the service has set here: the bare server runs as grpc comes."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AUTHSVC_", "GRPC_"))}


@contextmanager
def process(
    command: Sequence[str], log: Path, environment: dict[str, str], cpus: set[int], *, secret: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """A process on these CPUs, its errors in a file, `secret` on its standard input. It ends with the block."""
    with log.open("w", encoding="utf-8") as errors, pinned(cpus):
        running = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_inherited() | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        if secret and running.stdin is not None:
            running.stdin.write(secret + "\n")
            running.stdin.flush()
        yield running
    finally:
        running.terminate()
        try:
            running.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        for pipe in (running.stdin, running.stdout):
            if pipe is not None:
                pipe.close()


def first_line(running: subprocess.Popen[str], log: Path) -> str:
    """The first line that a process prints, which says that it serves.

    Raises:
        ServerError: it ended without one; the text is what it logged.
    """
    line = running.stdout.readline() if running.stdout is not None else ""
    if not line:
        raise ServerError(log.read_text(encoding="utf-8").strip() or "the process ended without a word")
    return line.strip()


@contextmanager
def authsvc_server(world: World, cpus: set[int], workers: int = 1) -> Iterator[Server]:
    """The service on a world's data directory, set up as in production but for TLS.

    Raises:
        ServerError: it does not start.
    """
    address = _free_address()
    environment = {
        **world.environment,
        "AUTHSVC_GRPC_ADDRESS": address,
        "AUTHSVC_ADMIN_ADDRESS": _free_address(),
        "AUTHSVC_DATA_DIR": str(world.data_dir),
        "AUTHSVC_WORKERS": str(workers),
    }
    log = world.root / f"authsvc-{workers}.log"
    with process((sys.executable, "-m", "authsvc.cli", "serve"), log, environment, cpus) as running:
        first_line(running, log)
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text(encoding="ascii")
        yield Server(address, tuple(map(int, children.split())), (running.pid,))


@contextmanager
def bare_server(root: Path, sizes: Mapping[str, int], cpus: set[int]) -> Iterator[Server]:
    """The bare server, which answers each path with so many bytes.

    Raises:
        ServerError: it does not start.
    """
    paths = [f"{path}={size}" for path, size in sizes.items()]
    log = root / "bare.log"
    with process((sys.executable, "-m", "bench.bare_server", "127.0.0.1:0", *paths), log, {}, cpus) as running:
        yield Server(f"127.0.0.1:{first_line(running, log)}", (running.pid,))
