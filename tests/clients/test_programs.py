"""The program of each language does its five calls against the real service."""

import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import Service
from tests.clients.programs import CLIENTS, LAST_LINE, Program, call, demand
from tools.generate_toolchains import run

# A fresh machine fetches and compiles first.
pytestmark = pytest.mark.timeout(900)


def test_program_passes_against_the_running_service(program: Program, service: Service) -> None:
    ended = call(program, service.address, service.key_file)
    print(f"{program.language}:\n{ended.output}{ended.errors}")
    assert (ended.code, ended.errors) == (0, "")
    assert ended.output.splitlines()[-1] == LAST_LINE
    assert service.key_file.read_text().strip() not in ended.output
    assert "eyJ" not in ended.output, "the text of a token was printed"


def test_program_fails_with_a_key_that_is_not_good(program: Program, service: Service, tmp_path: Path) -> None:
    key_file = tmp_path / "wrong.key"
    key_file.write_text("not-a-key\n")
    ended = call(program, service.address, key_file)
    assert ended.code == 1
    assert LAST_LINE not in ended.output
    assert ended.errors.startswith("failed:")


def test_the_go_program_is_formatted_and_vetted() -> None:
    demand("go")
    unformatted = subprocess.run(
        ["gofmt", "-l", "example"], cwd=CLIENTS / "go", capture_output=True, text=True, check=True
    )
    assert unformatted.stdout == ""
    run(["go", "vet", "./example"], cwd=CLIENTS / "go")
