"""The probes' meaning, asked with the probe that kubelets have built in, through start, a broken store and the drain."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.go_tools import go_tool
from tests.support.server import Server, await_true, free_port, start_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    environment = {"AUTHSVC_PROBE_ADDRESS": f"127.0.0.1:{free_port()}", "AUTHSVC_LAME_DUCK": "3"}
    server = start_server(tmp_path / "data", environment=environment, arguments=("--dev", "--workers", "2"), wait=False)
    yield server
    if server.process.poll() is None:
        server.kill()


def probe(server: Server, service: str = "", *, address: str = "") -> bool:
    """What grpc-health-probe says: the exit status is 0 when the service is serving."""
    assert service == "liveness" or server.process.poll() is None, server.log
    address = address or server.environment["AUTHSVC_PROBE_ADDRESS"]
    command = [str(go_tool("grpc-health-probe")), f"-addr={address}", f"-service={service}", "-connect-timeout=2s"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_through_start_and_drain(server: Server) -> None:
    await_true(lambda: probe(server, "liveness"), "the process lives")
    # Liveness does not wait for readiness; readiness comes when every worker serves.
    await_true(lambda: probe(server), "it is ready")
    assert probe(server, address=server.address)
    assert not probe(server, "no.such.Service")
    server.process.terminate()
    await_true(lambda: not probe(server), "readiness is off", 2.0)
    assert not probe(server, address=server.address)
    # The lame-duck time: off for balancers, alive for the kubelet, and still serving.
    assert probe(server, "liveness")
    assert server.process.wait(20) == 0


def test_a_broken_store_turns_readiness_off_and_back_on_and_liveness_stays(server: Server) -> None:
    await_true(lambda: probe(server), "it is ready")
    away = server.data_dir.with_name("away")
    server.data_dir.rename(away)
    await_true(lambda: not probe(server), "readiness is off", 10.0)
    assert probe(server, "liveness")
    away.rename(server.data_dir)
    await_true(lambda: probe(server), "readiness is back", 10.0)
