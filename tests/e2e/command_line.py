"""The command `authsvc` as a user types it, against a running server."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from authsvc.cli.main import run
from tests.support.server import Server

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        for text in (self.out, self.err):
            assert "Traceback" not in text
            assert "\x1b" not in text
        assert "eyJ" not in self.err, "a token on standard error"

    @property
    def document(self) -> Any:
        """The JSON document on standard output."""
        return json.loads(self.out)

    @property
    def headline(self) -> str:
        return self.out.partition("\n")[0]


@dataclass(frozen=True)
class CommandLine:
    """Types commands for a tenant of a server."""

    server: Server
    directory: Path
    tenant: str = "demo"

    def __call__(self, command: str, *arguments: str, stdin: str = "") -> Outcome:
        """Run the command within this process, which is many times faster than one of its own."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            contextlib.chdir(self.directory),
            mock.patch.dict(os.environ, self.environment(), clear=True),
            mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()))),
        ):
            code = run(_words(command, arguments))
        return Outcome(int(code), out.getvalue(), err.getvalue())

    def process(self, command: str, *arguments: str, stdin: str = "", **environment: str) -> Outcome:
        """Run the command as a process of its own."""
        result = subprocess.run(
            [sys.executable, "-m", "authsvc.cli", *_words(command, arguments)],
            env=self.environment() | environment,
            cwd=self.directory,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Outcome(result.returncode, result.stdout, result.stderr)

    def environment(self) -> dict[str, str]:
        """What the server was started with, and the tenant."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")}
        return inherited | self.server.environment | {"AUTHSVC_TENANT": self.tenant, "PYTHONPATH": str(ROOT)}

    def issue(self, audience: str, *arguments: str) -> str:
        """A new token for alice, as `authsvc issue ... > token` leaves it."""
        outcome = self("issue", "--subject", "alice", "--audience", audience, *arguments)
        assert outcome.code == 0, outcome.err
        token = outcome.out.removesuffix("\n")
        assert token.count(".") == 2
        assert not set(token) & set(" \n")
        return token

    def check(self, token: str, audience: str, *question: str) -> int:
        """The exit code of `authsvc check`."""
        return self("check", "--audience", audience, *question, stdin=token).code

    def payload(self, token: str) -> Any:
        """What `authsvc inspect` shows of the token's payload."""
        outcome = self("inspect", "--json", stdin=token)
        assert outcome.code == 0, outcome.err
        return outcome.document["unverified_payload"]


def words(option: str, values: Sequence[str]) -> list[str]:
    """The option, once for each value."""
    return [word for value in values for word in (option, value)]


def _words(command: str, arguments: Sequence[str]) -> list[str]:
    typed = [*command.split(), *arguments]
    assert not any("eyJ" in word for word in typed), "a token on the command line"
    return typed
