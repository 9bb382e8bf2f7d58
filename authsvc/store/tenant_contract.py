"""What a store promises of tenants and their documents, whatever database is beneath it."""

from dataclasses import dataclass, field
from typing import Protocol

from authsvc.audit.entry import AuditEntry
from authsvc.keys.sealed_key import Algorithm, SealedKey


@dataclass(frozen=True, slots=True)
class StoredTenant:
    """A tenant as it lies in the store. Times are seconds since the epoch."""

    name: str
    uid: str
    """32 hex digits: no other tenant has it, neither now nor later."""
    etag: str
    """Another one with every change of the document."""
    document: bytes = field(repr=False)
    """A serialized Tenant without its outputs."""
    create_time: float
    update_time: float


@dataclass(frozen=True, slots=True)
class TenantChange:
    """A tenant's document is new or another one; without it, the tenant is gone."""

    name: str
    tenant: StoredTenant | None


class StaleDocumentError(Exception):
    """The document that was to be replaced has been replaced already. It never leaves the service."""


class SigningKeyWantedError(Exception):
    """The tenant lacks an active key of its algorithm, and none came with the document. It never leaves the service."""


@dataclass(frozen=True, slots=True)
class TenantWrite:
    """A document to put in place, and what goes with it."""

    name: str
    document: bytes = field(repr=False)
    """A serialized Tenant without its outputs."""
    issuer: str
    algorithm: Algorithm
    spiffe_ids: frozenset[str]
    """Those of its clients."""
    expected_etag: str
    """The etag of the document that it replaces; empty for a tenant that is new."""
    etag: str
    uid: str
    """For a tenant that is new."""
    keep_until: int
    """Seconds since the epoch after which nothing that lives now can be alive."""
    removed_clients: frozenset[str] = frozenset()
    """Client ids that the document no longer lists: what they hold is revoked."""
    key: SealedKey | None = None
    """Becomes the active key if the tenant has none, and is prepared if it has one of another algorithm."""
    publication: int = 0
    """Microseconds for which a prepared key is published before it signs."""
    trusted_issuers: tuple[str, ...] = ()
    """Those that may be the issuer of no tenant. Empty for an author who may not learn of other tenants."""
    adopts_keys: bool = False
    """Whether a new tenant takes over keys that lie there under its name, as when documents move into the store."""


@dataclass(frozen=True, slots=True)
class TenantReceipt:
    """A document that is on disk."""

    tenant: StoredTenant
    revision: int


class TenantStore(Protocol):
    """The tenants and their documents. Writes are one transaction with their audit row, as those of TokenStore."""

    async def get(self, name: str) -> tuple[StoredTenant | None, int]:
        """The tenant, or None, and a revision that knows it."""

    async def list(self, *, after: str, limit: int, max_bytes: int) -> tuple[list[StoredTenant], bool]:
        """Tenants by name from behind `after`, and whether more follow.

        At most `limit`, and after the first only as many as have documents of `max_bytes` together.
        """

    async def put(self, write: TenantWrite, audit: AuditEntry) -> TenantReceipt:
        """Put a document in place, or make the tenant.

        Raises:
            StaleDocumentError: the document in place does not have the expected etag.
            SigningKeyWantedError: the tenant needs a key, and none was given.
            InvalidFieldError: another tenant has the issuer, or a SPIFFE id of a client.
        """

    async def delete(self, name: str, etag: str, keep_until: int, audit: AuditEntry) -> int:
        """Delete a tenant with all that it holds, and return the revision. An empty etag is any.

        Raises:
            TenantNotFoundError: there is none of that name.
            EtagMismatchError: its document has another etag.
        """
