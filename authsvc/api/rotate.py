"""RotateToken: a new token with the same rights in the place of an old one, within the end of their family."""

from authsvc.api.fields import FieldFaults, parse
from authsvc.api.holder import Held, HeldTokens
from authsvc.api.minting import new_token_id, refuse_retry, refuse_spent, request_digest, sign_token
from authsvc.api.revision import RevisionCodec
from authsvc.audit.entry import AuditEntry
from authsvc.clock import Clock
from authsvc.errors import FamilyEndedError
from authsvc.replica.replica import Replica
from authsvc.store.contract import TokenStore
from authsvc.tokens.record import TokenRecord
from authsvc.v1.token_service_pb2 import RotateTokenRequest, RotateTokenResponse

DEFAULT_OVERLAP = 60
MAX_OVERLAP = 24 * 3600
_DIGEST_PREFIX = b"RotateToken "


class RotateToken:
    """The RPC RotateToken. Possession of the token in the request is the right to it."""

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
            GrantExceededError: the token's client may not give any more what it holds.
            FamilyEndedError: the family has reached its end, or the token was rotated before.
            RequestIdReusedError, RequestIdSpentError: see the field request_id.
            RateLimitedError, NoSigningKeyError, StoreUnavailableError, StoreFullError: nothing was written.
        """
        message = parse(RotateTokenRequest, request)
        overlap = _check(message)
        held = self._held.read(message.token, message.tenant)
        refuse_retry(message.request_id, held.tenant)
        stored = await self._store.get_token(held.tenant.name, held.claims.token_id, held.claims.issuer)
        label = "" if stored is None else stored.record.label
        key = self._replica.keys.signing_key(held.tenant.name)
        now = int(self._clock())
        record = held.within_grant(_record(held, key.key_id, label, now))
        token = sign_token(record, held.tenant, key, field="token")
        digest = request_digest(message, RotateTokenRequest, "request_id", "token", prefix=_DIGEST_PREFIX)
        retry = held.retry(message.request_id, digest)
        end = min(now + overlap, held.claims.expire_time)
        audit = _audit(record, held, end, call_id)
        # It takes the place of one that lives, so it is not one more.
        is_recorded = not held.tenant.omit_records
        issued = await self._store.derive(
            record, held.as_parent(), retry, audit, parent_end=end, is_recorded=is_recorded
        )
        if issued.replayed:
            record = issued.record
            refuse_spent(issued, self._clock())
            key = self._replica.keys.signing_key(held.tenant.name)
            token = sign_token(record, held.tenant, key, field="token")
            end = min(record.issue_time + overlap, held.claims.expire_time)
        answer = RotateTokenResponse(
            token=token,
            token_id=record.token_id,
            key_id=key.key_id,
            scopes=record.scopes,
            revision=self._revisions.write(issued.revision),
            family_id=held.family_id,
        )
        answer.issue_time.seconds = record.issue_time
        answer.expire_time.seconds = record.expire_time
        answer.family_end_time.seconds = held.family_end if record.family_end is None else record.family_end
        answer.old_token_end_time.seconds = end
        return answer.SerializeToString()


def _check(message: RotateTokenRequest) -> int:
    """The overlap in seconds.

    Raises:
        InvalidFieldError: with a violation for every fault.
    """
    faults = FieldFaults()
    faults.request_id(message.request_id)
    overlap = message.overlap
    if overlap.seconds < 0 or overlap.nanos < 0 or overlap.seconds + (overlap.nanos > 0) > MAX_OVERLAP:
        faults.add("overlap", "must be 0 s to 24 h")
    faults.refuse()
    return overlap.seconds if message.HasField("overlap") else DEFAULT_OVERLAP


def _record(held: Held, key_id: str, label: str, now: int) -> TokenRecord:
    old = held.claims
    issue_time = max(now, old.issue_time)
    lifetime = min(old.expire_time - old.issue_time, held.tenant.max_ttl)
    expire_time = min(issue_time + lifetime, held.family_end)
    if expire_time <= issue_time:
        raise FamilyEndedError("the family of the token has reached its end; have a new token issued")
    return TokenRecord(
        tenant=held.tenant.name,
        issuer=old.issuer,
        token_id=new_token_id(),
        subject=old.subject,
        client_id=old.client_id,
        audiences=old.audiences,
        scopes=old.scopes,
        key_id=key_id,
        issue_time=issue_time,
        expire_time=expire_time,
        label=label,
        claims=old.extra,
        ancestors=old.ancestors,
        family_id=held.family_id,
        family_end=held.family_end,
        rotated_from=old.token_id,
    )


def _audit(record: TokenRecord, held: Held, end: int, call_id: str) -> AuditEntry:
    return AuditEntry(
        action="RotateToken",
        tenant=record.tenant,
        actor=held.claims.client_id,
        actor_token_id=held.claims.token_id,
        target=record.token_id,
        call_id=call_id,
        detail={
            "rotated_from": held.claims.token_id,
            "family": held.family_id,
            "old_token_end": str(end),
            "subject": record.subject,
            "client_id": record.client_id,
            "scopes": " ".join(record.scopes),
        },
    )
