"""Fetches the pinned generators, each through the ordinary client of its language.

What is fetched lies in `build/tools`, `.venv-stubs` and `node_modules`, none of which is committed, and is
fetched again when the lock file that names it changes.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "build" / "tools"
STUBS_VENV = ROOT / ".venv-stubs"
STUBS_LOCK = ROOT / "requirements" / "stubs.lock"
GO_GENERATORS = ROOT / "clients" / "go" / "generators"
JAVA_CLIENT = ROOT / "clients" / "java"
TYPESCRIPT_CLIENT = ROOT / "clients" / "typescript"

# The commands that each language needs on the PATH, for its stubs and for its program.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "python": (),
    "go": ("go",),
    "java": ("java", "javac", "mvn"),
    "typescript": ("node", "npm"),
}


class MissingToolchainError(Exception):
    """A language's own tools are not installed on this machine."""


def missing_commands(language: str) -> list[str]:
    """Return those commands of a language that are not on the PATH."""
    return [command for command in COMMANDS[language] if shutil.which(command) is None]


def demand_toolchain(language: str) -> None:
    """Raise MissingToolchainError unless every command of the language is there."""
    if missing := missing_commands(language):
        raise MissingToolchainError(f"{language} needs {', '.join(missing)} on the PATH")


def environment() -> dict[str, str]:
    """Return the environment for every tool: reproducible, and with caches even where there is no home."""
    variables = dict(os.environ)
    if not Path(variables.get("HOME") or "/nowhere").is_dir():
        home = TOOLS / "home"
        home.mkdir(parents=True, exist_ok=True)
        variables["HOME"] = str(home)
        # Maven asks the password database, not HOME.
        variables["MAVEN_OPTS"] = f"{variables.get('MAVEN_OPTS', '')} -Duser.home={home}".strip()
    return variables | {
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "npm_config_ignore_scripts": "true",
    }


def run(command: Sequence[str | Path], cwd: Path = ROOT, **extra: str) -> None:
    """Run a tool to its end; its output is shown only when it fails, which raises CalledProcessError."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment() | extra,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        raise subprocess.CalledProcessError(done.returncode, [str(part) for part in command])


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the lock under which tools are fetched and programs are built, also among processes."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def stubs_python() -> Path:
    """Return the interpreter whose grpcio-tools is the oldest that the Python stubs support."""
    python = STUBS_VENV / "bin" / "python"
    with one_at_a_time():
        if not python.exists():
            venv.create(STUBS_VENV, with_pip=True)
        if _changed(STUBS_VENV / "lock.sha256", STUBS_LOCK):
            options = ["--quiet", "--require-hashes", "--no-deps", "--requirement"]
            run([python, "-m", "pip", "install", *options, STUBS_LOCK])
            _record(STUBS_VENV / "lock.sha256", STUBS_LOCK)
    return python


def well_known_protos() -> Path:
    """Return the directory that holds google/protobuf/*.proto, for a protoc that brings none."""
    library = stubs_python().parent.parent / "lib"
    return next(library.glob("python3*/site-packages/grpc_tools/_proto"))


def go_generators() -> Path:
    """Return the directory of the Go plugins, built from the module that locks them."""
    demand_toolchain("go")
    target = TOOLS / "go"
    with one_at_a_time():
        if _changed(target / "lock.sha256", GO_GENERATORS / "go.sum"):
            run(["go", "install", "tool"], cwd=GO_GENERATORS, GOBIN=str(target))
            _record(target / "lock.sha256", GO_GENERATORS / "go.sum")
    return target


def java_generators() -> tuple[Path, Path]:
    """Return protoc and the gRPC plugin, of the very versions that the Java client runs with."""
    demand_toolchain("java")
    properties = ET.parse(JAVA_CLIENT / "pom.xml").getroot().find("{*}properties")
    if properties is None:
        raise ValueError("clients/java/pom.xml has no properties")
    return (
        _maven_executable("com.google.protobuf", "protoc", properties.findtext("{*}protobuf.version", "")),
        _maven_executable("io.grpc", "protoc-gen-grpc-java", properties.findtext("{*}grpc.version", "")),
    )


def typescript_modules() -> Path:
    """Return node_modules as the TypeScript client's lock file says, without running any script in it."""
    demand_toolchain("typescript")
    modules = TYPESCRIPT_CLIENT / "node_modules"
    with one_at_a_time():
        if _changed(modules / "lock.sha256", TYPESCRIPT_CLIENT / "package-lock.json"):
            run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=TYPESCRIPT_CLIENT)
            _record(modules / "lock.sha256", TYPESCRIPT_CLIENT / "package-lock.json")
    return modules


def _maven_executable(group: str, artifact: str, version: str) -> Path:
    """Return one executable from Maven's repository for this machine."""
    system = {"Linux": "linux", "Darwin": "osx", "Windows": "windows"}[platform.system()]
    machine = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "aarch_64", "arm64": "aarch_64"}
    classifier = f"{system}-{machine[platform.machine()]}"
    target = TOOLS / "java" / f"{artifact}-{version}-{classifier}.exe"
    with one_at_a_time():
        if not target.exists():
            copied = target.parent / "copied"
            run(
                [
                    *["mvn", "-B", "-q", "-ntp", "-N", "dependency:copy"],
                    f"-Dartifact={group}:{artifact}:{version}:exe:{classifier}",
                    f"-DoutputDirectory={copied}",
                ],
                cwd=JAVA_CLIENT,
            )
            (copied / target.name).chmod(0o755)
            (copied / target.name).rename(target)
    return target


def _changed(record: Path, lock: Path) -> bool:
    """Say whether the lock file is another than the one that was installed last."""
    return not record.exists() or record.read_text() != _digest(lock)


def _record(record: Path, lock: Path) -> None:
    record.write_text(_digest(lock))


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()
