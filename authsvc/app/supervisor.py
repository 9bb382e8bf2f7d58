"""The supervisor: starts the workers, replaces one that dies, serves the admin and probe addresses, drains on SIGTERM."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import grpc
import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from authsvc.app.orders import EXIT_CONFIGURATION, READY, Orders
from authsvc.app.workers import METRICS_VARIABLE, ForkedWorker, StartedWorker, WorkerProcess
from authsvc.config import SEALING_KEY_VARIABLE, Settings
from authsvc.transport.grpc.health import Health
from authsvc.transport.grpc.server import make_probe_server
from authsvc.transport.http.admin import admin_app, make_admin_server
from authsvc.transport.http.server import bind

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_STEADY_SECONDS = 10.0
_MARGIN_SECONDS = 2.0

_log = structlog.get_logger("authsvc.supervisor")


class Supervisor:
    """One server: its workers share the port, the data directory and the fate of this process."""

    def __init__(
        self,
        settings: Settings,
        store_id: str,
        *,
        on_ready: Callable[[], None] = lambda: None,
        worker_command: Sequence[str],
        metrics_dir: Path,
        forked: Sequence[ForkedWorker] = (),
    ) -> None:
        """Supervise workers of these settings on that store.

        Args:
            settings: those of the server.
            store_id: the store's.
            on_ready: called once, when all serve.
            worker_command: starts a worker.
            metrics_dir: where the workers write their metrics; it is removed in the end.
            forked: workers that wait for their orders already, by their index.
        """
        self._settings = settings
        self._store_id = store_id
        self._on_ready = on_ready
        self._command = tuple(worker_command)
        self._forked: dict[int, WorkerProcess] = dict(enumerate(forked))
        self._processes: dict[int, WorkerProcess] = {}
        self._ready: set[int] = set()
        self._draining = False
        self._announced = False
        self._failed = 0
        self._stop = asyncio.Event()
        self._probe = Health()
        self._metrics_dir = metrics_dir

    @property
    def is_ready(self) -> bool:
        """Whether every worker serves and nobody has asked for the end."""
        return len(self._ready) == self._settings.workers and not self._draining

    async def run(self) -> int:
        """Serve until SIGTERM or SIGINT; the exit status is 0 after a clean drain. A second signal ends at once.

        Raises:
            ConfigurationError: an address cannot be bound.
        """
        try:
            return await self._supervise()
        finally:
            shutil.rmtree(self._metrics_dir, ignore_errors=True)

    async def _supervise(self) -> int:
        admin = make_admin_server(admin_app(lambda: self.is_ready, self._collect))
        sockets = [bind(self._settings.admin_address, "AUTHSVC_ADMIN_ADDRESS")]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal)
        probe = await self._start_probe()
        serving = asyncio.create_task(admin.serve(sockets=sockets))
        keepers = [asyncio.create_task(self._keep(index)) for index in range(self._settings.workers)]
        try:
            await self._stop.wait()
            await self._probe.drain()
            status = await self._drain(keepers)
        finally:
            for process in self._processes.values():
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            admin.should_exit = True
            await serving
            if probe is not None:
                await probe.stop(0)
        return status

    async def _start_probe(self) -> grpc.aio.Server | None:
        if not self._settings.probe_address:
            return None
        server = make_probe_server()
        self._probe.add_to(server)
        server.add_insecure_port(self._settings.probe_address)
        await self._probe.set_alive()
        await self._probe.set_ready(ready=False)
        await server.start()
        return server

    def _on_signal(self) -> None:
        if not self._draining:
            self._draining = True
            self._stop.set()
            return
        _log.warning("ended_at_once")
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        shutil.rmtree(self._metrics_dir, ignore_errors=True)
        os._exit(1)

    async def _drain(self, keepers: list[asyncio.Task[None]]) -> int:
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        grace = self._settings.grace.total_seconds() + _MARGIN_SECONDS
        _, late = await asyncio.wait(keepers, timeout=grace)
        for task in late:
            task.cancel()
        return self._failed or (1 if late else 0)

    async def _keep(self, index: int) -> None:
        """Keep one worker running until the end is asked for."""
        pause = _FIRST_PAUSE
        loop = asyncio.get_running_loop()
        while not self._draining:
            started = loop.time()
            code = await self._run_worker(index)
            if self._stop.is_set():
                return
            # A server that has served stays: what is wrong now may pass, as a store that is away comes back.
            if code == EXIT_CONFIGURATION and not self._announced:
                self._failed = code
                self._draining = True
                self._stop.set()
                return
            _log.error("worker_died", worker=index, status=code)
            pause = _FIRST_PAUSE if loop.time() - started > _STEADY_SECONDS else min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _run_worker(self, index: int) -> int:
        process = self._forked.pop(index, None)
        if process is None:
            process = await StartedWorker.start(self._command, self._worker_environment())
        self._processes[index] = process
        secret = self._settings.sealing_key
        orders = Orders(
            index=index,
            settings=self._settings.model_dump(mode="json", exclude={"sealing_key"}),
            sealing_key="" if secret is None else secret.get_secret_value(),
            store_id=self._store_id,
        )
        with contextlib.suppress(ConnectionError):
            await process.order(orders.model_dump_json().encode() + b"\n")
        if self._draining:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        async for line in process.lines:
            await self._hear(index, ready=line.decode().strip() == READY)
        code = await process.wait()
        await self._hear(index, ready=False)
        self._processes.pop(index, None)
        mark_process_dead(process.pid, str(self._metrics_dir))  # type: ignore[no-untyped-call]
        return code

    def _worker_environment(self) -> dict[str, str]:
        # The sealing key goes to a worker over its standard input: a process's environment can be listed.
        inherited = {name: value for name, value in os.environ.items() if name != SEALING_KEY_VARIABLE}
        return {**inherited, METRICS_VARIABLE: str(self._metrics_dir)}

    async def _hear(self, index: int, *, ready: bool) -> None:
        (self._ready.add if ready else self._ready.discard)(index)
        await self._probe.set_ready(self.is_ready)
        if self.is_ready and not self._announced:
            self._announced = True
            self._on_ready()

    def _collect(self) -> bytes:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(self._metrics_dir))  # type: ignore[no-untyped-call]
        return generate_latest(registry)
