"""A second signal ends the server at once, whatever the first was and however long a call takes (C24)."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals
from subprocess import TimeoutExpired

import pytest

from tests.faults.h2 import Connection, open_call
from tests.faults.network import VERIFY, start_on_network
from tests.faults.support import is_running, kill_all
from tests.support.scale import planted
from tests.support.server import Server, await_true

GRACE = 60.0
START_SECONDS = 90.0
"""Five servers that start at the same time take their time."""
AT_ONCE = 10.0
"""Seconds that the end may take on a busy machine; a sixth of the grace."""
IGNORED = 2.0
PAIRS = [(SIGTERM, SIGTERM), (SIGINT, SIGINT), (SIGTERM, SIGINT), (SIGINT, SIGTERM)]


def start(directory: Path, fault: str) -> Server:
    return start_on_network(directory / "data", fault, environment={"AUTHSVC_GRACE": str(GRACE)}, wait=False)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """A server for each pair of signals and one that ignores the second, all starting at the same time."""
    with ExitStack() as stack:
        found = []
        for number, fault in enumerate(["none"] * len(PAIRS) + ["second-signal-is-ignored+port-of-its-own"]):
            server = start(tmp_path_factory.mktemp(str(number)), fault)
            stack.callback(kill_all, server)
            found.append(server)
        for server in found:
            await_true(lambda it=server: "authsvc serves" in it.log, "the server serves", START_SECONDS)  # type: ignore[misc]
        yield found


async def ends_at_once(server: Server, first: Signals, second: Signals, seconds: float = AT_ONCE) -> bool:
    """Send two signals while a call is in flight that nobody will finish; whether the server ended within the seconds."""
    async with Connection.open(server.address) as connection:
        await connection.until(lambda: connection.settings, "the server's settings")
        await connection.send(open_call(1, VERIFY, server.metadata()))
        os.kill(server.process.pid, first)
        await_true(lambda: '"event": "draining"' in server.log, "it drains")
        assert server.process.poll() is None
        os.kill(server.process.pid, second)
        began = time.monotonic()
        with suppress(TimeoutExpired):
            await asyncio.to_thread(server.process.wait, seconds)
        print(f"{first.name}, {second.name}: {server.process.returncode} after {time.monotonic() - began:.2f} s")
        return server.process.returncode is not None


def test_a_signal_while_it_starts(tmp_path: Path) -> None:
    """The first process of a container never gets a signal that it does not catch, so it has to catch it soon."""
    server = start(tmp_path, "none")
    try:
        status = Path(f"/proc/{server.process.pid}/status")
        caught = 1 << (SIGTERM - 1)
        await_true(lambda: int(status.read_text().split("SigCgt:")[1].split()[0], 16) & caught != 0, "it is caught")
        assert "authsvc serves" not in server.log
        server.process.terminate()
        server.process.wait(AT_ONCE)
        assert server.process.returncode in {0, 128 + SIGTERM}
    finally:
        kill_all(server)


@pytest.mark.parametrize("number", range(len(PAIRS)), ids=lambda it: "-".join(each.name for each in PAIRS[it]))
async def test_a_second_signal(servers: list[Server], number: int) -> None:
    server, (first, second) = servers[number], PAIRS[number]
    workers = server.worker_pids()
    assert await ends_at_once(server, first, second)
    # It did not end well, and says so.
    assert server.process.returncode == 1
    await_true(lambda: not any(map(is_running, workers)), "its workers are gone", AT_ONCE)


@planted
def test_a_server_that_keeps_its_port_to_itself_is_found(servers: list[Server]) -> None:
    keeping = servers[-1]
    with pytest.raises(RuntimeError, match="cannot be listened on"):
        start_on_network(keeping.data_dir, "port-of-its-own", address=keeping.address)


@planted
async def test_a_second_signal_that_is_ignored_is_found(servers: list[Server]) -> None:
    assert not await ends_at_once(servers[-1], SIGTERM, SIGTERM, IGNORED)
