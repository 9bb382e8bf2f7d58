"""Where a token comes from: the ancestors from which it was exchanged, and the family that it belongs to.

Both stand in the token itself, so that whatever hits an ancestor hits all that came from it, recorded or not, and in a
local verifier too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authsvc.revocation.index import TokenDigest, family_digest, token_digest

ANCESTORS_CLAIM = "anc"
FAMILY_CLAIM = "family_id"
FAMILY_END_CLAIM = "family_end"
MAX_ANCESTORS = 3


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A token from which another one was exchanged: all that a revocation can hit it by. Times are whole seconds."""

    issuer: str
    token_id: str
    issue_time: int
    key_id: str
    subject: str
    client_id: str


_MEMBERS = ("iss", "jti", "iat", "kid", "sub", "client_id")
"""The members of an entry of the claim, in the order of the fields of Ancestor."""
ANCESTOR_MEMBERS = frozenset(_MEMBERS)


def read_ancestors(payload: Mapping[str, Any]) -> tuple[Ancestor, ...]:
    """The ancestors that a payload names, its parent first. The form of the claim was checked before."""
    return tuple(Ancestor(*(entry[member] for member in _MEMBERS)) for entry in payload.get(ANCESTORS_CLAIM, ()))


def write_ancestors(ancestors: Iterable[Ancestor]) -> list[dict[str, Any]]:
    """The ancestors as the claim holds them."""
    return [
        {
            "iss": ancestor.issuer,
            "jti": ancestor.token_id,
            "iat": ancestor.issue_time,
            "kid": ancestor.key_id,
            "sub": ancestor.subject,
            "client_id": ancestor.client_id,
        }
        for ancestor in ancestors
    ]


@dataclass(frozen=True, slots=True)
class Lineage:
    """What every verification of a token with a family looks up besides the token itself, made ready once."""

    family: TokenDigest
    ancestors: tuple[tuple[TokenDigest, Ancestor], ...]


def lineage_of(tenant: str, issuer: str, family_id: str, ancestors: tuple[Ancestor, ...]) -> Lineage | None:
    """The lineage of a token of that tenant and issuer; None for one that was issued, whose family is itself."""
    if not family_id and not ancestors:
        return None
    digests = ((token_digest(tenant, one.issuer, one.token_id), one) for one in ancestors)
    return Lineage(family_digest(tenant, issuer, family_id), tuple(digests))
