"""The pictures of the audit."""

from datetime import UTC

from authsvc.cli.scope_form import ScopeForm
from authsvc.cli.sheet import Listing, Sheet, Tone
from authsvc.cli.views import picture
from authsvc.v1.audit_service_pb2 import AuditRecord, ListAuditRecordsResponse, VerifyAuditLogResponse

_SHOWN_OF_HASH = 12


@picture.register
def _records(answer: ListAuditRecordsResponse, form: ScopeForm) -> Listing:  # noqa: ARG001 (the signature of every picture)
    """A table of records."""
    columns = ("position", "time", "action", "tenant", "actor", "target", "detail", "hash")
    rows = [[(text, Tone.PLAIN) for text in _cells(record)] for record in answer.records]
    return Listing(columns, rows, frozenset({"position", "time", "hash"}))


@picture.register
def _verification(answer: VerifyAuditLogResponse, form: ScopeForm) -> Sheet:  # noqa: ARG001 (likewise)
    """Whether the log is intact, and if not, what is wrong."""
    rows = [("sealed records", str(answer.sealed_records)), ("head", str(answer.head_position))]
    if answer.intact:
        return Sheet("intact", Tone.GOOD, rows)
    faults = [
        (f"{f'at {fault.position}: ' if fault.position else ''}{fault.description} ({fault.check})", Tone.BAD)
        for fault in answer.faults
    ]
    return Sheet("not intact", Tone.BAD, rows, [("faults", faults)])


def _cells(record: AuditRecord) -> tuple[str, ...]:
    moment = record.audit_time.ToDatetime(tzinfo=UTC)
    return (
        str(record.position),
        moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        record.action,
        record.tenant,
        record.actor,
        record.target,
        " ".join(f"{name}={value}" for name, value in sorted(record.detail.items())),
        record.hash[:_SHOWN_OF_HASH],
    )
