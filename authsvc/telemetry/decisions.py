"""The decision log: one JSON line for a decision, written by a thread of its own, so that no call waits for a line."""

import json
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from queue import SimpleQueue

from authsvc.telemetry.logs import mask

QUEUE_SIZE = 10_000
"""Lines that may wait; one more is dropped and counted."""

_SAMPLE_BITS = 30
_CLOSE_SECONDS = 1.0
_STDERR = 2

Decided = Mapping[str, object]
"""What is told of a decision: ids, names and the reason, never a token's text. `time` is in seconds since the epoch."""


def write_to_stderr(line: bytes) -> None:
    """Write a line beside those of the other logs, in one piece."""
    os.write(_STDERR, line)


class DecisionLog:
    """Takes decisions at once and writes them when it can. To be closed."""

    def __init__(
        self,
        count_dropped: Callable[[], None],
        *,
        sample: float = 1.0,
        process: str = "",
        write: Callable[[bytes], None] = write_to_stderr,
        queue_size: int = QUEUE_SIZE,
    ) -> None:
        """Keep that part of the decisions, from 0 to 1, chosen by chance; each line names the process."""
        self._count_dropped = count_dropped
        self._threshold = round(sample * (1 << _SAMPLE_BITS))
        self._process = process
        self._write = write
        self._queue_size = queue_size
        self._waiting: SimpleQueue[Decided | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="decision-log", daemon=True)
        self._thread.start()

    def is_sampled(self) -> bool:
        """Whether the next decision is among those to be kept."""
        return self._threshold >> _SAMPLE_BITS == 1 or secrets.randbits(_SAMPLE_BITS) < self._threshold

    def add(self, decided: Decided) -> None:
        """Take a decision; it is dropped and counted when too many wait."""
        if self._waiting.qsize() >= self._queue_size:
            self._count_dropped()
        else:
            self._waiting.put(decided)

    def close(self) -> None:
        """Write what waits, for a second at most."""
        self._waiting.put(None)
        self._thread.join(_CLOSE_SECONDS)

    def _work(self) -> None:
        while (decided := self._waiting.get()) is not None:
            try:
                self._write(self._line(decided))
            except OSError:
                # A log that cannot be written stops no call.
                self._count_dropped()

    def _line(self, decided: Decided) -> bytes:
        time = decided["time"]
        moment = datetime.fromtimestamp(time, UTC).isoformat() if isinstance(time, int | float) else ""
        said: dict[str, object] = {"event": "decision", "timestamp": moment, "process": self._process}
        said |= {name: value for name, value in decided.items() if name != "time" and value != ""}
        return mask(json.dumps(said)).encode("ascii") + b"\n"
