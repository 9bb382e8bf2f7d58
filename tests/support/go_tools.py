"""Command-line tools that come as Go modules: built once, from the module beside this file that locks them."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

import pytest

from tools.generate_toolchains import ROOT, one_at_a_time, run

MODULE = Path(__file__).resolve().parent / "go"
TARGET = ROOT / "build" / "tools" / "go-tests"
STAMP = TARGET / "lock.sha256"


def go_tool(name: str) -> Path:
    """The path of a tool; without Go the test is skipped, and fails where CI=true."""
    if shutil.which("go") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Go is not on the PATH, and CI=true allows no test to be skipped")
        pytest.skip("Go is not on the PATH")
    build()
    return TARGET / name


def build() -> None:
    """Build all tools unless they are built as the lock file says."""
    with one_at_a_time():
        wanted = hashlib.sha256((MODULE / "go.sum").read_bytes()).hexdigest()
        if STAMP.exists() and STAMP.read_text() == wanted:
            return
        run(["go", "install", "tool"], cwd=MODULE, GOBIN=str(TARGET))
        STAMP.write_text(wanted)


if __name__ == "__main__":
    if shutil.which("go") is None:
        sys.stdout.write("Go is not on the PATH: what needs it is skipped.\n")
    else:
        build()
