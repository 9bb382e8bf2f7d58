"""When a key set is fetched, by an account with a clock of its own."""

from authsvc.issuers.schedule import MISS_SECONDS, FetchAccount, Timing

TIMING = Timing(refresh_seconds=300.0, max_age_seconds=3600.0)


def fetched(at: float = 1000.0) -> FetchAccount:
    account = FetchAccount(TIMING)
    account.started(at)
    account.succeeded(at)
    return account


def test_the_first_fetch_is_due_at_once() -> None:
    assert FetchAccount(TIMING).is_due(0.0, missed=False)


def test_a_fresh_set_is_left_alone_until_its_refresh() -> None:
    account = fetched()
    assert not account.is_due(1299.9, missed=False)
    assert account.is_due(1300.0, missed=False)


def test_an_unknown_kid_brings_the_refresh_forward_to_ten_seconds_after_the_last_fetch() -> None:
    account = fetched()
    assert not account.is_due(1000.0 + MISS_SECONDS - 0.1, missed=True)
    assert account.is_due(1000.0 + MISS_SECONDS, missed=True)


def test_failures_are_tried_again_ever_more_slowly_and_never_sooner_than_ten_seconds() -> None:
    account = FetchAccount(TIMING)
    waits = []
    for _ in range(6):
        account.started(0.0)
        account.failed()
        waits.append(account.due_at(missed=False))
    assert waits == [10.0, 20.0, 40.0, 60.0, 60.0, 60.0]
    assert account.due_at(missed=True) == 10.0


def test_a_set_is_good_until_its_age_whatever_fails() -> None:
    account = fetched()
    for _ in range(50):
        account.failed()
    assert not account.is_too_old(1000.0 + 3600.0)
    assert account.is_too_old(1000.0 + 3600.1)
    account.succeeded(5000.0)
    assert not account.is_too_old(5000.0 + 3600.0)
    assert not FetchAccount(TIMING).is_too_old(10**9)
