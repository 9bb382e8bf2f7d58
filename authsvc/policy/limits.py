"""How often may be called."""

from collections.abc import Iterator
from dataclasses import dataclass

from authsvc.errors import FieldViolation
from authsvc.v1 import tenant_pb2

MAX_CALLS = 1_000_000


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many calls at once, then so many a second."""

    calls_per_second: int
    burst: int


def rate_limit_faults(limit: tenant_pb2.RateLimit, path: str) -> Iterator[FieldViolation]:
    """A limit of a document."""
    rule = f"must be 1 to {MAX_CALLS:,}"
    if not 1 <= limit.calls_per_second <= MAX_CALLS:
        yield FieldViolation(f"{path}.calls_per_second", rule)
    if limit.burst and not 1 <= limit.burst <= MAX_CALLS:
        yield FieldViolation(f"{path}.burst", rule)


def read_rate_limit(limit: tenant_pb2.RateLimit) -> RateLimit:
    """The limit, its default filled in."""
    return RateLimit(limit.calls_per_second, limit.burst or limit.calls_per_second)
