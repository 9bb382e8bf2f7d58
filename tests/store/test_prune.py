"""Pruning deletes what no longer matters, and never a revocation that still does."""

import asyncio
import itertools
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authsvc.revocation.entry import Revocation, TargetKind
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
class Step:
    """Time goes on, a token may be revoked again for longer, and somebody prunes by a clock that is wrong."""

    elapsed: int
    error: int
    token: int
    longer: int


@dataclass(frozen=True)
class Life:
    """Tokens that are revoked at the start, and what comes after."""

    lifetimes: list[int]
    steps: list[Step]


NUMBERS = itertools.count()
WRONG = DAY - HOUR
"""The error of clocks that pruning forgives: its margin, less the keep_until that a repetition may lose."""
HOURS = st.integers(0, 100 * HOUR)
LIVES = st.builds(
    Life,
    st.lists(st.integers(1, 200 * HOUR), min_size=1, max_size=5),
    st.lists(st.builds(Step, HOURS, st.integers(-WRONG, WRONG), st.integers(0, 4), HOURS), min_size=1, max_size=5),
)


# One store lives through all examples: their revocations have names of their own.
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LIVES)
def test_no_prune_under_a_wrong_clock_revives_a_token(hasty: Store, clock: TurnableClock, life: Life) -> None:
    asyncio.run(live_through(hasty, clock, life))


PRUNED_AHEAD = Life([10 * HOUR], [Step(HOUR, WRONG, 0, 0)])
EXTENDED = Life([10 * HOUR] * 2, [Step(0, 0, 0, 90 * HOUR), Step(80 * HOUR, 0, 1, 0)])


@pytest.mark.parametrize(
    ("place", "value", "life"),
    [
        ("authsvc.store.prune.MARGIN", 0, PRUNED_AHEAD),
        ("authsvc.store.reader.MARGIN", 0, PRUNED_AHEAD),
        ("authsvc.store.revocations._SLACK", 100 * HOUR, EXTENDED),
        ("authsvc.store.revocations._log", lambda *_: None, EXTENDED),
    ],
)
def test_the_property_can_fail(
    hasty: Store, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch, place: str, value: object, life: Life
) -> None:
    monkeypatch.setattr(place, value)
    with pytest.raises(AssertionError):
        asyncio.run(live_through(hasty, clock, life))


@pytest.fixture
def hasty(backend: Backend) -> Store:
    """A store that keeps nothing for the sake of its records."""
    return backend.open(record_retention=timedelta(0))


class Follower:
    """Follows the change log and drops entries a day after their keep_until."""

    def __init__(self, store: Store) -> None:
        self._reader = store.reader
        self._revision = store.reader.newest_revision()
        self.keep_until: dict[str, int] = {}

    def follow(self, now: float) -> None:
        changes = self._reader.changes_after(self._revision)
        assert changes is not None
        for change in changes:
            assert isinstance(change.body, Revocation)
            self.keep_until[change.body.name] = change.body.keep_until
            self._revision = change.revision
        for name in [name for name, until in self.keep_until.items() if until < now - DAY]:
            del self.keep_until[name]


async def live_through(store: Store, clock: TurnableClock, life: Life) -> None:
    """Whatever happens, a token that lives by true time is revoked in a snapshot, and for one who follows."""
    expiries = {f"{next(NUMBERS)}": START + lifetime for lifetime in life.lifetimes}
    truth = clock.now = START
    follower = Follower(store)

    async def revoke(name: str) -> None:
        await store.tokens.revoke(of_token(name, keep_until=expiries[name] + LEEWAY), AUDIT)

    for name in expiries:
        await revoke(name)
    for step in life.steps:
        truth += step.elapsed
        clock.now = truth + step.error
        again = list(expiries)[step.token % len(expiries)]
        expiries[again] = max(expiries[again], truth + step.longer)
        await revoke(again)
        follower.follow(clock.now)
        await store.tokens.prune()
        alive = {name for name, expiry in expiries.items() if expiry + LEEWAY >= truth}
        assert alive <= {revocation.name for revocation in store.reader.snapshot().revocations}
        assert alive <= follower.keep_until.keys()
