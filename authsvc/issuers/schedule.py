"""When the key set of an issuer is fetched: a pure account of attempts and successes. Times are seconds of one steady clock."""

from dataclasses import dataclass

MISS_SECONDS = 10.0
"""At most one fetch in this time, however many unknown kids are asked for."""
_MOST_RETRY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Timing:
    """How often a set is fetched, and how long it is good without a fetch that succeeds."""

    refresh_seconds: float
    max_age_seconds: float


@dataclass(slots=True)
class FetchAccount:
    """What became of the fetches of one URL."""

    timing: Timing
    last_attempt: float | None = None
    last_success: float | None = None
    failures: int = 0
    """Since the last success."""

    def is_due(self, now: float, *, missed: bool) -> bool:
        """Whether to fetch now; `missed` says that a key was asked for that is not there."""
        return now >= self.due_at(missed=missed)

    def due_at(self, *, missed: bool) -> float:
        """When the next fetch is due; 0 for at once."""
        if self.last_attempt is None:
            return 0.0
        wait = self.timing.refresh_seconds
        if self.failures:
            wait = min(MISS_SECONDS * 2 ** min(self.failures - 1, 8), _MOST_RETRY_SECONDS, wait)
        if missed:
            wait = MISS_SECONDS
        # Nothing makes it more often than this: neither a short refresh, nor failures, nor misses.
        return self.last_attempt + max(wait, MISS_SECONDS)

    def started(self, now: float) -> None:
        """A fetch begins."""
        self.last_attempt = now

    def succeeded(self, now: float) -> None:
        """It brought a set."""
        self.last_success = now
        self.failures = 0

    def failed(self) -> None:
        """It brought none; the set before stays good until its age."""
        self.failures += 1

    def is_too_old(self, now: float) -> bool:
        """Whether the set is older than it may get, so that its keys verify nothing any more."""
        return self.last_success is not None and now - self.last_success > self.timing.max_age_seconds
