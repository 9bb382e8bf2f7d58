"""Starts Python programs for the price of a fork: each comes from a process that has everything imported already.

    with_everything_imported().start("tests.faults.planted_server", ("none",), environment, log)

A program is a module with a function main(*arguments) that returns its exit status. It becomes a child of this process, with
an environment of its own and its output in a file. What it starts itself is started as always.

As a module this is the process that forks: it reads one start a line from standard input and answers with a process id.
"""

import contextlib
import ctypes
import functools
import importlib
import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>
_PRELOADED = (
    "alembic.command",
    "sqlalchemy.dialects.sqlite",
    "authsvc.app.serving",
)


class _Adopted(subprocess.Popen[bytes]):
    """A child that another process has started."""

    def __init__(self, pid: int, arguments: Sequence[str]) -> None:
        # What subprocess.Popen sets when it starts a process itself, which is not done here.
        self.args = list(arguments)
        self.pid = pid
        self.returncode = None
        self.stdin = self.stdout = self.stderr = None
        vars(self).update(_child_created=True, _waitpid_lock=threading.Lock(), _sigint_wait_secs=0.25)


class _Forks:
    """The process that forks, and the way to ask it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reaping = ctypes.CDLL(None, use_errno=True).prctl
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.warm"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )

    def start(
        self, module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        """Start a program with this environment and no other variable; it writes to the end of the log."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order: dict[str, Any] = {
            "module": module,
            "arguments": list(arguments),
            "environment": dict(environment),
            "log": str(log),
        }
        order["descriptors"] = resource.getrlimit(resource.RLIMIT_NOFILE)
        with self._lock:
            # An orphan becomes a child of this process, but only now: those that a test makes are left to the system.
            self._reap_orphans(yes=True)
            try:
                self._process.stdin.write(json.dumps(order).encode() + b"\n")
                self._process.stdin.flush()
                pid = int(self._process.stdout.readline())
            finally:
                self._reap_orphans(yes=False)
        return _Adopted(pid, (module, *arguments))

    def _reap_orphans(self, *, yes: bool) -> None:
        if self._reaping(_SET_CHILD_SUBREAPER, int(yes), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


@functools.cache
def with_everything_imported() -> _Forks:
    """The process of this run that forks."""
    return _Forks()


def _start(order: Mapping[str, Any]) -> int:
    """Start a program as an orphan, and return its process id."""
    told, tell = os.pipe()
    between = os.fork()
    if between == 0:
        pid = os.fork()
        if pid == 0:
            os.close(told)
            os.close(tell)
            _run(**order)
        os.write(tell, str(pid).encode())
        os._exit(0)
    os.close(tell)
    os.waitpid(between, 0)
    with os.fdopen(told) as pipe:
        return int(pipe.read())


def _run(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], log: str, descriptors: tuple[int, int]
) -> NoReturn:
    status: int | None = 1
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        resource.setrlimit(resource.RLIMIT_NOFILE, descriptors)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = [module, *arguments]
        status = importlib.import_module(module).main(*arguments)
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    except BaseException:  # noqa: BLE001 (told, as any interpreter tells it)
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status or 0)


if __name__ == "__main__":
    for name in _PRELOADED:
        importlib.import_module(name)
    for line in sys.stdin.buffer:
        print(_start(json.loads(line)), flush=True)
