"""A trusted issuer as the decision sees it: whose keys, and what its tokens can convey at most."""

from dataclasses import dataclass
from enum import StrEnum

from authsvc.keys.issuer_keys import IssuerKeySet
from authsvc.keys.sealed_key import Algorithm
from authsvc.policy.grants import SubjectPattern


class KeySource(StrEnum):
    """Where an issuer's keys come from."""

    INLINE = "inline"
    URL = "url"
    IMPORTED = "imported"


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
    subjects: tuple[SubjectPattern, ...]
    """Empty: any."""
    client_ids: frozenset[str]
    """Empty: any."""
    is_self_issued: bool

    def speaks_for(self, subject: str) -> bool:
        """Whether its tokens can speak for a subject."""
        return not self.subjects or any(pattern.matches(subject) for pattern in self.subjects)
