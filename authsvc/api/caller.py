"""Who calls, and for which tenant."""

from dataclasses import dataclass

from authsvc.tokens.claims import ALL_TENANTS

ADMIN_SCOPE = "admin:authsvc"


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a good key of this service."""

    client_id: str
    subject: str
    token_id: str
    scopes: frozenset[str]
    bound_tenant: str
    """The tenant it may act for, or "*" for all."""

    @property
    def is_admin(self) -> bool:
        """Whether it may handle the keys of this service."""
        return ADMIN_SCOPE in self.scopes and self.bound_tenant == ALL_TENANTS


@dataclass(frozen=True, slots=True)
class Call:
    """One admitted call."""

    caller: Caller
    call_id: str
