"""A trusted issuer as the decision sees it: whose keys, and what its tokens can convey at most."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from authsvc.keys.issuer_keys import IssuerKeySet
from authsvc.keys.sealed_key import Algorithm


class KeySource(StrEnum):
    """Where an issuer's keys come from."""

    INLINE = "inline"
    URL = "url"
    IMPORTED = "imported"


class SubjectPatterns:
    """Patterns in which "*" stands for any characters or none. Compared by steps that never go back, so no text is slow."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = tuple(patterns)
        self._whole = frozenset(pattern for pattern in self.patterns if "*" not in pattern)
        self._parts = tuple(tuple(pattern.split("*")) for pattern in self.patterns if "*" in pattern)

    def match(self, subject: str) -> bool:
        """Whether one of the patterns is the whole subject; without patterns any subject is good."""
        if not self.patterns or subject in self._whole:
            return True
        return any(_fits(subject, parts) for parts in self._parts)


def _fits(text: str, parts: tuple[str, ...]) -> bool:
    first, *middle, last = parts
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


@dataclass(frozen=True, slots=True)
class ClaimMapping:
    """Under which names a foreign token carries what is asked of it."""

    scopes: str = ""
    """Empty: "scope" or "scopes"."""
    client_id: str = "client_id"
    default_client_id: str = ""
    """Empty: a token without a client id is refused."""
    token_type: str = "at+jwt"  # noqa: S105 (a media type)
    """In lower case."""


@dataclass(frozen=True, slots=True, eq=False)
class TrustedIssuer:
    """What a tenant's document says of one issuer, all defaults filled in. It equals itself alone.

    Its identity is its generation: what was decided with another object of the same issuer is decided anew.
    """

    tenant: str
    issuer: str
    source: KeySource
    algorithms: frozenset[Algorithm]
    inline_keys: IssuerKeySet
    """Empty unless the source is INLINE."""
    jwks_url: str
    """Empty unless the source is URL."""
    audiences: frozenset[str]
    """One of which a token must carry; empty: any."""
    claim_mapping: ClaimMapping
    scopes: frozenset[str]
    """All that its tokens can convey."""
    max_ttl: int
    """Seconds."""
    subjects: SubjectPatterns
    client_ids: frozenset[str]
    """Empty: any."""
    is_self_issued: bool
