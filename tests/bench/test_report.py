"""Bars, the picture, and a run from end to end."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench.bars import bars_of
from bench.chart import draw
from bench.pairs import Comparison, Readings
from bench.results import Lookalike, LookUp, Memory, Report, Result, Spread
from bench.servers import ROOT


def result(name: str, cpu: list[float], reference: list[float]) -> Result:
    comparison = Comparison(Readings(name, cpu, [0.0] * len(cpu)), Readings("bare server", reference))
    return Result.of(name, f"<{name}> & more", comparison, 100)


def report() -> Report:
    flat = Spread.of([1.0])
    return Report(
        machine={"cpu": "A & B", "date": "2026-01-01"},
        results=[
            result("verify", [125.0, 300.0, 100.0], [100.0, 200.0, 100.0]),
            result("check-scopes", [126.0], [100.0]),
            result("batch-verify", [12.0], [4.0]),
            result("first-seen", [500.5], [300.0]),
            result("peer", [300.0], [320.0]),
            result("workers", [116.0], [100.0]),
        ],
        look_ups=[
            LookUp(revocations=size, nanoseconds=flat, ratio=Spread.of([ratio]))
            for size, ratio in ((1000, 1.0), (1_000_000, 2.0))
        ],
        memory=Memory(revocations=1_000_000, megabytes=64.5, peak_megabytes=70),
    )


def test_a_figure_on_the_limit_meets_it_and_one_above_does_not() -> None:
    met = [bar.is_met for bar in bars_of(report())]
    # Verify's is the median of 1.25, 1.5 and 1; the memory's is half a megabyte too much.
    assert met == [True, False, True, False, True, True, False, False]


@pytest.mark.parametrize(("differences", "is_met"), [((0.5, -20.0), True), ((-20.5, 1.0), False)])
def test_no_answer_about_anothers_id_is_far_from_one_about_nobodys(
    differences: tuple[float, ...], *, is_met: bool
) -> None:
    told = [
        Lookalike(
            question="?", theirs=Spread.of([1.0]), nobodys=Spread.of([1.0]), difference=Spread.of([difference]), calls=1
        )
        for difference in differences
    ]
    assert [bar.is_met for bar in bars_of(Report(machine={}, lookalikes=told))] == [is_met]


def test_what_did_not_run_has_no_bar() -> None:
    assert bars_of(Report(machine={})) == []
    assert bars_of(Report(machine={}, memory=Memory(revocations=1000, megabytes=1, peak_megabytes=1))) == []


def test_the_picture_is_one_and_shows_every_figure() -> None:
    picture = ET.fromstring(draw(report()))
    texts = " ".join(picture.itertext())
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    for figure in ("125 µs", "126 µs", "12.0 µs", "500 µs", "320 µs", "100 µs"):
        assert figure in texts
    assert "prefers-color-scheme: dark" in texts
    width = float(picture.attrib["width"])
    boxes = [box.attrib for box in picture.iter("{http://www.w3.org/2000/svg}rect")]
    assert all(float(box.get("x", 0)) + float(box["width"]) <= width for box in boxes)


def test_an_empty_run_is_drawn_too() -> None:
    ET.fromstring(draw(Report(machine={})))


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("check", [False, True])
def test_a_run_from_end_to_end(tmp_path: Path, check: bool) -> None:
    figures = tmp_path / "bench.json"
    ran = bench("--quick", "--only", "verify", "--json", str(figures), *(["--check"] if check else []))
    told = json.loads(figures.read_text())
    missed = told["bars"][0]["figure"] > told["bars"][0]["limit"]
    assert ran.returncode == (1 if check and missed else 0), ran.stderr
    assert ("MISS" if missed else "PASS") in ran.stdout
    assert told["results"][0]["cpu"]["median"] > 0
    assert "\x1b" not in ran.stdout
    svg = tmp_path / "bench.svg"
    assert bench("chart", "--json", str(figures), "--svg", str(svg)).returncode == 0
    assert "Verify, hot" in svg.read_text()
