"""The machine that tests of several processes share, and that a test which measures has to itself."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PLACE = Path(__file__).parents[2] / "build"


@contextmanager
def on_the_machine(*, alone: bool) -> Iterator[None]:
    """Run beside the tests of other processes, or alone, for the length of a block."""
    _PLACE.mkdir(exist_ok=True)
    with (_PLACE / "door").open("w") as door, (_PLACE / "machine").open("w") as machine:
        # Whoever wants it alone stands in the door until the others are out, and nobody else gets in meanwhile.
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield
