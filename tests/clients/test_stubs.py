"""The committed stubs are what the locked generators make of the protos, and a stale one is found."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.programs import demand
from tools import generate
from tools.generate_toolchains import ROOT

# A fresh machine fetches and compiles first.
pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("language", generate.LANGUAGES)
def test_stubs_are_fresh(language: str) -> None:
    demand(language)
    assert generate.compare(language) == []


@pytest.mark.parametrize("language", generate.LANGUAGES)
def test_every_stub_is_marked_as_generated(language: str) -> None:
    paths = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / generate.LANGUAGES[language].target).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    attributes = subprocess.run(
        ["git", "check-attr", "linguist-generated", "--stdin"],
        cwd=ROOT,
        input="\n".join(paths),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert len(attributes) == len(paths) >= len(generate.protos())
    assert [line for line in attributes if not line.endswith(": linguist-generated: set")] == []


def test_what_is_stale_missing_or_left_over_is_named_and_put_right(tmp_path: Path) -> None:
    target = generate.LANGUAGES["python"].target
    shutil.copytree(ROOT / target, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
    assert generate.compare("python", tmp_path) == []
    claims, reason, old = (tmp_path / target / name for name in ("claims_pb2.py", "reason_pb2.py", "old_pb2.py"))
    claims.write_bytes(claims.read_bytes() + b"\n")
    reason.unlink()
    old.write_text("")
    wrong = [("stale", "claims_pb2.py"), ("left over", "old_pb2.py"), ("missing", "reason_pb2.py")]
    assert generate.compare("python", tmp_path) == [(what, target / name) for what, name in wrong]
    assert generate.replace("python", tmp_path) == 3
    assert generate.compare("python", tmp_path) == []


def test_check_lists_what_is_stale_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main(["check", "python"]) == 0
    assert capsys.readouterr().out == "python: fresh\n"
    monkeypatch.setattr(generate, "compare", lambda _: [("stale", Path("clients/x"))])
    assert generate.main(["check", "python"]) == 1
    assert capsys.readouterr().out == "stale: clients/x\npython: 1 stale\n"
