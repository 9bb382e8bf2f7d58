"""How a key goes from state to state: prepared, active, verify-only, retired; or tainted.

Each function returns the key as it stands afterwards, or the very same one when there is nothing to change. Times are
microseconds since the epoch, spans whole microseconds.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from authsvc.errors import KeyStateError
from authsvc.keys.sealed_key import KeyPurpose, KeyState, SealedKey

MICROSECONDS = 1_000_000
LEEWAY = 5 * MICROSECONDS
"""How far the iat of a token may lie ahead, and with it its exp (authsvc.tokens.verdict)."""
MAX_PREPARED = 100
"""Keys of a tenant that may be prepared at a time: each is published, and whoever follows the JWKS reads them all."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The spans that the life of keys keeps."""

    refresh: int
    """How often verifiers elsewhere read the JWKS anew: its max-age."""

    @classmethod
    def of(cls, refresh: timedelta) -> "Schedule":
        """The schedule for a refresh interval."""
        return cls(refresh // timedelta(microseconds=1))

    @property
    def publication(self) -> int:
        """How long a key is published at least before it signs: a verifier may miss one reading and still know it."""
        return 2 * self.refresh

    @property
    def margin(self) -> int:
        """How much longer than its last token a verify-only key lives: clocks may be that far apart."""
        return 2 * self.refresh

    def retire_time(self, relieved: int, max_lifetime: int) -> int:
        """When no token can be alive that a key signed before `relieved`; the lifetime is in seconds."""
        return relieved + max_lifetime * MICROSECONDS + LEEWAY + self.margin


DEFAULT_SCHEDULE = Schedule.of(timedelta(minutes=5))


def prepared(key: SealedKey, now: int, publication: int) -> SealedKey:
    """A new key, to become active after its publication."""
    return replace(key, state=KeyState.PREPARED, state_time=now, activate_time=now + publication, retire_time=None)


def activated(key: SealedKey, now: int, publication: int, *, force: bool = False) -> SealedKey:
    """A key that signs from now on.

    Raises:
        KeyStateError: it is a trusted issuer's, retired or tainted, or has been published for a shorter time and
            `force` is not set.
    """
    if key.purpose is KeyPurpose.TRUSTED_ISSUER:
        raise KeyStateError("a trusted issuer's key never signs here; only a key for signing can become active")
    if key.state is KeyState.ACTIVE:
        return key
    if key.state not in {KeyState.PREPARED, KeyState.VERIFY_ONLY}:
        raise KeyStateError(f"the key is {key.state.value}; make a new one with RotateKey")
    # A verify-only key has been published since before it signed.
    due = key.state_time + publication
    if key.state is KeyState.PREPARED and now < due and not force:
        raise KeyStateError(
            f"verifiers elsewhere may not know the key before {_moment(due)}; wait until then, or pass force"
        )
    return replace(key, state=KeyState.ACTIVE, state_time=now, activate_time=None, retire_time=None)


def relieved(key: SealedKey, now: int, retire_time: int | None) -> SealedKey:
    """An active key that another one takes over from: it verifies what it signed. None: its end is not known yet."""
    return replace(key, state=KeyState.VERIFY_ONLY, state_time=now, activate_time=None, retire_time=retire_time)


def retired(key: SealedKey, now: int, *, force: bool = False) -> SealedKey:
    """A key that neither signs nor verifies any more.

    Raises:
        KeyStateError: it is active or tainted, or tokens that it signed may be alive and `force` is not set.
    """
    if key.state is KeyState.RETIRED:
        return key
    if key.state is KeyState.ACTIVE:
        raise KeyStateError("the key is active; activate another one first, or taint it if it is known to others")
    if key.state is KeyState.TAINTED:
        raise KeyStateError("the key is tainted, which is more than retired; there is nothing left to do")
    if key.state is KeyState.VERIFY_ONLY and not force:
        if key.retire_time is None:
            raise KeyStateError("tokens that the issuer signed with the key may be alive; pass force to refuse them")
        if now < key.retire_time:
            raise KeyStateError(
                f"tokens that the key signed may be alive until {_moment(key.retire_time)}; wait, or pass force to "
                "refuse them"
            )
    return replace(key, state=KeyState.RETIRED, state_time=now, activate_time=None, retire_time=None)


def tainted(key: SealedKey, now: int) -> SealedKey:
    """A key that is refused for ever."""
    if key.state is KeyState.TAINTED:
        return key
    return replace(key, state=KeyState.TAINTED, state_time=now, activate_time=None, retire_time=None)


def _moment(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / MICROSECONDS, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
