"""Shows a run to a person: its progress while it lasts, then the tables."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.results import Report, Spread

_QUIET = 0.1
"""CPUs that others may use before the figures are worth a warning."""


class Screen:
    """The terminal; without one, plain lines. Colours are rich's affair, and only on a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._progress = Progress(*columns, console=self._console)
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def progress(self, name: str, done: int, total: int) -> None:
        """A scenario has got so far."""
        if self._progress is None:
            if done == 0:
                self._console.print(f"{name} …", highlight=False)
            return
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total)
        self._progress.update(self._tasks[name], completed=done)

    def say(self, text: str) -> None:
        """A line between the others."""
        self._console.print(text, highlight=False)

    def show(self, report: Report) -> None:
        """The tables of a run."""
        for table in (_results(report), _look_ups(report), _lookalikes(report), _bars(report)):
            if table.row_count:
                self._console.print()
                self._console.print(table)
        if line := _supervisor(report):
            self._console.print(f"\n{line}", highlight=False)
        if report.memory is not None:
            held = report.memory
            self._console.print(
                f"\nA worker with {held.revocations:,} live revocations holds {held.megabytes:.0f} MB more than one"
                f" without, {held.peak_megabytes:.0f} MB at its peak while it loads.",
                highlight=False,
            )
        if report.applied is not None:
            taken = report.applied
            self._console.print(
                f"\nApplyTenant of {taken.operations:,} operations takes {_spread(taken.seconds, 2)} s until it is in force.",
                highlight=False,
            )
        if report.neighbours > _QUIET:
            self._console.print(
                f"\nOther processes took {report.neighbours:.1f} CPUs meanwhile: figures in µs are too high, and ratios scatter.",
                highlight=False,
            )
        for name, why in report.skipped.items():
            self._console.print(f"Skipped {name}: {why}", highlight=False)


def _spread(spread: Spread, digits: int = 0) -> str:
    return f"{spread.median:.{digits}f} ({spread.least:.{digits}f}..{spread.most:.{digits}f})"


def _results(report: Report) -> Table:
    table = Table(title="CPU of the server process in µs, median (least..most)", title_justify="left")
    for name in ("", "CPU", "beside", "ratio", "more", "pairs", "calls"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    for result in report.results:
        digits = 1 if result.unit == "token" else 0
        table.add_row(
            result.title,
            _spread(result.cpu, digits),
            f"{result.reference_cpu.median:.{digits}f}",
            _spread(result.ratio, 2),
            f"{result.difference.median:+.{digits}f}",
            str(result.pairs),
            str(result.calls),
        )
    return table


def _supervisor(report: Report) -> str:
    told = [result.supervisor_cpu for result in report.results if result.supervisor_cpu is not None]
    return f"The supervisor took {max(told):.1f} µs a call at the most, which is not in the figures." if told else ""


def _look_ups(report: Report) -> Table:
    table = Table(title="Revocation look-up in this process: median (least to most)", title_justify="left")
    for name in ("among", "ns", "ratio to the first"):
        table.add_column(name, justify="right")
    for look_up in report.look_ups:
        table.add_row(f"{look_up.revocations:,}", _spread(look_up.nanoseconds), _spread(look_up.ratio, 2))
    return table


def _lookalikes(report: Report) -> Table:
    table = Table(title="Ids of another tenant beside those of nobody, in this process, µs", title_justify="left")
    for name in ("", "another's", "nobody's", "difference of medians"):
        table.add_column(name, justify="right" if name else "left")
    for lookalike in report.lookalikes:
        table.add_row(
            lookalike.question,
            f"{lookalike.theirs.median:.1f}",
            f"{lookalike.nobodys.median:.1f}",
            _spread(lookalike.difference, 1),
        )
    return table


def _bars(report: Report) -> Table:
    table = Table(title="Bars", title_justify="left")
    for name in ("", "what", "figure", "limit"):
        table.add_column(name, justify="right" if name in {"figure", "limit"} else "left")
    for bar in report.bars:
        verdict = "[green]PASS[/green]" if bar.is_met else "[bold red]MISS[/bold red]"
        digits = 2 if bar.unit == "×" else 1
        table.add_row(verdict, bar.text, f"{bar.figure:.{digits}f} {bar.unit}", f"≤ {bar.limit:g} {bar.unit}")
    return table
