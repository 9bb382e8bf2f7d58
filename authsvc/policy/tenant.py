"""A tenant as the decision sees it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from authsvc.errors import OperationNotFoundError, TenantNotFoundError
from authsvc.keys.sealed_key import Algorithm
from authsvc.policy.catalogue import NO_CATALOGUE, Catalogue
from authsvc.policy.clients import OPEN_REGISTRY, Client, Registry
from authsvc.policy.trusted_issuer import TrustedIssuer
from authsvc.scopes.claim import ScopeClaimShape
from authsvc.scopes.requirement import Requirement
from authsvc.tokens.claims import SERVICE_TENANT

DEFAULT_TTL = 3600
MAX_TTL = 90 * 24 * 3600


@dataclass(frozen=True, slots=True)
class TenantPolicy:
    """What a tenant's document says, all defaults filled in. Spans are whole seconds."""

    name: str
    issuer: str
    default_ttl: int = DEFAULT_TTL
    max_ttl: int = MAX_TTL
    algorithm: Algorithm = Algorithm.ES256
    audiences: frozenset[str] = frozenset()
    """The audiences that tokens may be issued for; empty means any."""
    scope_claim_shape: ScopeClaimShape = ScopeClaimShape.STRING
    operations: Mapping[str, Requirement] = field(default_factory=dict)
    description: str = ""
    trusted_issuers: Mapping[str, TrustedIssuer] = field(default_factory=dict)
    """By their iss claim, compared byte for byte."""
    catalogue: Catalogue = NO_CATALOGUE
    registry: Registry = OPEN_REGISTRY
    extra_claims: frozenset[str] | None = None
    """The extra claims that may be issued; None means any that is not reserved."""
    omit_records: bool = False
    """Whether no record of issued tokens is kept."""

    @property
    def is_service(self) -> bool:
        """Whether its tokens open this service itself."""
        return self.name == SERVICE_TENANT

    def requirement_of(self, operation: str) -> Requirement:
        """What an operation asks for.

        Raises:
            OperationNotFoundError: the catalogue does not hold it.
        """
        try:
            return self.operations[operation]
        except KeyError:
            raise OperationNotFoundError(f"tenant {self.name} has no operation of that name") from None


def service_tenant(issuer_base: str) -> TenantPolicy:
    """The reserved tenant of the callers' own keys. It is part of the service and in no document."""
    return TenantPolicy(
        name=SERVICE_TENANT,
        issuer=f"{issuer_base}/t/{SERVICE_TENANT}",
        audiences=frozenset({SERVICE_TENANT}),
        description="Keys that open this service",
    )


class Tenants:
    """All tenants by name, the reserved one among them. Replaced as a whole."""

    def __init__(self, policies: Mapping[str, TenantPolicy]) -> None:
        self._policies = dict(policies)

    def find(self, name: str) -> TenantPolicy:
        """The tenant of that name, compared byte for byte.

        Raises:
            TenantNotFoundError: there is none.
        """
        policy = self._policies.get(name)
        if policy is None:
            raise TenantNotFoundError("there is no tenant of that name")
        return policy

    def registry_of(self, name: str) -> Registry:
        """Who may call for the tenant of that name. For none, and for all tenants together, it is the open one."""
        policy = self._policies.get(name)
        return OPEN_REGISTRY if policy is None else policy.registry

    def clients_with(self, spiffe_id: str) -> list[tuple[TenantPolicy, Client]]:
        """Every client that a certificate with this id identifies, with its tenant."""
        found = ((policy, policy.registry.find_by_spiffe_id(spiffe_id)) for policy in self._policies.values())
        return [(policy, client) for policy, client in found if client is not None]

    def __iter__(self) -> Iterator[TenantPolicy]:
        return iter(self._policies.values())

    def __len__(self) -> int:
        return len(self._policies)
