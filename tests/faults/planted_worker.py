"""A worker with a fault planted in it: `python -m tests.faults.planted_worker FAULT`.

Some faults lie in wait until the file that PLANT_MARKER names is there.
"""

import asyncio
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from authsvc.api.hot import HotPath
from authsvc.app import worker, worker_process
from authsvc.errors import ConfigurationError
from authsvc.keys.jwk import EMPTY_SET
from authsvc.keys.lifecycle import Schedule
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import KeyState, SealedKey
from authsvc.revocation.entry import Revocation
from authsvc.revocation.index import RevocationIndex
from authsvc.store import audit_seals, database, key_store, store, tokens, writer
from authsvc.tokens.signature_cache import AuthenticToken, SignatureCache
from authsvc.transport.grpc.calls_thread import CALLS_THREAD, CallsThread
from authsvc.transport.grpc.turns import Turns

MARKER = Path(os.environ.get("PLANT_MARKER", "/nonexistent"))
LONG_STEP_SECONDS = 2.0
LATE_SECONDS = 0.05
"""How late what should have been done before is done."""


Function = Callable[..., Any]


def plant(place: Any, name: str, faulty: Callable[[Function], Function]) -> None:
    """Put what `faulty` makes of a function in its place."""
    setattr(place, name, faulty(getattr(place, name)))


def _in_order(*steps: str) -> Callable[[], None]:
    """Commit, publish and acknowledge in another order than the right one; what comes late is LATE_SECONDS late."""

    def planted(
        transaction: Any, outcome: Any, publish: Callable[[int], None], acknowledge: Callable[[Any], None]
    ) -> None:
        def publish_if_any() -> None:
            if outcome.revision is not None:
                publish(outcome.revision)

        what: dict[str, Callable[[], Any]] = {
            "commit": transaction.commit,
            "publish": publish_if_any,
            "acknowledge": lambda: acknowledge(outcome.result),
            "wait": lambda: time.sleep(LATE_SECONDS),
            "publish later": lambda: threading.Timer(LATE_SECONDS, publish_if_any).start(),
        }
        for step in steps:
            what[step]()

    return lambda: plant(writer, "commit_publish_acknowledge", lambda _: planted)


def audit_in_a_transaction_of_its_own() -> None:
    def faulty(append_audit: Function) -> Function:
        def planted(connection: Connection, *arguments: Any) -> None:
            connection.exec_driver_sql("COMMIT")
            time.sleep(LATE_SECONDS)
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            append_audit(connection, *arguments)

        return planted

    plant(store, "append_audit", faulty)
    plant(tokens, "append_audit", faulty)


def head_in_a_transaction_of_its_own() -> None:
    def faulty(write_head: Function) -> Function:
        def planted(connection: Connection, *arguments: Any) -> None:
            connection.exec_driver_sql("COMMIT")
            time.sleep(LATE_SECONDS)
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            write_head(connection, *arguments)

        return planted

    plant(audit_seals, "_write_head", faulty)


def _pragma_on_every_connection(pragma: str) -> Callable[[], None]:
    def faulty(configure: Function) -> Function:
        def planted(connection: sqlite3.Connection, *, read_only: bool) -> None:
            configure(connection, read_only=read_only)
            connection.execute(pragma)

        return planted

    return lambda: plant(database, "configure", faulty)


def pragma_while_marked() -> None:
    """Every write begins with the pragma that stands in the marker."""

    def faulty(write: Function) -> Function:
        def planted(connection: Connection, *arguments: Any, **named: Any) -> Any:
            if MARKER.exists():
                connection.exec_driver_sql(MARKER.read_text())
            return write(connection, *arguments, **named)

        return planted

    plant(tokens, "issue", faulty)
    plant(store, "write_revocation", faulty)


def begin_without_waiting() -> None:
    def planted(connection: sqlite3.Connection, _patience: float) -> None:
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("BEGIN IMMEDIATE")

    plant(database, "begin_write", lambda _: planted)


def unbounded_cache() -> None:
    def planted(self: SignatureCache, name: bytes, entry: AuthenticToken) -> None:
        self._young[name] = entry

    plant(SignatureCache, "put", lambda _: planted)


def revocations_kept_twice() -> None:
    kept = []

    def faulty(add: Function) -> Function:
        def planted(self: RevocationIndex, revocation: Revocation) -> None:
            kept.append(revocation)
            add(self, revocation)

        return planted

    plant(RevocationIndex, "add", faulty)


def measured_loop() -> None:
    """No fault: write down the most processor time that one step of the event loop or of the calls' thread takes.

    Processor time, since other programs take theirs meanwhile.
    """
    longest = 0.0
    main_thread = threading.get_ident()

    def faulty(run: Function) -> Function:
        def planted(*arguments: Any) -> Any:
            nonlocal longest
            began = time.thread_time()
            done = run(*arguments)
            took = time.thread_time() - began
            if MARKER.exists():
                longest = 0.0
                MARKER.unlink(missing_ok=True)
            if took > longest and threading.get_ident() in {main_thread, *_threads_of_calls()}:
                longest = took
                new = MARKER.with_suffix(f".{threading.get_ident()}")
                new.write_text(str(took))
                new.replace(MARKER.with_suffix(".longest"))
            return done

        return planted

    plant(asyncio.Handle, "_run", faulty)
    for step in ("_next", "_serve", "_step"):
        plant(CallsThread, step, faulty)


def _threads_of_calls() -> set[int | None]:
    return {thread.ident for thread in threading.enumerate() if thread.name == CALLS_THREAD}


def long_step_where_marked() -> None:
    """Have the event loop stay in one step for LONG_STEP_SECONDS, once, when the marker is there."""

    def stay_if_marked() -> None:
        if MARKER.exists():
            MARKER.unlink()
            time.sleep(LONG_STEP_SECONDS)

    def faulty(follow: Function) -> Function:
        async def planted(self: Any) -> None:
            stay_if_marked()
            await follow(self)

        return planted

    plant(worker.Worker, "_follow", faulty)


def long_step_beside_calls() -> None:
    """Likewise, and the calls do not care whether the loop holds the baton."""
    plant(worker, "make_server", lambda make: lambda limits, turns, _: make(limits, turns))
    long_step_where_marked()


def heavy_and_measured_loop() -> None:
    def faulty(decide: Function) -> Function:
        def planted(*arguments: Any) -> Any:
            end = time.thread_time() + LATE_SECONDS
            while time.thread_time() < end:
                pass
            return decide(*arguments)

        return planted

    plant(HotPath, "decide", faulty)
    measured_loop()


def key_used_before_published() -> None:
    def planted(key: SealedKey, now: int, _publication: int) -> SealedKey:
        return replace(key, state=KeyState.ACTIVE, state_time=now)

    plant(key_store, "prepared", lambda _: planted)


def tainted_keys_stay() -> None:
    plant(KeyRing, "put_away", lambda _: lambda *_, **__: None)


def cannot_start() -> None:
    def planted(*_: Any, **__: Any) -> None:
        raise ConfigurationError("AUTHSVC_PLANTED: a worker cannot start like this; take the plant out")

    plant(worker_process, "open_store", lambda _: planted)


def full_log() -> None:
    os.dup2(os.open("/dev/full", os.O_WRONLY), sys.stderr.fileno())


def die_at_start() -> None:
    os._exit(9)


def _die_if_marked(point: str) -> None:
    """End the process at this point if it is the one that is marked; once, so the mark goes first."""
    try:
        if MARKER.read_text() != point:
            return
        MARKER.unlink()
    except FileNotFoundError:
        return
    os._exit(9)


def _dying(point: str) -> Callable[[Function], Function]:
    def faulty(function: Function) -> Function:
        def planted(*arguments: Any, **options: Any) -> Any:
            _die_if_marked(point)
            return function(*arguments, **options)

        return planted

    return faulty


def die_where_marked() -> None:
    """End the process at the marked point of the next write, once."""

    def planted(
        transaction: Any, outcome: Any, publish: Callable[[int], None], acknowledge: Callable[[Any], None]
    ) -> None:
        # Look-ups come by here too; they have no revision.
        is_write = outcome.revision is not None
        if is_write:
            _die_if_marked("before commit")
        transaction.commit()
        if is_write:
            _die_if_marked("before publication")
            publish(outcome.revision)
            _die_if_marked("before acknowledgement")
        acknowledge(outcome.result)
        if is_write and MARKER.exists():
            # The answer leaves through another thread: dying at once would catch it before it is sent.
            time.sleep(LATE_SECONDS)
            _die_if_marked("after acknowledgement")

    for method in ("issue", "revoke"):
        plant(store.SqlTokenStore, method, _dying("before begin"))
    plant(store, "write_revocation", _dying("before insert"))
    plant(tokens, "issue", _dying("before insert"))
    for module in (store, tokens):
        plant(module, "append_audit", _dying("after insert"))
    plant(writer, "commit_publish_acknowledge", lambda _: planted)


POINTS = (
    "before begin",
    "before insert",
    "after insert",
    "before commit",
    "before publication",
    "before acknowledgement",
    "after acknowledgement",
)
"""Of a write: where die_where_marked can end the process."""

FAULTS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "acknowledge-before-commit": _in_order("acknowledge", "wait", "commit", "publish"),
    "publish-after-acknowledgement": _in_order("commit", "acknowledge", "publish later"),
    "publish-nothing": _in_order("commit", "acknowledge"),
    "audit-in-a-transaction-of-its-own": audit_in_a_transaction_of_its_own,
    "head-in-a-transaction-of-its-own": head_in_a_transaction_of_its_own,
    "synchronous-normal": _pragma_on_every_connection("PRAGMA synchronous = NORMAL"),
    "synchronous-off": _pragma_on_every_connection("PRAGMA synchronous = OFF"),
    "frequent-checkpoints": _pragma_on_every_connection("PRAGMA wal_autocheckpoint = 12"),
    "pragma-while-marked": pragma_while_marked,
    "begin-without-waiting": begin_without_waiting,
    "unbounded-cache": unbounded_cache,
    "revocations-kept-twice": revocations_kept_twice,
    "measured-loop": measured_loop,
    "long-step-where-marked": long_step_where_marked,
    "long-step-beside-calls": long_step_beside_calls,
    "heavy-and-measured-loop": heavy_and_measured_loop,
    "key-used-before-published": key_used_before_published,
    "key-dropped-too-early": lambda: plant(Schedule, "retire_time", lambda _: lambda _, relieved, __: relieved),
    "no-key-is-published": lambda: plant(KeyRing, "published", lambda _: lambda *_: EMPTY_SET),
    "tainted-keys-stay": tainted_keys_stay,
    "cannot-start": cannot_start,
    "full-log": full_log,
    "nobody-is-late": lambda: plant(Turns, "refuse_if_late", lambda _: lambda *_: None),
    "die-at-start": die_at_start,
    "die-where-marked": die_where_marked,
}


def main(fault: str) -> int:
    FAULTS[fault]()
    return worker_process.main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
