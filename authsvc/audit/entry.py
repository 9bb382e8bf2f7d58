"""One line of the audit."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what. It holds ids, never a token, a key or a secret."""

    action: str
    """The RPC or command: "Issue", "Revoke", "bootstrap", …"""
    tenant: str
    actor: str
    """The client id of the caller's key, or "system"."""
    actor_token_id: str
    """The jti of the caller's key; empty for "system"."""
    target: str
    """What was changed: a token id, "subject:alice", …"""
    call_id: str
    """Finds the log line; empty for "system"."""
    detail: Mapping[str, str] = field(default_factory=dict)
