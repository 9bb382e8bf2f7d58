"""Keeps the key sets of trusted issuers fresh, beside the calls: no call ever waits for a fetch, nor starts one."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

import structlog

from authsvc.issuers.fetch import FetchError, FetchFault
from authsvc.issuers.schedule import FetchAccount, Timing
from authsvc.issuers.shared import FetchedSet
from authsvc.keys.fetched_keys import FetchedKeys
from authsvc.policy.tenant import TenantPolicy
from authsvc.telemetry.logs import describe_fault

FETCHED = "ok"
_LONGEST_NAP = 1.0
_AT_ONCE = 16
"""Fetches at a time."""

_log = structlog.get_logger("authsvc.issuers")


class KeySetSource(Protocol):
    """Where key sets come from; see authsvc.issuers.shared."""

    async def fetch(self, url: str) -> FetchedSet:
        """The set at a URL, or FetchError."""

    async def last_good(self, url: str) -> FetchedSet | None:
        """The last set that was fetched by anybody, however old."""

    async def keep_only(self, urls: Collection[str]) -> None:
        """Forget the sets of all other URLs."""


class FetchMetrics(Protocol):
    """Where fetches are counted."""

    def jwks_fetched(self, outcome: str) -> None:
        """Count a fetch by its outcome: "ok", or a FetchFault."""

    def jwks_age(self, seconds: float) -> None:
        """Say how old the oldest set is that still verifies."""


class JwksRefresh:
    """Fetches each URL that a document names: at once, before its set is old, and when an unknown kid is asked for."""

    def __init__(
        self,
        fetched: FetchedKeys,
        tenants: Callable[[], Iterable[TenantPolicy]],
        source: KeySetSource,
        timing: Timing,
        clock: Callable[[], float],
        metrics: FetchMetrics,
    ) -> None:
        """`tenants` gives the policies in force, another object when they have changed; the clock is a steady one."""
        self._fetched = fetched
        self._tenants = tenants
        self._source = source
        self._timing = timing
        self._clock = clock
        self._metrics = metrics
        self._accounts: dict[str, FetchAccount] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._seen: Iterable[TenantPolicy] | None = None
        self._cleaning: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        fetched.on_miss = self._on_miss

    async def first(self) -> None:
        """Fetch every set once and wait for it: each fetch has a time limit, and a dead issuer holds nothing else up."""
        self.start_due()
        if self._running:
            await asyncio.wait(list(self._running.values()))

    def _on_miss(self) -> None:
        # Calls are answered by another thread than the loop's. Before `run` the first look finds it.
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Fetch what is due, for ever."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            self.start_due()
            try:
                await asyncio.wait_for(self._wake.wait(), _LONGEST_NAP)
            except TimeoutError:
                continue

    def start_due(self) -> None:
        """Start the fetches that are due, and drop the sets that are too old or that no document names."""
        self._follow_documents()
        now = self._clock()
        for url, account in self._accounts.items():
            if account.is_too_old(now) and url in self._fetched:
                self._fetched.forget(url)
                _log.warning("jwks_too_old", url=url)
            missed = url in self._fetched.missed
            if url not in self._running and account.is_due(now, missed=missed):
                account.started(now)
                self._running[url] = asyncio.create_task(self._refresh(url, account))
        self._metrics.jwks_age(
            max((now - (account.last_success or now) for account in self._accounts.values()), default=0)
        )

    def _follow_documents(self) -> None:
        tenants = self._tenants()
        if tenants is self._seen:
            return
        self._seen = tenants
        urls = {
            trusted.jwks_url for policy in tenants for trusted in policy.trusted_issuers.values() if trusted.jwks_url
        }
        for url in self._accounts.keys() - urls:
            del self._accounts[url]
            self._fetched.forget(url)
        for url in urls - self._accounts.keys():
            self._accounts[url] = FetchAccount(self._timing)
        self._cleaning = asyncio.create_task(self._source.keep_only(urls))
        # A kid may have been asked for under a document that is gone.
        self._fetched.missed &= urls

    async def _take_last_good(self, url: str, account: FetchAccount) -> None:
        """A worker that starts while an issuer does not answer has what the others have, for as long as they have it."""
        if url in self._fetched:
            return
        found = await self._source.last_good(url)
        if found is not None and found.age <= self._timing.max_age_seconds and self._accounts.get(url) is account:
            account.last_success = self._clock() - found.age
            self._fetched.put(url, found.jwks)

    def _failed(self, url: str, account: FetchAccount, fault: FetchFault, why: str) -> None:
        account.failed()
        self._metrics.jwks_fetched(fault.value)
        _log.warning("jwks_not_fetched", url=url, why=why, fault=fault.value)

    async def _refresh(self, url: str, account: FetchAccount) -> None:
        try:
            async with self._slots:
                found = await self._source.fetch(url)
        except FetchError as error:
            self._failed(url, account, error.fault, str(error))
            await self._take_last_good(url, account)
        except Exception as error:  # noqa: BLE001 (whatever an answer breaks, it is tried again, and the others go on)
            self._failed(url, account, FetchFault.PROTOCOL, describe_fault(error))
        else:
            account.succeeded(self._clock() - found.age)
            self._metrics.jwks_fetched(FETCHED)
            if self._accounts.get(url) is account:
                self._fetched.put(url, found.jwks)
            for fault in found.jwks.faults:
                _log.warning("jwk_left_out", url=url, position=fault.position, why=fault.rule)
        finally:
            # Whoever asked for an unknown kid was answered; asked again, it counts again.
            self._fetched.missed.discard(url)
            del self._running[url]
