"""Fixtures for all suites."""

from collections.abc import Iterator

import pytest

from tests.support.server import Server, running_server


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One development server for all tests that leave no trace that others mind."""
    with running_server(tmp_path_factory.mktemp("server") / "data") as server:
        yield server
