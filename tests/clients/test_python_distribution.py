"""The distribution authsvc-protos installs and works alone, from the oldest grpcio on, and beside the server."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.clients.callers_page import commands, shell
from tests.clients.fake_service import Fault, fake_service
from tests.clients.programs import CLIENTS, LAST_LINE, Program, call
from tests.support.environments import RUN_LOCK, server_venv
from tools.generate_toolchains import ROOT, one_at_a_time, run

# A fresh machine fetches and compiles first.
pytestmark = pytest.mark.timeout(900)

# What anybody does first with the stubs.
FIRST_USE = """
import sys
from importlib.metadata import version
from authsvc.v1 import token_service_pb2, token_service_pb2_grpc
request = token_service_pb2.VerifyRequest(tenant="demo", token="t", audience="a")
assert token_service_pb2.VerifyRequest.FromString(request.SerializeToString()) == request
assert "site-packages" in token_service_pb2.__file__ and token_service_pb2.__file__.startswith(sys.prefix)
print(version("grpcio"), version("protobuf"))
"""


def build_wheel(project: Path, directory: Path) -> Path:
    run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", directory], cwd=project)
    (wheel,) = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def protos_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(CLIENTS / "python" / "authsvc-protos", tmp_path_factory.mktemp("protos"))


@pytest.fixture(scope="module")
def server_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(ROOT, tmp_path_factory.mktemp("server"))


def make_venv(directory: Path, *, with_pip: bool = True) -> Path:
    venv.create(directory, with_pip=with_pip, symlinks=True)
    return directory / "bin" / "python"


def python_output(python: Path, program: str) -> str:
    """Run a program in isolation from this environment and return what it prints."""
    done = subprocess.run(
        [python, "-I", "-W", "error", "-c", program], cwd="/", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def locked_versions() -> list[str]:
    """Return the versions that the server is locked to, the newest that the stubs were tried with."""
    return re.findall(r"^([\w.-]+(?:\[\w+\])?==[\w.]+)", RUN_LOCK.read_text(), re.MULTILINE)


def test_the_wheel_holds_the_stubs_and_no_package_named_authsvc(protos_wheel: Path) -> None:
    names = zipfile.ZipFile(protos_wheel).namelist()
    assert "authsvc/v1/token_service_pb2_grpc.py" in names
    assert "authsvc/v1/py.typed" in names
    assert "authsvc/__init__.py" not in names
    assert {name.split("/")[0] for name in names} == {"authsvc", "authsvc_protos-0.1.0.dist-info"}


def test_it_works_alone_with_the_oldest_grpcio_and_protobuf(protos_wheel: Path, tmp_path: Path) -> None:
    python = make_venv(tmp_path / "venv", with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    run([*pip, "install", "--quiet", str(protos_wheel), "grpcio==1.72.2", "protobuf==6.30.0"])
    assert python_output(python, FIRST_USE) == "1.72.2 6.30.0\n"


def test_it_works_alone_with_the_newest_as_the_callers_page_installs_it(tmp_path: Path) -> None:
    python = make_venv(tmp_path / "venv")
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("\n".join(line.replace("[crypto]", "") for line in locked_versions()))
    paths = f"{python.parent}:{os.environ['PATH']}"
    install = commands("pip install")
    shell(install, tmp_path, PATH=paths, AUTHSVC_REPOSITORY=str(ROOT), PIP_CONSTRAINT=str(constraints))
    newest = [line.split("==")[1] for line in locked_versions() if line.split("==")[0] in {"grpcio", "protobuf"}]
    assert python_output(python, FIRST_USE).split() == newest
    program = Program("python", (python, CLIENTS / "python" / "example" / "issue_verify_revoke.py"))
    with fake_service(Fault()) as fake:
        (tmp_path / "caller.key").write_text(fake.key)
        ended = call(program, fake.address, tmp_path / "caller.key")
    assert (ended.code, ended.errors) == (0, "")
    assert ended.output.splitlines()[-1] == LAST_LINE


def test_it_works_beside_the_server(protos_wheel: Path, server_wheel: Path) -> None:
    directory = server_venv()
    python = directory / "bin" / "python"
    with one_at_a_time():
        # The environment is kept, so our own wheels are put in anew.
        wheels = [str(protos_wheel), str(server_wheel)]
        run([python, "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", *wheels])
        run([python, "-m", "pip", "check"])
        both = f"{FIRST_USE}\nimport authsvc, authsvc.errors\nassert authsvc.__file__ is None\n"
        python_output(python, both)
    scripts = subprocess.run([directory / "bin" / "authsvc", "--help"], capture_output=True, text=True, check=False)
    assert scripts.returncode == 0, scripts.stderr
