"""The policies of the tenants, each made once from its document and kept for as long as the document stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from authsvc.policy.document import stored_policy
from authsvc.policy.tenant import TenantPolicy, Tenants, service_tenant
from authsvc.store.tenant_contract import StoredTenant, TenantChange
from authsvc.v1.tenant_pb2 import Tenant


@dataclass(frozen=True, slots=True)
class _Version:
    """A policy, and of which document it was made."""

    uid: str
    etag: str
    policy: TenantPolicy


class Policies:
    """What the documents say. A policy keeps its identity for as long as its document is the same."""

    def __init__(self, issuer_base: str, versions: Mapping[str, _Version] | None = None) -> None:
        self._issuer_base = issuer_base
        self._service = service_tenant(issuer_base)
        self._versions = dict(versions or {})

    def all_of(self, stored: Iterable[StoredTenant]) -> Self:
        """The policies of these tenants and of no other; those that are known already are taken over."""
        return type(self)(self._issuer_base, {tenant.name: self._version(tenant) for tenant in stored})

    def put(self, change: TenantChange) -> None:
        """Take a document up, or let go of a tenant."""
        if change.tenant is None:
            self._versions.pop(change.name, None)
        else:
            self._versions[change.name] = self._version(change.tenant)

    def tenants(self) -> Tenants:
        """All tenants, the service's own among them."""
        policies = {name: version.policy for name, version in self._versions.items()}
        return Tenants({self._service.name: self._service, **policies})

    def _version(self, stored: StoredTenant) -> _Version:
        known = self._versions.get(stored.name)
        if known is not None and (known.uid, known.etag) == (stored.uid, stored.etag):
            return known
        policy = stored_policy(Tenant.FromString(stored.document), self._issuer_base)
        return _Version(stored.uid, stored.etag, policy)
