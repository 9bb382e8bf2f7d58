"""Audit rows. Each is written by the transaction of what it tells."""

import json

from sqlalchemy import Connection, insert

from authsvc.audit.entry import AuditEntry
from authsvc.store.moment import Moment
from authsvc.store.schema import audit_records

_INSERT = insert(audit_records)


def append_audit(connection: Connection, entry: AuditEntry, now: Moment) -> None:
    """Write the row, with the transaction's time."""
    connection.execute(
        _INSERT,
        {
            "audit_time": now.microseconds,
            "action": entry.action,
            "tenant": entry.tenant,
            "actor": entry.actor,
            "actor_token_id": entry.actor_token_id,
            "target": entry.target,
            "call_id": entry.call_id,
            "detail": json.dumps(dict(entry.detail), ensure_ascii=False, sort_keys=True),
        },
    )
