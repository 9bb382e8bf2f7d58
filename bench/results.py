"""What a run found, in the form in which it lies on disk."""

import statistics
from collections.abc import Sequence

from pydantic import BaseModel

from bench.pairs import Comparison


class Spread(BaseModel):
    """The middle and the ends of several readings."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, readings: Sequence[float]) -> "Spread":
        """The spread of one or more readings."""
        return cls(median=statistics.median(readings), least=min(readings), most=max(readings))


class Result(BaseModel):
    """One scenario: CPU of the server in µs a unit, beside that of the reference."""

    name: str
    title: str
    unit: str
    """What one unit is: "call" or "token"."""
    reference: str
    """What it stood beside, in the same run and in turns."""
    pairs: int
    calls: int
    """Calls a round."""
    cpu: Spread
    reference_cpu: Spread
    ratio: Spread
    difference: Spread
    """In µs a call."""
    supervisor_cpu: float | None = None
    """CPU of the supervisor, µs a call, which does not count."""
    note: str = ""

    @classmethod
    def of(cls, name: str, title: str, comparison: Comparison, calls: int, **more: object) -> "Result":
        """The result of a comparison."""
        supervisor = comparison.subject.also
        told = {"unit": "call", "supervisor_cpu": statistics.median(supervisor) if any(supervisor) else None} | more
        return cls.model_validate(
            {
                "name": name,
                "title": title,
                "reference": comparison.reference.name,
                "pairs": len(comparison.ratios),
                "calls": calls,
                "cpu": Spread.of(comparison.subject.rounds),
                "reference_cpu": Spread.of(comparison.reference.rounds),
                "ratio": Spread.of(comparison.ratios),
                "difference": Spread.of(comparison.differences),
                **told,
            }
        )


class LookUp(BaseModel):
    """A look-up in the revocation index, in this process."""

    revocations: int
    nanoseconds: Spread
    ratio: Spread
    """To the smallest index, round by round."""


class Memory(BaseModel):
    """What a worker holds in RAM for revocations."""

    revocations: int
    megabytes: float
    """More than a worker without any, once it serves."""
    peak_megabytes: float
    """The same at its peak, while it loads."""


class Lookalike(BaseModel):
    """A question about what another tenant has, beside the same about what nobody has, in this process."""

    question: str
    theirs: Spread
    """Medians of the rounds, in µs a call."""
    nobodys: Spread
    difference: Spread
    """Of the two medians of a round, in µs."""
    calls: int
    """Of each, a round."""


class Applied(BaseModel):
    """ApplyTenant of a large document that changes each time, from the call to its answer."""

    operations: int
    seconds: Spread


class Bar(BaseModel):
    """A limit and the figure that it is held against."""

    text: str
    figure: float
    limit: float
    unit: str

    @property
    def is_met(self) -> bool:
        """Whether the figure is within the limit."""
        return self.figure <= self.limit


class Report(BaseModel):
    """All of a run."""

    machine: dict[str, str]
    neighbours: float = 0.0
    """How many CPUs other processes used meanwhile, on average."""
    results: list[Result] = []
    look_ups: list[LookUp] = []
    memory: Memory | None = None
    lookalikes: list[Lookalike] = []
    applied: Applied | None = None
    bars: list[Bar] = []
    skipped: dict[str, str] = {}
    """Scenarios that did not run, and why."""

    def result(self, name: str) -> Result | None:
        """The result of a scenario, if it ran."""
        return next((result for result in self.results if result.name == name), None)
