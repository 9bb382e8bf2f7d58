"""Workers and their supervisor: who dies is replaced, who is left alone ends, who cannot start says why."""

import os
import shutil
import signal
import time
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from authsvc.app.files import write_private
from authsvc.app.orders import EXIT_CONFIGURATION
from authsvc.keys.sealing import generate_sealing_key
from authsvc.store.opening import open_store
from tests.faults.planted_worker import LONG_STEP_SECONDS
from tests.faults.support import (
    OK,
    REVOKED,
    ROOT,
    Caller,
    Mint,
    await_ready,
    caller_of_each_worker,
    is_ready,
    is_running,
    kill_all,
    planted_server,
    start_planted,
)
from tests.support.scale import planted
from tests.support.server import Server, await_true, free_port, running_server, start_server

ORPHAN_SECONDS = 2.0
WATCHED_SECONDS = 3.0
MOST_STARTS = 6
"""In WATCHED_SECONDS, by a worker that dies at once: the pauses double from 0.2 s on, and a start takes its time."""


def probe_is_serving(server: Server) -> bool:
    """What the probe address says of readiness."""
    with grpc.insecure_channel(server.environment["AUTHSVC_PROBE_ADDRESS"]) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = stub.Check(  # type: ignore[attr-defined]  # the stub package leaves the methods out
            health_pb2.HealthCheckRequest(), timeout=5
        )
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def process_of(worker: str) -> int:
    return int(worker.partition("-")[2])


def test_a_killed_worker_is_replaced_and_its_heir_knows_what_was_revoked_meanwhile(tmp_path: Path) -> None:
    environment = {"AUTHSVC_WORKERS": "2", "AUTHSVC_PROBE_ADDRESS": f"127.0.0.1:{free_port()}"}
    with planted_server(tmp_path / "data", environment=environment) as server:
        token, before = Mint(server.data_dir).token(), caller_of_each_worker(server, 2)
        assert is_ready(server)
        assert probe_is_serving(server)
        victim, (survivor, caller) = next(iter(before)), list(before.items())[1]
        os.kill(process_of(victim), signal.SIGKILL)
        await_true(lambda: not is_ready(server), "readiness is off")
        assert not probe_is_serving(server)
        assert caller.reasons([token]) == [OK]
        caller.revoke_token(token)
        assert caller.reasons([token]) == [REVOKED]
        await_ready(server)
        assert probe_is_serving(server)
        after = caller_of_each_worker(server, 2)
        (heir,) = after.keys() - before.keys()
        assert heir.partition("-")[0] == victim.partition("-")[0]
        assert survivor in after
        assert after[heir].reasons([token]) == [REVOKED]
        assert '"event": "worker_died"' in server.log


def test_no_worker_outlives_its_supervisor(tmp_path: Path) -> None:
    server = start_planted(tmp_path / "data", environment={"AUTHSVC_WORKERS": "2"})
    workers = server.worker_pids()
    assert len(workers) == 2
    # One that is stopped, as by a debugger, ends when it goes on.
    os.kill(workers[0], signal.SIGSTOP)
    server.process.kill()
    server.process.wait()
    os.kill(workers[0], signal.SIGCONT)
    began = time.monotonic()
    await_true(lambda: not any(map(is_running, workers)), "every worker has ended", ORPHAN_SECONDS)
    print(f"2 workers ended {time.monotonic() - began:.3f} s after their supervisor was killed")
    kill_all(server)


def status_at_end(server: Server) -> int:
    try:
        return server.process.wait(20)
    finally:
        kill_all(server)


def test_a_worker_that_cannot_start_ends_the_server_with_its_reason(tmp_path: Path) -> None:
    server = start_planted(tmp_path / "data", "cannot-start", environment={"AUTHSVC_WORKERS": "2"}, wait=False)
    assert status_at_end(server) == EXIT_CONFIGURATION
    assert "AUTHSVC_PLANTED: a worker cannot start like this" in server.log
    assert '"event": "worker_died"' not in server.log


def test_an_address_of_another_machine_ends_the_server_with_its_name(tmp_path: Path) -> None:
    write_private(tmp_path / "sealing.key", generate_sealing_key())
    write_private(tmp_path / "tenants.yaml", "name: demo\n")
    environment = {
        "AUTHSVC_TLS": "off",
        "AUTHSVC_ISSUER_URL": "https://tokens.example",
        "AUTHSVC_SEALING_KEY_FILE": str(tmp_path / "sealing.key"),
        "AUTHSVC_TENANTS_FILE": str(tmp_path / "tenants.yaml"),
        "PYTHONPATH": str(ROOT),
    }
    server = start_server(
        tmp_path / "data",
        environment=environment,
        arguments=(),
        command=("-m", "tests.faults.planted_server", "none"),
        address="192.0.2.1:50051",
        wait=False,
    )
    assert status_at_end(server) == EXIT_CONFIGURATION
    assert "192.0.2.1:50051 cannot be listened on" in server.log


def test_a_worker_that_dies_at_once_is_not_started_in_a_tight_loop(tmp_path: Path) -> None:
    server = start_planted(tmp_path / "data", "die-at-start", wait=False)
    try:
        await_true(lambda: "worker_died" in server.log, "the worker has died")
        # How often it dies in some time is the point.
        time.sleep(WATCHED_SECONDS)
        deaths = server.log.count("worker_died")
        print(f"{deaths} starts of a worker that dies at once in {WATCHED_SECONDS} s")
        assert 2 <= deaths <= MOST_STARTS
        assert not is_ready(server)
        server.process.terminate()
        assert server.process.wait(20) == 0
    finally:
        kill_all(server)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_dies_while_the_store_is_away_is_replaced_when_it_is_back(tmp_path: Path, workers: int) -> None:
    data_dir, away = tmp_path / "data", tmp_path / "away"
    with planted_server(data_dir, environment={"AUTHSVC_WORKERS": str(workers)}) as server:
        mint = Mint(data_dir)
        good, revoked = mint.token(), mint.token()
        callers = caller_of_each_worker(server, workers)
        Caller.of(server).revoke_token(revoked)
        # Each has taken the revocation up: one that knows of a change and cannot read it gives no answers.
        assert all(caller.reasons([good, revoked]) == [OK, REVOKED] for caller in callers.values())
        data_dir.rename(away)
        doomed, *others = callers
        os.kill(process_of(doomed), signal.SIGKILL)
        await_true(lambda: server.log.count("worker_died") >= 2, "the replacement has failed too")
        assert server.process.poll() is None
        assert not data_dir.exists(), "a new store in the place of the old one would know nothing of what is revoked"
        for name in others:
            assert callers[name].reasons([good, revoked]) == [OK, REVOKED]
        away.rename(data_dir)
        await_ready(server)
        assert all(
            caller.reasons([good, revoked]) == [OK, REVOKED]
            for caller in caller_of_each_worker(server, workers).values()
        )
        assert server.process.poll() is None


def test_a_worker_never_takes_up_another_store(tmp_path: Path) -> None:
    data_dir, away, other = tmp_path / "data", tmp_path / "away", tmp_path / "other"
    open_store(other).close()
    with planted_server(data_dir, environment={"AUTHSVC_WORKERS": "2"}) as server:
        good, revoked = Mint(data_dir).tokens(2)
        callers = caller_of_each_worker(server, 2)
        Caller.of(server).revoke_token(revoked)
        assert all(caller.reasons([good, revoked]) == [OK, REVOKED] for caller in callers.values())
        data_dir.rename(away)
        shutil.copytree(other, data_dir)
        await_true(lambda: "store_unreadable" in server.log, "the change was seen")
        doomed, survivor = callers
        os.kill(process_of(doomed), signal.SIGKILL)
        await_true(lambda: server.log.count("worker_died") >= 2, "the replacement has refused")
        assert callers[survivor].reasons([good, revoked]) == [OK, REVOKED]
        data_dir.rename(tmp_path / "aside")
        away.rename(data_dir)
        await_ready(server)
        heirs = caller_of_each_worker(server, 2)
        assert all(caller.reasons([good, revoked]) == [OK, REVOKED] for caller in heirs.values())


MANY_CALLS = 3000
FEW_TICKS = 3


def ticks_of_grpcs_own_threads(pid: int) -> int:
    """The processor time of the threads of a process that grpc has for sockets, in hundredths of a second."""
    ticks = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        name, _, fields = (thread / "stat").read_text(encoding="ascii").partition("(")[2].rpartition(")")
        if name == "event_engine":
            ticks += sum(map(int, fields.split()[11:13]))
    return ticks


def after_many_calls(data_dir: Path, environment: dict[str, str]) -> int:
    with running_server(data_dir, environment=environment) as server:
        caller = Caller.of(server)
        token = caller.issue().token
        for _ in range(MANY_CALLS):
            caller.verify(token)
        (worker,) = server.worker_pids()
        ticks = ticks_of_grpcs_own_threads(worker)
    print(f"{ticks} ticks in grpc's own threads for {MANY_CALLS} calls")
    return ticks


def test_calls_are_not_handed_over_between_threads(tmp_path: Path) -> None:
    assert after_many_calls(tmp_path / "data", {}) <= FEW_TICKS


@planted
def test_handing_over_is_seen(tmp_path: Path) -> None:
    assert after_many_calls(tmp_path / "data", {"GRPC_EXPERIMENTS": "event_engine_listener"}) > FEW_TICKS


def wait_of_a_call_in_a_long_step(directory: Path, fault: str) -> float:
    """How long a Verify takes that comes while the event loop is in a step of LONG_STEP_SECONDS."""
    marker = directory / "marker"
    with planted_server(directory / "data", fault, environment={"PLANT_MARKER": str(marker)}) as server:
        caller = Caller.of(server)
        token = caller.issue().token
        caller.verify(token)
        marker.touch()
        await_true(lambda: not marker.exists(), "the step has begun")
        began = time.monotonic()
        caller.verify(token)
        return time.monotonic() - began


def test_a_call_is_not_decided_in_the_midst_of_a_step_of_the_loop(tmp_path: Path) -> None:
    assert wait_of_a_call_in_a_long_step(tmp_path, "long-step-where-marked") > LONG_STEP_SECONDS / 2


@planted
def test_without_the_baton_it_is(tmp_path: Path) -> None:
    assert wait_of_a_call_in_a_long_step(tmp_path, "long-step-beside-calls") < LONG_STEP_SECONDS / 2
