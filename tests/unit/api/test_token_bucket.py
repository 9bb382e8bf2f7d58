"""The token bucket: so many at once, then so many a second, each name for itself, and never more memory than it may take."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from authsvc.api.token_bucket import TokenBucket


@dataclass
class Hands:
    """A clock that a test turns."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_granted_and_then_a_rate() -> None:
    clock = Hands()
    bucket = TokenBucket(10.0, 5.0, clock)
    assert [bucket.take("a") for _ in range(5)] == [None] * 5
    wait = bucket.take("a")
    assert wait is not None
    assert wait.total_seconds() == 0.1
    clock.now += 0.1 + 1e-6
    assert bucket.take("a") is None
    assert bucket.take("a") is not None


def test_it_never_holds_more_than_a_burst() -> None:
    clock = Hands()
    bucket = TokenBucket(10.0, 5.0, clock)
    bucket.take("a")
    clock.now += 1_000_000
    assert [bucket.take("a") is None for _ in range(6)] == [True] * 5 + [False]


def test_names_do_not_share() -> None:
    bucket = TokenBucket(1.0, 1.0, Hands())
    assert bucket.take("a") is None
    assert bucket.take("a") is not None
    assert bucket.take("b") is None


def test_asking_in_vain_costs_nothing() -> None:
    clock = Hands()
    bucket = TokenBucket(1.0, 1.0, clock)
    bucket.take("a")
    for _ in range(100):
        assert bucket.take("a") is not None
    clock.now += 1.0
    assert bucket.take("a") is None


def test_a_clock_that_goes_back_grants_nothing() -> None:
    clock = Hands()
    bucket = TokenBucket(1.0, 1.0, clock)
    bucket.take("a")
    clock.now -= 3600
    assert bucket.take("a") is not None
    clock.now += 1
    assert bucket.take("a") is None


def test_the_names_it_remembers_are_bounded() -> None:
    bucket = TokenBucket(1.0, 1.0, Hands(), max_names=100)
    for number in range(1000):
        bucket.take(f"name {number}")
    assert len(bucket._levels) <= 100


@given(st.lists(st.floats(0, 10), max_size=60), st.floats(0.1, 50), st.integers(1, 20))
def test_no_more_is_granted_than_burst_and_rate_allow(pauses: list[float], rate: float, burst: int) -> None:
    clock = Hands()
    bucket = TokenBucket(rate, float(burst), clock)
    began, granted = clock.now, 0
    for pause in pauses:
        clock.now += pause
        granted += bucket.take("a") is None
        assert granted <= burst + (clock.now - began) * rate + 1e-6


@given(st.floats(0.1, 50), st.integers(1, 20))
def test_who_waits_as_long_as_told_is_granted(rate: float, burst: int) -> None:
    clock = Hands()
    bucket = TokenBucket(rate, float(burst), clock)
    for _ in range(burst):
        assert bucket.take("a") is None
    wait = bucket.take("a")
    assert wait is not None
    clock.now += wait.total_seconds() + 1e-6
    assert bucket.take("a") is None
