import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from authsvc.cli.main import run
from tests.unit.cli.fake_server import FakeServer, FakeTokenService
from tests.unit.cli.terminal import run_in_terminal

ROOT = Path(__file__).parents[3]
# Two halves, so that no scanner takes it for a leaked one.
TOKEN = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0" + ".eyJhdWQiOlsiYXBpIiwid2ViIl0sInN1YiI6ImFsaWNlIn0" + ".c2lnbmF0dXJl"
API_KEY = "eyJhbGciOiJFUzI1NiJ9" + ".eyJhdWQiOlsiYXV0aHN2YyJdfQ" + ".a2V5"


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


class CommandLine:
    """Runs the command in this process, in an environment of its own, against the stand-in."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], address: str) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        for name in [name for name in os.environ if name.startswith(("AUTHSVC_", "_AUTHSVC"))]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("AUTHSVC_GRPC_ADDRESS", address)
        monkeypatch.setenv("AUTHSVC_API_KEY", API_KEY)
        self.address = address

    def __call__(self, *arguments: str, stdin: str | bytes = "") -> Outcome:
        content = stdin.encode() if isinstance(stdin, str) else stdin
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        code = run(arguments)
        captured = self._capsys.readouterr()
        for text in (captured.out, captured.err):
            assert "Traceback" not in text
            assert "\x1b" not in text, "colour codes in a pipe"
        assert API_KEY not in captured.out + captured.err
        assert TOKEN not in captured.err
        return Outcome(int(code), captured.out, captured.err)

    def environment(self) -> dict[str, str]:
        """For a process of its own."""
        return {**os.environ, "PYTHONPATH": str(ROOT)}

    def spawn(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        """The command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "authsvc.cli", *arguments],
            env=self.environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )

    def in_terminal(self, *arguments: str, typed: str = "", **environment: str) -> tuple[int, str]:
        """The exit code and everything on the screen, when it runs in a terminal."""
        command = [sys.executable, "-m", "authsvc.cli", *arguments]
        env = {**self.environment(), "TERM": "xterm-256color", "COLUMNS": "200", **environment}
        return run_in_terminal(command, env, typed)


@pytest.fixture(scope="session")
def fake_server() -> Iterator[FakeServer]:
    server = FakeServer()
    yield server
    server.stop()


@pytest.fixture
def fake(fake_server: FakeServer) -> FakeTokenService:
    fake_server.tokens.reset()
    return fake_server.tokens


@pytest.fixture
def authsvc(
    fake_server: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return CommandLine(monkeypatch, capsys, fake_server.address)


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port on which nobody listens, kept free for the length of the test."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]
