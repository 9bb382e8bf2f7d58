"""The time of a transaction, read once."""

from dataclasses import dataclass
from typing import Self

from authsvc.clock import Clock

MICROSECONDS = 1_000_000
DAY = 86_400
MARGIN = DAY
"""Seconds that something is kept longer than it seems to matter: clocks may be that wrong and do no harm."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time since the epoch."""

    microseconds: int

    @classmethod
    def of(cls, clock: Clock) -> Self:
        """What the clock shows."""
        return cls(int(clock() * MICROSECONDS))

    @property
    def seconds(self) -> int:
        """The whole second in which it lies."""
        return self.microseconds // MICROSECONDS


def as_seconds(microseconds: int) -> float:
    """A stored time in seconds with a fraction."""
    return microseconds / MICROSECONDS
