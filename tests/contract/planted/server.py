"""A development server with faults planted in it: `python -m tests.contract.planted.server PLANT`.

Its workers run the same module, with "worker" after the plant.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from prometheus_client import CollectorRegistry, Counter

from authsvc.api import issue, verify
from authsvc.app import worker_process
from authsvc.app.serving import serve
from authsvc.config import load_settings
from authsvc.errors import MissingKeyError
from authsvc.transport.grpc import front

FAULT_TEXT = "a fault that quotes what the caller sent"


def fault() -> None:
    """Verify has a bug, and what it raises quotes the request."""

    def broken(_self: Any, request: bytes, _caller: Any) -> bytes:
        raise KeyError(f"{FAULT_TEXT}: {request!r}")

    verify.Verify.__call__ = broken  # type: ignore[assignment,method-assign]


def leaks() -> None:
    """Every key goes to the log and into a label of a metric, every token into the store, and a key into an error."""
    counter = Counter("planted", "Calls, by key.", ("key",), registry=CollectorRegistry())
    bearer_key, record_of = vars(front)["bearer_key"], issue._record

    def leaking(metadata: Any) -> Any:
        key = bearer_key(metadata)
        print(f"a call with {key}", file=sys.stderr, flush=True)
        counter.labels(key).inc()
        if ("x-quote", "yes") in {(name, value) for name, value in metadata}:
            raise MissingKeyError(f"not good: {key}")
        return key

    def keeping(order: Any, tenant: Any, key: Any, issue_time: int) -> Any:
        record = record_of(order, tenant, key, issue_time)
        return replace(record, label=issue._sign(record, tenant, key))

    vars(front)["bearer_key"] = leaking
    issue._record = keeping


PLANTS: dict[str, Callable[[], None]] = {"fault": fault, "leaks": leaks}


def main(plant: str) -> int:
    command = (sys.executable, "-m", "tests.contract.planted.server", plant, "worker")
    return serve(load_settings(dev=True), worker_command=command)


if __name__ == "__main__":
    PLANTS[sys.argv[1]]()
    sys.exit(worker_process.main() if sys.argv[2:] else main(sys.argv[1]))
