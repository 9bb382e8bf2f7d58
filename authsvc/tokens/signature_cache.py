"""Remembers which texts carry a good signature, so that it is verified once. A verdict is never remembered.

An entry is found by the digest of the text and stands for one generation of one key: the caller looks the key up anew and
compares. Bounded: two generations of at most `size` entries, the older one is dropped when the younger is full.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from authsvc.keys.issuer_keys import IssuerKey
from authsvc.keys.key_material import SigningKey, TrustedKey
from authsvc.policy.catalogue import NO_CATALOGUE, Catalogue
from authsvc.policy.trusted_issuer import TrustedIssuer
from authsvc.revocation.index import TokenDigest
from authsvc.tokens.claims import Claims
from authsvc.tokens.lineage import Lineage
from authsvc.tokens.refusal import Refusal


@dataclass(slots=True)
class AuthenticToken:
    """A token whose signature is that of `key`, with what follows from its text alone."""

    key: SigningKey | IssuerKey | TrustedKey
    claims: Claims | Refusal
    digest: TokenDigest
    scopes: frozenset[str]
    issuer: TrustedIssuer | None = None
    """Whose token it is; None for one of this service."""
    lineage: Lineage | None = None
    """None for a token that came from no other: it pays nothing for what the others ask for."""
    message: Any = None
    """The claims in the form of an answer, built by the first caller that needs them: they follow from the text alone."""
    passed_policy: object = None
    """The tenant's policy under which it passed all that does not depend on time and revocations."""
    passed_audience: str = ""
    """The audience with which it did."""
    used_at: float = 0.0
    """When it was last of use; 0 when that was not since it was last written down."""
    met: set[str] | None = None
    """The scopes by which it met requirements since then."""
    last_met: object = None
    """The requirement that it met last since then: what it meets again is not noted again."""
    _held: frozenset[str] = frozenset()
    _catalogue: Catalogue | None = None

    def held(self, catalogue: Catalogue = NO_CATALOGUE) -> frozenset[str]:
        """Its scopes with all that they imply by a catalogue. Worked out once for each catalogue that it meets."""
        if self._catalogue is not catalogue:
            self._held = catalogue.expand(self.scopes)
            self._catalogue = catalogue
        return self._held


class SignatureCache:
    """Texts with a verified signature, by their SHA-256."""

    def __init__(self, size: int) -> None:
        """Keep between `size` and twice as many entries; 0 keeps none."""
        self._size = size
        self._young: dict[bytes, AuthenticToken] = {}
        self._old: dict[bytes, AuthenticToken] = {}

    @staticmethod
    def name(text: str) -> bytes:
        """The digest of a token's text."""
        return sha256(text.encode("utf-8", "surrogatepass")).digest()

    def get(self, name: bytes) -> AuthenticToken | None:
        """The entry of that digest, or None."""
        entry = self._young.get(name)
        if entry is None and (entry := self._old.get(name)) is not None:
            self.put(name, entry)
        return entry

    def put(self, name: bytes, entry: AuthenticToken) -> None:
        """Remember a token whose signature was just verified."""
        if self._size == 0:
            return
        if len(self._young) >= self._size:
            self._old, self._young = self._young, {}
        self._young[name] = entry

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())
