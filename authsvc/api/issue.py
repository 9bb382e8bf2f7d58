"""Issue: makes a token, remembers its record, and answers with both on disk."""

from authsvc.api.caller import Call
from authsvc.api.fields import parse
from authsvc.api.gate import Gate
from authsvc.api.issue_grant import within_grant
from authsvc.api.issue_request import IssueOrder, read_issue_request
from authsvc.api.minting import new_token_id, refuse_spent, request_digest, sign_token
from authsvc.api.revision import RevisionCodec
from authsvc.audit.entry import AuditEntry
from authsvc.clock import Clock
from authsvc.errors import (
    AuthsvcError,
    GrantExceededError,
    InvalidFieldError,
    StoreUnavailableError,
    TooManyLiveTokensError,
)
from authsvc.keys.key_material import SigningKey
from authsvc.policy.clients import Registry
from authsvc.policy.tenant import TenantPolicy
from authsvc.replica.replica import Replica
from authsvc.store.contract import DeadOnArrivalError, IdempotencyKey, Issued, TokenStore
from authsvc.tokens.record import TokenRecord
from authsvc.v1.error_reason_pb2 import ErrorReason
from authsvc.v1.token_service_pb2 import IssueRequest, IssueResponse

_ATTEMPTS = 3


class Issue:
    """The RPC Issue."""

    def __init__(self, gate: Gate, replica: Replica, store: TokenStore, revisions: RevisionCodec, clock: Clock) -> None:
        self._gate = gate
        self._replica = replica
        self._store = store
        self._revisions = revisions
        self._clock = clock

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            InvalidFieldError: the request breaks rules; every fault is in it.
            GrantExceededError: it goes beyond what the caller may issue; every field that does is in it.
            TooManyLiveTokensError: the caller's client has as many live tokens as it may have.
            RequestIdReusedError, RequestIdSpentError: see the field request_id.
            NoSigningKeyError: the tenant has no key to sign with.
            StoreUnavailableError, StoreFullError: nothing was written.
        """
        message = parse(IssueRequest, request)
        tenant = self._gate.tenant_of(call.caller, message.tenant)
        order = read_issue_request(message, call.caller, tenant, self._replica.tenants)
        key = self._replica.keys.signing_key(tenant.name)
        try:
            order = within_grant(order, message, call.caller)
            issued, token = await self._issue(order, tenant, key, call, _idempotency_key(message, call))
        except (GrantExceededError, TooManyLiveTokensError) as error:
            await self._store.append_audit(_denial(error, order, tenant, call))
            raise
        if issued.replayed:
            token, key = self._sign_again(issued, tenant)
        record = issued.record
        answer = IssueResponse(
            token=token,
            token_id=record.token_id,
            key_id=key.key_id,
            scopes=record.scopes,
            revision=self._revisions.write(issued.revision),
        )
        answer.issue_time.seconds = record.issue_time
        answer.expire_time.seconds = record.expire_time
        return answer.SerializeToString()

    async def _issue(
        self, order: IssueOrder, tenant: TenantPolicy, key: SigningKey, call: Call, retry: IdempotencyKey | None
    ) -> tuple[Issued, str]:
        cutoff = self._replica.revocations.cutoff(tenant.name, order.subject, order.client_id, order.bound_tenant)
        earliest = cutoff + 1
        registry = self._replica.tenants.registry_of(order.bound_tenant)
        for _ in range(_ATTEMPTS):
            record = _record(order, tenant, key, max(int(self._clock()), earliest))
            token = sign_token(record, tenant, key)
            try:
                audit = _audit(record, call)
                issued = await self._store.issue(
                    record, retry, audit, max_live=order.max_live_tokens, is_recorded=not tenant.omit_records
                )
            except DeadOnArrivalError as error:
                # A cut-off of this very second: the token is dated into the next one, so that it lives.
                earliest = error.cutoff + 1
                self._refuse_other_policy(order, tenant, registry)
            else:
                return issued, token
        raise StoreUnavailableError("the subject, client or tenant is being revoked again and again; try again later")

    def _refuse_other_policy(self, order: IssueOrder, tenant: TenantPolicy, registry: Registry) -> None:
        """The cut-off may have come with a document by which this order would be refused, for a client that is gone, say.

        Raises:
            TenantNotFoundError: the tenant is gone.
            StoreUnavailableError: another document is in force than the one by which the order was read.
        """
        self._replica.catch_up()
        tenants = self._replica.tenants
        if tenants.find(tenant.name) is not tenant or tenants.registry_of(order.bound_tenant) is not registry:
            raise StoreUnavailableError("the tenant's document has changed while the token was made; try again")

    def _sign_again(self, issued: Issued, tenant: TenantPolicy) -> tuple[str, SigningKey]:
        record = issued.record
        refuse_spent(issued, self._clock())
        # The text was never kept, so it is signed anew: with its first key while that signs, else with the active one.
        key = self._replica.keys.signing_key(tenant.name)
        return sign_token(record, tenant, key), key


def _record(order: IssueOrder, tenant: TenantPolicy, key: SigningKey, issue_time: int) -> TokenRecord:
    expire_time = issue_time + order.ttl
    if order.not_before_time is not None and order.not_before_time >= expire_time:
        raise InvalidFieldError.of("not_before_time", "must be before the token's end, ttl after its issue")
    return TokenRecord(
        tenant=tenant.name,
        issuer=tenant.issuer,
        token_id=new_token_id(),
        subject=order.subject,
        client_id=order.client_id,
        audiences=order.audiences,
        scopes=order.scopes,
        key_id=key.key_id,
        issue_time=issue_time,
        expire_time=expire_time,
        not_before_time=order.not_before_time,
        label=order.label,
        claims=order.claims,
        bound_tenant=order.bound_tenant,
    )


def _idempotency_key(message: IssueRequest, call: Call) -> IdempotencyKey | None:
    if not message.request_id:
        return None
    digest = request_digest(message, IssueRequest, "request_id")
    return IdempotencyKey(call.caller.client_id, message.request_id, digest)


def _audit(record: TokenRecord, call: Call) -> AuditEntry:
    return AuditEntry(
        action="Issue",
        tenant=record.tenant,
        actor=call.caller.client_id,
        actor_token_id=call.caller.token_id,
        target=record.token_id,
        call_id=call.call_id,
        detail={"subject": record.subject, "client_id": record.client_id, "scopes": " ".join(record.scopes)},
    )


def _denial(error: AuthsvcError, order: IssueOrder, tenant: TenantPolicy, call: Call) -> AuditEntry:
    """The row of a token that was not issued, since the caller has no right to it."""
    return AuditEntry(
        action="Issue",
        tenant=tenant.name,
        actor=call.caller.client_id,
        actor_token_id=call.caller.token_id,
        target="",
        call_id=call.call_id,
        detail={
            "refused": ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_"),
            "subject": order.subject,
            "client_id": order.client_id,
            "scopes": " ".join(order.scopes),
        },
    )
