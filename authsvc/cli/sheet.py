"""Answers for people as values: a sheet of named values, or a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What a text means, as a colour of a terminal."""

    GOOD = "green"
    BAD = "bold red"
    DULL = "dim"
    PLAIN = "none"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A headline, named values, and texts of several lines with their titles."""

    headline: str
    tone: Tone = Tone.PLAIN
    rows: Sequence[tuple[str, str]] = ()
    blocks: Sequence[tuple[str, Sequence[tuple[str, Tone]]]] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A table."""

    columns: Sequence[str]
    rows: Sequence[Sequence[tuple[str, Tone]]]
    unbroken: frozenset[str] = frozenset()
    """The columns whose values are not to be broken into lines."""
