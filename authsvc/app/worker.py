"""The worker: serves the gRPC port until SIGTERM, with the chores that run beside it.

It says "ready" or "unready" on standard output, a line each.
"""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from authsvc.api.methods import SERVICES
from authsvc.app.key_chores import KeyChores
from authsvc.app.memory import FreedMemory
from authsvc.app.orders import READY, UNREADY
from authsvc.app.parts import Parts
from authsvc.clock import Clock
from authsvc.config import Settings
from authsvc.errors import ConfigurationError, StoreFullError, StoreUnavailableError
from authsvc.store.opening import Store
from authsvc.telemetry.logs import describe_fault
from authsvc.transport.grpc.baton import Baton
from authsvc.transport.grpc.draining import drain
from authsvc.transport.grpc.health import Health
from authsvc.transport.grpc.reflection import GuardedReflection
from authsvc.transport.grpc.server import ServerLimits, listen, make_server
from authsvc.transport.grpc.tls import TlsCredentials, TlsFiles
from authsvc.transport.grpc.turns import Turns
from authsvc.transport.http.https import HttpsContext
from authsvc.transport.http.public import make_public_server, public_app
from authsvc.transport.http.server import HttpServer, bind

PublicDoor = tuple[HttpServer, asyncio.Task[None]]

_POLL_SECONDS = 1.0
_STALL_STEP = 0.05
_MEMORY_SECONDS = 10.0
_END_SECONDS = 1.0
_PRUNE_MARGIN = 24 * 3600
_SEAL_SECONDS = 0.5
"""Between two sealings of the audit log, which is promised within a second."""
_LAST_WORD_SECONDS = 0.25
"""For each of the last two writes: the process has to be gone within the grace."""
_MANY_USES = 5_000
"""Tokens whose use is written down before its interval has passed, so that noting them takes little memory."""

_log = structlog.get_logger("authsvc.worker")


def https_of(settings: Settings) -> HttpsContext | None:
    """The certificate of the public HTTP door, None for plain text or no door.

    Raises:
        ConfigurationError: the files make no usable set.
    """
    files = settings.tls_cert_file, settings.tls_key_file
    if settings.plain_text or not settings.public_address or files[0] is None or files[1] is None:
        return None
    return HttpsContext(files[0], files[1])


def tls_files_of(settings: Settings) -> TlsFiles | None:
    """The files of the gRPC port's credentials, None for plain text."""
    if settings.plain_text or settings.tls_cert_file is None or settings.tls_key_file is None:
        return None
    return TlsFiles(settings.tls_cert_file, settings.tls_key_file, settings.tls_client_ca_file)


class Worker:
    """The server of one process and what runs beside it."""

    def __init__(self, index: int, settings: Settings, store: Store, parts: Parts, clock: Clock, baton: Baton) -> None:
        """`baton` is the one that the event loop holds."""
        self._index = index
        self._settings = settings
        self._store = store
        self._parts = parts
        self._clock = clock
        self._health = Health(tuple(service.full_name for service in SERVICES))
        files = tls_files_of(settings)
        self._tls = None if files is None else TlsCredentials(files)
        self._https = https_of(settings)
        self._keys = KeyChores(settings, store, parts.replica, parts.sealing_key, clock)
        limits = ServerLimits(settings.max_streams, settings.max_connection_age, settings.grace)
        self._server = make_server(limits, Turns(settings.max_wait), baton)
        self._stopping = asyncio.Event()
        self._ready = False
        self._port = 0

    async def run(self) -> None:
        """Serve until SIGTERM; then health off, the lame-duck time, the calls in flight, and the end."""
        try:
            await self._serve()
        finally:
            # Whatever has come to pass: no thread may wait for calls when the process ends.
            await self._server.stop(None)

    async def _serve(self) -> None:
        front = self._parts.front
        self._server.add_methods(front.methods)
        self._server.refuse_by(unknown=front.unknown, oversized=front.oversized)
        self._health.add_to(self._server)
        if self._settings.dev or self._settings.reflection:
            names = (*(service.full_name for service in SERVICES), "grpc.health.v1.Health")
            self._server.add_methods(GuardedReflection(names, self._parts.gate, front.callers).methods)
        self._port = listen(self._server, self._settings.grpc_address, self._tls)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stopping.set)
        # Ctrl-C reaches the whole process group: the supervisor decides what it means.
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        await self._server.start()
        door = await self._open_door()
        await self._health.set_alive()
        await self._parts.issuers.first()
        await self._set_ready(ready=True)
        # What is loaded now lives to the end: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        tasks = [asyncio.create_task(_every(seconds, step)) for seconds, step in self._chores()]
        tasks.append(asyncio.create_task(self._watch_loop()))
        tasks.append(asyncio.create_task(_every(_POLL_SECONDS, self._parts.issuers.run)))
        await self._stopping.wait()
        await asyncio.gather(self._drain(), self._close_door(door))
        for task in tasks:
            task.cancel()
        # What was noted while the calls ended is not lost, and what was written not left open to edits while nothing runs.
        for last_word in (self._write_usage, self._parts.sealing)[: 2 if self._index == 0 else 1]:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_WORD_SECONDS):
                    await last_word()
        if self._parts.decisions is not None:
            await asyncio.to_thread(self._parts.decisions.close)

    async def _open_door(self) -> PublicDoor | None:
        if not self._settings.public_address:
            return None
        max_age = int(self._settings.key_refresh.total_seconds())
        grace = self._settings.grace.total_seconds()
        server = make_public_server(public_app(self._parts.public_keys, max_age), self._https, int(grace))
        sockets = [bind(self._settings.public_address, "AUTHSVC_HTTP_ADDRESS")]
        serving = asyncio.create_task(server.serve(sockets))
        await server.listening.wait()
        return server, serving

    async def _close_door(self, door: PublicDoor | None) -> None:
        """Serve through the lame-duck time, then answer what is asked and close."""
        if door is None:
            return
        server, serving = door
        await asyncio.sleep(self._settings.lame_duck_seconds)
        server.should_exit = True
        left = self._settings.grace.total_seconds() - self._settings.lame_duck_seconds
        await asyncio.wait({serving}, timeout=left - min(_END_SECONDS, left / 4))

    def _chores(self) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        chores: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (_POLL_SECONDS, self._follow),
            (_MEMORY_SECONDS, partial(asyncio.to_thread, FreedMemory().give_back)),
        ]
        if self._index == 0:
            chores.append((self._settings.prune_interval.total_seconds(), self._prune))
            chores.append((_SEAL_SECONDS, self._parts.sealing))
            chores += self._keys.chores()
        if self._parts.usage.is_noted:
            chores.append((self._settings.usage_interval.total_seconds(), self._write_usage))
            chores.append((_POLL_SECONDS, self._write_many_uses))
        if self._tls is not None:
            chores.append((self._settings.tls_reload.total_seconds(), self._reload_tls))
        return chores

    async def _set_ready(self, *, ready: bool) -> None:
        await self._health.set_ready(ready)
        if ready != self._ready:
            self._ready = ready
            _say(READY if ready else UNREADY)

    async def _drain(self) -> None:
        grace, lame_duck = self._settings.grace.total_seconds(), self._settings.lame_duck_seconds
        _log.info("draining", grace=grace, lame_duck=lame_duck)
        await self._health.drain()
        _say(UNREADY)
        await asyncio.sleep(lame_duck)
        left = grace - lame_duck
        # The process has to be gone within the grace: some of it is for its end.
        await drain(self._server, self._port, left - min(_END_SECONDS, left / 4))

    async def _follow(self) -> None:
        """Take up what a dead writer may have left unpublished, and see whether the store can be read at all."""
        try:
            self._parts.replica.poll()
        except StoreUnavailableError:
            if self._ready:
                _log.error("store_unreadable")
            await self._set_ready(ready=False)
            return
        await self._set_ready(ready=True)
        revocations = self._parts.replica.revocations
        revocations.forget_before(int(self._clock()) - _PRUNE_MARGIN)
        self._parts.metrics.revision.set(self._parts.replica.revision)
        self._parts.metrics.revoked_tokens.set(revocations.token_count)

    async def _prune(self) -> None:
        with contextlib.suppress(StoreUnavailableError, StoreFullError):
            deleted = await self._store.tokens.prune()
            if deleted:
                _log.info("pruned", rows=deleted)

    async def _write_usage(self) -> None:
        uses = self._parts.usage.take()
        if not uses:
            return
        try:
            await self._store.tokens.write_usage(uses)
        except (StoreUnavailableError, StoreFullError):
            # Nothing waits for it: it is written with the next.
            self._parts.usage.give_back(uses)

    async def _write_many_uses(self) -> None:
        if self._parts.usage.held >= _MANY_USES:
            await self._write_usage()

    async def _reload_tls(self) -> None:
        if self._tls is None:
            return
        try:
            if await asyncio.to_thread(self._tls.reload):
                if self._https is not None:
                    await asyncio.to_thread(self._https.reload)
                _log.info("tls_reloaded")
        except ConfigurationError as error:
            # The old set goes on; files are often replaced one after the other.
            _log.warning("tls_not_reloaded", why=str(error))

    async def _watch_loop(self) -> None:
        loop = asyncio.get_running_loop()
        longest, since = 0.0, loop.time()
        while True:
            before = loop.time()
            await asyncio.sleep(_STALL_STEP)
            longest = max(longest, loop.time() - before - _STALL_STEP, self._server.take_longest_step())
            if loop.time() - since > 10 * _POLL_SECONDS:
                self._parts.metrics.stall.set(longest)
                longest, since = 0.0, loop.time()


async def _every(seconds: float, step: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await step()
        except Exception as error:  # noqa: BLE001 (a chore that fails is tried again, and must not end the worker)
            _log.error("chore_failed", fault=describe_fault(error))
        await asyncio.sleep(seconds)


def _say(line: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
