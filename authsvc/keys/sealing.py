"""Keys at rest: AES-256-GCM with tenant, kid and algorithm as associated data.

So no sealed key opens in another's place.

The interface is small on purpose: a key service outside the process would take the place of `SealingKey`.
"""

import base64
import binascii
import secrets
import time

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from authsvc.keys.key_material import (
    KeyMaterialError,
    SigningKey,
    dump_private,
    generate_private,
    load_private,
    public_part,
)
from authsvc.keys.sealed_key import Algorithm, KeyState, SealedKey

SEALING_KEY_BYTES = 32
_NONCE_BYTES = 12


class SealingError(Exception):
    """A sealed key does not open: the sealing key is another one, or the row was changed. The message shows neither."""


def _associated_data(tenant: str, key_id: str, algorithm: Algorithm) -> bytes:
    # Each part is preceded by its length, so no two triples give the same bytes.
    parts = [part.encode() for part in (tenant, key_id, algorithm.value)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def generate_sealing_key() -> str:
    """A new sealing key as its file holds it: 32 random bytes in base64url."""
    return base64.urlsafe_b64encode(secrets.token_bytes(SEALING_KEY_BYTES)).decode()


class SealingKey:
    """Seals and opens signing keys."""

    def __init__(self, key: bytes) -> None:
        if len(key) != SEALING_KEY_BYTES:
            raise SealingError(f"a sealing key is {SEALING_KEY_BYTES} bytes")
        self._cipher = AESGCM(key)

    def __repr__(self) -> str:
        return "SealingKey()"

    @classmethod
    def from_text(cls, text: str) -> "SealingKey":
        """The key that a file holds: 32 bytes in base64 or base64url.

        Raises:
            SealingError: it is not that.
        """
        try:
            raw = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError):
            raise SealingError("a sealing key is 32 bytes in base64") from None
        return cls(raw)

    def make(self, tenant: str, algorithm: Algorithm, *, now: float | None = None) -> SealedKey:
        """A new active key of a tenant, sealed. Its id is 64 random bits in hex."""
        create_time = int(time.time() if now is None else now)
        dumped = dump_private(generate_private(algorithm))
        return self.seal(tenant, secrets.token_hex(8), algorithm, dumped, create_time)

    def seal(self, tenant: str, key_id: str, algorithm: Algorithm, dumped: bytes, create_time: int) -> SealedKey:
        """Seal the bytes of a private key."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, dumped, _associated_data(tenant, key_id, algorithm))
        return SealedKey(tenant, key_id, algorithm, KeyState.ACTIVE, sealed, create_time)

    def open(self, key: SealedKey) -> SigningKey:
        """The key, ready to use.

        Raises:
            SealingError: it does not open.
            KeyMaterialError: what was sealed breaks the rules of its algorithm.
        """
        nonce, ciphertext = key.sealed[:_NONCE_BYTES], key.sealed[_NONCE_BYTES:]
        try:
            dumped = self._cipher.decrypt(nonce, ciphertext, _associated_data(key.tenant, key.key_id, key.algorithm))
        except (InvalidTag, ValueError):
            raise SealingError(
                f"key {key.key_id} of tenant {key.tenant} does not open:"
                " is AUTHSVC_SEALING_KEY_FILE the one it was sealed with?"
            ) from None
        private = load_private(key.algorithm, dumped)
        return SigningKey(key.tenant, key.key_id, key.algorithm, private, public_part(key.algorithm, private))


__all__ = ["KeyMaterialError", "SealingError", "SealingKey", "generate_sealing_key"]
