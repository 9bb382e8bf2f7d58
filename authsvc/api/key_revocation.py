"""Takes a key out of use for ever: what TaintKey and Revoke of a key both do."""

import asyncio

from authsvc.audit.entry import AuditEntry
from authsvc.clock import Clock
from authsvc.keys.sealing import SealingKey
from authsvc.policy.tenant import TenantPolicy
from authsvc.revocation.entry import Revocation
from authsvc.store.contract import RevokeReceipt, SuccessorNeededError, TokenStore


class KeyRevocation:
    """Revokes keys. A tenant whose active key goes can sign at once with another one."""

    def __init__(self, store: TokenStore, sealing_key: SealingKey, clock: Clock) -> None:
        self._store = store
        self._sealing_key = sealing_key
        self._clock = clock

    async def revoke(
        self, revocation: Revocation, tenant: TenantPolicy, audit: AuditEntry, *, force: bool
    ) -> RevokeReceipt:
        """Revoke the key that the revocation names.

        Raises:
            KeyNotFoundError: the tenant has no such key.
            LastAdminKeyError: nobody could administer the service afterwards, and force is not set.
            StoreUnavailableError, StoreFullError: nothing was written.
        """
        keep_an_admin = tenant.is_service and not force
        try:
            return await self._store.revoke(revocation, audit, needs_successor=True, keep_an_admin=keep_an_admin)
        except SuccessorNeededError:
            # An RSA key takes a tenth of a second: made only for a key that is there and active, and aside, so that no
            # other call waits for it.
            successor = await asyncio.to_thread(
                self._sealing_key.make, tenant.name, tenant.algorithm, now=self._clock()
            )
        return await self._store.revoke(revocation, audit, successor=successor, keep_an_admin=keep_an_admin)
