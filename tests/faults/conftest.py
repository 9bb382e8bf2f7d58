"""Servers that several suites share."""

import resource
from collections.abc import Iterator

import pytest

from tests.faults.network import server_on_network, start_on_network
from tests.faults.support import kill_all
from tests.support.server import Server

FEW = 1024
"""Descriptors that many systems suggest to a process."""


@pytest.fixture(scope="session")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one worker that has to bear everything, on a system that suggests few descriptors."""
    suggested, granted = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, granted))
    try:
        server = start_on_network(tmp_path_factory.mktemp("flooded") / "data")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (suggested, granted))
    yield server
    kill_all(server)


@pytest.fixture(scope="session")
def careless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that takes whatever comes, and keeps something of it for good."""
    faults = "no-metadata-limit+every-call-leaves-something+every-call-leaves-a-task+every-call-leaves-a-descriptor"
    with server_on_network(tmp_path_factory.mktemp("careless") / "data", faults) as server:
        yield server
