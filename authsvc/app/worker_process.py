"""The entry of a worker process, which never outlives its supervisor.

Its first line of standard input is the supervisor's orders; the end of that input is the supervisor's death.
"""

import asyncio
import os
import sys

import structlog

from authsvc.app.files import read_sealing_key
from authsvc.app.hardening import forbid_core_dumps
from authsvc.app.orders import EXIT_CONFIGURATION, Orders
from authsvc.app.parts import build_parts
from authsvc.app.worker import Worker
from authsvc.clock import Clock, system_clock
from authsvc.config import Settings
from authsvc.errors import ConfigurationError
from authsvc.store.opening import open_store
from authsvc.telemetry.logs import configure_logs
from authsvc.transport.grpc.baton import Baton, loop_with

_CLOSE_SECONDS = 0.5
"""After the drain nobody waits for a write any more: one that still waits for its turn is given up."""

_log = structlog.get_logger("authsvc.worker")


def _end_with_supervisor(loop: asyncio.AbstractEventLoop) -> None:
    """Exit at once when standard input ends: nobody would stop this process otherwise."""

    def read() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            os._exit(1)

    os.set_blocking(sys.stdin.fileno(), False)
    loop.add_reader(sys.stdin.fileno(), read)


def read_orders() -> Orders:
    """The first line of standard input, read without buffering so that the end of input is still seen later."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            os._exit(1)
        line += byte
    return Orders.model_validate_json(bytes(line))


async def _run(orders: Orders, settings: Settings, clock: Clock, baton: Baton) -> None:
    _end_with_supervisor(asyncio.get_running_loop())
    sealing_key = read_sealing_key(settings, make=False)
    store = open_store(
        settings.data_dir,
        clock=clock,
        existing=orders.store_id,
        busy_timeout=settings.busy_timeout.total_seconds(),
        record_retention=settings.record_retention,
        close_timeout=_CLOSE_SECONDS,
    )
    try:
        parts = build_parts(settings, store, sealing_key, clock, worker=f"{orders.index}-{os.getpid()}")
        await Worker(orders.index, settings, store, parts, clock, baton).run()
    finally:
        store.close()


def main(clock: Clock = system_clock) -> int:
    """Run the worker that standard input describes; the exit status is 0 after a clean drain."""
    forbid_core_dumps()
    orders = read_orders()
    given = {**orders.settings, **({"sealing_key": orders.sealing_key} if orders.sealing_key else {})}
    settings = Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    configure_logs(process=f"worker-{orders.index}")
    baton = Baton()
    try:
        with baton, asyncio.Runner(loop_factory=lambda: loop_with(baton)) as runner:
            runner.run(_run(orders, settings, clock, baton))
    except ConfigurationError as error:
        _log.error("cannot_start", why=str(error))
        return EXIT_CONFIGURATION
    return 0


if __name__ == "__main__":
    sys.exit(main())
