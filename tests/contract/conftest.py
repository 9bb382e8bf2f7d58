"""The server that the contract is held against, and its callers."""

from collections.abc import Iterator

import grpc
import pytest

from tests.contract.callers import Callers
from tests.contract.client import Client
from tests.contract.forge import Forge
from tests.contract.starter import Starter
from tests.contract.tenants import document
from tests.support.server import Server, running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A development server with the tenants of the contract."""
    place = tmp_path_factory.mktemp("contract")
    tenants = place / "tenants.yaml"
    tenants.write_text(document(), encoding="utf-8")
    # What was of use is written down at the end, so that rows change by nothing but what a test asks for.
    environment = {"AUTHSVC_TENANTS_FILE": str(tenants), "AUTHSVC_USAGE_INTERVAL": "12h"}
    with running_server(place / "data", environment=environment) as running:
        yield running


@pytest.fixture(scope="session")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that gives no call more than half a second, its store two, and logs every call."""
    environment = {"AUTHSVC_MAX_DEADLINE": "0.5", "AUTHSVC_LOG_CALLS": "true"}
    with running_server(tmp_path_factory.mktemp("hurried") / "data", environment=environment) as running:
        yield running


@pytest.fixture(scope="session")
def callers(server: Server) -> Callers:
    return Callers(server)


@pytest.fixture(scope="session")
def channel(server: Server) -> grpc.Channel:
    return server.channel()


@pytest.fixture(scope="session")
def forge(server: Server) -> Forge:
    return Forge(server)


@pytest.fixture(scope="session")
def client(channel: grpc.Channel, callers: Callers) -> Client:
    """Calls as a caller with every right but the admin's, for all tenants."""
    return Client(channel, callers.bound("*"))


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    """Runs the command at once, as often as it is asked to."""
    with Starter() as running:
        yield running
