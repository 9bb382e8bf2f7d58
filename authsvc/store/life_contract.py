"""What a store is told of the life of tokens: what a new one is made from, and which were of use."""

from dataclasses import dataclass

from authsvc.tokens.lineage import Ancestor


@dataclass(frozen=True, slots=True)
class Parent:
    """The token that a new one is made from, by exchange or rotation."""

    tenant: str
    line: tuple[Ancestor, ...]
    """Itself, then the tokens from which it was exchanged."""
    family_id: str
    """The id of its family, its own where it was issued."""
    expire_time: int

    @property
    def token(self) -> Ancestor:
        """Itself."""
        return self.line[0]


@dataclass(frozen=True, slots=True)
class TokenUse:
    """What is to be written down of a token that was of use."""

    tenant: str
    issuer: str
    token_id: str
    second: int
    """When it last was: seconds since the epoch."""
    expire_time: int
    scopes: frozenset[str]
    """The scopes that met a check."""
