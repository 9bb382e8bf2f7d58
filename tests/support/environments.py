"""Environments beside that of the tests, each made once for each state of its lock file."""

import hashlib
import venv
from pathlib import Path

from tools.generate_toolchains import ROOT, one_at_a_time, run

REQUIREMENTS = ROOT / "requirements"
RUN_LOCK = REQUIREMENTS / "run.lock"


def server_venv() -> Path:
    """What the server stands on, and nothing of ours."""
    return _environment(RUN_LOCK)


def envoy() -> Path:
    """The program of Envoy. Its package shares names with others, so nothing else is in its environment."""
    return _environment(REQUIREMENTS / "mesh.lock") / "bin" / "envoy"


def _environment(lock: Path) -> Path:
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    directory = ROOT / "build" / "venvs" / f"{lock.stem}-{digest}"
    with one_at_a_time():
        if not (directory / "complete").exists():
            venv.create(directory, with_pip=True, symlinks=True)
            python = directory / "bin" / "python"
            run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", lock])
            (directory / "complete").touch()
    return directory
