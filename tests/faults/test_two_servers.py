"""Several writers of one store, in one server or two: right across all, and no lock of the store shows (C35)."""

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import grpc

from tests.faults.halves import halves, known
from tests.faults.history import in_threads
from tests.faults.support import OK, REVOKED, Caller, Mint, caller_of_each_worker, planted_server, refusal
from tests.support.scale import planted, scaled

SECONDS = scaled(3, 30)
PLANTED_SECONDS = 3.0
BUSY_WORKERS = 4
BUSY_THREADS = 16
BUSY_SECONDS = scaled(3, 8)
THREADS = 8
WRITES_PER_SECOND = 200
LEAST_SHARE = 0.25
"""Of the writes that are tried for: a busy machine does fewer, but then this proves less."""


@dataclass
class Outcome:
    """What became of the writes."""

    issued: set[str] = field(default_factory=set)
    failed: list[tuple[str, str]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """How long each round took: Issue, Verify, Revoke and two more Verify."""
    seconds: float = 0.0
    logs: str = ""


def write_round(one: Caller, other: Caller) -> str:
    """Issue through one server, revoke through the other, and be refused by both."""
    token = one.issue()
    assert other.reasons([token.token]) == [OK]
    other.revoke(token.token_id)
    assert [caller.verify(token.token).reason for caller in (one, other)] == [REVOKED, REVOKED]
    return token.token_id


def write_through_two_servers(data_dir: Path, fault: str, seconds: float) -> Outcome:
    outcome, lock = Outcome(), threading.Lock()
    period = 2 * THREADS / WRITES_PER_SECOND
    with ExitStack() as servers:
        both = [servers.enter_context(planted_server(data_dir, fault)) for _ in range(2)]
        began = time.monotonic()

        def work(number: int) -> None:
            callers = [Caller.of(server) for server in both]
            turns = cycle([callers, callers[::-1]])
            due = began + period * number / THREADS
            while due < began + seconds:
                time.sleep(max(0.0, due - time.monotonic()))
                due += period
                start = time.monotonic()
                try:
                    token_id = write_round(*next(turns))
                except grpc.RpcError as error:
                    code, reason = refusal(error)
                    with lock:
                        outcome.failed.append((code.name, reason))
                    continue
                with lock:
                    outcome.issued.add(token_id)
                    outcome.waits.append(time.monotonic() - start)

        in_threads(THREADS, work)
        outcome.seconds = time.monotonic() - began
        outcome.logs = "".join(server.log for server in both)
    return outcome


def test_two_servers_write_one_store_and_no_lock_shows(tmp_path: Path) -> None:
    outcome = write_through_two_servers(tmp_path / "data", "none", SECONDS)
    writes, waits = 2 * len(outcome.issued), sorted(outcome.waits)
    print(
        f"{writes} writes through two servers, {writes / outcome.seconds:.0f}/s, {len(outcome.failed)} failed;"
        f" a round took {waits[len(waits) // 2] * 1000:.0f} ms, at most {waits[-1] * 1000:.0f} ms"
    )
    assert outcome.failed == []
    assert "STORE_UNAVAILABLE" not in outcome.logs
    assert halves(tmp_path / "data" / "authsvc.db") == []
    records, revoked = known(tmp_path / "data" / "authsvc.db")
    assert outcome.issued <= records
    assert outcome.issued <= revoked
    assert writes > SECONDS * WRITES_PER_SECOND * LEAST_SHARE


@planted
def test_a_lock_shows_when_nobody_waits_for_it(tmp_path: Path) -> None:
    outcome = write_through_two_servers(tmp_path / "data", "begin-without-waiting", PLANTED_SECONDS)
    print(f"without waiting {len(outcome.failed)} of {len(outcome.failed) + len(outcome.issued)} rounds failed")
    assert ("UNAVAILABLE", "STORE_UNAVAILABLE") in outcome.failed


def test_each_of_several_busy_workers_gets_its_turn(tmp_path: Path) -> None:
    waits: list[float] = []
    with planted_server(tmp_path / "data", environment={"AUTHSVC_WORKERS": str(BUSY_WORKERS)}) as server:
        callers, mint = list(caller_of_each_worker(server, BUSY_WORKERS).values()), Mint(server.data_dir)
        end = time.monotonic() + BUSY_SECONDS

        def work(number: int) -> None:
            caller = callers[number % BUSY_WORKERS]
            while time.monotonic() < end:
                start = time.monotonic()
                caller.revoke_token(mint.token())
                waits.append(time.monotonic() - start)

        in_threads(BUSY_THREADS, work)
    waits.sort()
    print(
        f"{len(waits) / BUSY_SECONDS:.0f} revocations/s by {BUSY_WORKERS} workers that never rest,"
        f" half of them in {waits[len(waits) // 2] * 1000:.0f} ms, all in {waits[-1] * 1000:.0f} ms"
    )
