"""Fixtures for all suites, and the search for canaries in all that their servers leave behind."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from tests.support.canaries import TALLY
from tests.support.machine import on_the_machine
from tests.support.scale import IN_CI
from tests.support.server import Server, running_server


@pytest.fixture(autouse=True)
def machine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test runs beside those of other processes, but one that is marked so has the machine to itself."""
    with on_the_machine(alone=request.node.get_closest_marker("alone") is not None):
        yield


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One development server for all tests that leave no trace that others mind."""
    with running_server(tmp_path_factory.mktemp("server") / "data") as server:
        yield server


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the tally of this process to the one that sums them, when the suite is spread over several."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["canaries"] = asdict(TALLY)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add up the tally of a process that is done."""
    for name, count in getattr(node, "workeroutput", {}).get("canaries", {}).items():
        setattr(TALLY, name, getattr(TALLY, name) + count)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what tests have printed, in CI, and what was searched: a search of nothing shall not pass for a clean one."""
    if IN_CI:
        # As -rP does it, which takes a minute for some thousand tests.
        for report in terminalreporter.getreports("passed"):
            if report.capstdout:
                terminalreporter.write_sep("_", report.nodeid)
                terminalreporter.write_line(report.capstdout)
    if TALLY.servers:
        terminalreporter.write_line(
            f"canaries: {TALLY.secrets} secrets of {TALLY.servers} servers looked for in {TALLY.bytes:,} bytes"
            f" of logs, metrics, errors, processes and data; {TALLY.leaks} found"
        )
