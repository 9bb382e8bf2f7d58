"""`python -m bench`: measure, show, and draw.

python -m bench [--quick] [--pairs N] [--only SCENARIO]... [--check] [--json FILE]
python -m bench chart [--json FILE] [--svg FILE]
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from bench.applying import applied
from bench.bars import bars_of
from bench.chart import draw
from bench.cpu import Neighbours, pinned, split_cpus
from bench.errors import BenchError, PeerMissingError
from bench.isolation import lookalikes
from bench.machine import describe_machine
from bench.report import Screen
from bench.results import Report
from bench.revocations import look_ups, memory
from bench.scenarios import SCENARIOS
from bench.servers import ROOT
from bench.stage import Options, Stage

_JSON = ROOT / "build" / "bench.json"
_SVG = ROOT / "docs" / "bench.svg"
_PAIRS = 21
_QUICK = Options(pairs=3, scale=0.2)
_WIDTH = 110
"""Columns where there is no terminal that says how many it has."""
_ALSO = ("look-up", "memory", "isolation", "apply")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what a call costs the server.")
    parser.add_argument(
        "action", nargs="?", choices=("run", "chart"), default="run", help="measure, or draw what was measured"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a short run that shows that it works; its figures are rough"
    )
    parser.add_argument("--pairs", type=int, help=f"pairs of a comparison (default {_PAIRS}; figures need 9 or more)")
    parser.add_argument("--only", action="append", choices=(*SCENARIOS, *_ALSO), help="this scenario; may be repeated")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bar is missed")
    parser.add_argument("--json", type=Path, default=_JSON, help="where the figures lie (default build/bench.json)")
    parser.add_argument("--svg", type=Path, default=_SVG, help="where the picture lies (default docs/bench.svg)")
    return parser.parse_args()


def _run(options: Options, wanted: list[str], screen: Screen) -> Report:
    report = Report(machine=describe_machine())
    server_cpus, load_cpus = split_cpus()
    neighbours = Neighbours()
    with (
        tempfile.TemporaryDirectory(prefix="authsvc-bench-") as root,
        pinned(load_cpus),
        screen,
        Stage(Path(root), options, screen.progress, server_cpus) as stage,
    ):
        for name, scenario in SCENARIOS.items():
            if name not in wanted:
                continue
            try:
                report.results.append(scenario(stage))
            except PeerMissingError as why:
                report.skipped[name] = str(why)
        if "look-up" in wanted:
            report.look_ups = look_ups(stage)
        if "memory" in wanted:
            report.memory = memory(stage)
        if "isolation" in wanted:
            report.lookalikes = lookalikes(stage)
        if "apply" in wanted:
            report.applied = applied(stage)
    # By now every process of this run has ended and is counted as ours.
    report.neighbours = neighbours.share()
    report.bars = bars_of(report)
    return report


def main() -> int:
    """Do what the command line asks; 1 when --check finds a missed bar, 2 when nothing could be measured."""
    arguments = _arguments()
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
    if arguments.action == "chart":
        report = Report.model_validate_json(arguments.json.read_text(encoding="utf-8"))
        arguments.svg.parent.mkdir(parents=True, exist_ok=True)
        arguments.svg.write_text(draw(report), encoding="utf-8")
        console.print(f"Drew {arguments.svg}", highlight=False)
        return 0
    if not hasattr(os, "sched_setaffinity") or not Path("/proc/self/status").exists():
        console.print("The bench reads the CPU time of other processes as Linux tells it; it does not run elsewhere.")
        return 2
    options = _QUICK if arguments.quick else Options(pairs=_PAIRS)
    if arguments.pairs:
        options = Options(pairs=arguments.pairs, scale=options.scale)
    screen = Screen(console)
    try:
        report = _run(options, arguments.only or [*SCENARIOS, *_ALSO], screen)
    except BenchError as error:
        console.print(f"[bold red]No figures:[/bold red] {error}")
        return 2
    screen.show(report)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    console.print(f"\nFigures in {arguments.json}; `python -m bench chart` draws them.", highlight=False)
    return 1 if arguments.check and not all(bar.is_met for bar in report.bars) else 0


if __name__ == "__main__":
    sys.exit(main())
