"""Deciding the whole corpus opens no file, no socket and no process, whatever a kid, jku or x5u asks for."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.hostile.cases import load_cases

ROOT = Path(__file__).parents[2]


def decide(*arguments: str) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.hostile.decide_without_io", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    result: dict[str, Any] = json.loads(run.stdout)
    return result


def test_deciding_reaches_nothing_outside_the_process() -> None:
    result = decide()
    print(f"{result['decided']} decisions, {result['accepted']} accepted, {len(result['events'])} events")
    assert result["decided"] == 2 * len(load_cases())
    assert result["accepted"] > 0
    assert result["events"] == []


def test_a_file_and_a_socket_would_be_seen() -> None:
    events = decide("plant")["events"]
    assert any(event.startswith("open ") for event in events)
    assert any(event.startswith("socket.__new__") for event in events)
