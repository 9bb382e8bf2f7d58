import json
import socket
from collections.abc import Iterator

import pytest
from grpc_health.v1 import health_pb2

from authsvc.cli.exit_codes import ExitCode
from tests.unit.cli.conftest import CommandLine
from tests.unit.cli.fake_server import FakeServer

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture
def server(fake_server: FakeServer) -> Iterator[FakeServer]:
    yield fake_server
    fake_server.health.set("", NOT_SERVING)


def test_ready(authsvc: CommandLine, server: FakeServer) -> None:
    server.health.set("", SERVING)
    outcome = authsvc("health")
    assert (outcome.code, outcome.out) == (ExitCode.OK, "serving\n")
    assert json.loads(authsvc("health", "--json").out) == {"status": "SERVING"}


def test_not_ready(authsvc: CommandLine, server: FakeServer) -> None:
    server.health.set("", NOT_SERVING)
    outcome = authsvc("health")
    assert (outcome.code, outcome.out) == (ExitCode.UNAVAILABLE, "not serving\n")


def test_a_named_service(authsvc: CommandLine, server: FakeServer) -> None:
    server.health.set("liveness", SERVING)
    assert authsvc("health", "--service", "liveness").code == ExitCode.OK
    assert authsvc("health", "--service", "unknown").code == ExitCode.NOT_FOUND


def test_no_key_is_read_or_sent(authsvc: CommandLine, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.health.set("", SERVING)
    monkeypatch.setenv("AUTHSVC_API_KEY_FILE", "missing")
    assert authsvc("health").code == ExitCode.OK


def test_out_of_reach(authsvc: CommandLine, unused_port: int) -> None:
    outcome = authsvc("health", "--address", f"127.0.0.1:{unused_port}")
    assert outcome.code == ExitCode.UNAVAILABLE
    assert outcome.err.splitlines() == [
        f"error: the server at 127.0.0.1:{unused_port} cannot be reached: connection refused (UNAVAILABLE)",
        (
            "next: is the server running? `make run` starts one; --address or AUTHSVC_GRPC_ADDRESS says where it is, "
            "and --tls or --ca-file that it speaks TLS"
        ),
    ]


def test_wait_until_it_serves(authsvc: CommandLine) -> None:
    with socket.socket() as reserved:
        # Taken but not listening: the command finds nobody at first, whichever of the two is faster.
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        process = authsvc.spawn("health", "--wait", "30", "--address", f"127.0.0.1:{port}")
        server = FakeServer(port=port)
        out, err = process.communicate(timeout=40)
        server.stop()
    assert (process.returncode, out) == (ExitCode.OK, "serving\n"), err


def test_wait_ends_with_what_it_saw_last(authsvc: CommandLine, server: FakeServer, unused_port: int) -> None:
    server.health.set("", NOT_SERVING)
    outcome = authsvc("health", "--wait", "0.3")
    assert (outcome.code, outcome.out) == (ExitCode.UNAVAILABLE, "not serving\n")
    outcome = authsvc("health", "--wait", "0.3", "--address", f"127.0.0.1:{unused_port}")
    assert outcome.code == ExitCode.UNAVAILABLE
    assert "did not answer in time" in outcome.err
