"""A server with faults planted in how it meets the network: `python -m tests.faults.planted_network FAULT[+FAULT]`.

Its settings come from the environment. A fault is planted in the supervisor and in its workers. Each worker says, when
it is sent SIGUSR1, how many tasks its event loop holds: a line of standard error that begins with TASKS.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import grpc
from cryptography import x509
from cryptography.x509.oid import NameOID

from authsvc.app import parts, supervisor, worker, worker_process
from authsvc.app.serving import serve
from authsvc.app.workers import WorkerProgram
from authsvc.config import load_settings
from authsvc.errors import ConfigurationError
from authsvc.transport.grpc import callers, calls_thread, certificates, front, health, server, tls
from authsvc.transport.http import https
from tests.faults.planted_worker import Function, plant

TASKS = "tasks: "
HELD_BYTES = 100_000
"""What each call leaves behind when it is planted to leave something."""
BLOCKED_SECONDS = 1.5
"""How long a call holds up the event loop when it is planted to, and the pause between such calls."""

_held: list[object] = []


def _options(**changed: int) -> Callable[[], None]:
    """Other channel arguments, by their names without "grpc." and with "__" for a dot."""
    ours = {"grpc." + name.replace("__", "."): value for name, value in changed.items()}

    def faulty(make: Function) -> Function:
        def planted(options: Any, **named: Any) -> Any:
            return make(tuple((dict(options) | ours).items()), **named)

        return planted

    return lambda: plant(server, "QueueServer", faulty)


def _drain(planted: Function) -> Callable[[], None]:
    """Another way for a worker to drain."""
    return lambda: plant(worker.Worker, "_drain", lambda _: planted)


def _on_each_call(act: Callable[[], object]) -> Callable[[], None]:
    """Do this too when a call comes in."""

    def faulty(is_oversized: Function) -> Function:
        def planted(metadata: Any) -> Any:
            act()
            return is_oversized(metadata)

        return planted

    return lambda: plant(calls_thread, "is_oversized", faulty)


def leave_a_task() -> None:
    def faulty(on_call: Function) -> Function:
        def planted(self: Any, event: Any) -> None:
            loop = self._calls.loop
            loop.call_soon_threadsafe(lambda: _held.append(loop.create_task(asyncio.sleep(3600.0))))
            on_call(self, event)

        return planted

    plant(calls_thread.CallsThread, "_on_call", faulty)


def _block_now_and_then() -> None:
    if time.monotonic() % (2 * BLOCKED_SECONDS) < BLOCKED_SECONDS / 10:
        time.sleep(BLOCKED_SECONDS)


def no_metadata_limit() -> None:
    _options(max_metadata_size=1 << 30, absolute_max_metadata_size=1 << 30)()
    plant(calls_thread, "is_oversized", lambda _: lambda _metadata: False)


def no_deadline_cap() -> None:
    def planted(_self: Any, context: Any) -> float:
        return float(context.time_remaining() or 3600.0)

    plant(front.GrpcFront, "_seconds_left", lambda _: planted)


async def stop_at_once(self: Any) -> None:
    """The calls in flight are not waited for."""
    await self._health.drain()
    await self._server.stop(0)


async def stop_like_grpc(self: Any) -> None:
    """Connections are read to the end, and what grpc reads after its first farewell it answers with CANCELLED."""
    await self._health.drain()
    await self._server.stop(10.0)


async def wait_for_ever(self: Any) -> None:
    """Calls in flight are waited for however long they take."""
    await self._health.drain()
    await self._server.stop(3600.0)


def useless_lame_duck() -> None:
    """From SIGTERM on calls are no longer served, and in a way that clients do not repeat."""

    def useless(_metadata: Any) -> None:
        raise RuntimeError

    def faulty(drain: Function) -> Function:
        async def planted(self: Any) -> None:
            plant(callers, "bearer_key", lambda _: useless)
            await drain(self)

        return planted

    plant(worker.Worker, "_drain", faulty)


async def _do_nothing(*_: Any) -> None:
    pass


def second_signal_is_ignored() -> None:
    def planted(self: Any) -> None:
        self._draining = True
        self._stop.set()

    plant(supervisor.Supervisor, "_on_signal", lambda _: planted)


def client_certificate_is_optional() -> None:
    def faulty(ask: Function) -> Function:
        def planted(*arguments: Any, **named: Any) -> Any:
            return ask(*arguments, **named | {"require_client_authentication": False})

        return planted

    plant(grpc, "dynamic_ssl_server_credentials", faulty)


def worker_is_always_named() -> None:
    def faulty(options: Function) -> Function:
        def planted(*arguments: Any, **named: Any) -> Any:
            return options(*arguments, **named | {"worker": "planted"})

        return planted

    plant(parts, "FrontOptions", faulty)


def only_the_first_uri_counts() -> None:
    plant(certificates, "_uris", lambda read: lambda extensions: read(extensions)[:1])


def any_certificate_will_do() -> None:
    for check in ("_is_leaf", "_may_sign", "_is_for_clients"):
        plant(certificates, check, lambda _: lambda _: True)


def the_common_name_counts() -> None:
    def faulty(load: Function) -> Function:
        def planted(pem: bytes) -> Any:
            identity = load(pem)
            (name,) = x509.load_pem_x509_certificate(pem).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            return identity or certificates.Identity(str(name.value), 0.0, 2.0**40)

        return planted

    plant(certificates, "read_identity", faulty)


def tls_takes_what_does_not_fit() -> None:
    """Neither of the two ports that speak TLS looks at what it reads."""
    plant(tls, "check", lambda _: lambda *_: None)
    plant(https.HttpsContext, "reload", lambda _: lambda _self: None)


FAULTS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "no-size-check": lambda: plant(front, "_check_size", lambda _: lambda *_: None),
    "no-message-limit": _options(max_receive_message_length=-1),
    "no-metadata-limit": no_metadata_limit,
    "no-deadline-cap": no_deadline_cap,
    "no-stream-limit": _options(max_concurrent_streams=1 << 30),
    "no-ping-limit": _options(http2__max_ping_strikes=0),
    "no-connection-age": _options(max_connection_age_ms=86_400_000),
    "no-handshake-timeout": _options(server_handshake_timeout_ms=3_600_000, http2__settings_timeout=3_600_000),
    "port-of-its-own": _options(so_reuseport=0),
    "every-call-leaves-something": _on_each_call(lambda: _held.append(bytearray(HELD_BYTES))),
    "every-call-leaves-a-task": leave_a_task,
    "every-call-leaves-a-descriptor": _on_each_call(lambda: os.dup(sys.stderr.fileno())),
    "a-call-blocks-now-and-then": _on_each_call(_block_now_and_then),
    "stop-at-once": _drain(stop_at_once),
    "stop-like-grpc": _drain(stop_like_grpc),
    "wait-for-ever": _drain(wait_for_ever),
    "health-stays-on": lambda: plant(health.Health, "drain", lambda _: _do_nothing),
    "useless-lame-duck": useless_lame_duck,
    "second-signal-is-ignored": second_signal_is_ignored,
    "tls-is-not-reloaded": lambda: plant(tls.TlsCredentials, "reload", lambda _: lambda _: False),
    "https-is-not-reloaded": lambda: plant(https.HttpsContext, "reload", lambda _: lambda _: None),
    "tls-takes-what-does-not-fit": tls_takes_what_does_not_fit,
    "client-certificate-is-optional": client_certificate_is_optional,
    "worker-is-always-named": worker_is_always_named,
    "only-the-first-uri-counts": only_the_first_uri_counts,
    "any-certificate-will-do": any_certificate_will_do,
    "the-common-name-counts": the_common_name_counts,
}


def _tell_more() -> None:
    """Say how many tasks there are when asked, and how long the event loop was held up every second."""
    worker._POLL_SECONDS = 0.1

    def report() -> None:
        print(f"{TASKS}{len(asyncio.all_tasks())}", file=sys.stderr, flush=True)

    def faulty(run: Function) -> Function:
        async def planted(self: Any) -> None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, report)
            await run(self)

        return planted

    plant(worker.Worker, "run", faulty)


def main(faults: str, *role: str) -> int:
    for name in faults.split("+"):
        FAULTS[name]()
    _tell_more()
    if role:
        return worker_process.main()
    command = (sys.executable, "-m", "tests.faults.planted_network", faults, "worker")
    try:
        return serve(load_settings(), worker=WorkerProgram(command, worker_process.main))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 78


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
