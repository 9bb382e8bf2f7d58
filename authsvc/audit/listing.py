"""Records as they are listed."""

from dataclasses import dataclass

from authsvc.audit.entry import AuditEntry

DELETE_TENANT = "DeleteTenant"
"""The action that ends a tenant. What comes after it under the same name is another tenant's."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which records to list. Empty strings and None do not filter."""

    tenant: str = ""
    """Empty for the records of all tenants."""
    is_of_present: bool = False
    """Leaves out what was written before the tenant was last deleted: a new one of the same name inherits nothing."""
    without_tenant: str = ""
    """A tenant whose records are left out."""
    action: str = ""
    actor: str = ""
    target: str = ""
    start_time: int | None = None
    """The first moment: microseconds since the epoch."""
    end_time: int | None = None
    """The moment after the last."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A record with its place and its seal."""

    position: int
    audit_time: int
    """Microseconds since the epoch."""
    entry: AuditEntry
    seal: bytes
    """Empty until it is sealed."""
