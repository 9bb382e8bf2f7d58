"""The programs, each built once a session, and the service that they are run against."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.clients.programs import BUILD, Program, build


@dataclass(frozen=True, slots=True)
class Service:
    """A running service with its demo tenant."""

    address: str
    key_file: Path


@pytest.fixture(scope="session", params=list(BUILD))
def program(request: pytest.FixtureRequest) -> Program:
    language: str = request.param
    return build(language)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Start the real service for development, and end it as an orchestrator does."""
    data = tmp_path_factory.mktemp("data")
    address = f"127.0.0.1:{free_port()}"
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")}
    variables |= {
        "AUTHSVC_GRPC_ADDRESS": address,
        "AUTHSVC_ADMIN_ADDRESS": f"127.0.0.1:{free_port()}",
        "AUTHSVC_DATA_DIR": str(data),
    }
    log = data.parent / "service.log"
    command = [str(Path(sys.executable).parent / "authsvc"), "serve", "--dev"]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=variables, stdout=output, stderr=subprocess.STDOUT)
    try:
        with grpc.insecure_channel(address) as channel:
            health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=30)
        yield Service(address, data / "bootstrap.key")
    except grpc.RpcError as error:
        pytest.fail(f"the service did not start: {error}\n{log.read_text()}")
    finally:
        process.terminate()
        process.wait(timeout=40)
