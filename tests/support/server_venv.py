"""An environment with what the server stands on, and nothing of ours: made once for each state of the lock file."""

import hashlib
import venv
from pathlib import Path

from tools.generate_toolchains import ROOT, one_at_a_time, run

RUN_LOCK = ROOT / "requirements" / "run.lock"


def server_venv() -> Path:
    """The directory of the environment."""
    digest = hashlib.sha256(RUN_LOCK.read_bytes()).hexdigest()[:16]
    directory = ROOT / "build" / "venvs" / f"server-{digest}"
    with one_at_a_time():
        if not (directory / "complete").exists():
            venv.create(directory, with_pip=True, symlinks=True)
            python = directory / "bin" / "python"
            run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", RUN_LOCK])
            (directory / "complete").touch()
    return directory
