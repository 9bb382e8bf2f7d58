"""How often may be called: each worker counts by itself, so a caller within its limit is never refused.

One that spreads its calls over several workers can make as many times more.
"""

from datetime import timedelta

from authsvc.policy.limits import RateLimit

_MAX_BUDGETS = 100_000
_MAX_ADDRESSES = 10_000


class Budget:
    """A token bucket: so many calls at once, then so many a second. Time is given, in seconds."""

    __slots__ = ("_burst", "_level", "_rate", "_since")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        """A full bucket."""
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._since = now

    def change(self, rate: float, burst: float) -> None:
        """Another limit from now on. What is spent stays spent."""
        self._rate = rate
        self._burst = burst
        self._level = min(self._level, burst)

    def spend(self, now: float) -> timedelta | None:
        """Take one call, and return None; or how long to wait, when there is none to take."""
        wait = self.wait(now)
        if wait is None:
            self._level -= 1
        return wait

    def wait(self, now: float) -> timedelta | None:
        """How long until there is a call to take; None when there is one."""
        # A clock that was set back fills nothing, and goes on from there.
        self._level = min(self._burst, self._level + max(0.0, now - self._since) * self._rate)
        self._since = now
        return None if self._level >= 1 else timedelta(seconds=(1 - self._level) / self._rate)


class CallLimits:
    """The budgets of clients and tenants. One client has one budget, with however many keys it calls."""

    def __init__(self) -> None:
        self._budgets: dict[tuple[str, ...], Budget] = {}

    def budget(self, name: tuple[str, ...], limit: RateLimit, now: float) -> Budget:
        """The budget of that name, under this limit from now on."""
        budget = self._budgets.get(name)
        if budget is None:
            if len(self._budgets) >= _MAX_BUDGETS:
                # Whoever was met first; a caller that is still known keeps it.
                del self._budgets[next(iter(self._budgets))]
            budget = self._budgets[name] = Budget(limit.calls_per_second, limit.burst, now)
        else:
            budget.change(limit.calls_per_second, limit.burst)
        return budget


class AddressLimits:
    """How often an address may call without a good key. Bounded: the address met longest ago is forgotten first."""

    def __init__(self, rate: float) -> None:
        """`rate`: calls a second, and at once."""
        self._rate = rate
        self._budgets: dict[str, Budget] = {}

    def wait(self, address: str, now: float) -> timedelta | None:
        """How long an address that has spent what it had must wait; None for every other."""
        budget = self._budgets.get(address)
        return None if budget is None else budget.wait(now)

    def charge(self, address: str, now: float) -> None:
        """Count a call without a good key."""
        budget = self._budgets.pop(address, None)
        if budget is None:
            if len(self._budgets) >= _MAX_ADDRESSES:
                del self._budgets[next(iter(self._budgets))]
            budget = Budget(self._rate, max(1.0, self._rate), now)
        self._budgets[address] = budget
        budget.spend(now)
