"""A signing key as it lies in the store."""

from dataclasses import dataclass, field
from enum import StrEnum


class Algorithm(StrEnum):
    """The algorithms of RFC 7518 and RFC 8037 that keys may have; the values are the JWS names."""

    ES256 = "ES256"
    RS256 = "RS256"
    PS256 = "PS256"
    EDDSA = "EdDSA"
    HS256 = "HS256"


class KeyState(StrEnum):
    """Where a key stands in its life. The values are stored: they keep their meaning."""

    ACTIVE = "active"
    """Signs and verifies. At most one a tenant."""
    VERIFY_ONLY = "verify_only"
    """Verifies what it signed before."""
    TAINTED = "tainted"
    """Revoked: neither signs nor verifies, for ever."""


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A key with its private part sealed by AES-256-GCM (authsvc.keys.sealing)."""

    tenant: str
    key_id: str
    algorithm: Algorithm
    state: KeyState
    sealed: bytes = field(repr=False)
    """Nonce and ciphertext of the private key; tenant, kid and algorithm are the associated data."""
    create_time: int
    """Seconds since the epoch."""
