"""The gate: every call passes it once. It tells the caller from the key, and holds its scopes against the RPC's rule."""

from authsvc.access.rules import Access, AccessRules
from authsvc.api.call_limits import Budget, CallLimits
from authsvc.api.caller import Caller
from authsvc.api.usage import Usage, meet
from authsvc.clock import Clock
from authsvc.errors import (
    ClientNotRegisteredError,
    InsufficientScopeError,
    InvalidFieldError,
    InvalidKeyError,
    MissingKeyError,
    RateLimitedError,
    TenantNotAllowedError,
)
from authsvc.policy.clients import Client, Registry
from authsvc.policy.tenant import TenantPolicy, Tenants
from authsvc.replica.replica import Replica
from authsvc.tokens.claims import ALL_TENANTS, SERVICE_TENANT, Claims
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.tokens.verdict import Decision, Question

_MAX_CERTIFIED = 10_000


class Gate:
    """Admits callers. A caller's key goes through the same decision as any token, in the reserved tenant."""

    def __init__(
        self, replica: Replica, rules: AccessRules, clock: Clock, cache_size: int, usage: Usage | None = None
    ) -> None:
        """Admit by these rules, and note in `usage` which keys were of use."""
        self._replica = replica
        self._rules = rules
        self._clock = clock
        self._decision = Decision(cache_size)
        self._limits = CallLimits()
        self._certified: dict[str, Caller] = {}
        self._certified_under: Tenants | None = None
        usage = usage or Usage(is_noted=False)
        self._notes_usage = usage.is_noted
        self._first_use = usage.first_use

    def is_public(self, method: str) -> bool:
        """Whether anybody may call the method, without a key."""
        return self._rules.rules.get(method) is Access.PUBLIC

    def admit(self, method: str, key: str | None) -> Caller:
        """The caller with this key, if it may call the method. The replica is up to date afterwards.

        Raises:
            MissingKeyError: no key came with the call.
            InvalidKeyError: the key is not good; it never says why.
            ClientNotRegisteredError: the tenant that the key is bound to lists its clients, and the key's is none of them.
            RateLimitedError: the client, or the tenant, has made too many calls.
            InsufficientScopeError: the key lacks a scope that the method asks for, or its client has no permission for it.
            StoreUnavailableError: the replica cannot be brought up to date.
        """
        replica = self._replica
        replica.catch_up()
        if key is None:
            raise MissingKeyError("the call carries no key; send the metadata authorization: Bearer KEY")
        tenants = replica.tenants
        now = self._clock()
        question = Question(tenants.find(SERVICE_TENANT), SERVICE_TENANT, now, replica.revocations)
        token = self._decision.decide(key, question, replica.keys)
        if isinstance(token, Refusal):
            raise InvalidKeyError("the call's key is not valid here")
        caller: Caller | None = token.message
        # The caller follows from the key's text and the registry alone, so it is kept beside the signature until that changes.
        if caller is None or caller.registry is not tenants.registry_of(caller.bound_tenant):
            caller = self._tell(token, tenants, now)
        self._let_in(method, caller, now)
        if self._notes_usage:
            if not token.used_at:
                self._first_use(token)
            token.used_at = now
            if token.last_met is not method:
                meet(token, method, self._rules.matched(method, token.scopes))
        return caller

    def admit_certified(self, method: str, spiffe_id: str | None) -> Caller:
        """The client that a certificate with this SPIFFE id identifies, if it may call the method.

        Raises:
            MissingKeyError: the id is that of no client, or of clients of several tenants; None is never one.
            RateLimitedError, InsufficientScopeError, StoreUnavailableError: see admit.
        """
        self._replica.catch_up()
        now = self._clock()
        caller = self._find_certified(spiffe_id, now) if spiffe_id is not None else None
        if caller is None:
            raise MissingKeyError(
                "the call carries no key, and no certificate that stands for one client of one tenant"
            )
        return self._let_in(method, caller, now)

    def knows(self, key: str) -> bool:
        """Whether the key's signature has been verified before, so that it costs little to look at it again."""
        return self._decision.knows(key)

    def admit_holder(self, method: str) -> None:
        """Let in a call whose right is the token in its request; the method itself says whether that one is good.

        The replica is up to date afterwards.

        Raises:
            MissingKeyError: the method asks for a key.
            StoreUnavailableError: the replica cannot be brought up to date.
        """
        self._replica.catch_up()
        if self._rules.rules.get(method) is not Access.HOLDER:
            raise MissingKeyError("the call carries no key; send the metadata authorization: Bearer KEY")

    def tenant_of(self, caller: Caller, name: str) -> TenantPolicy:
        """The tenant that a call is about.

        Raises:
            InvalidFieldError: a caller for all tenants named none.
            TenantNotFoundError: a caller for all tenants named one that does not exist.
            TenantNotAllowedError: a caller named another tenant than its own, or the reserved one without admin:authsvc. The
                answer is the same whether that tenant exists or not.
        """
        bound = caller.bound_tenant
        if bound == ALL_TENANTS:
            if not name:
                raise InvalidFieldError.of("tenant", "must be named by a caller for all tenants")
        elif name and name != bound:
            raise TenantNotAllowedError("the call's key is bound to another tenant")
        else:
            name = bound
        if name == SERVICE_TENANT and not caller.is_admin:
            raise TenantNotAllowedError("the call's key is bound to another tenant")
        return self._replica.tenants.find(name)

    def _let_in(self, method: str, caller: Caller, now: float) -> Caller:
        if not caller.is_listed:
            raise ClientNotRegisteredError("the tenant lists its clients, and the call's key is that of another")
        for budget in caller.budgets:
            if (wait := budget.spend(now)) is not None:
                raise RateLimitedError("the client, or its tenant, has made too many calls", retry_after=wait)
        if not self._rules.permits(method, caller.scopes):
            raise InsufficientScopeError("the call's key lacks a scope that this method asks for")
        return caller

    def _tell(self, token: AuthenticToken, tenants: Tenants, now: float) -> Caller:
        claims = token.claims
        if not isinstance(claims, Claims):
            raise TypeError("a decided token has claims")
        registry = tenants.registry_of(claims.bound_tenant)
        client = registry.find(claims.client_id)
        caller = Caller(
            client_id=claims.client_id,
            subject=claims.subject,
            token_id=claims.token_id,
            scopes=token.scopes if client is None else token.scopes & client.permissions,
            bound_tenant=claims.bound_tenant,
            registry=registry,
            client=client,
            budgets=self._budgets(claims.bound_tenant, registry, client, now),
            is_listed=client is not None or not registry.lists_clients,
        )
        token.message = caller
        return caller

    def _find_certified(self, spiffe_id: str, now: float) -> Caller | None:
        tenants = self._replica.tenants
        if self._certified_under is not tenants or len(self._certified) >= _MAX_CERTIFIED:
            self._certified.clear()
            self._certified_under = tenants
        caller = self._certified.get(spiffe_id)
        if caller is not None:
            return caller
        # Two tenants can come to name one id; then it says no more who calls.
        found = tenants.clients_with(spiffe_id)
        if len(found) != 1:
            return None
        ((policy, client),) = found
        caller = Caller(
            client_id=client.client_id,
            subject=spiffe_id,
            token_id="",
            scopes=client.permissions,
            bound_tenant=policy.name,
            registry=policy.registry,
            client=client,
            budgets=self._budgets(policy.name, policy.registry, client, now),
        )
        self._certified[spiffe_id] = caller
        return caller

    def _budgets(self, tenant: str, registry: Registry, client: Client | None, now: float) -> tuple[Budget, ...]:
        budgets = []
        if client is not None and client.rate_limit is not None:
            budgets.append(self._limits.budget((tenant, client.client_id), client.rate_limit, now))
        if registry.rate_limit is not None:
            budgets.append(self._limits.budget((tenant,), registry.rate_limit, now))
        return tuple(budgets)
