"""What is remembered of an issued token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authsvc.tokens.lineage import Ancestor


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """The metadata of an issued token; its text is never kept. Times are whole seconds since the epoch."""

    tenant: str
    issuer: str
    token_id: str
    subject: str
    client_id: str
    audiences: tuple[str, ...]
    scopes: tuple[str, ...]
    """Sorted, each once."""
    key_id: str
    issue_time: int
    expire_time: int
    not_before_time: int | None = None
    label: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict)
    """Extra claims, JSON values."""
    bound_tenant: str = ""
    """Only for the tenant "authsvc": the tenant that the holder may act for, or "*"."""
    ancestors: tuple[Ancestor, ...] = ()
    """The tokens from which it was exchanged, its parent first."""
    family_id: str = ""
    """The id of the issued token from which it came; empty for an issued one, whose own id it is."""
    family_end: int | None = None
    """None for an issued token."""
    rotated_from: str = ""
    """The id of the token that it replaced."""
