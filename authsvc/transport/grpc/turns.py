"""Shares a worker's time among the calls of the hot path, and tells those that would wait too long at once (load shedding).

Hot calls are answered as they come. When they have taken up a slice of time in a row, what comes then waits for its turn, first
come, first served, and the worker takes in what else has come before it goes on. When the first in the queue has waited too
long, there is more to do than can be done, and whoever comes then is refused.

All of it is for one thread, that of the calls.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta

from authsvc.errors import OverloadedError

SLICE_SECONDS = 0.005
"""How long calls may take in a row."""
_LONGEST_SLICE = 0.05
"""What a slice counts for in the wait of others at the most: a worker that was held up is not one with too much to do."""

_CROWD = 32

Turn = Callable[[], None]


class Turns:
    """The turns of one worker. What is counted is the time that `spend` is told of."""

    def __init__(self, longest_wait: timedelta, clock: Callable[[], float] = time.perf_counter) -> None:
        """Refuse calls while the first in the queue has waited for so long."""
        self._clock = clock
        self._time = 0.0
        self._last_look = 0.0
        self._longest_wait = longest_wait.total_seconds()
        self._retry_after = longest_wait
        self._queue: deque[tuple[float, Turn]] = deque()
        self._begun: deque[Turn] = deque()
        self._spent = 0.0
        self.is_over = False
        """Whether the slice is used up: whoever comes then has to wait for a turn."""

    def spend(self, seconds: float) -> None:
        """A call has taken so long."""
        self._spent += seconds
        if self._spent > SLICE_SECONDS:
            self._end_slice()

    def refuse_if_late(self, patience: float = 1.0) -> None:
        """Refuse a call that would not be served in time. One of less patience, a part of the longest wait, gives way earlier.

        Raises:
            OverloadedError: the worker has more to do than it can.
        """
        if self._queue and self._time - self._queue[0][0] > self._longest_wait * patience:
            raise OverloadedError(
                "the service has more to do than it can; try again later", retry_after=self._retry_after
            )

    @property
    def is_crowded(self) -> bool:
        """Whether so many wait that some of them may give up."""
        return len(self._queue) > _CROWD

    def wait(self, turn: Turn) -> None:
        """Wait for a turn, which is taken by calling it."""
        self._queue.append((self._time, turn))
        self._end_slice()

    def go_on(self, turn: Turn) -> None:
        """Wait for another turn. A call that has begun goes on before any other begins: half of it done would serve nobody."""
        self._begun.append(turn)
        self._end_slice()

    def slice(self) -> Iterator[Turn]:
        """Begin a slice: those whose turn it is, until the slice is used up or nobody waits any more."""
        now = self._clock()
        self._time += min(now - self._last_look, _LONGEST_SLICE)
        self._last_look = now
        self._spent = 0.0
        while self._begun or self._queue:
            if self._spent > SLICE_SECONDS:
                return
            yield self._begun.popleft() if self._begun else self._queue.popleft()[1]
        self._spent = 0.0
        self.is_over = False

    def _end_slice(self) -> None:
        if not self.is_over:
            self.is_over = True
            self._last_look = self._clock()
