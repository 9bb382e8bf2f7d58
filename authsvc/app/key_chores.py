"""What happens to keys by itself: prepared ones become active, verify-only ones retire, and old ones get a successor."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from authsvc.audit.entry import AuditEntry
from authsvc.clock import Clock
from authsvc.config import Settings
from authsvc.errors import KeyStateError, StoreFullError, StoreUnavailableError, TenantNotFoundError
from authsvc.keys.lifecycle import MICROSECONDS, Schedule
from authsvc.keys.sealing import SealingKey
from authsvc.policy.bounds import LIFETIME_CEILING
from authsvc.replica.replica import Replica
from authsvc.store.opening import Store

_LONGEST_STEP = 1.0
_LONGEST_LOOK = 60.0

_log = structlog.get_logger("authsvc.keys")


class KeyChores:
    """The chores of one server, for one of its workers. Other servers on the store may do the same at the same time."""

    def __init__(
        self, settings: Settings, store: Store, replica: Replica, sealing_key: SealingKey, clock: Clock
    ) -> None:
        self._schedule = Schedule.of(settings.key_refresh)
        self._rotation = settings.key_rotation
        self._store = store
        self._replica = replica
        self._sealing_key = sealing_key
        self._clock = clock

    def chores(self) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        """What to do how often: the seconds between two times, and the step."""
        chores: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (min(_LONGEST_STEP, self._schedule.refresh / MICROSECONDS / 4), self.advance)
        ]
        if self._rotation is not None:
            chores.append((min(_LONGEST_LOOK, self._rotation.total_seconds() / 10), self.rotate))
        return chores

    async def advance(self) -> None:
        """Take the steps whose time has come."""
        with contextlib.suppress(StoreUnavailableError, StoreFullError):
            for key in await self._store.keys.advance(self._schedule, self._max_lifetime):
                _log.info("key", tenant=key.tenant, key_id=key.key_id, state=key.state.value)

    async def rotate(self) -> None:
        """Prepare a successor for every key that will have been active long enough once that can take over."""
        longest = (self._rotation or timedelta()) // timedelta(microseconds=1) - self._schedule.publication
        with contextlib.suppress(StoreUnavailableError, StoreFullError):
            for tenant in await self._store.keys.due_for_rotation(max(longest, 0)):
                with contextlib.suppress(KeyStateError, TenantNotFoundError):
                    await self._prepare(tenant)

    async def _prepare(self, tenant: str) -> None:
        algorithm = self._replica.tenants.find(tenant).algorithm
        key = await asyncio.to_thread(self._sealing_key.make, tenant, algorithm, now=self._clock())
        audit = AuditEntry(
            "RotateKey", tenant, actor="system", actor_token_id="", target=f"key:{key.key_id}", call_id=""
        )
        # Another server may have been faster.
        receipt = await self._store.keys.prepare(key, audit, self._schedule.publication, if_none=True)
        _log.info("key", tenant=tenant, key_id=key.key_id, state=receipt.key.state.value)

    def _max_lifetime(self, tenant: str) -> int:
        try:
            return self._replica.tenants.find(tenant).max_ttl
        except TenantNotFoundError:
            # Its document may come back, and its tokens with it.
            return LIFETIME_CEILING
