"""The first admin key, and the one after all others are lost: made beside the store, never by a default secret."""

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from authsvc.api.caller import ADMIN_SCOPE
from authsvc.app.files import read_sealing_key
from authsvc.app.hardening import forbid_core_dumps
from authsvc.audit.entry import AuditEntry
from authsvc.clock import Clock, system_clock
from authsvc.config import Settings
from authsvc.errors import ConfigurationError
from authsvc.keys.lifecycle import DEFAULT_SCHEDULE, Schedule
from authsvc.keys.sealed_key import KeyState
from authsvc.keys.sealing import SealingKey
from authsvc.policy.tenant import TenantPolicy, Tenants
from authsvc.replica.policies import Policies
from authsvc.store.contract import TokenFilter
from authsvc.store.opening import Store, open_store
from authsvc.tokens.claims import ALL_TENANTS, SERVICE_TENANT
from authsvc.tokens.issuing import self_check, sign_record
from authsvc.tokens.record import TokenRecord

ADMIN_KEY_TTL = 24 * 3600
_PAGE = 500


@dataclass(frozen=True, slots=True)
class BootstrapResult:
    """A fresh admin key. Its repr does not show it."""

    token_id: str
    expire_time: int
    """Seconds since the epoch."""
    _key: str

    @property
    def key(self) -> str:
        """The key itself: to be written to a private file and nowhere else."""
        return self._key

    def __repr__(self) -> str:
        return f"BootstrapResult(token_id={self.token_id!r}, expire_time={self.expire_time})"


def bootstrap(settings: Settings) -> BootstrapResult:
    """The first admin key, good for 24 h.

    Raises:
        ConfigurationError: a server uses the data directory, or a live admin key exists.
    """
    return asyncio.run(_offline(settings, "bootstrap"))


def recover(settings: Settings) -> BootstrapResult:
    """An admin key although there may be others, good for 24 h: for when they are lost.

    Raises:
        ConfigurationError: a server uses the data directory.
    """
    return asyncio.run(_offline(settings, "recover"))


async def _offline(settings: Settings, action: str) -> BootstrapResult:
    forbid_core_dumps()
    sealing_key = read_sealing_key(settings)
    store = open_store(settings.data_dir, offline=True)
    try:
        tenants = tenants_in(store, settings)
        await ensure_keys(store, sealing_key, tenants, Schedule.of(settings.key_refresh))
        if action == "bootstrap" and await has_admin_key(store):
            raise ConfigurationError("a live admin key exists; use it, or run `authsvc recover` if it is lost")
        return await make_admin_key(store, sealing_key, tenants, action)
    finally:
        store.close()


def tenants_in(store: Store, settings: Settings) -> Tenants:
    """The tenants of the store, the service's own among them."""
    return Policies(settings.issuer_base).all_of(store.reader.snapshot().tenants).tenants()


def is_admin_key(record: TokenRecord) -> bool:
    """Whether a key of this service may handle all others."""
    return ADMIN_SCOPE in record.scopes and record.bound_tenant == ALL_TENANTS


async def has_admin_key(store: Store) -> bool:
    """Whether a live admin key is on record."""
    live = TokenFilter(SERVICE_TENANT, state="live")
    before: int | None = None
    while page := await store.tokens.list_tokens(live, limit=_PAGE, before=before):
        if any(is_admin_key(stored.record) for stored in page):
            return True
        before = page[-1].position
    return False


async def make_admin_key(
    store: Store, sealing_key: SealingKey, tenants: Tenants, action: str, clock: Clock = system_clock
) -> BootstrapResult:
    """A key with admin:authsvc for all tenants: recorded, listed, revocable and audited like any other."""
    tenant = tenants.find(SERVICE_TENANT)
    key = sealing_key.open_ring(store.reader.snapshot().keys).signing_key(SERVICE_TENANT)
    now = int(clock())
    record = TokenRecord(
        tenant=SERVICE_TENANT,
        issuer=tenant.issuer,
        token_id=secrets.token_hex(16),
        subject=action,
        client_id=action,
        audiences=(SERVICE_TENANT,),
        scopes=(ADMIN_SCOPE,),
        key_id=key.key_id,
        issue_time=now,
        expire_time=now + ADMIN_KEY_TTL,
        label=f"made by authsvc {action}",
        bound_tenant=ALL_TENANTS,
    )
    token = sign_record(record, tenant, key)
    if self_check(token, record, tenant, key) is not None:
        raise ConfigurationError("the admin key does not verify; is the clock of this machine right?")
    audit = AuditEntry(action, SERVICE_TENANT, actor="system", actor_token_id="", target=record.token_id, call_id="")
    await store.tokens.issue(record, None, audit)
    return BootstrapResult(record.token_id, record.expire_time, token)


async def ensure_keys(
    store: Store, sealing_key: SealingKey, tenants: Iterable[TenantPolicy], schedule: Schedule = DEFAULT_SCHEDULE
) -> None:
    """See that every tenant has an active key, and that one of its algorithm is active or on its way there.

    A tenant without any signs with a new one at once, which no verifier can have missed. Where the algorithm has changed, the
    new key is published first as after any rotation, and the old one signs until then.
    """
    keys = store.reader.snapshot().keys
    ring = sealing_key.open_ring(keys)
    on_their_way = {(key.tenant, key.algorithm) for key in keys if key.state is KeyState.PREPARED}
    signing = {key.tenant for key in keys if key.state is KeyState.ACTIVE}
    for tenant in tenants:
        if ring.has_signing_key(tenant.name, tenant.algorithm):
            continue
        key = sealing_key.make(tenant.name, tenant.algorithm)
        audit = AuditEntry("AddKey", tenant.name, actor="system", actor_token_id="", target=key.key_id, call_id="")
        if tenant.name not in signing:
            await store.tokens.add_key(key, audit)
        elif (tenant.name, tenant.algorithm) not in on_their_way:
            await store.keys.prepare(key, audit, schedule.publication)
