"""Shares the event loop among the calls of a worker, and tells those that would wait too long at once (load shedding).

Calls of the hot path are synchronous, so nothing else happens while they last. When they have taken up a slice of time in a
row, what comes then waits for its turn, first come, first served, and the loop attends to everything else in between. When the
first in the queue has waited too long, there is more to do than can be done, and whoever comes then is refused.
"""

import asyncio
from collections import deque
from datetime import timedelta

from authsvc.errors import OverloadedError

SLICE_SECONDS = 0.005
"""How long calls may take in a row."""
_LONGEST_SLICE = 0.05
"""What a slice counts for in the wait of others at the most: a loop that was held up is not a worker with too much to do."""
_MOST_AT_A_TIME = 64
_URGENCY = 0.5
"""The part of the longest wait after which calls that can wait are refused."""


class Turns:
    """The turns of one worker. What is counted is the time that `spend` is told of."""

    def __init__(self, longest_wait: timedelta) -> None:
        """Refuse calls while the first in the queue has waited for so long."""
        self._time = 0.0
        self._last_look = 0.0
        self._longest_wait = longest_wait.total_seconds()
        self._retry_after = longest_wait
        self._queue: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._begun: deque[asyncio.Future[None]] = deque()
        self._at_a_time = 1
        self._spent = 0.0
        self.is_over = False
        """Whether the slice is used up: whoever comes then has to wait for a turn."""

    def spend(self, seconds: float) -> None:
        """A call has held the loop for so long."""
        self._spent += seconds
        if self._spent > SLICE_SECONDS:
            self._end_slice()

    def refuse_if_late(self, *, can_wait: bool = False) -> None:
        """Refuse a call that would not be served in time. One that can wait gives way earlier.

        Raises:
            OverloadedError: the worker has more to do than it can.
        """
        if not self._queue:
            return
        first = self._queue[0][0]
        limit = self._longest_wait * _URGENCY if can_wait else self._longest_wait
        if self._time - first > limit:
            raise OverloadedError(
                "the service has more to do than it can; try again later", retry_after=self._retry_after
            )

    async def wait(self, *, has_begun: bool = False) -> None:
        """Wait for a turn. A call that has begun goes on before any other begins: half of it done would serve nobody."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        if has_begun:
            self._begun.append(turn)
        else:
            self._queue.append((self._time, turn))
        self._end_slice()
        await turn

    def _end_slice(self) -> None:
        if not self.is_over:
            self.is_over = True
            loop = asyncio.get_running_loop()
            self._last_look = loop.time()
            loop.call_soon(self._begin_slice)

    def _begin_slice(self) -> None:
        now = asyncio.get_running_loop().time()
        self._time += min(now - self._last_look, _LONGEST_SLICE)
        self._last_look = now
        # As many as fitted into the last slice, or some more when there was room left.
        if self._spent < SLICE_SECONDS:
            self._at_a_time = min(2 * self._at_a_time, _MOST_AT_A_TIME)
        else:
            self._at_a_time = max(int(self._at_a_time * SLICE_SECONDS / self._spent), 1)
        self._spent = 0.0
        given = 0
        while (self._begun or self._queue) and given < self._at_a_time:
            turn = self._begun.popleft() if self._begun else self._queue.popleft()[1]
            # Whose caller is gone has no turn.
            if not turn.done():
                turn.set_result(None)
                given += 1
        if given:
            # After those that have their turn now.
            asyncio.get_running_loop().call_soon(self._begin_slice)
        else:
            self.is_over = False
