"""How answers reach people and scripts: drawn on a terminal, plain lines in a pipe, one JSON document."""

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from authsvc.cli.errors import CommandError
from authsvc.cli.sheet import Listing, Sheet
from authsvc.cli.text import visible, without_tokens


class Screen:
    """Standard output, for answers alone. Nothing that it shows can drive a terminal."""

    def __init__(self) -> None:
        self.is_terminal = sys.stdout.isatty()

    def show(self, picture: Sheet | Listing) -> None:
        """Show it to a person on a terminal, or line by line to a pipe."""
        if self.is_terminal:
            # rich takes as long to load as all the rest of a command: a pipe does without it.
            from authsvc.cli import pictures  # noqa: PLC0415 (see above)

            pictures.draw(picture)
        elif isinstance(picture, Sheet):
            self._write_sheet(picture)
        else:
            self.write("\t".join(column.replace(" ", "_") for column in picture.columns))
            for row in picture.rows:
                self.write("\t".join(visible(text) for text, _ in row))

    def write(self, line: str) -> None:
        """One line of standard output, as it is."""
        sys.stdout.write(f"{line}\n")

    def write_json(self, document: Any) -> None:  # noqa: ANN401 (whatever JSON can hold)
        """One JSON document: members sorted, only ASCII."""
        self.write(json.dumps(document, indent=2, sort_keys=True))

    def _write_sheet(self, sheet: Sheet) -> None:
        self.write(visible(sheet.headline))
        for name, value in sheet.rows:
            self.write(f"{name}: {visible(value)}")
        for title, lines in sheet.blocks:
            self.write(f"{title}:")
            for text, _ in lines:
                self.write(f"  {visible(text)}")


def say(line: str) -> None:
    """One line of standard error, safe to show."""
    sys.stderr.write(f"{visible(without_tokens(line))}\n")


def say_error(error: CommandError) -> None:
    """What went wrong, field by field, and what to do next, on standard error."""
    say(f"error: {error.message}")
    for detail in error.details:
        say(f"  {detail}")
    if error.next_step:
        say(f"next: {error.next_step}")


def progress(text: str) -> AbstractContextManager[Any]:
    """A sign of life on a terminal's standard error while something takes its time."""
    if not sys.stderr.isatty():
        return nullcontext()
    from authsvc.cli import pictures  # noqa: PLC0415 (rich is for terminals)

    return pictures.status(text)
