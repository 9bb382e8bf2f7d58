"""Seals the audit log, as a chore of one worker of each server."""

import contextlib

import structlog

from authsvc.audit.head import ChainBrokenError
from authsvc.errors import NoSigningKeyError, StoreFullError, StoreUnavailableError
from authsvc.keys.sealing import SealingKey
from authsvc.replica.replica import Replica
from authsvc.store.contract import AuditLog
from authsvc.telemetry.metrics import Metrics
from authsvc.tokens.claims import SERVICE_TENANT

_log = structlog.get_logger("authsvc.audit")


class AuditSealing:
    """The chore: seals what has no seal yet."""

    def __init__(self, replica: Replica, log: AuditLog, sealing_key: SealingKey, metrics: Metrics) -> None:
        self._replica = replica
        self._log = log
        self._sealing_key = sealing_key
        self._metrics = metrics
        self._is_broken = False

    async def __call__(self) -> None:
        """Seal. What cannot be sealed now is sealed the next time; a chain that is broken is said once."""
        try:
            # Without a key, or with one that has just been tainted, the next look at the change log brings another.
            with contextlib.suppress(NoSigningKeyError, StoreUnavailableError, StoreFullError):
                key = self._replica.keys.signing_key(SERVICE_TENANT)
                await self._log.seal(key, self._sealing_key.open)
                self._tell(is_broken=False)
        except ChainBrokenError as error:
            if not self._is_broken:
                _log.error("audit_chain_broken", why=str(error))
            self._tell(is_broken=True)

    def _tell(self, *, is_broken: bool) -> None:
        self._is_broken = is_broken
        self._metrics.audit_broken.set(int(is_broken))
