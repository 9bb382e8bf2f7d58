"""What is remembered of an issued token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
