"""The small program of each language: how it is built, and how it is run."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.generate_toolchains import ROOT, environment, missing_commands, one_at_a_time, run, typescript_modules

CLIENTS = ROOT / "clients"
LAST_LINE = "ok: issue verify check revoke verify"


@dataclass(frozen=True, slots=True)
class Program:
    """A built program."""

    language: str
    command: tuple[str | Path, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run of a program ended."""

    code: int
    output: str
    errors: str


def demand(language: str) -> None:
    """Skip the test where the language's tools are absent; in CI that is a failure."""
    if missing := missing_commands(language):
        message = f"{language}: not on the PATH: {', '.join(missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)


def _build_python() -> Program:
    return Program("python", (sys.executable, CLIENTS / "python" / "example" / "issue_verify_revoke.py"))


def _build_go() -> Program:
    run(["go", "build", "-o", "build/example", "./example"], cwd=CLIENTS / "go")
    return Program("go", (CLIENTS / "go" / "build" / "example",))


def _build_java() -> Program:
    run(["mvn", "-B", "-q", "-ntp", "package"], cwd=CLIENTS / "java")
    return Program("java", ("java", "-jar", CLIENTS / "java" / "example" / "target" / "example.jar"))


def _build_typescript() -> Program:
    run(["npm", "run", "build"], cwd=CLIENTS / "typescript")
    return Program("typescript", ("node", CLIENTS / "typescript" / "build" / "example" / "main.js"))


BUILD: Mapping[str, Callable[[], Program]] = {
    "python": _build_python,
    "go": _build_go,
    "java": _build_java,
    "typescript": _build_typescript,
}


def build(language: str) -> Program:
    """Build the program of a language, or skip."""
    demand(language)
    if language == "typescript":
        typescript_modules()
    with one_at_a_time():
        return BUILD[language]()


def call(program: Program, address: str, key_file: Path, **more: str) -> Ended:
    """Run a program against a service to its end."""
    variables = {name: value for name, value in environment().items() if not name.startswith("AUTHSVC_")}
    variables |= {"AUTHSVC_ADDRESS": address, "AUTHSVC_API_KEY_FILE": str(key_file)} | more
    done = subprocess.run(
        [str(part) for part in program.command],
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)
