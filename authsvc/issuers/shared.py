"""Key sets that the workers of a server share: one fetches, the others read what it brought, and a new one finds the last good.

They lie beside the data, one file for each URL: public keys, when they were fetched, and what became of the last attempt.
"""

import asyncio
import fcntl
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from authsvc.clock import Clock
from authsvc.issuers.fetch import FetchError, FetchFault
from authsvc.issuers.schedule import MISS_SECONDS
from authsvc.keys.public_jwk import JwkSetError, PublicJwkSet, read_public_jwk_set

DIRECTORY_NAME = "jwks"

_PRIVATE_DIRECTORY = 0o700
_PRIVATE = 0o600
_TURN_SECONDS = 0.05
"""How often a worker looks whether the one that fetches is done."""
_SLACK = 0.5
"""Seconds by which workers that fetch at the same interval may differ."""

Download = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class FetchedSet:
    """A key set, and how many seconds ago it was fetched."""

    jwks: PublicJwkSet
    age: float


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one URL's file holds. Times are seconds since the epoch."""

    attempt_time: float
    fault: str = ""
    """Why the last attempt brought nothing; empty when it brought the set."""
    why: str = ""
    success_time: float = 0.0
    jwks: str = ""
    """The last good set, JSON text; empty when there was none."""


class SharedKeySets:
    """Fetches a URL at most once in 10 s for all workers on the same data."""

    def __init__(self, data_dir: Path, download: Download, clock: Clock) -> None:
        self._directory = data_dir / DIRECTORY_NAME
        self._download = download
        self._clock = clock

    async def fetch(self, url: str) -> FetchedSet:
        """The key set at a URL: what another worker has just brought, or else what is fetched now.

        Raises:
            FetchError: the attempt brought nothing, whoever made it.
        """
        async with self._turn(url):
            attempt = await asyncio.to_thread(self._read, url)
            if attempt is None or not 0 <= self._clock() - attempt.attempt_time < MISS_SECONDS - _SLACK:
                attempt = await self._attempt(url, attempt)
                await asyncio.to_thread(self._write, url, attempt)
        if attempt.fault:
            raise FetchError(FetchFault(attempt.fault), attempt.why)
        return self._set_of(attempt)

    async def last_good(self, url: str) -> FetchedSet | None:
        """The last set that a worker brought, however old; None when there is none."""
        attempt = await asyncio.to_thread(self._read, url)
        with suppress(FetchError):
            return self._set_of(attempt) if attempt is not None and attempt.jwks else None
        return None

    async def keep_only(self, urls: Collection[str]) -> None:
        """Delete what no document names any more."""
        kept = {_name(url) for url in urls}
        await asyncio.to_thread(self._delete_others, kept)

    async def _attempt(self, url: str, before: _Attempt | None) -> _Attempt:
        now = self._clock()
        try:
            raw = await self._download(url)
            read_public_jwk_set(raw)
        except (FetchError, JwkSetError) as error:
            fault = error.fault if isinstance(error, FetchError) else FetchFault.KEY_SET
            why = str(error) if isinstance(error, FetchError) else f"the key set {error}"
            last = before or _Attempt(now)
            return _Attempt(now, fault.value, why, last.success_time, last.jwks)
        return _Attempt(now, success_time=now, jwks=raw.decode())

    def _set_of(self, attempt: _Attempt) -> FetchedSet:
        try:
            jwks = read_public_jwk_set(attempt.jwks.encode())
        except JwkSetError as error:
            raise FetchError(FetchFault.KEY_SET, f"the key set {error}") from None
        return FetchedSet(jwks, max(0.0, self._clock() - attempt.success_time))

    @asynccontextmanager
    async def _turn(self, url: str) -> AsyncIterator[None]:
        """Wait until no other worker fetches this URL. A worker that dies gives up its turn."""
        lock = await asyncio.to_thread(self._open_lock, url)
        try:
            while not _takes(lock):  # noqa: ASYNC110 (a lock of another process cannot be awaited)
                await asyncio.sleep(_TURN_SECONDS)
            yield
        finally:
            os.close(lock)

    def _open_lock(self, url: str) -> int:
        self._directory.mkdir(mode=_PRIVATE_DIRECTORY, exist_ok=True)
        return os.open(self._directory / f"{_name(url)}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)

    def _read(self, url: str) -> _Attempt | None:
        try:
            return _Attempt(**json.loads((self._directory / f"{_name(url)}.json").read_bytes()))
        except (OSError, ValueError, TypeError):
            # What is not there, or was cut short, is fetched anew.
            return None

    def _write(self, url: str, attempt: _Attempt) -> None:
        path = self._directory / f"{_name(url)}.json"
        fresh = path.with_suffix(".fresh")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _PRIVATE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(attempt), file)
        fresh.replace(path)

    def _delete_others(self, kept: Collection[str]) -> None:
        with suppress(OSError):
            for path in self._directory.iterdir():
                if path.name.partition(".")[0] not in kept:
                    path.unlink(missing_ok=True)


def _name(url: str) -> str:
    return sha256(url.encode()).hexdigest()


def _takes(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
