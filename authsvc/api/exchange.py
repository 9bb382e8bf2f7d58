"""Exchange: a holder trades its token for one that may less (RFC 8693). Nothing ever gets wider."""

from collections.abc import Sequence

from authsvc.api.fields import FieldFaults, parse
from authsvc.api.holder import Held, HeldTokens
from authsvc.api.minting import new_token_id, refuse_retry, refuse_spent, request_digest, sign_token
from authsvc.api.revision import RevisionCodec
from authsvc.audit.entry import AuditEntry
from authsvc.clock import Clock
from authsvc.errors import ExchangeTooDeepError, FieldViolation, GrantExceededError
from authsvc.replica.replica import Replica
from authsvc.scopes.grammar import ScopeError, ScopeSet, canonical, split_scope_string
from authsvc.store.contract import TokenStore
from authsvc.tokens.claims import MAX_AUDIENCES
from authsvc.tokens.lineage import MAX_ANCESTORS
from authsvc.tokens.record import TokenRecord
from authsvc.v1.token_service_pb2 import ExchangeRequest, ExchangeResponse

_DIGEST_PREFIX = b"Exchange "


class Exchange:
    """The RPC Exchange. Possession of the token in the request is the right to it."""

    def __init__(
        self, held: HeldTokens, replica: Replica, store: TokenStore, revisions: RevisionCodec, clock: Clock
    ) -> None:
        self._held = held
        self._replica = replica
        self._store = store
        self._revisions = revisions
        self._clock = clock

    async def __call__(self, request: bytes, call_id: str) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            InvalidFieldError: the request breaks rules.
            TokenNotGoodError: the token is not good; it never says why.
            GrantExceededError: the request asks for what the token does not hold, or its client may not give any more; each
                field is named.
            TooManyLiveTokensError: the token's client has as many live tokens as it may have.
            ExchangeTooDeepError: the token has as many ancestors as a token may have.
            RequestIdReusedError, RequestIdSpentError: see the field request_id.
            RateLimitedError, NoSigningKeyError, StoreUnavailableError, StoreFullError: nothing was written.
        """
        message = parse(ExchangeRequest, request)
        scopes = _check(message)
        held = self._held.read(message.token, message.tenant)
        refuse_retry(message.request_id, held.tenant)
        _refuse_more(held, scopes, message.audiences)
        if len(held.claims.ancestors) >= MAX_ANCESTORS:
            raise ExchangeTooDeepError(
                f"the token has {MAX_ANCESTORS} ancestors, as many as a token may have",
                metadata={"next_step": "exchange one of its ancestors instead"},
            )
        key = self._replica.keys.signing_key(held.tenant.name)
        record = held.within_grant(self._record(message, scopes, held, key.key_id))
        token = sign_token(record, held.tenant, key, field="token")
        digest = request_digest(message, ExchangeRequest, "request_id", "token", prefix=_DIGEST_PREFIX)
        retry = held.retry(message.request_id, digest)
        issued = await self._store.derive(
            record,
            held.as_parent(),
            retry,
            _audit(record, held, call_id),
            max_live=held.max_live_tokens,
            is_recorded=not held.tenant.omit_records,
        )
        if issued.replayed:
            record = issued.record
            refuse_spent(issued, self._clock())
            key = self._replica.keys.signing_key(held.tenant.name)
            token = sign_token(record, held.tenant, key, field="token")
        answer = ExchangeResponse(
            token=token,
            token_id=record.token_id,
            key_id=key.key_id,
            scopes=record.scopes,
            audiences=record.audiences,
            revision=self._revisions.write(issued.revision),
        )
        answer.issue_time.seconds = record.issue_time
        answer.expire_time.seconds = record.expire_time
        return answer.SerializeToString()

    def _record(self, message: ExchangeRequest, scopes: ScopeSet | None, held: Held, key_id: str) -> TokenRecord:
        tenant, parent = held.tenant, held.claims
        # A token may be dated a second ahead, and none is older than what it came from.
        issue_time = max(int(self._clock()), parent.issue_time)
        ttl = min(message.ttl.seconds, tenant.max_ttl) if message.HasField("ttl") else tenant.default_ttl
        return TokenRecord(
            tenant=tenant.name,
            issuer=parent.issuer,
            token_id=new_token_id(),
            subject=parent.subject,
            client_id=parent.client_id,
            audiences=tuple(message.audiences) or parent.audiences,
            scopes=parent.scopes if scopes is None else scopes,
            key_id=key_id,
            issue_time=issue_time,
            expire_time=min(issue_time + ttl, parent.expire_time),
            label=message.label,
            claims=parent.extra,
            ancestors=held.line,
            family_id=held.family_id,
            # Not even by rotation does it outlive its parent, which holds the same of its own.
            family_end=min(held.family_end, parent.expire_time),
        )


def _check(message: ExchangeRequest) -> ScopeSet | None:
    """The scopes that are asked for, None for all.

    Raises:
        InvalidFieldError: with a violation for every fault.
    """
    faults = FieldFaults()
    faults.text("label", message.label, required=False)
    faults.request_id(message.request_id)
    if message.HasField("ttl") and (message.ttl.seconds < 1 or message.ttl.nanos < 0):
        faults.add("ttl", "must be at least 1 s")
    if message.audiences:
        faults.count("audiences", message.audiences, MAX_AUDIENCES)
        if len(set(message.audiences)) != len(message.audiences):
            faults.add("audiences", "must name each audience once")
    scopes: ScopeSet | None = None
    if message.scopes:
        try:
            scopes = canonical(scope for entry in message.scopes for scope in split_scope_string(entry))
        except ScopeError as error:
            faults.add("scopes", str(error))
    faults.refuse()
    return scopes


def _refuse_more(held: Held, scopes: ScopeSet | None, audiences: Sequence[str]) -> None:
    violations = []
    if scopes is not None and not held.scopes.issuperset(scopes):
        violations.append(FieldViolation("scopes", "must all be held by the token"))
    violations += [
        FieldViolation(f"audiences[{position}]", "must be one of the token's audiences")
        for position, audience in enumerate(audiences)
        if audience not in held.claims.audiences
    ]
    if violations:
        raise GrantExceededError(violations)


def _audit(record: TokenRecord, held: Held, call_id: str) -> AuditEntry:
    return AuditEntry(
        action="Exchange",
        tenant=record.tenant,
        actor=held.claims.client_id,
        actor_token_id=held.claims.token_id,
        target=record.token_id,
        call_id=call_id,
        detail={
            "parent": held.claims.token_id,
            "family": held.family_id,
            "subject": record.subject,
            "client_id": record.client_id,
            "scopes": " ".join(record.scopes),
        },
    )
