"""A gate and an Issue in this process, on a store that only remembers: fast enough for ten thousand callers."""

import asyncio
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from authsvc.access.rules import read_rules
from authsvc.api.caller import Call
from authsvc.api.gate import Gate
from authsvc.api.issue import Issue
from authsvc.api.methods import SERVICES, path_of
from authsvc.api.revision import RevisionCodec
from authsvc.audit.entry import AuditEntry
from authsvc.errors import AuthsvcError, TooManyLiveTokensError
from authsvc.keys.sealed_key import Algorithm
from authsvc.keys.sealing import SealingKey
from authsvc.policy.document import tenant_policy
from authsvc.policy.tenant import Tenants
from authsvc.replica.replica import Replica
from authsvc.store.contract import Change, IdempotencyKey, Issued, StoreSnapshot
from authsvc.tokens.claims import SERVICE_TENANT
from authsvc.tokens.issuing import sign_record
from authsvc.tokens.record import TokenRecord
from authsvc.v1.tenant_pb2 import Tenant
from authsvc.v1.token_service_pb2 import IssueRequest, IssueResponse

BASE = "https://tokens.example"
_SEALING_KEY = SealingKey(bytes(32))


class Memory:
    """A store that remembers what is written to it, and a reader with nothing but keys."""

    def __init__(self, tenants: Sequence[str]) -> None:
        self.keys = tuple(_SEALING_KEY.make(name, Algorithm.HS256) for name in tenants)
        self.records: list[TokenRecord] = []
        self.audit: list[AuditEntry] = []

    def snapshot(self) -> StoreSnapshot:
        return StoreSnapshot(0, self.keys, iter(()))

    def changes_after(self, _revision: int) -> list[Change] | None:
        return []

    async def issue(
        self,
        record: TokenRecord,
        _key: IdempotencyKey | None,
        audit: AuditEntry,
        *,
        max_live: int = 0,
        is_recorded: bool = True,
    ) -> Issued:
        live = sum((known.tenant, known.client_id) == (record.tenant, record.client_id) for known in self.records)
        if max_live and live >= max_live:
            raise TooManyLiveTokensError("as many as it may have")
        if is_recorded:
            self.records.append(record)
        self.audit.append(audit)
        return Issued(record, replayed=False, revoked=False, revision=0)

    async def append_audit(self, audit: AuditEntry) -> None:
        self.audit.append(audit)


@dataclass
class Unchanged:
    """The revision of a store that never changes."""

    value: int = 0

    def publish(self, _revision: int) -> None:
        raise AssertionError("nothing is published")


@dataclass
class Office:
    """Who may issue what, by these documents."""

    documents: Sequence[Tenant]
    memory: Memory = field(init=False)

    def __post_init__(self) -> None:
        self.memory = Memory((SERVICE_TENANT, *(document.name for document in self.documents)))
        store: Any = self.memory
        self._replica = Replica(store, _SEALING_KEY, BASE, Unchanged())
        self._put(self.documents)
        self.gate = Gate(self._replica, read_rules(SERVICES), time.time, 100)
        self._issue = Issue(self.gate, self._replica, store, RevisionCodec("0" * 16), time.time)
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        self._loop.close()

    def replace(self, document: Tenant) -> None:
        """Put another document in the place of one."""
        self._put([document])

    def _put(self, documents: Iterable[Tenant]) -> None:
        policies = {policy.name: policy for policy in self._replica.tenants}
        policies |= {document.name: tenant_policy(document, BASE) for document in documents}
        self._replica.tenants = Tenants(policies)

    def key(self, client_id: str, scopes: Sequence[str], bound_tenant: str) -> str:
        """A key of this service, as if an admin had issued it."""
        now = int(time.time())
        record = TokenRecord(
            tenant=SERVICE_TENANT,
            issuer=f"{BASE}/t/{SERVICE_TENANT}",
            token_id=secrets.token_hex(16),
            subject="test",
            client_id=client_id,
            audiences=(SERVICE_TENANT,),
            scopes=tuple(sorted(set(scopes))),
            key_id="",
            issue_time=now,
            expire_time=now + 3600,
            bound_tenant=bound_tenant,
        )
        return sign_record(
            record, self._replica.tenants.find(SERVICE_TENANT), self._replica.keys.signing_key(SERVICE_TENANT)
        )

    def issue(self, key: str, request: IssueRequest) -> IssueResponse | AuthsvcError:
        """What the holder of a key gets."""
        try:
            caller = self.gate.admit(path_of("Issue"), key)
            answer = self._loop.run_until_complete(self._issue(request.SerializeToString(), Call(caller, "call")))
        except AuthsvcError as error:
            return error
        return IssueResponse.FromString(answer)
