"""The token whose possession is the right to a call: Exchange and RotateToken take it in the request, and no key."""

from dataclasses import dataclass, replace

from authsvc.api.issue_grant import CLIENT_ISSUES_NOTHING
from authsvc.api.token_bucket import TokenBucket
from authsvc.clock import Clock
from authsvc.errors import (
    GrantExceededError,
    InvalidFieldError,
    RateLimitedError,
    TenantNotFoundError,
    TokenNotGoodError,
)
from authsvc.policy.tenant import TenantPolicy
from authsvc.replica.replica import Replica
from authsvc.store.contract import IdempotencyKey
from authsvc.store.life_contract import Parent
from authsvc.tokens.claims import SERVICE_TENANT, Claims
from authsvc.tokens.lineage import Ancestor
from authsvc.tokens.record import TokenRecord
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.verdict import Decision, Question

_RATE = 10.0
_BURST = 100.0


@dataclass(frozen=True, slots=True)
class Held:
    """A good token in the hands of the caller."""

    tenant: TenantPolicy
    claims: Claims
    key_id: str
    scopes: frozenset[str]
    """What it may do, with all that its scopes imply by the tenant's catalogue."""

    @property
    def max_live_tokens(self) -> int:
        """How many live tokens its client may have; 0 for as many as it likes."""
        client = self.tenant.registry.find(self.claims.client_id)
        return 0 if client is None or client.issue is None else client.issue.max_live_tokens

    @property
    def family_id(self) -> str:
        """The id of the issued token from which it came, its own where that is itself."""
        return self.claims.family_id or self.claims.token_id

    @property
    def family_end(self) -> int:
        """When its family ends: by its claim, and for an issued token as late as a token of that time could have lived."""
        claims = self.claims
        return claims.issue_time + self.tenant.max_ttl if claims.family_end is None else claims.family_end

    @property
    def line(self) -> tuple[Ancestor, ...]:
        """Itself as an ancestor, then its own ancestors."""
        claims = self.claims
        own = Ancestor(claims.issuer, claims.token_id, claims.issue_time, self.key_id, claims.subject, claims.client_id)
        return (own, *claims.ancestors)

    def within_grant(self, record: TokenRecord) -> TokenRecord:
        """What is to come from it, its life cut to what its client may give today: a grant may be narrower than it was.

        Raises:
            GrantExceededError: the tenant lists the client, and its grant does not reach so far.
        """
        client = self.tenant.registry.find(self.claims.client_id)
        if client is None:
            return record
        if client.issue is None:
            raise GrantExceededError(CLIENT_ISSUES_NOTHING)
        violations = list(
            client.issue.violations(subject=record.subject, audiences=record.audiences, scopes=record.scopes)
        )
        if violations:
            raise GrantExceededError(violations)
        if client.issue.max_ttl is None:
            return record
        return replace(record, expire_time=min(record.expire_time, record.issue_time + client.issue.max_ttl))

    def as_parent(self) -> Parent:
        """What the store holds it against."""
        return Parent(self.tenant.name, self.line, self.family_id, self.claims.expire_time)

    def retry(self, request_id: str, digest: bytes) -> IdempotencyKey | None:
        """The name of a retry; None when the call has none."""
        # No client id has a control character, so this is the name of no caller.
        return IdempotencyKey(f"\x1ftoken {self.claims.token_id}", request_id, digest) if request_id else None


class HeldTokens:
    """Reads the tokens that are the right to a call. What is not good is answered alike, whatever is wrong with it."""

    def __init__(self, replica: Replica, decision: Decision, clock: Clock) -> None:
        self._replica = replica
        self._decision = decision
        self._clock = clock
        self._calls = TokenBucket(_RATE, _BURST, clock)

    def read(self, text: str, tenant: str) -> Held:
        """The token, good here and now for one of its own audiences.

        Raises:
            InvalidFieldError: the tenant is not named, or is the service itself.
            TokenNotGoodError: it is not good, or not of this service; there may be no such tenant.
            RateLimitedError: too many calls with tokens of its family.
        """
        if not tenant:
            raise InvalidFieldError.of("tenant", "is required")
        if tenant == SERVICE_TENANT:
            raise InvalidFieldError.of(
                "tenant", f'must not be "{SERVICE_TENANT}": only an admin makes keys that open this service'
            )
        held = self._find(text, tenant)
        if held is None:
            raise TokenNotGoodError("the token of this call is not valid here")
        # By family, so that nobody has more calls for making more tokens first.
        wait = self._calls.take(f"{tenant} {held.family_id}")
        if wait is not None:
            raise RateLimitedError("too many calls with tokens of this family", retry_after=wait)
        return held

    def _find(self, text: str, name: str) -> Held | None:
        replica = self._replica
        try:
            tenant = replica.tenants.find(name)
        except TenantNotFoundError:
            # Looked at all the same: how long the refusal takes tells nobody which tenants there are.
            self._decision.authenticate(text, TenantPolicy(name, ""), replica.keys)
            return None
        token = self._decision.authenticate(text, tenant, replica.keys)
        if isinstance(token, Refusal) or isinstance(token.claims, Refusal):
            return None
        claims = token.claims
        # The verdict decides, for an audience that the token has: which one is of no account here.
        question = Question(tenant, claims.audiences[0], self._clock(), replica.revocations)
        if isinstance(self._decision.decide(text, question, replica.keys), Refusal):
            return None
        # What others issue has its own life elsewhere. The leeway is for those who verify: who waits holds a good token soon.
        is_begun = claims.not_before_time is None or claims.not_before_time <= question.now
        if token.issuer is not None or not is_begun:
            return None
        return Held(tenant, claims, token.key.key_id, token.held(tenant.catalogue))
