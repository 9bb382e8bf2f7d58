"""Two sides in turns, A B A B: what disturbs the machine disturbs both, and the ratio of neighbours stays."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.cpu import total_cpu

MICROSECONDS = 1e6


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its processes, and what sends a round of calls and looks at every answer."""

    name: str
    pids: Sequence[int]
    """The processes whose CPU time counts."""
    send: Callable[[], Callable[[], None]]
    """Sends a round and returns when every answer is there. What it returns looks at the answers, off the clock."""
    calls: int
    """How many calls a round has."""
    also: Sequence[int] = ()
    """Processes whose CPU time is told and does not count, such as the supervisor."""


@dataclass(slots=True)
class Readings:
    """CPU in µs a call, one figure a round."""

    name: str
    rounds: list[float] = field(default_factory=list)
    also: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.rounds)


@dataclass(slots=True)
class Comparison:
    """Side by side."""

    subject: Readings
    reference: Readings

    @property
    def ratios(self) -> list[float]:
        """The subject over the reference, pair by pair."""
        return [a / b for a, b in zip(self.subject.rounds, self.reference.rounds, strict=True)]

    @property
    def differences(self) -> list[float]:
        """The subject less the reference in µs, pair by pair."""
        return [a - b for a, b in zip(self.subject.rounds, self.reference.rounds, strict=True)]


def measure(side: Side, readings: Readings) -> None:
    """One round of a side.

    Raises:
        LoadError: a call failed.
        WrongAnswerError: an answer is not what it must be.
    """
    before, also = total_cpu(side.pids), total_cpu(side.also)
    check = side.send()
    readings.rounds.append((total_cpu(side.pids) - before) / side.calls * MICROSECONDS)
    readings.also.append((total_cpu(side.also) - also) / side.calls * MICROSECONDS)
    check()


def alternate(reference: Side, subject: Side, pairs: int, progress: Callable[[int], None]) -> Comparison:
    """So many pairs after one of each that does not count; `progress` hears how many are done."""
    for side in (reference, subject):
        measure(side, Readings(side.name))
    comparison = Comparison(Readings(subject.name), Readings(reference.name))
    for done in range(1, pairs + 1):
        measure(reference, comparison.reference)
        measure(subject, comparison.subject)
        progress(done)
    return comparison
