"""The programs, each built once a session, and the service that they are run against."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients.programs import BUILD, Program, build
from tests.support.server import running_server


@dataclass(frozen=True, slots=True)
class Service:
    """A running service with its demo tenant."""

    address: str
    key_file: Path


@pytest.fixture(scope="session", params=list(BUILD))
def program(request: pytest.FixtureRequest) -> Program:
    language: str = request.param
    return build(language)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The real service for development, with two workers: every program's connections reach both."""
    arguments = ("--dev", "--workers", "2")
    with running_server(tmp_path_factory.mktemp("service") / "data", arguments=arguments) as server:
        yield Service(server.address, server.data_dir / "bootstrap.key")
