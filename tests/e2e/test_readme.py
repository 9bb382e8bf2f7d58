"""The README's sentences are tried: its commands run word for word, its snippets run as they stand."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from authsvc.app.files import policies_of
from authsvc.config import Settings
from tests.e2e.readme import blocks, commands, matches
from tests.support.go_tools import go_tool
from tests.support.server import Server, start_server

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
SHOWN_ADDRESS = "127.0.0.1:50051"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Server]]:
    """A reader's directory, in which `make run` has started a server: same layout, other ports."""
    yield from a_reader(tmp_path_factory.mktemp("reader"))


def a_reader(place: Path) -> Iterator[tuple[Path, Server]]:
    """Start a server as `make run` does in a directory, and end it afterwards."""
    (place / ".venv").symlink_to(Path(sys.prefix), target_is_directory=True)
    server = start_server(place / "data")
    yield place, server
    assert server.stop() == 0


def run(command: str, place: Path, server: Server, path: str = "") -> str:
    """What a shell prints of a command, both streams in order."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")}
    environment["AUTHSVC_GRPC_ADDRESS"] = server.address
    environment["PATH"] = f"{path}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command.replace(SHOWN_ADDRESS, server.address)],
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


def test_the_consoles_print_what_the_page_shows(reader: tuple[Path, Server]) -> None:
    place, server = reader
    tools = str(go_tool("grpcurl").parent)
    exported: list[str] = []
    tried = 0
    for block in blocks(README, "console"):
        for command in commands(block):
            if command.text.startswith("export "):
                exported.append(command.text)
                continue
            printed = run("\n".join([*exported, command.text]), place, server, tools)
            assert matches(command.output, printed), f"$ {command.text}\n{printed}"
            tried += 1
    print(f"{tried} commands of the README tried")
    assert tried >= 12


def test_the_python_snippets_run(reader: tuple[Path, Server]) -> None:
    place, server = reader
    snippets = blocks(README, "python")
    assert snippets
    for snippet in snippets:
        text = snippet.replace(SHOWN_ADDRESS, server.address)
        done = subprocess.run([sys.executable, "-c", text], cwd=place, capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr, done.returncode) == ("allowed\n", "", 0)


def test_the_tenant_documents_are_valid() -> None:
    for document in blocks(README, "yaml"):
        assert len(policies_of(document, Settings(dev=True))) == 2


def test_the_table_of_settings_is_whole_and_true() -> None:
    rows = re.findall(r"^\| ((?:`AUTHSVC_\w+`(?:, )?)+) \|", README.read_text(), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"AUTHSVC_(\w+)", row)}
    known = {name.upper() for name in Settings.model_fields}
    assert named <= known
    # The rest is for development and for tests: it has a docstring, and no place on the front page.
    assert known - named == {"DEV", "TLS_RELOAD", "MAX_CONNECTION_AGE", "PRUNE_INTERVAL", "BUSY_TIMEOUT"}


def test_every_page_that_is_named_is_there() -> None:
    for page in ROOT.glob("*.md"):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (ROOT / target).exists(), f"{page.name} names {target}"
