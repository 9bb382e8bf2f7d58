"""A real server that holds the corpus' tenants, keys and revocations, and whose clock stands still.

As a module it is the server's entry, for tests alone: it puts the corpus into the store of a fresh data directory, sealed
with that directory's sealing key, and serves. With "worker" as argument it is one of its workers.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from authsvc.app.files import read_sealing_key
from authsvc.app.serving import serve
from authsvc.app.worker_process import main as run_worker
from authsvc.app.workers import WorkerProgram
from authsvc.audit.entry import AuditEntry
from authsvc.config import Settings, load_settings
from authsvc.keys.key_material import TrustedKey, dump_private, dump_public
from authsvc.keys.sealed_key import KeyPurpose, KeyState, SealedKey
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.store.opening import open_store
from authsvc.tokens import verdict
from tests.hostile.build import ISSUER_BASE
from tests.hostile.cases import World, build_world, trusted_documents, world_file
from tests.support.server import Server, start_server

CLOCK = "HOSTILE_NOW"
"""The environment variable with the time at which the workers' clock stands."""
PLANT = "HOSTILE_PLANT"
"""Set to anything, the workers take every signature for good: the suites over RPC must then fail."""
AHEAD = 60
"""Seconds by which that clock is ahead, so that the admin key, made by the true clock, is not from the future."""


def _audit(action: str, tenant: str) -> AuditEntry:
    return AuditEntry(action, tenant, actor="system", actor_token_id="", target="corpus", call_id="")


async def fill_store(settings: Settings, world: World) -> None:
    """Put keys and revocations into the store. A tainted key is added and then revoked, as the service does it."""
    sealing_key = read_sealing_key(settings)
    store = open_store(settings.data_dir, offline=True)
    try:
        for key, state in world.keys:
            stored = KeyState.VERIFY_ONLY if state is KeyState.TAINTED else state
            bare = SealedKey(key.tenant, key.key_id, key.algorithm, stored, b"", world.now - 3600)
            if isinstance(key, TrustedKey):
                bare = replace(bare, purpose=KeyPurpose.TRUSTED_ISSUER, issuer=key.issuer)
                sealed = sealing_key.seal_key(bare, dump_public(key.public))
            else:
                sealed = sealing_key.seal_key(bare, dump_private(key.private))
            await store.tokens.add_key(sealed, _audit("AddKey", key.tenant))
            if state is KeyState.TAINTED:
                taint = Revocation(key.tenant, TargetKind.KEY, key.key_id)
                await store.tokens.revoke(taint, _audit("Revoke", key.tenant))
        for revocation in world.revocations:
            await store.tokens.revoke(revocation, _audit("Revoke", revocation.tenant))
    finally:
        store.close()


def main() -> int:
    """Fill the store and serve."""
    settings = load_settings(dev=True)
    asyncio.run(fill_store(settings, build_world(int(os.environ[CLOCK]))))
    command = (sys.executable, "-m", "tests.hostile.corpus_server", "worker")
    return serve(settings, worker=WorkerProgram(command, worker))


def tenant_documents() -> str:
    """The tenant documents of the corpus: JSON, which is YAML."""
    return "---\n".join(
        json.dumps(
            {
                "name": name,
                "max_ttl": f"{settings['max_ttl']}s",
                "trusted_issuers": trusted_documents(settings.get("trusted_issuers", ())),
            }
        )
        + "\n"
        for name, settings in world_file()["tenants"].items()
    )


@dataclass(frozen=True, slots=True)
class CorpusServer:
    """The running server and the world that it holds."""

    server: Server
    world: World


@contextmanager
def running_corpus_server(folder: Path, now: int, cache_size: int) -> Iterator[CorpusServer]:
    """A server whose clock stands at `now`; it must end cleanly."""
    world = build_world(now)
    tenants = folder / "tenants.yaml"
    tenants.write_text(tenant_documents())
    environment = {
        "AUTHSVC_ISSUER_URL": ISSUER_BASE,
        "AUTHSVC_TENANTS_FILE": str(tenants),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "AUTHSVC_SIGNATURE_CACHE_SIZE": str(cache_size),
        CLOCK: str(now),
    }
    server = start_server(
        folder / "data", environment=environment, arguments=(), command=("-m", "tests.hostile.corpus_server")
    )
    try:
        yield CorpusServer(server, world)
    finally:
        status = server.stop()
    assert status == 0, server.log


def worker() -> int:
    """One worker, with its clock stopped."""
    if os.environ.get(PLANT):
        vars(verdict)["signature_is_valid"] = lambda *_arguments: True
    return run_worker(lambda: float(os.environ[CLOCK]))


if __name__ == "__main__":
    sys.exit(worker() if sys.argv[1:] == ["worker"] else main())
