"""The hash chain over the audit rows: what seals a row, and in which bytes it is said.

    seal of nothing   SHA-256("authsvc audit chain 1", store id)
    seal of a row     SHA-256("authsvc audit row 1", seal before, position, audit_time, action, ..., detail)

Every part is preceded by its type and its length, so that no two rows, and no row and no head, give the same bytes.
"""

from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter

SEAL_BYTES = 32

_CHAIN = "authsvc audit chain 1"
_ROW = "authsvc audit row 1"
_NUMBER_BYTES = 16

Stored = str | int | float | bytes | None
"""What a column may come to hold, whatever it was meant to hold: whoever edits a row keeps no types."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A row with every column as it is stored. Text that is not UTF-8 stands in surrogates, byte for byte."""

    position: int
    audit_time: Stored
    """Microseconds since the epoch."""
    action: Stored
    tenant: Stored
    actor: Stored
    actor_token_id: Stored
    target: Stored
    call_id: Stored
    detail: Stored
    """The JSON text itself."""


_COLUMNS = attrgetter(*AuditRow.__slots__)


def encoded(*parts: Stored) -> bytes:
    """The parts, each with its type and its length in front: no other parts give the same bytes."""
    out: list[bytes] = []
    for part in parts:
        kind, content = _content(part)
        out += (kind, len(content).to_bytes(8, "big"), content)
    return b"".join(out)


def _content(part: Stored) -> tuple[bytes, bytes]:
    if isinstance(part, str):
        return b"t", part.encode("utf-8", "surrogateescape")
    if isinstance(part, int):
        return b"i", part.to_bytes(_NUMBER_BYTES, "big", signed=True)
    if isinstance(part, bytes):
        return b"b", part
    if part is None:
        return b"n", b""
    return b"f", part.hex().encode("ascii")


def first_link(store_id: str) -> bytes:
    """What stands before the first row of a store: no two stores share a chain."""
    return sha256(encoded(_CHAIN, store_id)).digest()


def seal_of(previous: bytes, row: AuditRow) -> bytes:
    """The seal of a row that comes after the one with the seal `previous`."""
    return sha256(encoded(_ROW, previous, *_COLUMNS(row))).digest()
