"""Short ways to say what a test of the store needs."""

from dataclasses import replace
from typing import Any

from authsvc.audit.entry import AuditEntry
from authsvc.keys.sealed_key import Algorithm, KeyState, SealedKey
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.store.contract import IdempotencyKey
from authsvc.store.tenant_contract import TenantWrite
from authsvc.tokens.record import TokenRecord

START = 1_900_000_000
"""The time at which tests begin, in seconds since the epoch."""
HOUR = 3600
DAY = 24 * HOUR
ISSUER = "https://tokens.example/t/acme"
AUDIT = AuditEntry("Test", "acme", "ci", "caller-jti", "something", "call-1")


class TurnableClock:
    """A clock that a test turns."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def record(token_id: str, **changes: Any) -> TokenRecord:
    """A record of the tenant acme that lives for an hour."""
    return replace(
        TokenRecord(
            tenant="acme",
            issuer=ISSUER,
            token_id=token_id,
            subject="alice",
            client_id="ci",
            audiences=("api",),
            scopes=("read:users",),
            key_id="k1",
            issue_time=START,
            expire_time=START + HOUR,
        ),
        **changes,
    )


def admin_record(token_id: str, **changes: Any) -> TokenRecord:
    """A key of the service that may do everything for every tenant."""
    values = {"tenant": "authsvc", "scopes": ("admin:authsvc", "issue:tokens"), "bound_tenant": "*"}
    return record(token_id, **{**values, **changes})


def retry(request_id: str, *, digest: bytes = b"d" * 32, caller: str = "ci") -> IdempotencyKey:
    return IdempotencyKey(caller, request_id, digest)


def key(key_id: str, *, tenant: str = "acme", state: KeyState = KeyState.ACTIVE) -> SealedKey:
    return SealedKey(
        tenant, key_id, Algorithm.ES256, state, b"sealed " + key_id.encode(), START, state_time=START * 1_000_000
    )


def tenant(name: str, **changes: Any) -> TenantWrite:
    """A new tenant with a key, k1."""
    return replace(
        TenantWrite(
            name=name,
            document=b"first",
            issuer=f"https://tokens.example/t/{name}",
            algorithm=Algorithm.ES256,
            spiffe_ids=frozenset(),
            expected_etag="",
            etag="e1",
            uid="0" * 32,
            keep_until=START + 90 * DAY,
            key=key("k1", tenant=name),
        ),
        **changes,
    )


def of_token(token_id: str, **changes: Any) -> Revocation:
    return replace(
        Revocation("acme", TargetKind.TOKEN, token_id, ISSUER, keep_until=START + HOUR, reason="leaked"), **changes
    )


def cutoff(kind: TargetKind, name: str, second: int | None = None, **changes: Any) -> Revocation:
    return replace(Revocation("acme", kind, name, cutoff=second, keep_until=START + 90 * DAY, reason="left"), **changes)


def of_key(key_id: str, *, tenant: str = "acme") -> Revocation:
    return Revocation(tenant, TargetKind.KEY, key_id, keep_until=START + 90 * DAY, reason="stolen")
