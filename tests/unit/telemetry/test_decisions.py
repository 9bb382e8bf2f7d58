"""The decision log takes every decision at once, writes it as one line, and drops what it cannot keep."""

import json
import threading
from typing import Any

import pytest

from authsvc.telemetry.decisions import DecisionLog

TOKEN = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0" + ".eyJhdWQiOlsiYXBpIl0sInN1YiI6ImFsaWNlIn0" + ".c2lnbmF0dXJl"


class Paper:
    """Where lines end up; it can be made to wait or to fail."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.dropped = 0
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.began = threading.Event()
        self.error: OSError | None = None

    def write(self, line: bytes) -> None:
        self.began.set()
        assert self.goes_on.wait(20)
        if self.error:
            raise self.error
        self.lines.append(line)

    def drop(self) -> None:
        self.dropped += 1

    def log(self, **options: Any) -> DecisionLog:
        return DecisionLog(self.drop, write=self.write, **options)


def decided(**more: object) -> dict[str, object]:
    return {"time": 1_900_000_000.25, "method": "Verify", "reason": "OK", **more}


def test_a_decision_is_one_json_line() -> None:
    paper = Paper()
    log = paper.log(process="worker-0")
    log.add(decided(subject="a\nb", check="", allowed=True))
    log.close()
    [line] = paper.lines
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "event": "decision",
        "timestamp": "2030-03-17T17:46:40.250000+00:00",
        "process": "worker-0",
        "method": "Verify",
        "reason": "OK",
        "subject": "a\nb",
        "allowed": True,
    }


def test_what_looks_like_a_token_is_masked_wherever_it_stands() -> None:
    paper = Paper()
    log = paper.log()
    log.add(decided(audience=TOKEN, subject=f"Bearer {TOKEN}"))
    log.close()
    assert b"eyJ" not in paper.lines[0]
    assert json.loads(paper.lines[0])["audience"] == "[masked]"


def test_nobody_waits_for_a_slow_log_and_what_has_no_room_is_counted() -> None:
    paper = Paper()
    paper.goes_on.clear()
    log = paper.log(queue_size=5)
    log.add(decided(n=0))
    assert paper.began.wait(20)
    for number in range(1, 9):
        log.add(decided(n=number))
    assert paper.dropped == 3
    paper.goes_on.set()
    log.close()
    assert [json.loads(line)["n"] for line in paper.lines] == [0, 1, 2, 3, 4, 5]


def test_a_log_that_cannot_be_written_is_counted_and_goes_on() -> None:
    paper = Paper()
    paper.error = OSError(28, "No space left on device")
    log = paper.log()
    log.add(decided())
    log.add(decided())
    log.close()
    assert paper.dropped == 2


@pytest.mark.parametrize(("sample", "least", "most"), [(1.0, 4000, 4000), (0.0, 0, 0), (0.25, 800, 1200)])
def test_a_part_is_chosen_by_chance(sample: float, least: int, most: int) -> None:
    log = Paper().log(sample=sample)
    chosen = sum(log.is_sampled() for _ in range(4000))
    log.close()
    assert least <= chosen <= most
