"""`authsvc keys reseal`: seals every key with the newest sealing key, so that older ones can go. Servers may run meanwhile."""

import asyncio
from dataclasses import dataclass

from authsvc.app.files import read_sealing_key
from authsvc.app.hardening import forbid_core_dumps
from authsvc.audit.entry import AuditEntry
from authsvc.config import Settings
from authsvc.errors import ConfigurationError
from authsvc.keys.sealing import SealingError
from authsvc.store.opening import open_store
from authsvc.tokens.claims import SERVICE_TENANT


@dataclass(frozen=True, slots=True)
class ResealResult:
    """What was done."""

    keys: int
    """How many keys had another seal."""
    sealed_by: str
    """The name of the sealing key that all are sealed with now; no secret."""


def reseal(settings: Settings) -> ResealResult:
    """Seal every key with the newest sealing key.

    Raises:
        ConfigurationError: there is no store, or a key does not open with any of the sealing keys.
        StoreUnavailableError, StoreFullError: the store cannot be written; what was resealed stays so.
    """
    return asyncio.run(_reseal(settings))


async def _reseal(settings: Settings) -> ResealResult:
    forbid_core_dumps()
    sealing_key = read_sealing_key(settings, make=False)
    if not settings.data_dir.exists():
        raise ConfigurationError(f"AUTHSVC_DATA_DIR: there is no store at {settings.data_dir}")
    store = open_store(settings.data_dir)
    audit = AuditEntry(
        "ResealKeys", SERVICE_TENANT, actor="system", actor_token_id="", target="keys of all tenants", call_id=""
    )
    try:
        count = await store.keys.reseal(sealing_key.name, sealing_key.reseal, audit)
    except SealingError as error:
        raise ConfigurationError(
            f"{error} Name the key that it was sealed with in AUTHSVC_SEALING_KEYS_OLD_FILE"
        ) from None
    finally:
        store.close()
    return ResealResult(count, sealing_key.name)
