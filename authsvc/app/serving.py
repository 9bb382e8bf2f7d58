"""`authsvc serve`: prepares the store, then hands over to the supervisor."""

import asyncio
import signal
import stat
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import structlog

from authsvc.access.rules import UndeclaredAccessError
from authsvc.api.tenant_documents import TenantDocuments
from authsvc.app import worker_process
from authsvc.app.admin_key import ensure_keys, make_admin_key, tenants_in
from authsvc.app.files import ADMIN_KEY_NAME, DEMO_TENANTS_NAME, read_sealing_key, write_private
from authsvc.app.hardening import forbid_core_dumps, take_all_descriptors
from authsvc.app.parts import access_rules
from authsvc.app.supervisor import Supervisor
from authsvc.app.tenant_files import DirectoryWatch, TenantFiles
from authsvc.app.worker import tls_files_of
from authsvc.app.workers import WorkerProgram, can_fork, fork_workers
from authsvc.clock import system_clock
from authsvc.config import Settings
from authsvc.errors import ConfigurationError
from authsvc.keys.lifecycle import Schedule
from authsvc.keys.sealing import SealingError, SealingKey
from authsvc.replica.replica import Replica
from authsvc.store.opening import Store, open_store
from authsvc.telemetry.logs import configure_logs
from authsvc.tokens.claims import SERVICE_TENANT
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.verdict import Decision, Question
from authsvc.transport.grpc.tls import check_files

_log = structlog.get_logger("authsvc")
_OTHERS = 0o077
WORKER = WorkerProgram((sys.executable, "-I", "-m", "authsvc.app.worker_process"), worker_process.main)


def serve(settings: Settings, *, worker: WorkerProgram = WORKER) -> int:
    """Serve until SIGTERM. The exit status is 0 after a clean drain.

    Raises:
        ConfigurationError: the server cannot start as it is configured.
    """
    # The first process of a container never gets a signal for which it has no handler.
    signal.signal(signal.SIGTERM, _end_before_serving)
    forbid_core_dumps()
    take_all_descriptors()
    configure_logs(process="supervisor")
    try:
        access_rules(settings)
    except UndeclaredAccessError as error:
        raise ConfigurationError(str(error)) from None
    tls_files = tls_files_of(settings)
    if tls_files is not None:
        check_files(tls_files)
    sealing_key = read_sealing_key(settings)
    files = TenantFiles.read(settings)
    if settings.plain_text and not settings.dev:
        _log.warning(
            "plain_text", why="AUTHSVC_TLS=off: keys and tokens travel unencrypted unless a mesh encrypts them"
        )
    store_id, admin_key = asyncio.run(_prepare(settings, sealing_key, files))
    metrics_dir = Path(tempfile.mkdtemp(prefix="authsvc-metrics-"))
    # A sealing key in the environment would be in that of a fork, and the environment of a process can be listed.
    is_forked = settings.sealing_key is None and can_fork()
    forked = fork_workers(settings.workers, worker.main, metrics_dir) if is_forked and worker.main is not None else []

    async def supervise() -> int:
        # Made inside the loop, whose events it holds.
        supervisor = Supervisor(
            settings,
            store_id,
            on_ready=lambda: _announce(settings, admin_key),
            worker_command=worker.command,
            metrics_dir=metrics_dir,
            forked=forked,
        )
        watch = asyncio.create_task(DirectoryWatch(settings, sealing_key, store_id, files).run())
        try:
            return await supervisor.run()
        finally:
            watch.cancel()

    return asyncio.run(supervise())


def _end_before_serving(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


async def _prepare(settings: Settings, sealing_key: SealingKey, files: TenantFiles) -> tuple[str, Path | None]:
    """Take up the tenant documents, see that every tenant can sign, and that a development server has an admin key.

    Returns:
        The id of the store, and where the admin key lies.
    """
    store = open_store(settings.data_dir, busy_timeout=settings.busy_timeout.total_seconds())
    try:
        await files.apply(
            TenantDocuments(
                store.tenants, sealing_key, settings.issuer_base, system_clock, Schedule.of(settings.key_refresh)
            )
        )
        tenants = tenants_in(store, settings)
        await ensure_keys(store, sealing_key, tenants, Schedule.of(settings.key_refresh))
        older = sum(key.sealed_by != sealing_key.name for key in store.reader.snapshot().keys)
        if older:
            _log.info("keys_sealed_by_others", keys=older, next="authsvc keys reseal")
        if not settings.dev:
            return store.store_id, None
        path = settings.data_dir / ADMIN_KEY_NAME
        if not _is_good(path, store, sealing_key, settings.issuer_base):
            fresh = await make_admin_key(store, sealing_key, tenants, "bootstrap")
            write_private(path, fresh.key + "\n")
    except SealingError as error:
        raise ConfigurationError(str(error)) from None
    else:
        return store.store_id, path
    finally:
        store.close()


def _is_good(path: Path, store: Store, sealing_key: SealingKey, issuer_base: str) -> bool:
    if not path.exists():
        return False
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS:
        raise ConfigurationError(
            f"AUTHSVC_DATA_DIR: {path} has mode {mode:04o} and is open to others; run: chmod 600 {path}"
        )
    replica = Replica(store.reader, sealing_key, issuer_base, store.revision)
    question = Question(replica.tenants.find(SERVICE_TENANT), SERVICE_TENANT, system_clock(), replica.revocations)
    outcome = Decision(0).decide(path.read_text(encoding="utf-8").strip(), question, replica.keys)
    return not isinstance(outcome, Refusal)


def _announce(settings: Settings, admin_key: Path | None) -> None:
    """Say where the server is and what to try next."""
    lines = [f"authsvc serves gRPC on {settings.grpc_address}, health and metrics on http://{settings.admin_address}"]
    if settings.public_address:
        scheme = "http" if settings.plain_text else "https"
        lines.append(f"Public keys are on {scheme}://{settings.public_address}/t/TENANT/.well-known/jwks.json")
    if admin_key is not None:
        program = sys.argv[0] if sys.argv[0].endswith("authsvc") else f"{sys.executable} -m authsvc.cli"
        ask = f"{program} {{}} --tenant demo --audience demo-api"
        lines += [
            f"The admin key is in {admin_key} (good for 24 h), the tenant demo in {settings.data_dir / DEMO_TENANTS_NAME}.",
            "Try, in another terminal:",
            f"  {ask.format('issue')} --subject alice --scope repo > token",
            f"  {ask.format('verify')} --token-file token",
            f"  {ask.format('check')} --operation 'POST /user/repos' --token-file token",
            "Ctrl-C ends it.",
        ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
