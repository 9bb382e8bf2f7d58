"""A token bucket: so many at once, then so many a second."""

from datetime import timedelta

from authsvc.clock import Clock


class TokenBucket:
    """Grants up to `burst` takings at once and `rate` a second after that, for each name. Bounded in the names it remembers."""

    def __init__(self, rate: float, burst: float, clock: Clock, *, max_names: int = 10_000) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._max_names = max_names
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> timedelta | None:
        """None when granted, otherwise how long to wait."""
        now = self._clock()
        level, since = self._levels.pop(name, (self._burst, now))
        level = min(self._burst, level + max(0.0, now - since) * self._rate)
        granted = level >= 1
        if len(self._levels) >= self._max_names:
            # The name taken longest ago has had the most time to fill up again.
            del self._levels[next(iter(self._levels))]
        self._levels[name] = (level - 1 if granted else level, now)
        return None if granted else timedelta(seconds=(1 - level) / self._rate)
