"""Which claims a tenant lets be issued beside those that every token has."""

from collections.abc import Iterator, Sequence

from authsvc.errors import FieldViolation
from authsvc.policy.bounds import UNIQUE_RULE, Faults, count_faults
from authsvc.tokens.reserved import RESERVED_CLAIMS
from authsvc.v1.tenant_pb2 import Tenant

MAX_CLAIM_NAMES = 64
MAX_CLAIM_NAME = 64


def read_extra_claims(document: Tenant, faults: Faults) -> frozenset[str] | None:
    """The names that a document lists; None when it has no list. Faults are appended."""
    if not document.HasField("extra_claims"):
        return None
    faults += _name_faults(document.extra_claims.names, "extra_claims.names")
    return frozenset(document.extra_claims.names)


def _name_faults(names: Sequence[str], path: str) -> Iterator[FieldViolation]:
    yield from count_faults(names, MAX_CLAIM_NAMES, path)
    for position, name in enumerate(names[:MAX_CLAIM_NAMES]):
        place = f"{path}[{position}]"
        if not (1 <= len(name) <= MAX_CLAIM_NAME and name.isprintable()):
            yield FieldViolation(place, f"must be 1 to {MAX_CLAIM_NAME} printable characters")
        elif name in RESERVED_CLAIMS:
            yield FieldViolation(place, "is a registered or reserved claim name")
        elif name in names[:position]:
            yield FieldViolation(place, UNIQUE_RULE)
