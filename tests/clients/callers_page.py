"""The page for callers: its blocks, and its commands run as they stand."""

import re
import subprocess
from pathlib import Path

from tests.clients.programs import CLIENTS
from tools.generate_toolchains import environment

PAGE = (CLIENTS / "README.md").read_text()
# Language and text of each block.
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def commands(naming: str) -> str:
    """Return the one block of commands that names something."""
    found = [text for language, text in BLOCKS if language == "sh" and naming in text]
    assert len(found) == 1, naming
    return found[0]


def shell(script: str, directory: Path, **variables: str) -> str:
    """Run commands as a reader would; return what they print."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=directory,
        env=environment() | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
