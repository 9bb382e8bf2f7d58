"""GetToken and ListTokens: what the service remembers of issued tokens."""

from collections.abc import Iterable

from authsvc.api.answers import ancestors_of, to_struct
from authsvc.api.caller import Call
from authsvc.api.fields import FieldFaults, parse
from authsvc.api.gate import Gate
from authsvc.api.page_token import read_page_token, write_page_token
from authsvc.clock import Clock
from authsvc.errors import TokenNotFoundError
from authsvc.store.contract import StoredToken, TokenFilter, TokenStore
from authsvc.v1.token_record_pb2 import TokenRecord, TokenState
from authsvc.v1.token_service_pb2 import (
    GetTokenRequest,
    GetTokenResponse,
    ListTokensRequest,
    ListTokensResponse,
)

DEFAULT_PAGE = 100
MAX_PAGE = 1000
MAX_PAGE_BYTES = 2 * 1024 * 1024
"""A page ends before it: stock clients take messages of at most 4 MiB."""

_STATES = {
    TokenState.TOKEN_STATE_UNSPECIFIED: None,
    TokenState.TOKEN_STATE_LIVE: "live",
    TokenState.TOKEN_STATE_EXPIRED: "expired",
    TokenState.TOKEN_STATE_REVOKED: "revoked",
}


def record_message(stored: StoredToken, now: float) -> TokenRecord:
    """The record as callers see it, with its state at a time."""
    record = stored.record
    message = TokenRecord(
        tenant=record.tenant,
        token_id=record.token_id,
        issuer=record.issuer,
        subject=record.subject,
        client_id=record.client_id,
        audiences=record.audiences,
        scopes=record.scopes,
        label=record.label,
        key_id=record.key_id,
        claims=to_struct(record.claims) if record.claims else None,
        bound_tenant=record.bound_tenant,
        ancestors=ancestors_of(record.ancestors),
        family_id=record.family_id or record.token_id,
        rotated_from_token_id=record.rotated_from,
    )
    message.issue_time.seconds = record.issue_time
    message.expire_time.seconds = record.expire_time
    if record.not_before_time is not None:
        message.not_before_time.seconds = record.not_before_time
    if record.family_end is not None:
        message.family_end_time.seconds = record.family_end
    if stored.last_used_time is not None:
        message.last_used_time.seconds = stored.last_used_time
    if stored.revoke_time is not None:
        message.state = TokenState.TOKEN_STATE_REVOKED
        message.revoke_time.FromNanoseconds(round(stored.revoke_time * 1_000_000) * 1000)
        message.revoke_reason = stored.revoke_reason
    elif record.expire_time <= now:
        message.state = TokenState.TOKEN_STATE_EXPIRED
    else:
        message.state = TokenState.TOKEN_STATE_LIVE
    return message


class GetToken:
    """The RPC GetToken."""

    def __init__(self, gate: Gate, store: TokenStore, clock: Clock) -> None:
        self._gate = gate
        self._store = store
        self._clock = clock

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            TokenNotFoundError: the tenant has no record of the token.
        """
        message = parse(GetTokenRequest, request)
        tenant = self._gate.tenant_of(call.caller, message.tenant)
        faults = FieldFaults()
        faults.text("token_id", message.token_id)
        faults.refuse()
        stored = await self._store.get_token(tenant.name, message.token_id)
        if stored is None:
            raise TokenNotFoundError("the tenant has no record of that token")
        return GetTokenResponse(record=record_message(stored, self._clock())).SerializeToString()


class ListTokens:
    """The RPC ListTokens."""

    def __init__(self, gate: Gate, store: TokenStore, clock: Clock) -> None:
        self._gate = gate
        self._store = store
        self._clock = clock

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            InvalidFieldError: a filter, the page size or the page token breaks its rule.
        """
        message = parse(ListTokensRequest, request)
        tenant = self._gate.tenant_of(call.caller, message.tenant)
        faults = FieldFaults()
        for field in ("subject", "client_id", "label"):
            faults.text(field, getattr(message, field), required=False)
        if not 0 <= message.page_size <= MAX_PAGE:
            faults.add("page_size", f"must be 0 to {MAX_PAGE}")
        if message.state not in _STATES:
            faults.add("state", "must be a TokenState")
        faults.refuse()
        token_filter = TokenFilter(
            tenant.name, message.subject, message.client_id, message.label, _STATES[message.state]
        )
        size = message.page_size or DEFAULT_PAGE
        before = read_page_token(token_filter, message.page_token)
        # One more than asked for tells whether another page follows.
        stored = await self._store.list_tokens(token_filter, limit=size + 1, before=before)
        answer = ListTokensResponse(records=_page(stored[:size], self._clock()))
        shown = len(answer.records)
        if len(stored) > shown:
            answer.next_page_token = write_page_token(token_filter, stored[shown - 1].position)
        return answer.SerializeToString()


def _page(stored: Iterable[StoredToken], now: float) -> Iterable[TokenRecord]:
    """The first record, and as many of the others as a message has room for."""
    size = 0
    for item in stored:
        record = record_message(item, now)
        size += record.ByteSize()
        if size > MAX_PAGE_BYTES and size > record.ByteSize():
            return
        yield record
