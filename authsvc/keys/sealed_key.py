"""A key as it lies in the store."""

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

    PREPARED = "prepared"
    """Published, and not used yet."""
    ACTIVE = "active"
    """Signs and verifies. At most one a tenant."""
    VERIFY_ONLY = "verify_only"
    """Verifies what it signed before."""
    RETIRED = "retired"
    """Neither signs nor verifies; no token that it signed can be alive."""
    TAINTED = "tainted"
    """Revoked: neither signs nor verifies, for ever."""


VERIFYING = frozenset({KeyState.PREPARED, KeyState.ACTIVE, KeyState.VERIFY_ONLY})
"""The states in which a key verifies and is published. A prepared key has signed nothing yet, but a server that is ahead
may have made it active."""


class KeyPurpose(StrEnum):
    """What a key is for. The values are stored: they keep their meaning."""

    SIGNING = "signing"
    """This service signs the tenant's tokens with it."""
    TRUSTED_ISSUER = "trusted_issuer"
    """A trusted issuer of the tenant signs with it; this service only verifies."""


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A key with its secret part sealed (authsvc.keys.sealing). Times but the first are microseconds since the epoch."""

    tenant: str
    key_id: str
    algorithm: Algorithm
    state: KeyState
    sealed: bytes = field(repr=False)
    """Nonce and ciphertext; what names the key and its use is the associated data."""
    create_time: int
    """Seconds since the epoch."""
    purpose: KeyPurpose = KeyPurpose.SIGNING
    issuer: str = ""
    """Who signs with it, of KeyPurpose.TRUSTED_ISSUER."""
    sealed_by: str = ""
    """The name of the sealing key; empty of a key that was sealed before sealing keys had names."""
    state_time: int = 0
    """When the state last changed."""
    activate_time: int | None = None
    """When a prepared key becomes active by itself."""
    retire_time: int | None = None
    """When a verify-only key is retired by itself. None of a trusted issuer's, whose tokens are not ours to count."""
