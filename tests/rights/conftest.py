"""A server whose tenants say who may do what, and its callers."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.contract.callers import Callers
from tests.support.server import Server, running_server

TENANTS = Path(__file__).with_name("tenants.yaml")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A development server with the tenants of tenants.yaml."""
    place = tmp_path_factory.mktemp("rights")
    with running_server(place / "data", environment={"AUTHSVC_TENANTS_FILE": str(TENANTS)}) as running:
        yield running


@pytest.fixture(scope="session")
def callers(server: Server) -> Callers:
    return Callers(server)


@pytest.fixture(scope="session")
def channel(server: Server) -> grpc.Channel:
    return server.channel()
