"""The baton: of the two threads of a worker, the one that holds it runs the service's code.

One thread waits for calls and answers the hot ones, the other runs the event loop. What they share (keys, policies, revocations,
metrics) is written for one thread, and never two are in it: the loop holds the baton but for the time in which it waits for
something to happen, and a hot call holds it while it is decided. So a hot call comes between two rounds of the loop, as it would
on the loop itself.
"""

import asyncio
import selectors
import threading
from types import TracebackType


class Baton:
    """Held by one thread at a time, and handed over in the order in which it was asked for."""

    __slots__ = ("_next", "_now")

    def __init__(self) -> None:
        self._now = threading.Lock()
        # A lock alone would as a rule go to whoever gave it away a moment ago.
        self._next = threading.Lock()

    def take(self) -> None:
        """Wait for it."""
        with self._next:
            self._now.acquire()

    def give(self) -> None:
        """Let the other have it."""
        self._now.release()

    def __enter__(self) -> None:
        self.take()

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.give()


class _Waiting(selectors.DefaultSelector):
    """Waits for descriptors without the baton."""

    def __init__(self, baton: Baton) -> None:
        super().__init__()
        self._baton = baton

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._baton.give()
        try:
            return super().select(timeout)
        finally:
            self._baton.take()


def loop_with(baton: Baton) -> asyncio.AbstractEventLoop:
    """An event loop that holds the baton while it runs anything. Whoever runs it has to hold the baton already."""
    return asyncio.SelectorEventLoop(_Waiting(baton))
