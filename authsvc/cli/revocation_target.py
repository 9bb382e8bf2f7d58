"""What a revocation hits."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto


class TargetKind(Enum):
    """The kinds of targets; each has a field in RevokeRequest."""

    TOKEN = auto()
    TOKEN_ID = auto()
    SUBJECT = auto()
    CLIENT = auto()
    ALL = auto()
    KEY = auto()
    FAMILY = auto()


@dataclass(frozen=True, slots=True)
class RevocationTarget:
    """One target. Its `name` is a token, a token id, a subject, a client id, a key id or a family id; empty for ALL."""

    kind: TargetKind
    name: str = ""
    issuer: str = ""
    """Only of a TOKEN_ID; empty for the tenant's own issuer."""
    issued_before: datetime | None = None
    """Only of a SUBJECT, a CLIENT and ALL; None for the time of the revocation."""
