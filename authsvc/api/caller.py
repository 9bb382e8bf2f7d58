"""Who calls, and for which tenant."""

from dataclasses import dataclass

from authsvc.access.service_scopes import ADMIN_SCOPE
from authsvc.api.call_limits import Budget
from authsvc.policy.clients import OPEN_REGISTRY, Client, Registry
from authsvc.tokens.claims import ALL_TENANTS

__all__ = ["ADMIN_SCOPE", "Call", "Caller"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a good key of this service, or of a certificate that is as good."""

    client_id: str
    subject: str
    token_id: str
    """The id of its key; empty when a certificate stands for it."""
    scopes: frozenset[str]
    """What it may use: the scopes of its key, within the permissions of its client where the tenant lists clients."""
    bound_tenant: str
    """The tenant it may act for, or "*" for all."""
    registry: Registry = OPEN_REGISTRY
    """The clients of its tenant by which all this was told; with another registry it is told anew."""
    client: Client | None = None
    """Its entry there. None for a caller for all tenants, and where the tenant lists no clients."""
    budgets: tuple[Budget, ...] = ()
    """How often it may call: its client first, then all callers of the tenant together."""
    is_listed: bool = True
    """False when its tenant lists its clients, and this is none of them."""

    @property
    def is_admin(self) -> bool:
        """Whether it may handle the keys of this service."""
        return ADMIN_SCOPE in self.scopes and self.bound_tenant == ALL_TENANTS


@dataclass(frozen=True, slots=True)
class Call:
    """One admitted call."""

    caller: Caller
    call_id: str
