"""Exchange and RotateToken in this process: the true methods and the true decision on a store in memory."""

import base64
import json
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from authsvc.api.exchange import Exchange
from authsvc.api.holder import HeldTokens
from authsvc.api.revision import RevisionCodec
from authsvc.api.rotate import RotateToken
from authsvc.errors import FamilyEndedError
from authsvc.keys.key_material import SigningKey
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import Algorithm, KeyState
from authsvc.policy.tenant import TenantPolicy, Tenants, service_tenant
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.revocation.index import RevocationIndex
from authsvc.store.contract import IdempotencyKey, Issued, StoredToken
from authsvc.store.life_contract import Parent
from authsvc.tokens.issuing import sign_record
from authsvc.tokens.record import TokenRecord
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.verdict import Decision, Question
from authsvc.v1.token_service_pb2 import (
    ExchangeRequest,
    ExchangeResponse,
    RotateTokenRequest,
    RotateTokenResponse,
)

BASE = "https://issuer.example"
TENANT = TenantPolicy(name="acme", issuer=f"{BASE}/t/acme", default_ttl=600, max_ttl=7200)
START = 1_900_000_000.0
HOUR = 3600


@dataclass
class MemoryStore:
    """Keeps what is written, and follows it at once."""

    revocations: RevocationIndex
    records: dict[str, TokenRecord] = field(default_factory=dict)
    rotated: set[str] = field(default_factory=set)
    retries: dict[tuple[str, str], TokenRecord] = field(default_factory=dict)
    audit: list[Any] = field(default_factory=list)

    async def derive(
        self,
        record: TokenRecord,
        parent: Parent,
        key: IdempotencyKey | None,
        audit: Any,
        *,
        parent_end: int | None = None,
        **_limits: Any,
    ) -> Issued:
        if key is not None and (first := self.retries.get((key.caller, key.request_id))) is not None:
            return Issued(first, replayed=True, revoked=False, revision=1)
        if parent_end is not None:
            if parent.token.token_id in self.rotated:
                raise FamilyEndedError("again")
            self.rotated.add(parent.token.token_id)
            self.revocations.add(
                Revocation(
                    parent.tenant,
                    TargetKind.ROTATION,
                    parent.token.token_id,
                    parent.token.issuer,
                    cutoff=parent_end,
                    keep_until=parent.expire_time,
                )
            )
        self.records[record.token_id] = record
        self.audit.append(audit)
        if key is not None:
            self.retries[key.caller, key.request_id] = record
        return Issued(record, replayed=False, revoked=False, revision=1)

    async def get_token(self, _tenant: str, token_id: str, _issuer: str | None = None) -> StoredToken | None:
        record = self.records.get(token_id)
        return None if record is None else StoredToken(1, record, None, "")


@dataclass
class Replica:
    """What the methods look up."""

    keys: KeyRing
    revocations: RevocationIndex
    tenants: Tenants


def finished(coroutine: Coroutine[Any, Any, bytes]) -> bytes:
    """The result of a coroutine that waits for nothing: the store in memory answers at once."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: bytes = end.value
        return result
    raise AssertionError("it waits for something")


def payload_of_text(token: str) -> dict[str, Any]:
    """The claims as they stand in the token."""
    segment = token.split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return payload


class Life:
    """Tokens of one tenant, and the two methods that make new ones of old ones."""

    def __init__(self, tenant: TenantPolicy = TENANT, keys: int = 3) -> None:
        self.now = START
        self.tenant = tenant
        self.keys = [
            SigningKey(
                tenant.name, f"key-{number}", Algorithm.HS256, bytes([number + 1]) * 32, bytes([number + 1]) * 32
            )
            for number in range(keys)
        ]
        ring = KeyRing((key, KeyState.VERIFY_ONLY) for key in self.keys)
        index = RevocationIndex()
        service = service_tenant(BASE)
        self.replica: Any
        self.store: Any
        self.replica = Replica(ring, index, Tenants({tenant.name: tenant, service.name: service}))
        self.store = MemoryStore(index)
        self.decision = Decision(10_000)
        self.sign_with(0)
        revisions = RevisionCodec("00" * 8)
        self.held = HeldTokens(self.replica, self.decision, self.clock)
        vars(self.held)["_calls"] = Unlimited()
        self._exchange = Exchange(self.held, self.replica, self.store, revisions, self.clock)
        self._rotate = RotateToken(self.held, self.replica, self.store, revisions, self.clock)
        self._issued = 0

    def clock(self) -> float:
        return self.now

    def sign_with(self, number: int) -> SigningKey:
        """Make another key the active one."""
        for key in self.keys:
            if self.replica.keys.find(key.tenant, key.key_id) is not None:
                self.replica.keys.put(key, KeyState.VERIFY_ONLY)
        self.replica.keys.put(self.keys[number], KeyState.ACTIVE)
        return self.keys[number]

    def issue(self, **changes: Any) -> str:
        """An issued token; an hour long by default."""
        self._issued += 1
        key = self.replica.keys.signing_key(self.tenant.name)
        record = TokenRecord(
            tenant=self.tenant.name,
            issuer=self.tenant.issuer,
            token_id=f"root-{self._issued}",
            subject="alice",
            client_id="web",
            audiences=("api", "web"),
            scopes=("read:users", "repo"),
            key_id=key.key_id,
            issue_time=int(self.now),
            expire_time=int(self.now) + HOUR,
        )
        record = replace(record, **changes)
        self.store.records[record.token_id] = record
        return sign_record(record, self.tenant, key)

    def exchange(self, token: str, **fields: Any) -> ExchangeResponse:
        request = ExchangeRequest(tenant=self.tenant.name, token=token, **fields).SerializeToString()
        return ExchangeResponse.FromString(finished(self._exchange(request, "call")))

    def rotate(self, token: str, **fields: Any) -> RotateTokenResponse:
        request = RotateTokenRequest(tenant=self.tenant.name, token=token, **fields).SerializeToString()
        return RotateTokenResponse.FromString(finished(self._rotate(request, "call")))

    def check_of(self, token: str, audience: str = "api", now: float | None = None) -> str:
        """The check that refuses the token; empty when it is good."""
        moment = self.now if now is None else now
        question = Question(self.tenant, audience, moment, self.replica.revocations)
        outcome = self.decision.decide(token, question, self.replica.keys)
        return outcome.check if isinstance(outcome, Refusal) else ""


class Unlimited:
    """A bucket that never runs empty."""

    def take(self, _name: str) -> None:
        return None
