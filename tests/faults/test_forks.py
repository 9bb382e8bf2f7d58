"""The first workers are forks of the supervisor; those that replace them, and those that a fork would tell a secret, are not."""

import os
import signal
from pathlib import Path

from authsvc.keys.sealing import generate_sealing_key
from tests.faults.support import Caller, await_ready, is_ready, is_running, kill_all
from tests.support.server import Server, await_true, start_server

ORPHAN_SECONDS = 2.0


def words_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")


def forks_of(server: Server) -> list[int]:
    """The workers that were not started as programs of their own."""
    return [pid for pid in server.worker_pids() if words_of(pid) == words_of(server.process.pid)]


def test_the_first_workers_are_forks_and_an_heir_is_not(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", arguments=("--dev", "--workers", "2"))
    try:
        first = forks_of(server)
        assert sorted(first) == sorted(server.worker_pids())
        victim, survivor = first
        os.kill(victim, signal.SIGKILL)
        await_true(lambda: not is_ready(server), "readiness is off")
        await_ready(server)
        assert forks_of(server) == [survivor]
        (heir,) = set(server.worker_pids()) - {survivor}
        assert "authsvc.app.worker_process" in words_of(heir)
        assert Caller.of(server).issue().token
        # Both kinds count into one scrape.
        assert 'authsvc_calls_total{code="OK",method="Issue"} 1.0' in server.metrics()
        assert server.stop() == 0
        assert not any(map(is_running, (survivor, heir)))
    finally:
        kill_all(server)


def test_a_sealing_key_from_the_environment_is_in_that_of_no_worker(tmp_path: Path) -> None:
    key = generate_sealing_key()
    environment = {"AUTHSVC_SEALING_KEY": key, "AUTHSVC_WORKERS": "2"}
    server = start_server(tmp_path / "data", environment=environment)
    try:
        assert forks_of(server) == []
        for pid in server.worker_pids():
            assert key.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
        assert Caller.of(server).issue().token
    finally:
        kill_all(server)


def test_a_fork_that_is_stopped_keeps_no_other_alive(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", arguments=("--dev", "--workers", "2"))
    # The kernel lists children as they were made: the later fork could hold what it has of the earlier.
    earlier, later = server.worker_pids()
    try:
        os.kill(later, signal.SIGSTOP)
        server.process.kill()
        server.process.wait()
        await_true(lambda: not is_running(earlier), "the earlier has seen its supervisor's end", ORPHAN_SECONDS)
    finally:
        os.kill(later, signal.SIGCONT)
        await_true(lambda: not is_running(later), "the later has seen it too", ORPHAN_SECONDS)
        kill_all(server)
