"""The key ring: every key of every tenant, found by tenant and kid, and a trusted issuer's by tenant, issuer and kid."""

import hmac
from collections.abc import Iterable

from authsvc.errors import NoSigningKeyError
from authsvc.keys.jwk import EMPTY_SET, JwkSet
from authsvc.keys.key_material import SigningKey, TrustedKey, dump_public
from authsvc.keys.sealed_key import VERIFYING, KeyState


class KeyRing:
    """Keys with their states. One object stands for a key as long as it may verify: it can be told by identity.

    The keys of this service and those of trusted issuers never stand in for each other, though their ids are of one kind.
    """

    def __init__(self, keys: Iterable[tuple[SigningKey | TrustedKey, KeyState]] = ()) -> None:
        self._verifying: dict[tuple[str, str], SigningKey] = {}
        self._tainted: set[tuple[str, str]] = set()
        self._signing: dict[str, SigningKey] = {}
        self._of_tenant: dict[str, dict[str, SigningKey]] = {}
        self._trusted: dict[tuple[str, str, str], TrustedKey] = {}
        self._of_issuer: dict[tuple[str, str], dict[str, TrustedKey]] = {}
        self._issuers: dict[tuple[str, str], str] = {}
        self._published: dict[str, JwkSet] = {}
        for key, state in keys:
            self.put(key, state)

    def put(self, key: SigningKey | TrustedKey, state: KeyState) -> None:
        """Take a key up, or change its state. A tainted key stays tainted, whatever comes after."""
        name = (key.tenant, key.key_id)
        if state not in VERIFYING or name in self._tainted:
            self.put_away(*name, tainted=state is KeyState.TAINTED)
        elif isinstance(key, TrustedKey):
            self._issuers[name] = key.issuer
            key = self._trusted.setdefault((key.tenant, key.issuer, key.key_id), key)
            self._of_issuer.setdefault((key.tenant, key.issuer), {})[key.key_id] = key
        else:
            # The object that is known already stays: the signature cache stands on its identity.
            key = self._verifying.setdefault(name, key)
            self._of_tenant.setdefault(key.tenant, {})[key.key_id] = key
            self._published.pop(key.tenant, None)
            if state is KeyState.ACTIVE:
                self._signing[key.tenant] = key
            else:
                self._stop_signing(*name)

    def put_away(self, tenant: str, key_id: str, *, tainted: bool) -> None:
        """Neither sign nor verify with a key any more; with a tainted one never again."""
        name = (tenant, key_id)
        if tainted:
            self._tainted.add(name)
        self._stop_signing(tenant, key_id)
        if self._verifying.pop(name, None) is not None:
            del self._of_tenant[tenant][key_id]
            self._published.pop(tenant, None)
        if (issuer := self._issuers.pop(name, None)) is not None:
            del self._trusted[tenant, issuer, key_id]
            del self._of_issuer[tenant, issuer][key_id]

    def _stop_signing(self, tenant: str, key_id: str) -> None:
        signing = self._signing.get(tenant)
        if signing is not None and signing.key_id == key_id:
            del self._signing[tenant]

    def find(self, tenant: str, key_id: str) -> SigningKey | None:
        """The tenant's key of that id if it may verify. Ids are compared whole, and nothing but memory is asked."""
        return self._verifying.get((tenant, key_id))

    def find_trusted(self, tenant: str, issuer: str, key_id: str) -> TrustedKey | None:
        """The key of that id that the tenant imported for the issuer, if it may verify. Compared and asked likewise."""
        return self._trusted.get((tenant, issuer, key_id))

    def trusted_keys(self, tenant: str, issuer: str) -> tuple[TrustedKey, ...]:
        """All keys that may verify of those that the tenant imported for the issuer."""
        return tuple(self._of_issuer.get((tenant, issuer), {}).values())

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

    def published(self, tenant: str) -> JwkSet:
        """The public keys of the tenant that may verify. Put together once for each change."""
        found = self._published.get(tenant)
        if found is None:
            keys = self._of_tenant.get(tenant)
            # A tenant without keys is not remembered: anybody may ask, for any name.
            found = EMPTY_SET if not keys else self._published.setdefault(tenant, JwkSet.of(keys.values()))
        return found

    def holds_for_another(self, tenant: str, public: bytes, issuer: str) -> bool:
        """Whether a key of the tenant that may verify has this public part or secret, and is another's than the issuer's.

        It is as dump_public writes it; an empty issuer stands for this service.
        """
        held = [key.public for key in self._of_tenant.get(tenant, {}).values()] if issuer else []
        held += [key.public for key in self._trusted.values() if key.tenant == tenant and key.issuer != issuer]
        return any(hmac.compare_digest(dump_public(each), public) for each in held)
