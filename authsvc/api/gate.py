"""The gate: every call passes it once. It tells the caller from the key, and holds the key's scopes against the RPC's rule."""

from authsvc.access.rules import Access, AccessRules
from authsvc.api.caller import Caller
from authsvc.clock import Clock
from authsvc.errors import (
    InsufficientScopeError,
    InvalidFieldError,
    InvalidKeyError,
    MissingKeyError,
    TenantNotAllowedError,
)
from authsvc.policy.tenant import TenantPolicy
from authsvc.replica.replica import Replica
from authsvc.tokens.claims import ALL_TENANTS, SERVICE_TENANT, Claims
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.tokens.verdict import Decision, Question


class Gate:
    """Admits callers. A caller's key goes through the same decision as any token, in the reserved tenant."""

    def __init__(self, replica: Replica, rules: AccessRules, clock: Clock, cache_size: int) -> None:
        self._replica = replica
        self._rules = rules
        self._clock = clock
        self._decision = Decision(cache_size)

    def is_public(self, method: str) -> bool:
        """Whether anybody may call the method, without a key."""
        return self._rules.rules.get(method) is Access.PUBLIC

    def admit(self, method: str, key: str | None) -> Caller:
        """The caller with this key, if it may call the method. The replica is up to date afterwards.

        Raises:
            MissingKeyError: no key came with the call.
            InvalidKeyError: the key is not good; it never says why.
            InsufficientScopeError: the key lacks a scope that the method asks for.
            StoreUnavailableError: the replica cannot be brought up to date.
        """
        replica = self._replica
        replica.catch_up()
        if key is None:
            raise MissingKeyError("the call carries no key; send the metadata authorization: Bearer KEY")
        service = replica.tenants.find(SERVICE_TENANT)
        question = Question(service, SERVICE_TENANT, self._clock(), replica.revocations)
        token = self._decision.decide(key, question, replica.keys)
        if isinstance(token, Refusal):
            raise InvalidKeyError("the call's key is not valid here")
        if not self._rules.permits(method, token.scopes):
            raise InsufficientScopeError("the call's key lacks a scope that this method asks for")
        caller: Caller = token.message or _remember(token)
        return caller

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


def _remember(token: AuthenticToken) -> Caller:
    # A decided token has claims; the caller follows from its text alone, so it is kept beside the signature.
    claims = token.claims
    if not isinstance(claims, Claims):
        raise TypeError("a decided token has claims")
    caller = Caller(claims.client_id, claims.subject, claims.token_id, token.scopes, claims.bound_tenant)
    token.message = caller
    return caller
