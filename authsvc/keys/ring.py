"""The key ring: every key of every tenant, found by tenant and kid."""

from collections.abc import Iterable

from authsvc.errors import NoSigningKeyError
from authsvc.keys.key_material import SigningKey
from authsvc.keys.sealed_key import KeyState

_VERIFYING = frozenset({KeyState.ACTIVE, KeyState.VERIFY_ONLY})


class KeyRing:
    """Keys with their states. One object stands for a key as long as it may verify: it can be told by identity."""

    def __init__(self, keys: Iterable[tuple[SigningKey, KeyState]] = ()) -> None:
        self._verifying: dict[tuple[str, str], SigningKey] = {}
        self._tainted: set[tuple[str, str]] = set()
        self._signing: dict[str, SigningKey] = {}
        for key, state in keys:
            self.put(key, state)

    def put(self, key: SigningKey, state: KeyState) -> None:
        """Take a key up, or change its state. A tainted key stays tainted, whatever comes after."""
        name = (key.tenant, key.key_id)
        if state is KeyState.TAINTED:
            self._tainted.add(name)
        if name in self._tainted:
            state = KeyState.TAINTED
        if state in _VERIFYING:
            # The object that is known already stays: the signature cache stands on its identity.
            key = self._verifying.setdefault(name, key)
        else:
            self._verifying.pop(name, None)
        if state is KeyState.ACTIVE:
            self._signing[key.tenant] = key
        elif (signing := self._signing.get(key.tenant)) is not None and signing.key_id == key.key_id:
            del self._signing[key.tenant]

    def find(self, tenant: str, key_id: str) -> SigningKey | None:
        """The tenant's key of that id if it may verify. Ids are compared whole, and nothing but memory is asked."""
        return self._verifying.get((tenant, key_id))

    def signing_key(self, tenant: str) -> SigningKey:
        """The tenant's active key.

        Raises:
            NoSigningKeyError: it has none.
        """
        key = self._signing.get(tenant)
        if key is None:
            raise NoSigningKeyError(f"tenant {tenant} has no active signing key")
        return key

    def has_signing_key(self, tenant: str, algorithm: str) -> bool:
        """Whether the tenant's active key has that algorithm."""
        key = self._signing.get(tenant)
        return key is not None and key.algorithm == algorithm
