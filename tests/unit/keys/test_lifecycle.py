"""The life of a key: from which state it goes to which, when, and what it says when it may not."""

import pytest

from authsvc.errors import KeyStateError
from authsvc.keys.lifecycle import LEEWAY, MICROSECONDS, Schedule, activated, prepared, relieved, retired, tainted
from authsvc.keys.sealed_key import Algorithm, KeyPurpose, KeyState, SealedKey
from authsvc.tokens import verdict

NOW = 1_900_000_000 * MICROSECONDS
SCHEDULE = Schedule(300 * MICROSECONDS)
FRESH = SealedKey("demo", "k", Algorithm.ES256, KeyState.PREPARED, b"", 1_900_000_000)
PREPARED = prepared(FRESH, NOW, SCHEDULE.publication)
ACTIVE = activated(PREPARED, NOW + SCHEDULE.publication, SCHEDULE.publication)
RELIEVED = relieved(ACTIVE, NOW, SCHEDULE.retire_time(NOW, 3600))
RETIRED = retired(RELIEVED, NOW, force=True)
TAINTED = tainted(ACTIVE, NOW)
TRUSTED = SealedKey(
    "demo", "t", Algorithm.ES256, KeyState.VERIFY_ONLY, b"", 1, purpose=KeyPurpose.TRUSTED_ISSUER, issuer="i"
)


def test_a_new_key_is_published_for_twice_the_refresh_interval() -> None:
    assert PREPARED.state is KeyState.PREPARED
    assert PREPARED.activate_time == NOW + 600 * MICROSECONDS
    with pytest.raises(KeyStateError, match="pass force"):
        activated(PREPARED, NOW + SCHEDULE.publication - 1, SCHEDULE.publication)
    assert activated(PREPARED, NOW, SCHEDULE.publication, force=True).state is KeyState.ACTIVE
    assert (ACTIVE.state, ACTIVE.activate_time, ACTIVE.state_time) == (
        KeyState.ACTIVE,
        None,
        NOW + SCHEDULE.publication,
    )


def test_a_key_retires_when_its_last_token_is_dead() -> None:
    assert LEEWAY == verdict.LEEWAY * MICROSECONDS
    end = NOW + 3600 * MICROSECONDS + LEEWAY + 600 * MICROSECONDS
    assert RELIEVED.retire_time == end
    with pytest.raises(KeyStateError, match="may be alive until"):
        retired(RELIEVED, end - 1)
    gone = retired(RELIEVED, end)
    assert (gone.state, gone.retire_time, gone.state_time) == (KeyState.RETIRED, None, end)


def test_what_is_so_already_stays_the_same() -> None:
    assert activated(ACTIVE, NOW + 5, SCHEDULE.publication) is ACTIVE
    assert retired(RETIRED, NOW + 5) is RETIRED
    assert tainted(TAINTED, NOW + 5) is TAINTED


def test_a_verify_only_key_may_sign_again() -> None:
    again = activated(RELIEVED, NOW, SCHEDULE.publication)
    assert (again.state, again.retire_time) == (KeyState.ACTIVE, None)


@pytest.mark.parametrize("key", [RETIRED, TAINTED, TRUSTED], ids=["retired", "tainted", "trusted"])
def test_some_keys_never_sign_again(key: SealedKey) -> None:
    with pytest.raises(KeyStateError):
        activated(key, NOW, SCHEDULE.publication, force=True)


@pytest.mark.parametrize("key", [ACTIVE, TAINTED], ids=["active", "tainted"])
def test_some_keys_do_not_retire(key: SealedKey) -> None:
    with pytest.raises(KeyStateError):
        retired(key, NOW, force=True)


def test_a_trusted_issuers_key_retires_by_force_alone() -> None:
    with pytest.raises(KeyStateError, match="pass force"):
        retired(TRUSTED, NOW)
    assert retired(TRUSTED, NOW, force=True).state is KeyState.RETIRED


@pytest.mark.parametrize("key", [PREPARED, ACTIVE, RELIEVED, RETIRED, TRUSTED], ids=lambda key: key.state.value)
def test_every_key_can_be_tainted(key: SealedKey) -> None:
    after = tainted(key, NOW)
    assert (after.state, after.activate_time, after.retire_time) == (KeyState.TAINTED, None, None)
