"""Answers drawn with rich. Only for terminals: colours follow TERM and NO_COLOR."""

import sys
from typing import TextIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.status import Status
from rich.table import Table
from rich.text import Text

from authsvc.cli.sheet import Listing, Sheet, Tone
from authsvc.cli.text import visible


def draw(picture: Sheet | Listing) -> None:
    """Draw it on standard output."""
    _console(sys.stdout).print(_sheet(picture) if isinstance(picture, Sheet) else _listing(picture))


def status(text: str) -> Status:
    """A spinner on standard error, to be entered."""
    return _console(sys.stderr).status(text)


def _console(stream: TextIO) -> Console:
    # What a token holds may look like rich's own marks: nothing is markup, and nothing highlighted by guess.
    return Console(file=stream, force_terminal=True, markup=False, highlight=False, emoji=False)


def _sheet(sheet: Sheet) -> RenderableType:
    headline = Text(visible(sheet.headline), style=sheet.tone)
    if not sheet.rows and not sheet.blocks:
        return headline
    parts: list[RenderableType] = []
    if sheet.rows:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style=Tone.DULL, no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in sheet.rows:
            grid.add_row(name, Text(visible(value)))
        parts.append(grid)
    for title, lines in sheet.blocks:
        parts.append(Text(title, style="bold"))
        parts.extend(Text(f"  {visible(text)}", style=tone, overflow="fold") for text, tone in lines)
    return Panel(Group(*parts), title=headline, title_align="left", expand=False)


def _listing(listing: Listing) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in listing.columns:
        # What people copy stays in one piece.
        table.add_column(column, overflow="fold", no_wrap=column in listing.unbroken)
    for row in listing.rows:
        table.add_row(*(Text(visible(text), style=tone) for text, tone in row))
    return table
