"""Every RPC with the function that answers it: the table that all fronts serve from."""

from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field

from authsvc.access.rules import Access, method_path, read_rule
from authsvc.api.caller import Call, Caller
from authsvc.v1 import audit_service_pb2, key_service_pb2, tenant_service_pb2, token_service_pb2

HotMethod = Callable[[bytes, Caller], bytes]
"""Synchronous, in memory: answers at once."""
BatchMethod = Callable[[bytes, Caller], Generator[None, None, bytes]]
"""Hot, in steps between which other calls may have their turn."""
StoreMethod = Callable[[bytes, Call], Awaitable[bytes]]
"""Goes to the store."""
PublicMethod = Callable[[bytes], bytes]
"""Synchronous, in memory, and open to anybody: it has no caller."""
HolderMethod = Callable[[bytes, str], Awaitable[bytes]]
"""Goes to the store, for whoever holds the token in the request: it takes the request and the call's id, and no caller."""

KIB = 1024
MAX_REQUEST = 64 * KIB
MAX_BATCH_REQUEST = 4 * KIB * KIB

SERVICES = tuple(
    service
    for file in (token_service_pb2, tenant_service_pb2, key_service_pb2, audit_service_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
)
"""The services of the contract that this server offers."""

_LARGE = frozenset({"ApplyTenant"})
"""Methods besides the batches whose requests are large."""


@dataclass(frozen=True, slots=True)
class Methods:
    """The methods by their path. Together they are exactly those that the contract declares."""

    hot: Mapping[str, HotMethod]
    store: Mapping[str, StoreMethod]
    batch: Mapping[str, BatchMethod] = field(default_factory=dict)
    public: Mapping[str, PublicMethod] = field(default_factory=dict)
    holder: Mapping[str, HolderMethod] = field(default_factory=dict)

    def __post_init__(self) -> None:
        declared = {method_path(method): method for service in SERVICES for method in service.methods}
        offered = self.hot.keys() | self.batch.keys() | self.store.keys() | self.public.keys() | self.holder.keys()
        if declared.keys() != offered:
            raise LookupError(
                f"methods without a function, or functions without a method: {sorted(declared.keys() ^ offered)}"
            )
        # Nobody asks for a key in front of these: they are exactly the methods that declare so.
        holders = {path for path, method in declared.items() if read_rule(method) is Access.HOLDER}
        if holders != self.holder.keys():
            raise LookupError(f"methods that ask for a key, or should: {sorted(holders ^ self.holder.keys())}")

    @staticmethod
    def size_limit(path: str) -> int:
        """The largest request in bytes that the method takes."""
        name = path.rpartition("/")[2]
        return MAX_BATCH_REQUEST if name.startswith("Batch") or name in _LARGE else MAX_REQUEST


def path_of(name: str) -> str:
    """The path of a method of the contract; names are unique over all services.

    Raises:
        LookupError: there is none of that name.
    """
    for service in SERVICES:
        if name in service.methods_by_name:
            return method_path(service.methods_by_name[name])
    raise LookupError(f"the contract has no method {name}")
