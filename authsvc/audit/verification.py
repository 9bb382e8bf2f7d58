"""Goes through the chain, chunk by chunk, and names each fault.

What it can find is what was sealed: a row that is not sealed yet could be anybody's, and a log that is put back whole, rows,
seals and signed head, to what it once was, shows only against a checkpoint that was kept elsewhere.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hmac import compare_digest

from authsvc.audit.chain import AuditRow, first_link, seal_of
from authsvc.audit.head import Head

MAX_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    position: int
    """Where it shows; 0 when it is the head or a checkpoint that shows it."""
    check: str
    rule: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """What stands in the store after some position, up to where the chain reaches, of one moment."""

    rows: Sequence[AuditRow]
    """In the order of their positions."""
    seals: Sequence[tuple[int, bytes]]
    """Positions and seals, in that order too."""
    head: Head | None
    """As it stands, whether or not its signature is good."""
    is_head_signed: bool
    """Whether a key of the reserved tenant signed the head."""
    is_head_tainted: bool
    """Whether that key has been tainted since."""
    has_unsealed: bool
    """Whether there are rows that wait to be sealed."""
    is_last: bool
    """Whether nothing follows but such rows."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a verification has come; a later one can go on from it."""

    position: int
    sealed_position: int
    """The last position with a seal, 0 before the first."""
    seal: bytes
    """The last seal."""
    sealed: int
    """How many seals there were."""
    faults: int


@dataclass(slots=True)
class Place:
    """What stands at one position, and the seal before it."""

    position: int
    previous: bytes = b""
    rows: list[AuditRow] = field(default_factory=list)
    seals: list[bytes] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PlaceCheck:
    """A check of one position: its name, what it asks for, and whether a place passes."""

    name: str
    rule: str
    passes: Callable[[Place], bool]


def _is_as_sealed(place: Place) -> bool:
    if not place.rows or not place.seals:
        return True
    return all(compare_digest(place.seals[0], seal_of(place.previous, row)) for row in place.rows)


PLACE_CHECKS: tuple[PlaceCheck, ...] = (
    PlaceCheck("record.present", "the record that was sealed here is gone", lambda p: bool(p.rows) or not p.seals),
    PlaceCheck("record.sealed", "the record is not sealed, though the chain goes on after it", lambda p: bool(p.seals)),
    PlaceCheck(
        "record.once",
        "the position stands more than once",
        lambda p: len(p.rows) <= 1 and len(p.seals) <= 1,
    ),
    PlaceCheck("record.hash", "the record, its place or its hash is not what was sealed", _is_as_sealed),
)


@dataclass(frozen=True, slots=True)
class End:
    """How the chain ends, and beside it the last chunk, with the head that says how it does."""

    position: int
    seal: bytes
    sealed: int
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class EndCheck:
    """A check of the end: its name, what it asks for, and whether an end passes."""

    name: str
    rule: str
    passes: Callable[[End], bool]


END_CHECKS: tuple[EndCheck, ...] = (
    EndCheck(
        "head.present",
        "the head of the chain is gone, though records are sealed",
        lambda end: end.chunk.head is not None or not end.sealed,
    ),
    EndCheck(
        "head.signature",
        "the head of the chain is not signed by a key of this service",
        lambda end: end.chunk.head is None or end.chunk.is_head_signed,
    ),
    EndCheck(
        "head.key",
        "the head of the chain is signed by a key that is tainted",
        # The row that tells of the tainting is sealed after it, with another key.
        lambda end: not end.chunk.is_head_tainted or end.chunk.has_unsealed,
    ),
    EndCheck(
        "head.last",
        "the chain does not end where and how its head says: sealed records are gone, or were added",
        lambda end: end.chunk.head is None or end.chunk.head.ends_with(end.position, end.seal),
    ),
)


@dataclass(frozen=True, slots=True)
class CheckpointCheck:
    """A check of one checkpoint whose signature is good: its name, what it asks for, and whether it is met.

    Asked once the position of the checkpoint is passed or the log is at its end, with the seal that was found there.
    """

    name: str
    rule: str
    passes: Callable[[Head, int, bytes | None], bool]
    """Of the checkpoint, the position that was reached, and the seal at the checkpoint's position."""


CHECKPOINT_CHECKS: tuple[CheckpointCheck, ...] = (
    CheckpointCheck(
        "checkpoint.reached",
        "the log ends before it: the newest records were cut off",
        lambda checkpoint, reached, _: checkpoint.position <= reached,
    ),
    CheckpointCheck(
        "checkpoint.hash",
        "the log holds other records than it covers: the chain was made anew",
        lambda checkpoint, reached, seal: (
            checkpoint.position > reached or (seal is not None and compare_digest(checkpoint.seal, seal))
        ),
    ),
)


class ChainVerification:
    """One way through a chain, or a part of it. The checks are arguments for tests to take some out."""

    def __init__(
        self,
        store_id: str,
        checkpoints: Mapping[int, Head],
        progress: Progress | None = None,
        *,
        place_checks: tuple[PlaceCheck, ...] = PLACE_CHECKS,
        end_checks: tuple[EndCheck, ...] = END_CHECKS,
        checkpoint_checks: tuple[CheckpointCheck, ...] = CHECKPOINT_CHECKS,
    ) -> None:
        """Go through the chain of that store from its begin, or on from `progress`.

        `checkpoints`: those to be met, by the number under which people know each.
        """
        self._place_checks = place_checks
        self._end_checks = end_checks
        self._checkpoint_checks = checkpoint_checks
        self._awaited = dict(checkpoints)
        self.faults: list[Fault] = []
        """Those found since it began or went on."""
        self.is_done = False
        """Whether there is nothing left to look at."""
        self._earlier_faults = 0
        self._position: int | None = None
        self._sealed_position, self._seal, self._sealed = 0, first_link(store_id), 0
        if progress is None:
            self._meet(0, self._seal)
        else:
            self._position, self._sealed_position = progress.position, progress.sealed_position
            self._seal, self._sealed, self._earlier_faults = progress.seal, progress.sealed, progress.faults
            self._awaited = {n: head for n, head in checkpoints.items() if head.position > progress.position}

    @property
    def position(self) -> int | None:
        """The last position that was looked at, None before the first."""
        return self._position

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return Progress(
            self._position or 0,
            self._sealed_position,
            self._seal,
            self._sealed,
            self._earlier_faults + len(self.faults),
        )

    def fault(self, position: int, check: str, rule: str) -> None:
        """Add a fault, as long as there is room for one."""
        if self._earlier_faults + len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(position, check, rule))
        if self._earlier_faults + len(self.faults) == MAX_FAULTS:
            self.is_done = True

    def take(self, chunk: Chunk) -> None:
        """Look at what comes after the last chunk."""
        for place in _places(chunk):
            self._look_at(place)
            if self.is_done:
                return
        if chunk.is_last:
            self._end(chunk)

    def _look_at(self, place: Place) -> None:
        place.previous = self._seal
        for check in self._place_checks:
            if not check.passes(place):
                self.fault(place.position, check.name, check.rule)
        for number in [number for number, head in self._awaited.items() if head.position < place.position]:
            self._hold(number, place.position, None)
        self._position = place.position
        if place.seals:
            # What follows was sealed upon what stands here, right or wrong: so one fault shows once.
            self._sealed_position, self._seal = place.position, place.seals[0]
            self._sealed += 1
            self._meet(place.position, self._seal)

    def _end(self, chunk: Chunk) -> None:
        end = End(self._sealed_position, self._seal, self._sealed, chunk)
        for check in self._end_checks:
            if not check.passes(end):
                self.fault(0, check.name, check.rule)
        for number in list(self._awaited):
            self._hold(number, self._sealed_position, None)
        self.is_done = True

    def _meet(self, position: int, seal: bytes) -> None:
        """Hold the checkpoints of this position against its seal."""
        for number in [number for number, head in self._awaited.items() if head.position == position]:
            self._hold(number, position, seal)

    def _hold(self, number: int, reached: int, seal: bytes | None) -> None:
        checkpoint = self._awaited.pop(number)
        for check in self._checkpoint_checks:
            if not check.passes(checkpoint, reached, seal):
                self.fault(0, check.name, f"checkpoint {number}: {check.rule}")


def _places(chunk: Chunk) -> Iterator[Place]:
    places: dict[int, Place] = {}
    for row in chunk.rows:
        places.setdefault(row.position, Place(row.position)).rows.append(row)
    for position, seal in chunk.seals:
        places.setdefault(position, Place(position)).seals.append(seal)
    for position in sorted(places):
        yield places[position]
