"""ListTokenUsage: which scopes of each live token met a check, and which never did."""

from collections.abc import Iterable, Mapping

from authsvc.api.caller import Call
from authsvc.api.fields import FieldFaults, parse
from authsvc.api.gate import Gate
from authsvc.api.page_token import read_page_token, write_page_token
from authsvc.api.records import DEFAULT_PAGE, MAX_PAGE, MAX_PAGE_BYTES, record_message
from authsvc.clock import Clock
from authsvc.store.contract import StoredToken, TokenFilter, TokenStore
from authsvc.v1.token_service_pb2 import ListTokenUsageRequest, ListTokenUsageResponse, ScopeUsage, TokenUsage


class ListTokenUsage:
    """The RPC ListTokenUsage."""

    def __init__(self, gate: Gate, store: TokenStore, clock: Clock, *, is_noted: bool) -> None:
        self._gate = gate
        self._store = store
        self._clock = clock
        self._is_noted = is_noted

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            InvalidFieldError: a filter, the page size or the page token breaks its rule.
        """
        message = parse(ListTokenUsageRequest, request)
        tenant = self._gate.tenant_of(call.caller, message.tenant)
        faults = FieldFaults()
        for field in ("subject", "client_id", "label"):
            faults.text(field, getattr(message, field), required=False)
        if not 0 <= message.page_size <= MAX_PAGE:
            faults.add("page_size", f"must be 0 to {MAX_PAGE}")
        faults.refuse()
        token_filter = TokenFilter(tenant.name, message.subject, message.client_id, message.label, "live")
        size = message.page_size or DEFAULT_PAGE
        before = read_page_token(token_filter, message.page_token)
        # One more than asked for tells whether another page follows.
        found = await self._store.list_usage(token_filter, limit=size + 1, before=before)
        answer = ListTokenUsageResponse(usages=_page(found[:size], self._clock()), is_noted=self._is_noted)
        shown = len(answer.usages)
        if len(found) > shown:
            answer.next_page_token = write_page_token(token_filter, found[shown - 1][0].position)
        return answer.SerializeToString()


def _page(found: Iterable[tuple[StoredToken, Mapping[str, int]]], now: float) -> Iterable[TokenUsage]:
    """The first token, and as many of the others as a message has room for."""
    size = 0
    for stored, used in found:
        usage = _usage(stored, used, now)
        size += usage.ByteSize()
        if size > MAX_PAGE_BYTES and size > usage.ByteSize():
            return
        yield usage


def _usage(stored: StoredToken, used: Mapping[str, int], now: float) -> TokenUsage:
    usage = TokenUsage(
        record=record_message(stored, now),
        unused_scopes=[scope for scope in stored.record.scopes if scope not in used],
    )
    for scope in sorted(used):
        entry = ScopeUsage(scope=scope)
        entry.last_used_time.seconds = used[scope]
        usage.used_scopes.append(entry)
    return usage
