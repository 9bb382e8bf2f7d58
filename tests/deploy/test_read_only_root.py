"""The wheel runs as in the image: another user, no capability, a read-only root, no shell to be found."""

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import await_true, free_port

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("read_only_root.sh")
USER = 10001
PLACE = Path("/var/tmp")
INTERPRETER = Path(sys.base_prefix).resolve()
CLOSED = next((path for path in reversed(INTERPRETER.parents) if not path.stat().st_mode & stat.S_IXOTH), None)
"""The first directory on the way to the interpreter that other users cannot enter."""


def may_mount() -> bool:
    """Whether this process may make a mount namespace and another user of itself."""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return False
    probe = ["unshare", "--mount", "sh", "-c", "mount --make-rprivate / && mount -o remount,ro,bind /"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """What the image holds: an environment with our wheels, and beside it a directory for data."""
    if not may_mount():
        if os.environ.get("CI") == "true":
            pytest.fail("this machine may not make mount namespaces, and CI=true allows no test to be skipped")
        pytest.skip("needs root, unshare and setpriv")
    place = PLACE / f"authsvc-image-{os.getpid()}-{time.monotonic_ns()}"
    place.mkdir(mode=0o755)
    try:
        build_image(place)
        yield place
    finally:
        shutil.rmtree(place)


def build_image(place: Path) -> None:
    wheels = place / "wheels"
    for source in (ROOT / "clients" / "python" / "authsvc-protos", ROOT):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels],
            cwd=source,
            capture_output=True,
            check=True,
        )
    if CLOSED is not None:
        (place / "scaffold" / INTERPRETER.relative_to(CLOSED)).mkdir(parents=True)
    writable = place / "writable"
    (writable / "tmp").mkdir(parents=True)
    for path in (writable, writable / "tmp"):
        os.chown(path, USER, USER)
    environment = place / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    install = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*install, "--no-deps", *map(str, wheels.glob("*.whl"))], check=True)
    # The dependencies are those of this environment; a path line brings no editable install along.
    (site,) = (environment / "lib").glob("python3*/site-packages")
    (dependencies,) = (Path(sys.prefix) / "lib").glob("python3*/site-packages")
    (site / "dependencies.pth").write_text(f"{dependencies}\n")


def inside(image: Path, *command: str) -> list[str]:
    return [
        *("unshare", "--mount", str(SCRIPT), str(INTERPRETER), str(CLOSED or "-"), str(image / "scaffold")),
        *(str(image / "writable"), str(USER), *command),
    ]


def test_the_root_is_read_only_there(image: Path) -> None:
    probe = "import os; print(os.getuid()); open('/var/tmp/written', 'w')"
    done = subprocess.run(
        inside(image, str(image / "environment" / "bin" / "python"), "-c", probe),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"{USER}\n"
    assert "Read-only file system" in done.stderr


def test_it_serves_and_ends_cleanly(image: Path) -> None:
    port = free_port()
    environment = {
        "PATH": "/nonexistent",
        "TMPDIR": str(image / "writable" / "tmp"),
        "AUTHSVC_DATA_DIR": str(image / "writable" / "data"),
        "AUTHSVC_GRPC_ADDRESS": f"127.0.0.1:{port}",
        "AUTHSVC_ADMIN_ADDRESS": f"127.0.0.1:{free_port()}",
    }
    variables = [f"{name}={value}" for name, value in environment.items()]
    command = str(image / "environment" / "bin" / "authsvc")
    log = image / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            inside(image, "/usr/bin/env", "-i", *variables, command, "serve", "--dev"),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        await_true(
            lambda: "authsvc serves" in log.read_text() or process.poll() is not None, f"it serves: {log.read_text()}"
        )
        assert process.poll() is None, log.read_text()
        owners = {path.stat().st_uid for path in (image / "writable" / "data").iterdir()}
        assert owners == {USER}
    finally:
        process.terminate()
        assert process.wait(30) == 0, log.read_text()
