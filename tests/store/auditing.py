"""An audit log that tests fill, seal, spoil and verify."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from authsvc.audit.checkpoint import UnverifiedCheckpoint, read_checkpoint, write_checkpoint
from authsvc.audit.entry import AuditEntry
from authsvc.audit.head import Head
from authsvc.audit.verification import ChainVerification, Fault
from authsvc.keys.key_material import SigningKey
from authsvc.keys.sealed_key import Algorithm, SealedKey
from authsvc.keys.sealing import SealingKey
from authsvc.store.opening import Store, open_store
from tests.store.builders import AUDIT, START, TurnableClock

SEALING_KEY = SealingKey(os.urandom(32))


def service_key() -> SealedKey:
    """An active key of the reserved tenant that opens."""
    return SEALING_KEY.make("authsvc", Algorithm.ES256, now=START)


def entry(number: int) -> AuditEntry:
    return AuditEntry(
        "Issue", "acme", f"client {number}", f"jti-{number}", f"token-{number}", f"call-{number}", {"n": "1"}
    )


class Log:
    """The audit log of an open store, with the key that signs its heads."""

    def __init__(self, store: Store, key: SealedKey | SigningKey) -> None:
        self.store = store
        self.key = SEALING_KEY.open(key) if isinstance(key, SealedKey) else key

    def beside(self, store: Store) -> "Log":
        """The same log as another server has it open, or this one after a restart."""
        return Log(store, self.key)

    @classmethod
    async def begin(cls, store: Store) -> "Log":
        """The log of a new store. Its first record tells of its key."""
        key = service_key()
        await store.tokens.add_key(key, AUDIT)
        return cls(store, key)

    async def write(self, count: int, *, first: int = 0) -> None:
        for number in range(first, first + count):
            await self.store.audit.append(entry(number))

    async def seal(self) -> int:
        return await self.store.audit.seal(self.key, SEALING_KEY.open)

    async def verification(self, checkpoints: Iterable[str] = (), **checks: Any) -> ChainVerification:
        """A verification that has gone through the log, against checkpoints whose signature is good."""
        read = [read_checkpoint(text) for text in checkpoints]
        found = ChainVerification(self.store.store_id, _heads(read), **checks)
        while not found.is_done:
            found.take(await self.store.audit.chunk(found.position, SEALING_KEY.open))
        return found

    async def faults(self, checkpoints: Iterable[str] = (), **checks: Any) -> list[Fault]:
        return (await self.verification(checkpoints, **checks)).faults

    async def checkpoint(self) -> str:
        """What the service would sign now."""
        chunk = await self.store.audit.chunk(None, SEALING_KEY.open)
        assert chunk.head is not None
        return write_checkpoint(self.store.store_id, chunk.head, self.key)


def _heads(read: list[UnverifiedCheckpoint]) -> dict[int, Head]:
    return {number: checkpoint.head for number, checkpoint in enumerate(read, 1)}


@contextlib.contextmanager
def opened(data_dir: Path) -> Iterator[Store]:
    """A store that is closed at the end of the block."""
    store = open_store(data_dir, clock=TurnableClock())
    try:
        yield store
    finally:
        store.close()
