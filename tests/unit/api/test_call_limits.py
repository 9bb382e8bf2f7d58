"""Budgets: so many calls at once, then so many a second, and never more memory than is bounded."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from authsvc.api.call_limits import AddressLimits, Budget, CallLimits
from authsvc.policy.limits import RateLimit


def test_a_burst_then_a_rate() -> None:
    budget = Budget(2.0, 3.0, 0.0)
    assert [budget.spend(0.0) for _ in range(4)] == [None, None, None, timedelta(seconds=0.5)]
    assert budget.spend(0.4) is not None
    assert budget.spend(0.5) is None
    assert budget.spend(0.5) is not None
    assert [budget.spend(100.0) for _ in range(4)].count(None) == 3


def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing() -> None:
    budget = Budget(1.0, 1.0, 100.0)
    assert budget.spend(100.0) is None
    assert budget.spend(50.0) == timedelta(seconds=1)
    assert budget.spend(51.0) is None


@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 5), st.integers(1, 9))
def test_no_stretch_of_time_sees_more_than_its_due(pauses: list[float], rate: int, burst: int) -> None:
    budget, now, granted = Budget(rate, burst, 0.0), 0.0, []
    for pause in pauses:
        now += pause
        if budget.spend(now) is None:
            granted.append(now)
    for first, start in enumerate(granted):
        for last, end in enumerate(granted[first:], first):
            assert last - first + 1 <= burst + rate * (end - start) + 1e-6


def test_a_name_has_one_budget_under_its_newest_limit() -> None:
    limits = CallLimits()
    budget = limits.budget(("shop", "a"), RateLimit(1, 2), 0.0)
    assert limits.budget(("shop", "a"), RateLimit(1, 1), 0.0) is budget
    assert [budget.spend(0.0) for _ in range(2)].count(None) == 1
    assert limits.budget(("shop", "b"), RateLimit(1, 2), 0.0) is not budget
    assert limits.budget(("shop",), RateLimit(1, 2), 0.0) is not budget


def test_addresses_are_remembered_only_while_they_offend_and_bounded() -> None:
    limits = AddressLimits(2.0)
    assert limits.wait("10.0.0.1", 0.0) is None
    for _ in range(3):
        limits.charge("10.0.0.1", 0.0)
    assert limits.wait("10.0.0.1", 0.0) == timedelta(seconds=0.5)
    assert limits.wait("10.0.0.2", 0.0) is None
    assert limits.wait("10.0.0.1", 0.6) is None
    for number in range(10_001):
        limits.charge(f"a{number}", 0.0)
    assert len(limits._budgets) == 10_000
