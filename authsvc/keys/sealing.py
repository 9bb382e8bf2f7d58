"""Keys at rest: sealed with tenant, kid and algorithm as associated data, so that no sealed key opens in another's place."""

import base64
import secrets
import time
from collections.abc import Iterable
from dataclasses import replace

from authsvc.keys.key_material import (
    KeyMaterialError,
    SigningKey,
    TrustedKey,
    dump_private,
    generate_private,
    load_private,
    load_public,
    public_part,
)
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import VERIFYING, Algorithm, KeyPurpose, KeyState, SealedKey
from authsvc.keys.sealer import SEALING_KEY_BYTES, AesGcmSealer, Sealer, SealingError, read_sealing_key

_KEY_ID_BYTES = 8


def _associated_data(key: SealedKey) -> bytes:
    # Each part is preceded by its length, so no two keys give the same bytes.
    names = [key.tenant, key.key_id, key.algorithm.value]
    if key.purpose is not KeyPurpose.SIGNING:
        # Otherwise whoever can write the store could have this service sign with another's key, or trust its own for another's.
        names += [key.purpose.value, key.issuer]
    parts = [name.encode() for name in names]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def generate_sealing_key() -> str:
    """A new sealing key as its file holds it: 32 random bytes in base64url."""
    return base64.urlsafe_b64encode(secrets.token_bytes(SEALING_KEY_BYTES)).decode()


def new_key_id() -> str:
    """64 random bits in hex."""
    return secrets.token_hex(_KEY_ID_BYTES)


class SealingKey:
    """Seals and opens the tenants' keys."""

    def __init__(self, key: bytes | Sealer, others: Iterable[bytes] = ()) -> None:
        """Seal with the key, and open what it or one of the others sealed.

        Raises:
            SealingError: a key has not 32 bytes.
        """
        self._sealer = AesGcmSealer(key, others) if isinstance(key, bytes) else key

    def __repr__(self) -> str:
        return "SealingKey()"

    @classmethod
    def from_text(cls, text: str, others: Iterable[str] = ()) -> "SealingKey":
        """The keys that texts hold, each 32 bytes in base64 or base64url.

        Raises:
            SealingError: one is not that.
        """
        return cls(read_sealing_key(text), [read_sealing_key(other) for other in others])

    @property
    def name(self) -> str:
        """The name of the key that seals."""
        return self._sealer.newest

    def make(
        self, tenant: str, algorithm: Algorithm, *, now: float | None = None, state: KeyState = KeyState.ACTIVE
    ) -> SealedKey:
        """A new key of a tenant for signing, sealed. Its id is 64 random bits in hex."""
        create_time = int(time.time() if now is None else now)
        dumped = dump_private(generate_private(algorithm))
        return self.seal_key(SealedKey(tenant, new_key_id(), algorithm, state, b"", create_time), dumped)

    def seal(self, tenant: str, key_id: str, algorithm: Algorithm, dumped: bytes, create_time: int) -> SealedKey:
        """Seal the bytes of a private key."""
        return self.seal_key(SealedKey(tenant, key_id, algorithm, KeyState.ACTIVE, b"", create_time), dumped)

    def seal_key(self, key: SealedKey, dumped: bytes) -> SealedKey:
        """The key with these bytes sealed in it: what dump_private wrote, or dump_public of one that only verifies."""
        return replace(key, sealed=self._sealer.seal(dumped, _associated_data(key)), sealed_by=self._sealer.newest)

    def reseal(self, key: SealedKey) -> SealedKey:
        """The same key, sealed by the newest sealing key.

        Raises:
            SealingError: it does not open.
        """
        return self.seal_key(key, self._open(key))

    def open(self, key: SealedKey) -> SigningKey:
        """The key for signing, ready to use.

        Raises:
            SealingError: it does not open.
            KeyMaterialError: what was sealed breaks the rules of its algorithm.
        """
        private = load_private(key.algorithm, self._open(key))
        return SigningKey(key.tenant, key.key_id, key.algorithm, private, public_part(key.algorithm, private))

    def open_trusted(self, key: SealedKey) -> TrustedKey:
        """The key of a trusted issuer, ready to use.

        Raises:
            SealingError: it does not open.
            KeyMaterialError: what was sealed is no key of its algorithm.
        """
        return TrustedKey(
            key.tenant, key.key_id, key.algorithm, key.issuer, load_public(key.algorithm, self._open(key))
        )

    def open_any(self, key: SealedKey) -> SigningKey | TrustedKey:
        """The key, as what it is for.

        Raises:
            SealingError, KeyMaterialError: see `open` and `open_trusted`.
        """
        return self.open(key) if key.purpose is KeyPurpose.SIGNING else self.open_trusted(key)

    def open_ring(self, keys: Iterable[SealedKey]) -> KeyRing:
        """All keys that may verify, opened.

        Raises:
            SealingError, KeyMaterialError: one of them does not open.
        """
        ring = KeyRing()
        for key in keys:
            if key.state in VERIFYING:
                ring.put(self.open_any(key), key.state)
            else:
                ring.put_away(key.tenant, key.key_id, tainted=key.state is KeyState.TAINTED)
        return ring

    def _open(self, key: SealedKey) -> bytes:
        try:
            return self._sealer.open(key.sealed, _associated_data(key), key.sealed_by)
        except SealingError:
            raise SealingError(
                f"key {key.key_id} of tenant {key.tenant} does not open:"
                " is AUTHSVC_SEALING_KEY_FILE the one it was sealed with?"
            ) from None


__all__ = ["SEALING_KEY_BYTES", "KeyMaterialError", "SealingError", "SealingKey", "generate_sealing_key", "new_key_id"]
