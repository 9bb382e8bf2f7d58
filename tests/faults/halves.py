"""What must never stand in a store by half, as queries that find it."""

import sqlite3
from contextlib import closing
from pathlib import Path

HALVES = {
    "a record without an audit row": (
        "SELECT token_id FROM token_records WHERE tenant = 'demo' "
        "EXCEPT SELECT target FROM audit_records WHERE action = 'Issue'"
    ),
    "an audit row of an issue without a record": (
        "SELECT target FROM audit_records WHERE action = 'Issue' EXCEPT SELECT token_id FROM token_records"
    ),
    "a revocation without an audit row": (
        "SELECT kind || ':' || name FROM revocations EXCEPT SELECT target FROM audit_records WHERE action = 'Revoke'"
    ),
    "an audit row of a revocation without it": (
        "SELECT target FROM audit_records WHERE action = 'Revoke' EXCEPT SELECT kind || ':' || name FROM revocations"
    ),
    "a revocation without a change": (
        "SELECT name FROM revocations EXCEPT SELECT name FROM changes WHERE kind = 'token'"
    ),
    "a change without a revocation": (
        "SELECT name FROM changes WHERE kind = 'token' EXCEPT SELECT name FROM revocations"
    ),
    "a gap in the change log": (
        "SELECT max(revision) FROM changes HAVING max(revision) <> count(*) OR min(revision) <> 1"
    ),
    "damage": "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
}


def halves(database: Path) -> list[str]:
    """What stands in the store by half, all of one moment."""
    with closing(sqlite3.connect(database, timeout=10.0)) as connection:
        connection.execute("BEGIN")
        return [
            f"{what}: {value}" for what, query in HALVES.items() for (value,) in connection.execute(query).fetchall()
        ]


def known(database: Path) -> tuple[set[str], set[str]]:
    """The ids of the tokens that the store has records of, and of those that it has revoked."""
    with closing(sqlite3.connect(database, timeout=10.0)) as connection:
        connection.execute("BEGIN")
        records = {str(row[0]) for row in connection.execute("SELECT token_id FROM token_records")}
        revoked = {str(row[0]) for row in connection.execute("SELECT name FROM revocations WHERE kind = 'token'")}
        return records, revoked
