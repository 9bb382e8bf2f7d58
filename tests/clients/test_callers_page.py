"""What clients/README.md shows is what the tested programs do, and its commands work as they stand."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from authsvc.v1.error_reason_pb2 import ErrorReason
from tests.clients.callers_page import BLOCKS, PAGE, commands, shell
from tests.clients.conftest import Service
from tests.clients.programs import CLIENTS, LAST_LINE, Program, call, demand
from tools.generate_toolchains import ROOT, one_at_a_time, run, typescript_modules

# A fresh machine fetches and compiles first.
pytestmark = pytest.mark.timeout(900)

# Where the code of a block comes from.
SOURCES: Mapping[str, str] = {
    "go": "go/example/*.go",
    "java": "java/example/src/**/*.java",
    "xml": "java/example/pom.xml",
    "ts": "typescript/example/*.ts",
    "python": "python/example/*.py",
}
ELISIONS = {"// ...", "# ..."}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def pieces(block: str) -> list[list[str]]:
    """Split a block where it leaves something out."""
    found: list[list[str]] = [[]]
    for line in lines(block):
        if line in ELISIONS:
            found.append([])
        else:
            found[-1].append(line)
    return found


def holds_in_order(source: Sequence[str], wanted: Sequence[Sequence[str]]) -> bool:
    """Say whether the pieces stand in the source, each in one run of lines, one after the other."""
    start = 0
    for piece in wanted:
        places = (i for i in range(start, len(source)) if list(source[i : i + len(piece)]) == list(piece))
        place = next(places, None)
        if place is None:
            return False
        start = place + len(piece)
    return True


@pytest.mark.parametrize(("language", "block"), [block for block in BLOCKS if block[0] != "sh"])
def test_every_snippet_stands_in_a_tested_program(language: str, block: str) -> None:
    sources = [lines(path.read_text()) for path in sorted(CLIENTS.glob(SOURCES[language]))]
    assert any(holds_in_order(source, pieces(block)) for source in sources), f"in no program:\n{block}"


def test_a_snippet_that_is_not_in_the_program_is_found() -> None:
    source = lines((CLIENTS / "go" / "example" / "main.go").read_text())
    block = "tokens := authsvcv1.NewTokenServiceClient(connections)\n// ...\nreturn answer.GetToken(), nil\n"
    assert holds_in_order(source, pieces(block))
    assert not holds_in_order(source, pieces(block.replace("GetToken()", "GetTokens()")))
    assert not holds_in_order(source, pieces(block)[::-1])


def test_every_reason_on_the_page_exists() -> None:
    table = PAGE.split("## Errors")[1].split("## Go")[0]
    reasons = [
        name
        for row in re.findall(r"^\| `[A-Z_]+` \| (.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`([A-Z_]+)`", row)
    ]
    known = {value.name for value in ErrorReason.DESCRIPTOR.values}
    assert len(reasons) > 10
    assert [name for name in reasons if f"ERROR_REASON_{name}" not in known] == []


def test_the_commands_that_run_the_programs(program: Program, service: Service) -> None:
    """The fixture has built the program, so what is fetched and built here is there already."""
    (line,) = [line for line in lines(commands("build/example")) if f"clients/{program.language}" in line]
    if program.language == "typescript":
        line = line.replace("npm ci --ignore-scripts", "true")  # it would take the modules from under other tests
    python = Path(sys.executable).parent  # the page's `python` is the one with the client installed
    with one_at_a_time():
        output = shell(
            line,
            ROOT,
            PATH=f"{python}:{os.environ['PATH']}",
            AUTHSVC_ADDRESS=service.address,
            AUTHSVC_API_KEY_FILE=str(service.key_file),
            AUTHSVC_TENANT="demo",
        )
    assert output.splitlines()[-1] == LAST_LINE


def test_a_go_program_in_a_module_of_its_own(service: Service, tmp_path: Path) -> None:
    demand("go")
    setup, tidy = commands("go mod init").split("# write main.go, then\n")
    fresh = {"AUTHSVC_REPOSITORY": str(ROOT), "GOFLAGS": "-buildvcs=false"}
    shell(setup, tmp_path, **fresh)
    for source in (CLIENTS / "go" / "example").glob("*.go"):
        (tmp_path / source.name).write_text(source.read_text())
    shell(tidy, tmp_path, **fresh)
    run(["go", "build", "-o", "orders", "."], cwd=tmp_path)
    ended = call(Program("go", (tmp_path / "orders",)), service.address, service.key_file)
    assert (ended.code, ended.errors) == (0, "")


def test_a_typescript_project_of_its_own(tmp_path: Path) -> None:
    demand("typescript")
    typescript_modules()
    script = commands("npm pack").replace("npm ci --ignore-scripts", "true")
    with one_at_a_time():
        shell(script, tmp_path, AUTHSVC_REPOSITORY=str(ROOT))
    (tmp_path / "main.mjs").write_text(
        'import { createClient } from "@connectrpc/connect";\n'
        'import { createGrpcTransport } from "@connectrpc/connect-node";\n'
        'import { Reason, TokenService } from "@authsvc/client";\n'
        'const tokens = createClient(TokenService, createGrpcTransport({ baseUrl: "http://127.0.0.1:1" }));\n'
        "console.log(Reason[Reason.REVOKED], typeof tokens.verify);\n"
    )
    assert shell("node main.mjs", tmp_path) == "REVOKED function\n"
