"""What seals: AES-256-GCM with the sealing keys of this machine. A key service outside the process would be another Sealer."""

import base64
import binascii
import secrets
from collections.abc import Iterable
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SEALING_KEY_BYTES = 32
_NONCE_BYTES = 12
_NAME_BYTES = 8
_NAME_LABEL = b"authsvc sealing key "


class SealingError(Exception):
    """Something sealed does not open: the sealing key is another one, or the row was changed. The message shows neither."""


class Sealer(Protocol):
    """Seals small secrets. What is bound to one as associated data must be said again to open it."""

    @property
    def newest(self) -> str:
        """The name of the key that seals: short, and no secret."""

    def seal(self, secret: bytes, associated_data: bytes) -> bytes:
        """The sealed secret, by the newest key."""

    def open(self, sealed: bytes, associated_data: bytes, sealed_by: str) -> bytes:
        """The secret, sealed by the key of that name; an empty name stands for any.

        Raises:
            SealingError: no such key is here, or it does not open.
        """


class AesGcmSealer:
    """One key that seals, and older ones, or one that is to come, that open what they sealed."""

    def __init__(self, key: bytes, others: Iterable[bytes] = ()) -> None:
        """Take keys of 32 bytes.

        Raises:
            SealingError: one has another length.
        """
        keys = (key, *others)
        if any(len(each) != SEALING_KEY_BYTES for each in keys):
            raise SealingError(f"a sealing key is {SEALING_KEY_BYTES} bytes")
        self.newest = _name(key)
        self._ciphers = {_name(each): AESGCM(each) for each in keys}

    def __repr__(self) -> str:
        return "AesGcmSealer()"

    def seal(self, secret: bytes, associated_data: bytes) -> bytes:
        """See Sealer: the nonce, then ciphertext and tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._ciphers[self.newest].encrypt(nonce, secret, associated_data)

    def open(self, sealed: bytes, associated_data: bytes, sealed_by: str) -> bytes:
        """See Sealer."""
        ciphers = [self._ciphers[sealed_by]] if sealed_by in self._ciphers else []
        for cipher in ciphers if sealed_by else self._ciphers.values():
            try:
                return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated_data)
            except (InvalidTag, ValueError):
                continue
        raise SealingError("it does not open")


def read_sealing_key(text: str) -> bytes:
    """The key that a file or a variable holds: 32 bytes in base64 or base64url.

    Raises:
        SealingError: it is not that.
    """
    try:
        raw = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise SealingError("a sealing key is 32 bytes in base64") from None
    if len(raw) != SEALING_KEY_BYTES:
        raise SealingError(f"a sealing key is {SEALING_KEY_BYTES} bytes")
    return raw


def _name(key: bytes) -> str:
    # Of 32 random bytes a digest gives nothing away.
    return sha256(_NAME_LABEL + key).hexdigest()[: 2 * _NAME_BYTES]
