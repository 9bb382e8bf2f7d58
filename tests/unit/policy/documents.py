"""Parts of tenant documents."""

from google.protobuf.duration_pb2 import Duration

from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Operation

BASE = "https://tokens.example"
HOUR = 3600
DAY = 24 * HOUR


def span(seconds: int, nanos: int = 0) -> Duration:
    return Duration(seconds=seconds, nanos=nanos)


def operation(name: str = "op", *, any_of: tuple[str, ...] = ("repo",), description: str = "") -> Operation:
    return Operation(name=name, requirement=ScopeRequirement(any_of=any_of), description=description)
