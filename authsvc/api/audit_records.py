"""ListAuditRecords: what was changed, when, and by whom."""

from collections.abc import Iterable

from google.protobuf.timestamp_pb2 import Timestamp

from authsvc.api.caller import Call, Caller
from authsvc.api.fields import FieldFaults, parse
from authsvc.api.gate import Gate
from authsvc.api.page_token import Listing
from authsvc.audit.listing import AuditFilter, AuditRecord
from authsvc.store.contract import AuditLog
from authsvc.tokens.claims import ALL_TENANTS, SERVICE_TENANT
from authsvc.v1.audit_service_pb2 import AuditRecord as AuditRecordMessage
from authsvc.v1.audit_service_pb2 import ListAuditRecordsRequest, ListAuditRecordsResponse

DEFAULT_PAGE = 100
MAX_PAGE = 1000
MAX_PAGE_BYTES = 2 * 1024 * 1024
"""A page ends before it: stock clients take messages of at most 4 MiB."""

_MAX_TARGET = 600
"""Characters: a kind, an issuer and a name may stand in one."""
_MICROSECONDS = 1_000_000
_MAX_SECONDS = 253_402_300_799
_MAX_NANOS = 999_999_999


def _message(record: AuditRecord) -> AuditRecordMessage:
    entry = record.entry
    message = AuditRecordMessage(
        position=record.position,
        action=entry.action,
        tenant=entry.tenant,
        actor=entry.actor,
        actor_token_id=entry.actor_token_id,
        target=entry.target,
        call_id=entry.call_id,
        detail=entry.detail,
        hash=record.seal.hex(),
    )
    message.audit_time.FromMicroseconds(record.audit_time)
    return message


class ListAuditRecords:
    """The RPC ListAuditRecords."""

    def __init__(self, gate: Gate, log: AuditLog) -> None:
        self._gate = gate
        self._log = log

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            InvalidFieldError: a filter, the page size or the page token breaks its rule.
        """
        message = parse(ListAuditRecordsRequest, request)
        audit_filter = self._filter(message, call.caller)
        listing = Listing("audit", *(str(getattr(audit_filter, name)) for name in AuditFilter.__slots__))
        before = listing.read(message.page_token)
        size = message.page_size or DEFAULT_PAGE
        # One more than asked for tells whether another page follows.
        found = await self._log.list_records(audit_filter, limit=size + 1, before=before)
        answer = ListAuditRecordsResponse(records=_page(found[:size]))
        shown = len(answer.records)
        if len(found) > shown:
            answer.next_page_token = listing.write(found[shown - 1].position)
        return answer.SerializeToString()

    def _filter(self, message: ListAuditRecordsRequest, caller: Caller) -> AuditFilter:
        every_tenant = message.tenant == ALL_TENANTS and caller.bound_tenant == ALL_TENANTS
        tenant = "" if every_tenant else self._gate.tenant_of(caller, message.tenant).name
        faults = FieldFaults()
        for field in ("action", "actor"):
            faults.text(field, getattr(message, field), required=False)
        faults.text("target", message.target, required=False, limit=_MAX_TARGET)
        if not 0 <= message.page_size <= MAX_PAGE:
            faults.add("page_size", f"must be 0 to {MAX_PAGE}")
        start = _microseconds(faults, "start_time", message.start_time) if message.HasField("start_time") else None
        end = _microseconds(faults, "end_time", message.end_time) if message.HasField("end_time") else None
        faults.refuse()
        return AuditFilter(
            tenant=tenant,
            is_of_present=caller.bound_tenant != ALL_TENANTS,
            # The keys of this service are the admins' business alone.
            without_tenant="" if tenant or caller.is_admin else SERVICE_TENANT,
            action=message.action,
            actor=message.actor,
            target=message.target,
            start_time=start,
            end_time=end,
        )


def _microseconds(faults: FieldFaults, field: str, time: Timestamp) -> int:
    if not (0 <= time.seconds <= _MAX_SECONDS and 0 <= time.nanos <= _MAX_NANOS):
        faults.add(field, "must be a time from 1970 to 9999")
    # Rounded up: the records of a microsecond that has begun before the moment are not of that moment or later.
    return time.seconds * _MICROSECONDS - -time.nanos // 1000


def _page(records: Iterable[AuditRecord]) -> Iterable[AuditRecordMessage]:
    """The first record, and as many of the others as a message has room for."""
    size = 0
    for record in records:
        message = _message(record)
        size += message.ByteSize()
        if size > MAX_PAGE_BYTES and size > message.ByteSize():
            return
        yield message
