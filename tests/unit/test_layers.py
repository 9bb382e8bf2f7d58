"""The direction of imports, as .importlinter states it: the house keeps it, and each planted import breaks it."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from authsvc.v1 import reason_pb2

ROOT = Path(__file__).parents[2]
STUBS = Path(reason_pb2.__file__).parents[2]
LINT = """
import sys
copy, stubs, libraries = sys.argv[1:]
sys.path[:0] = [copy, stubs]
sys.path.append(libraries)
from importlinter.cli import lint_imports
sys.exit(lint_imports(no_cache=True, no_logo=True, verbose=False))
"""


@dataclass(frozen=True)
class Plant:
    """An import that must not be: who imports what, and the contract that says so."""

    importer: str
    imported: str
    contract: str


PLANTS = (
    Plant("authsvc.scopes.grammar", "authsvc.tokens.claims", "Imports run one way"),
    Plant("authsvc.keys.ring", "authsvc.store.contract", "Imports run one way"),
    Plant("authsvc.errors", "authsvc.policy.tenant", "Imports run one way"),
    Plant("authsvc.store.schema", "authsvc.api.verify", "Imports run one way"),
    Plant("authsvc.store.schema", "authsvc.transport.grpc", "Imports run one way"),
    Plant("authsvc.store.schema", "authsvc.replica.replica", "Imports run one way"),
    Plant("authsvc.api.verify", "authsvc.transport.http", "Imports run one way"),
    Plant("authsvc.transport.http.planted", "authsvc.cli.main", "Imports run one way"),
    Plant("authsvc.tokens.verdict", "authsvc.telemetry.metrics", "Imports run one way"),
    Plant("authsvc.tokens.verdict", "sqlalchemy", "The domain is pure"),
    Plant("authsvc.scopes.tree", "asyncio", "The domain is pure"),
    Plant("authsvc.policy.document", "grpc", "The domain is pure"),
    Plant("authsvc.policy.tenant", "authsvc.v1.token_service_pb2_grpc", "The domain is pure"),
    Plant("authsvc.errors", "starlette", "The domain is pure"),
    Plant("authsvc.api.verify", "grpc", "What a method does knows no front"),
    Plant("authsvc.store.store", "uvicorn", "What a method does knows no front"),
    Plant("authsvc.transport.http.planted", "grpc", "gRPC is known"),
    Plant("authsvc.transport.grpc.planted", "starlette", "HTTP is known"),
    Plant("authsvc.app.planted", "sqlalchemy", "SQL is known to the store alone"),
    Plant("authsvc.replica.replica", "sqlite3", "SQL is known to the store alone"),
    Plant("authsvc.api.verify", "authsvc.store.schema", "The store is known by its contract"),
    Plant("authsvc.replica.replica", "authsvc.store.reader", "The store is known by its contract"),
    Plant("authsvc.issuers.fetch", "authsvc.store.contract", "Imports run one way"),
    Plant("authsvc.issuers.fetch", "grpc", "What a method does knows no front"),
    Plant("authsvc.keys.fetched_keys", "h11", "The domain is pure"),
    Plant("authsvc.replica.replica", "authsvc.issuers.fetch", "What leaves the machine"),
    Plant("authsvc.api.verify", "h11", "What leaves the machine"),
    Plant("authsvc.tokens.decoder", "jwt", "PyJWT is known to one module"),
    Plant("authsvc.cli.planted", "jwt", "PyJWT is known to one module"),
    Plant("authsvc.transport.grpc.planted", "authsvc.tokens.verdict", "The transport decides nothing"),
    Plant("authsvc.transport.grpc.planted", "authsvc.transport.http", "The fronts do not know each other"),
    Plant("authsvc.cli.planted", "authsvc.store.contract", "The command line talks to a server"),
    Plant("authsvc.cli.planted", "authsvc.tokens.jose", "The command line talks to a server"),
    Plant("authsvc.api.verify", "authsvc.app", "Nobody but the command line"),
    Plant("authsvc.access.rules", "authsvc.errors", "The access option needs"),
)


def lint(house: Path) -> tuple[int, dict[str, str]]:
    """The exit code of the linter over a copy of the house, and what it says of each broken contract."""
    process = subprocess.run(
        # Without the site module no installed copy of the house stands beside this one.
        [sys.executable, "-S", "-c", LINT, str(house), str(STUBS), sysconfig.get_path("purelib")],
        cwd=house,
        env={**os.environ, "COLUMNS": "500", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Contracts: " in process.stdout, process.stdout + process.stderr
    print(process.stdout)
    broken: dict[str, str] = {}
    title = ""
    lines = process.stdout.partition("Broken contracts")[2].splitlines()
    for line, underline in pairwise(lines):
        if line and underline == "-" * len(line):
            title = line
        elif title:
            broken[title] = broken.get(title, "") + line + "\n"
    return process.returncode, broken


def copy_house(target: Path) -> Path:
    shutil.copytree(ROOT / "authsvc", target / "authsvc", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", target)
    return target


def plant(house: Path, plants: tuple[Plant, ...]) -> None:
    for each in plants:
        path = house / (each.importer.replace(".", "/") + ".py")
        text = path.read_text() if path.exists() else '"""Planted."""\n'
        path.write_text(text + f"\nimport {each.imported}\n")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    house = copy_house(tmp_path_factory.mktemp("planted"))
    plant(house, PLANTS)
    code, broken = lint(house)
    assert code == 1
    return broken


def test_the_house_keeps_its_contracts(tmp_path: Path) -> None:
    code, broken = lint(copy_house(tmp_path))
    assert (code, broken) == (0, {})


@pytest.mark.parametrize("expected", PLANTS, ids=lambda each: f"{each.importer}->{each.imported}")
def test_a_planted_import_is_found(planted: dict[str, str], expected: Plant) -> None:
    (report,) = [report for title, report in planted.items() if title.startswith(expected.contract)]
    assert f"{expected.importer} -> {expected.imported} " in report


def test_every_contract_has_a_plant(planted: dict[str, str]) -> None:
    names = [
        line.partition("= ")[2] for line in (ROOT / ".importlinter").read_text().splitlines() if line[:5] == "name "
    ]
    assert len(names) >= 13
    assert sorted(planted) == sorted(names)


def test_a_part_without_a_place_is_found(tmp_path: Path) -> None:
    house = copy_house(tmp_path)
    (house / "authsvc" / "somewhere").mkdir()
    (house / "authsvc" / "somewhere" / "__init__.py").write_text('"""Planted."""\n')
    code, broken = lint(house)
    assert code == 1
    assert "somewhere" in "".join(broken.values())
