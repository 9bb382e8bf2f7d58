"""The clients of a tenant: who may call for it, what they may call, what they may issue, and how often."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from authsvc.access.service_scopes import ADMIN_SCOPE, SERVICE_SCOPES
from authsvc.errors import FieldViolation
from authsvc.policy.bounds import (
    UNIQUE_RULE,
    Faults,
    audience_faults,
    count_faults,
    description_faults,
    text_faults,
)
from authsvc.policy.catalogue import Catalogue
from authsvc.policy.grants import IssueGrant, read_grant
from authsvc.policy.limits import RateLimit, rate_limit_faults, read_rate_limit
from authsvc.policy.spiffe import SPIFFE_RULE, is_spiffe_id
from authsvc.v1 import tenant_pb2

MAX_CLIENTS = 1000
MAX_SPIFFE_IDS = 16

_PERMISSIONS = SERVICE_SCOPES - {ADMIN_SCOPE}
_PERMISSION_RULE = f"must be a scope of this service: {', '.join(sorted(_PERMISSIONS))}"


@dataclass(frozen=True, slots=True)
class Client:
    """A program that may call for the tenant."""

    client_id: str
    spiffe_ids: tuple[str, ...] = ()
    permissions: frozenset[str] = frozenset()
    """The scopes of this service that it may use."""
    issue: IssueGrant | None = None
    """None: it may issue nothing."""
    audiences: frozenset[str] = frozenset()
    """Those that it verifies for. Empty: the request decides."""
    rate_limit: RateLimit | None = None


class Registry:
    """Who may call for a tenant, and how often all of them together. Another document has another registry."""

    __slots__ = ("_by_id", "_by_spiffe_id", "rate_limit")

    def __init__(self, clients: Iterable[Client] = (), rate_limit: RateLimit | None = None) -> None:
        self._by_id = {client.client_id: client for client in clients}
        self._by_spiffe_id = {name: client for client in self._by_id.values() for name in client.spiffe_ids}
        self.rate_limit = rate_limit

    @property
    def lists_clients(self) -> bool:
        """Whether only those may call that are listed. A tenant that lists none takes any client with a key."""
        return bool(self._by_id)

    def find(self, client_id: str) -> Client | None:
        """The client of that id, compared byte for byte."""
        return self._by_id.get(client_id)

    def find_by_spiffe_id(self, spiffe_id: str) -> Client | None:
        """The client that a certificate with this id identifies."""
        return self._by_spiffe_id.get(spiffe_id)

    @property
    def spiffe_ids(self) -> Collection[str]:
        """The ids that identify clients of the tenant."""
        return self._by_spiffe_id.keys()

    def __iter__(self) -> Iterator[Client]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)


OPEN_REGISTRY = Registry()
"""That of a tenant that lists no clients and has no limit."""


def read_clients(
    document: tenant_pb2.Tenant, catalogue: Catalogue, catalogued: Collection[str], faults: Faults
) -> list[Client]:
    """The clients of a document. Faults are appended."""
    clients = document.clients
    over = list(count_faults(clients, MAX_CLIENTS, "clients"))
    if over:
        faults += over
        return []
    audiences = frozenset(document.audiences)
    ids: set[str] = set()
    spiffe_ids: set[str] = set()
    read = []
    for position, client in enumerate(clients):
        path = f"clients[{position}]"
        faults += _client_faults(client, path, audiences)
        if client.id in ids:
            faults.append(FieldViolation(f"{path}.id", UNIQUE_RULE))
        ids.add(client.id)
        faults += _spiffe_faults(client.spiffe_ids, path, spiffe_ids)
        issue = None
        if client.HasField("issue"):
            issue = read_grant(
                client.issue,
                f"{path}.issue",
                catalogue=catalogue,
                catalogued=catalogued,
                audiences=audiences,
                faults=faults,
            )
            if issue.max_live_tokens and document.omit_records:
                rule = "counts recorded tokens, and omit_records keeps no record"
                faults.append(FieldViolation(f"{path}.issue.max_live_tokens", rule))
        read.append(
            Client(
                client_id=client.id,
                spiffe_ids=tuple(client.spiffe_ids),
                permissions=frozenset(client.permissions),
                issue=issue,
                audiences=frozenset(client.audiences),
                rate_limit=read_rate_limit(client.rate_limit) if client.HasField("rate_limit") else None,
            )
        )
    return read


def _client_faults(client: tenant_pb2.Client, path: str, audiences: Collection[str]) -> Iterator[FieldViolation]:
    yield from text_faults(client.id, f"{path}.id")
    yield from description_faults(client.description, f"{path}.description")
    seen: set[str] = set()
    for position, permission in enumerate(client.permissions):
        place = f"{path}.permissions[{position}]"
        if permission not in _PERMISSIONS:
            yield FieldViolation(place, _PERMISSION_RULE)
        elif permission in seen:
            yield FieldViolation(place, UNIQUE_RULE)
        seen.add(permission)
    yield from audience_faults(client.audiences, f"{path}.audiences", audiences)
    if client.HasField("rate_limit"):
        yield from rate_limit_faults(client.rate_limit, f"{path}.rate_limit")


def _spiffe_faults(spiffe_ids: Sequence[str], path: str, others: set[str]) -> Iterator[FieldViolation]:
    yield from count_faults(spiffe_ids, MAX_SPIFFE_IDS, f"{path}.spiffe_ids")
    for position, spiffe_id in enumerate(spiffe_ids[:MAX_SPIFFE_IDS]):
        place = f"{path}.spiffe_ids[{position}]"
        if not is_spiffe_id(spiffe_id):
            yield FieldViolation(place, SPIFFE_RULE)
        elif spiffe_id in others:
            yield FieldViolation(place, "must be unique: a certificate identifies one client")
        others.add(spiffe_id)
