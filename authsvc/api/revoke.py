"""Revoke: makes tokens worthless, by token, id, subject, client, tenant, key or family."""

from google.protobuf.timestamp_pb2 import Timestamp

from authsvc.api.caller import Call
from authsvc.api.fields import FieldFaults, parse
from authsvc.api.gate import Gate
from authsvc.api.key_message import KEY_ID_RULE, is_key_id
from authsvc.api.key_revocation import KeyRevocation
from authsvc.api.revision import RevisionCodec
from authsvc.api.token_bucket import TokenBucket
from authsvc.audit.entry import AuditEntry
from authsvc.clock import Clock
from authsvc.errors import InvalidFieldError, RateLimitedError
from authsvc.policy.bounds import LIFETIME_CEILING
from authsvc.policy.tenant import TenantPolicy
from authsvc.replica.replica import Replica
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.store.contract import StoredToken, TokenStore
from authsvc.tokens.claims import MAX_ISSUER_LENGTH, Claims
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.verdict import LEEWAY, Decision
from authsvc.v1.token_service_pb2 import (
    ClientTarget,
    RevokeRequest,
    RevokeResponse,
    SubjectTarget,
    TenantTarget,
    TokenTarget,
)

_UNKNOWN_RATE = 10.0
_UNKNOWN_BURST = 100.0


class Revoke:
    """The RPC Revoke. Idempotent; what it acknowledges is on disk and in force in every worker."""

    def __init__(
        self,
        gate: Gate,
        replica: Replica,
        store: TokenStore,
        key_revocation: KeyRevocation,
        decision: Decision,
        revisions: RevisionCodec,
        clock: Clock,
    ) -> None:
        self._gate = gate
        self._replica = replica
        self._store = store
        self._key_revocation = key_revocation
        self._decision = decision
        self._revisions = revisions
        self._clock = clock
        self._unknown_ids = TokenBucket(_UNKNOWN_RATE, _UNKNOWN_BURST, clock)

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            InvalidFieldError: the request breaks rules, or holds a token that this service would never have accepted.
            KeyNotFoundError: the tenant has no such key.
            LastAdminKeyError: nobody could administer the service afterwards, and force is not set.
            RateLimitedError: too many revocations of ids that the store does not know.
            StoreUnavailableError, StoreFullError: nothing was written.
        """
        message = parse(RevokeRequest, request)
        tenant = self._gate.tenant_of(call.caller, message.tenant)
        faults = FieldFaults()
        faults.text("reason", message.reason, required=False)
        if message.force and not tenant.is_service:
            faults.add("force", "is only for the keys of this service")
        faults.refuse()
        revocation = await self._revocation(message, tenant)
        audit = _audit(revocation, call)
        if revocation.kind is TargetKind.KEY:
            receipt = await self._key_revocation.revoke(revocation, tenant, audit, force=message.force)
        else:
            keep_an_admin = tenant.is_service and not message.force
            receipt = await self._store.revoke(revocation, audit, keep_an_admin=keep_an_admin)
        answer = RevokeResponse(revision=self._revisions.write(receipt.revision))
        answer.revoke_time.FromNanoseconds(round(receipt.revoke_time * 1_000_000) * 1000)
        return answer.SerializeToString()

    async def _revocation(self, message: RevokeRequest, tenant: TenantPolicy) -> Revocation:
        kind = message.WhichOneof("target")
        # Nothing that lives now can outlive the ceiling of all lifetimes, counted from the latest iat that is let through.
        forever = int(self._clock()) + LEEWAY + LIFETIME_CEILING
        reason = message.reason
        if kind == "token":
            claims = self._token_claims(message.token, tenant)
            return Revocation(
                tenant.name,
                TargetKind.TOKEN,
                claims.token_id,
                claims.issuer,
                keep_until=claims.expire_time,
                reason=reason,
            )
        if kind == "token_id":
            return await self._by_id(message.token_id, tenant, reason, forever)
        if kind == "family":
            return await self._of_family(message.family.family_id, tenant, reason, forever)
        if kind == "key":
            if not is_key_id(message.key.key_id):
                raise InvalidFieldError.of("key.key_id", KEY_ID_RULE)
            return Revocation(tenant.name, TargetKind.KEY, message.key.key_id, keep_until=forever, reason=reason)
        target, name, cutoff = self._by_cutoff(message)
        return Revocation(tenant.name, target, name, cutoff=cutoff, keep_until=forever, reason=reason)

    def _by_cutoff(self, message: RevokeRequest) -> tuple[TargetKind, str, int | None]:
        kind = message.WhichOneof("target")
        if kind == "subject":
            _check_name("subject.subject", message.subject.subject)
            return TargetKind.SUBJECT, message.subject.subject, self._cutoff("subject", message.subject)
        if kind == "client":
            _check_name("client.client_id", message.client.client_id)
            return TargetKind.CLIENT, message.client.client_id, self._cutoff("client", message.client)
        if kind == "all":
            return TargetKind.TENANT, "", self._cutoff("all", message.all)
        raise InvalidFieldError.of("target", "is required: token, token_id, subject, client, all, key or family")

    def _token_claims(self, text: str, tenant: TenantPolicy) -> Claims:
        # Time and audience are of no account: an expired token may be revoked, and whoever holds it may not know its audience.
        token = self._decision.authenticate(text, tenant, self._replica.keys)
        if not isinstance(token, Refusal):
            claims = token.claims
            # The issuer of a foreign token chose its key, so it is the right one already.
            if isinstance(claims, Claims) and (token.issuer is not None or claims.issuer == tenant.issuer):
                return claims
        raise InvalidFieldError.of("token", "must be a token that this service could have accepted for this tenant")

    async def _by_id(self, target: TokenTarget, tenant: TenantPolicy, reason: str, forever: int) -> Revocation:
        _check_name("token_id.token_id", target.token_id)
        faults = FieldFaults()
        faults.text("token_id.issuer", target.issuer, required=False, limit=MAX_ISSUER_LENGTH)
        faults.refuse()
        issuer = target.issuer or tenant.issuer
        known = await self._known(tenant, target.token_id, issuer)
        keep_until = forever if known is None else known.record.expire_time
        return Revocation(tenant.name, TargetKind.TOKEN, target.token_id, issuer, keep_until=keep_until, reason=reason)

    async def _of_family(self, family_id: str, tenant: TenantPolicy, reason: str, forever: int) -> Revocation:
        _check_name("family.family_id", family_id)
        await self._known(tenant, family_id, tenant.issuer)
        return Revocation(tenant.name, TargetKind.FAMILY, family_id, tenant.issuer, keep_until=forever, reason=reason)

    async def _known(self, tenant: TenantPolicy, token_id: str, issuer: str) -> StoredToken | None:
        """The record of a token, or None while revocations of unknown ids are within their rate."""
        known = await self._store.get_token(tenant.name, token_id, issuer)
        if known is None:
            wait = self._unknown_ids.take(tenant.name)
            if wait is not None:
                raise RateLimitedError("too many revocations of unknown token ids", retry_after=wait)
        return known

    def _cutoff(self, field: str, target: SubjectTarget | ClientTarget | TenantTarget) -> int | None:
        if not target.HasField("issued_before_time"):
            return None
        time: Timestamp = target.issued_before_time
        if time.seconds < 0 or time.seconds + time.nanos / 1e9 > self._clock():
            raise InvalidFieldError.of(f"{field}.issued_before_time", "must not lie in the future, nor before 1970")
        return time.seconds


def _check_name(field: str, value: str) -> None:
    faults = FieldFaults()
    faults.text(field, value)
    faults.refuse()


def _audit(revocation: Revocation, call: Call) -> AuditEntry:
    detail = {"reason": revocation.reason} if revocation.reason else {}
    if revocation.cutoff is not None:
        detail["issued_before"] = str(revocation.cutoff)
    return AuditEntry(
        action="Revoke",
        tenant=revocation.tenant,
        actor=call.caller.client_id,
        actor_token_id=call.caller.token_id,
        target=f"{revocation.kind.value}:{revocation.name}",
        call_id=call.call_id,
        detail=detail,
    )
