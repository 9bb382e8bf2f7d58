"""What somebody with the database, and without the sealing key, can do to the audit log: as SQL on the file of a stopped store.

Each mutation is done at a position; `RECORDS` are there before, each of them sealed.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from authsvc.audit.chain import AuditRow, first_link, seal_of

RECORDS = 9
POSITIONS = {"first": 1, "middle": 5, "last": RECORDS}
Mutation = Callable[[sqlite3.Connection, int], Any]

_ROWS = (
    "SELECT position, audit_time, action, tenant, actor, actor_token_id, target, call_id, detail "
    "FROM audit_records ORDER BY position"
)
_COPY = (
    "INSERT INTO audit_records "
    "SELECT ?, audit_time, action, tenant, actor, actor_token_id, target, call_id, detail "
    "FROM audit_records WHERE position = ?"
)
_MADE_UP = "INSERT INTO audit_records VALUES (?, 1900000000000000, 'Issue', 'acme', 'mallory', 'm', 't', 'c', '{}')"


def _sql(*statements: str) -> Mutation:
    def mutate(connection: sqlite3.Connection, position: int) -> None:
        for statement in statements:
            changed = connection.execute(statement, {"at": position}).rowcount
            assert changed > 0, f"nothing was changed: {statement}"

    return mutate


_EDITS = {
    "audit_time": "UPDATE audit_records SET audit_time = audit_time + 1 WHERE position = :at",
    "action": "UPDATE audit_records SET action = 'Revoke' WHERE position = :at",
    "tenant": "UPDATE audit_records SET tenant = 'other' WHERE position = :at",
    "actor": "UPDATE audit_records SET actor = 'alice' WHERE position = :at",
    "actor_token_id": "UPDATE audit_records SET actor_token_id = '' WHERE position = :at",
    "target": "UPDATE audit_records SET target = target || ' ' WHERE position = :at",
    "call_id": "UPDATE audit_records SET call_id = 'x' WHERE position = :at",
    "detail": 'UPDATE audit_records SET detail = \'{"n": "2"}\' WHERE position = :at',
}


def swap_rows(connection: sqlite3.Connection, position: int) -> None:
    """What two neighbours say changes places."""
    other = position + 1 if position < RECORDS else position - 1
    for old, new in ((position, -1), (other, position), (-1, other)):
        connection.execute("UPDATE audit_records SET position = ? WHERE position = ?", (new, old))


def swap_rows_and_seals(connection: sqlite3.Connection, position: int) -> None:
    swap_rows(connection, position)
    other = position + 1 if position < RECORDS else position - 1
    for old, new in ((position, -1), (other, position), (-1, other)):
        connection.execute("UPDATE audit_seals SET position = ? WHERE position = ?", (new, old))


def _make_room(connection: sqlite3.Connection, position: int, *, seals: bool) -> None:
    """Everything from that position on goes one place further."""
    for at in range(RECORDS, position - 1, -1):
        connection.execute("UPDATE audit_records SET position = ? WHERE position = ?", (at + 1, at))
        if seals:
            connection.execute("UPDATE audit_seals SET position = ? WHERE position = ?", (at + 1, at))


def duplicate(connection: sqlite3.Connection, position: int) -> None:
    """The row before (the first itself) stands here again, and the later ones go one place further."""
    _make_room(connection, position, seals=False)
    connection.execute(_COPY, (position, position - 1 if position > 1 else 2))


def duplicate_with_seal(connection: sqlite3.Connection, position: int) -> None:
    """The row stands twice with its seal, and the later ones go one place further with theirs."""
    _make_room(connection, position, seals=True)
    connection.execute(_COPY, (position, position + 1))
    connection.execute(
        "INSERT INTO audit_seals SELECT ?, seal FROM audit_seals WHERE position = ?", (position, position + 1)
    )


def insert(connection: sqlite3.Connection, position: int) -> None:
    """A made-up row, without a seal; the others go one place further with theirs."""
    _make_room(connection, position, seals=True)
    connection.execute(_MADE_UP, (position,))


def insert_and_chain_anew(connection: sqlite3.Connection, position: int) -> None:
    """A made-up row in a chain that is computed anew; only the head cannot be signed."""
    _make_room(connection, position, seals=False)
    connection.execute(_MADE_UP, (position,))
    chain_anew(connection)


def edit_and_chain_anew(connection: sqlite3.Connection, position: int) -> None:
    """An edit, and every seal and the head made to fit."""
    connection.execute(_EDITS["actor"], {"at": position})
    chain_anew(connection)


def chain_anew(connection: sqlite3.Connection) -> None:
    [(store_id,)] = connection.execute("SELECT store_id FROM meta").fetchall()
    seal = first_link(store_id)
    connection.execute("DELETE FROM audit_seals")
    for row in connection.execute(_ROWS).fetchall():
        seal = seal_of(seal, AuditRow(*row))
        connection.execute("INSERT INTO audit_seals VALUES (?, ?)", (row[0], seal))
        connection.execute("UPDATE audit_head SET position = ?, seal = ?", (row[0], seal))


MUTATIONS: dict[str, Mutation] = {
    **{f"edit {column}": _sql(statement) for column, statement in _EDITS.items()},
    "edit position": _sql("UPDATE audit_records SET position = position + 1000 WHERE position = :at"),
    "edit a type": _sql("UPDATE audit_records SET detail = CAST(detail AS BLOB) WHERE position = :at"),
    "edit to what is no text": _sql("UPDATE audit_records SET target = CAST(x'ff' AS TEXT) WHERE position = :at"),
    "delete the record": _sql("DELETE FROM audit_records WHERE position = :at"),
    "delete the record and its seal": _sql(
        "DELETE FROM audit_records WHERE position = :at", "DELETE FROM audit_seals WHERE position = :at"
    ),
    "delete the seal": _sql("DELETE FROM audit_seals WHERE position = :at"),
    "edit the seal": _sql("UPDATE audit_seals SET seal = zeroblob(32) WHERE position = :at"),
    "edit the seal to a text": _sql("UPDATE audit_seals SET seal = 'text' WHERE position = :at"),
    "swap two records": swap_rows,
    "swap two records and their seals": swap_rows_and_seals,
    "duplicate the record": duplicate,
    "duplicate the record and its seal": duplicate_with_seal,
    "insert a record": insert,
    "insert a record and chain anew": insert_and_chain_anew,
    "edit and chain anew": edit_and_chain_anew,
    "cut the end off": _sql(
        "DELETE FROM audit_records WHERE position >= :at", "DELETE FROM audit_seals WHERE position >= :at"
    ),
    "unseal the end": _sql("DELETE FROM audit_seals WHERE position >= :at"),
}
"""Found without a checkpoint, by the signed head."""


def cut_off_to_an_older_head(connection: sqlite3.Connection, position: int, older: sqlite3.Connection) -> None:
    """The end is cut off and the head of an older copy put in its place: signed, and of just this chain."""
    connection.execute("DELETE FROM audit_records WHERE position >= ?", (position,))
    connection.execute("DELETE FROM audit_seals WHERE position >= ?", (position,))
    connection.execute("DELETE FROM audit_head")
    for row in older.execute("SELECT * FROM audit_head").fetchall():
        connection.execute("INSERT INTO audit_head VALUES (?, ?, ?, ?, ?)", row)


def unseal_everything(connection: sqlite3.Connection, position: int) -> None:
    """An edit, and all seals and the head gone, so that the service itself seals what stands there now."""
    connection.execute(_EDITS["actor"], {"at": position})
    connection.execute("DELETE FROM audit_seals")
    connection.execute("DELETE FROM audit_head")


def doubled(table: str) -> Mutation:
    """The row stands twice at its position, in a table that has lost its key."""
    statements = {
        "audit_records": (
            "CREATE TABLE twice AS SELECT * FROM audit_records",
            "DROP TABLE audit_records",
            "ALTER TABLE twice RENAME TO audit_records",
            "INSERT INTO audit_records SELECT * FROM audit_records WHERE position = :at",
        ),
        "audit_seals": (
            "CREATE TABLE twice AS SELECT * FROM audit_seals",
            "DROP TABLE audit_seals",
            "ALTER TABLE twice RENAME TO audit_seals",
            "INSERT INTO audit_seals SELECT * FROM audit_seals WHERE position = :at",
        ),
    }

    def mutate(connection: sqlite3.Connection, position: int) -> None:
        for statement in statements[table]:
            connection.execute(statement, {"at": position} if ":at" in statement else {})

    return mutate


def insert_before_all(connection: sqlite3.Connection, _position: int) -> None:
    """A made-up row at a position that no chain has gone through."""
    connection.execute(_MADE_UP, (0,))


def delete_head(connection: sqlite3.Connection, _position: int) -> None:
    connection.execute("DELETE FROM audit_head")


def sign_with_a_tainted_key(connection: sqlite3.Connection, _position: int) -> None:
    connection.execute("UPDATE signing_keys SET state = 'tainted' WHERE tenant = 'authsvc'")
