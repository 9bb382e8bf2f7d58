"""Pruning deletes what no longer matters, and never a revocation that still does."""

import asyncio
import itertools
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authsvc.revocation.entry import TargetKind
from authsvc.store import prune
from authsvc.store.opening import Store
from tests.store.builders import AUDIT, DAY, HOUR, START, TurnableClock, cutoff, key, of_key, of_token, record, retry
from tests.store.conftest import Backend

LEEWAY = 5
RETENTION = 30 * DAY


def counts(backend: Backend) -> dict[str, int]:
    return {
        name: backend.rows(query)[0][0]
        for name, query in {
            "records": "SELECT count(*) FROM token_records",
            "revocations": "SELECT count(*) FROM revocations",
            "requests": "SELECT count(*) FROM issue_requests",
            "changes": "SELECT count(*) FROM changes",
            "audit": "SELECT count(*) FROM audit_records",
        }.items()
    }


async def test_each_kind_of_row_goes_at_its_own_time(store: Store, backend: Backend, clock: TurnableClock) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    await store.tokens.issue(record("a"), retry("r"), AUDIT)
    await store.tokens.revoke(of_token("a"), AUDIT)
    await store.tokens.revoke(cutoff(TargetKind.SUBJECT, "bob"), AUDIT)
    await store.tokens.revoke(of_key("k1"), AUDIT)
    whole = {"records": 1, "revocations": 3, "requests": 1, "changes": 4, "audit": 5}
    assert counts(backend) == whole

    async def after(seconds: int) -> dict[str, int]:
        clock.now = START + seconds
        await store.tokens.prune()
        return counts(backend)

    assert await after(DAY) == whole
    assert await after(DAY + 1) == {**whole, "requests": 0, "changes": 1}
    assert await after(HOUR + RETENTION) == {**whole, "requests": 0, "changes": 1}
    assert await after(HOUR + RETENTION + 1) == {**whole, "requests": 0, "changes": 1, "records": 0}
    expected = {"requests": 0, "changes": 1, "records": 0, "audit": 5}
    assert await after(HOUR + RETENTION + DAY + 1) == {**expected, "revocations": 2}
    assert await after(90 * DAY + RETENTION + DAY + 1) == {**expected, "revocations": 1}
    assert await after(9999 * DAY) == {**expected, "revocations": 1}
    assert await store.tokens.prune() == 0


async def test_a_record_is_listed_as_revoked_to_its_end(store: Store, clock: TurnableClock) -> None:
    await store.tokens.issue(record("a"), None, AUDIT)
    await store.tokens.revoke(of_token("a"), AUDIT)
    clock.now = START + HOUR + RETENTION
    await store.tokens.prune()
    stored = await store.tokens.get_token("acme", "a")
    assert stored is not None
    assert stored.revoke_time == START


async def test_it_works_in_batches_with_room_for_others(
    store: Store, backend: Backend, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "BATCH", 20)
    monkeypatch.setattr("authsvc.store.store.BATCH", 20)
    await asyncio.gather(*(store.tokens.issue(record(str(number)), None, AUDIT) for number in range(100)))
    clock.now += RETENTION + DAY
    pruning = asyncio.create_task(store.tokens.prune())
    await asyncio.sleep(0)
    await store.tokens.issue(record("new", issue_time=int(clock.now), expire_time=int(clock.now) + HOUR), None, AUDIT)
    left = counts(backend)["records"]
    assert left > 20
    assert await pruning == 100
    assert counts(backend)["records"] == 1


@dataclass(frozen=True)
class Life:
    """Tokens that are revoked at the start, and when somebody prunes, with what error of the clock."""

    lifetimes: list[int]
    prunes: list[tuple[int, int]]


NUMBERS = itertools.count()
LIVES = st.builds(
    Life,
    st.lists(st.integers(1, 200 * HOUR), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 100 * HOUR), st.integers(-DAY, DAY)), min_size=1, max_size=6),
)


# One store lives through all examples: their revocations have names of their own.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LIVES)
def test_no_prune_under_a_clock_up_to_a_day_wrong_revives_a_token(
    hasty: Store, clock: TurnableClock, life: Life
) -> None:
    asyncio.run(live_through(hasty, clock, life))


@pytest.mark.parametrize("place", ["authsvc.store.prune.MARGIN", "authsvc.store.reader.MARGIN"])
def test_the_property_can_fail(hasty: Store, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(place, 0)
    with pytest.raises(AssertionError):
        asyncio.run(live_through(hasty, clock, Life([10 * HOUR], [(HOUR, DAY)])))


@pytest.fixture
def hasty(backend: Backend) -> Store:
    """A store that keeps nothing for the sake of its records."""
    return backend.open(record_retention=timedelta(0))


async def live_through(store: Store, clock: TurnableClock, life: Life) -> None:
    expiries = {f"{next(NUMBERS)}": START + lifetime for lifetime in life.lifetimes}
    truth = clock.now = START
    for name, expiry in expiries.items():
        await store.tokens.revoke(of_token(name, keep_until=expiry + LEEWAY), AUDIT)
    for elapsed, error in life.prunes:
        truth += elapsed
        clock.now = truth + error
        await store.tokens.prune()
        kept = {revocation.name for revocation in store.reader.snapshot().revocations}
        assert {name for name, expiry in expiries.items() if expiry + LEEWAY >= truth} <= kept
