"""A development server with faults planted in it: `python -m tests.contract.planted.server PLANT`.

Its workers run the same module, with "worker" after the plant.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from prometheus_client import CollectorRegistry, Counter
from sqlalchemy import select

from authsvc.api import gate, issue, minting, verify
from authsvc.app import worker_process
from authsvc.app.serving import serve
from authsvc.app.workers import WorkerProgram
from authsvc.config import load_settings
from authsvc.errors import MissingKeyError
from authsvc.store import revocations, schema, store, tokens
from authsvc.transport.grpc import callers

FAULT_TEXT = "a fault that quotes what the caller sent"


def fault() -> None:
    """Verify has a bug, and what it raises quotes the request."""

    def broken(_self: Any, request: bytes, _caller: Any) -> bytes:
        raise KeyError(f"{FAULT_TEXT}: {request!r}")

    verify.Verify.__call__ = broken  # type: ignore[assignment,method-assign]


def leaks() -> None:
    """Every key goes to the log and into a label of a metric, every token into the store, and a key into an error."""
    counter = Counter("planted", "Calls, by key.", ("key",), registry=CollectorRegistry())
    bearer_key, record_of = vars(callers)["bearer_key"], issue._record

    def leaking(metadata: Any) -> Any:
        key = bearer_key(metadata)
        print(f"a call with {key}", file=sys.stderr, flush=True)
        counter.labels(key).inc()
        if ("x-quote", "yes") in {(name, value) for name, value in metadata}:
            raise MissingKeyError(f"not good: {key}")
        return key

    def keeping(order: Any, tenant: Any, key: Any, issue_time: int) -> Any:
        record = record_of(order, tenant, key, issue_time)
        return replace(record, label=minting.sign_token(record, tenant, key))

    vars(callers)["bearer_key"] = leaking
    issue._record = keeping


def tells_tenants() -> None:
    """Whoever names another tenant is told whether it exists."""
    tenant_of = gate.Gate.tenant_of

    def telling(self: Any, caller: Any, name: str) -> Any:
        if name and caller.bound_tenant not in {"*", name}:
            self._replica.tenants.find(name)
        return tenant_of(self, caller, name)

    gate.Gate.tenant_of = telling  # type: ignore[method-assign]


def reads_everywhere() -> None:
    """A token is found by its id alone, whosever it is."""
    find = tokens.get_token

    def finding(connection: Any, tenant: str, token_id: str, issuer: str | None, now: Any) -> Any:
        owners = connection.execute(select(schema.token_records.c.tenant).distinct()).scalars().all()
        found = (find(connection, owner, token_id, issuer, now) for owner in (tenant, *owners))
        return next((stored for stored in found if stored is not None), None)

    tokens.get_token = finding


def writes_elsewhere() -> None:
    """A revocation of a token hits every tenant that has a record of it."""
    write = revocations.write_revocation

    def writing(connection: Any, revocation: Any, now: Any) -> Any:
        of_id = schema.token_records.c.token_id == revocation.name
        for owner in connection.execute(select(schema.token_records.c.tenant).where(of_id)).scalars().all():
            write(connection, replace(revocation, tenant=owner), now)
        return write(connection, revocation, now)

    vars(store)["write_revocation"] = writing


PLANTS: dict[str, Callable[[], None]] = {
    "fault": fault,
    "leaks": leaks,
    "tells tenants": tells_tenants,
    "reads everywhere": reads_everywhere,
    "writes elsewhere": writes_elsewhere,
}


def main(plant: str) -> int:
    command = (sys.executable, "-m", "tests.contract.planted.server", plant, "worker")
    return serve(load_settings(dev=True), worker=WorkerProgram(command, worker_process.main))


if __name__ == "__main__":
    PLANTS[sys.argv[1]]()
    sys.exit(worker_process.main() if sys.argv[2:] else main(sys.argv[1]))
