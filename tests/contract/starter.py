"""Runs `authsvc` many times for the price of one start: each run is a fork of a process that has everything imported.

As a module it is that process: it reads one run a line from standard input, {"settings": {...}, "words": [...]}, and
answers each with a line, {"code": ..., "output": ...}.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from authsvc.cli.main import run

PATIENCE = 30
"""Seconds after which a run is ended: it should have refused to start."""


class Starter:
    """The process that forks, to be closed."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.contract.starter"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def run(self, settings: Mapping[str, str], *words: str) -> tuple[int, str]:
        """The exit code and everything that was written."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"settings": dict(settings), "words": words}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer["code"], answer["output"]

    def bootstrap(self, settings: Mapping[str, str]) -> None:
        """Leave the first admin key in bootstrap.key of the data directory."""
        code, output = self.run(settings, "bootstrap")
        assert code == 0, output

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()


def _run(settings: Mapping[str, str], words: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if child == 0:
            _be_the_command(settings, words, output.fileno())
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return {"code": os.waitstatus_to_exitcode(status), "output": output.read()}


def _be_the_command(settings: Mapping[str, str], words: list[str], output: int) -> None:
    code = 1
    try:
        signal.alarm(PATIENCE)
        os.dup2(output, sys.stdout.fileno())
        os.dup2(output, sys.stderr.fileno())
        os.environ.update(settings)
        code = run(words)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    # The commands import these only when they are asked to; imported here, they are there in every fork.
    for name in ("authsvc.app.admin_key", "authsvc.app.serving", "sqlalchemy.dialects.sqlite", "rich.console"):
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(_run(**json.loads(line))), flush=True)
