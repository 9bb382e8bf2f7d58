"""kill -9 while tokens are rotated and exchanged: a rotation is whole or not at all, and what was acknowledged stands (C1)."""

import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration

from authsvc.v1 import token_service_pb2 as messages
from authsvc.v1.reason_pb2 import Reason
from tests.faults.support import OK, REVOKED, TENANT, Caller, kill_all, seeded, start_planted
from tests.faults.test_kill import LONGEST_DELAY, call_until
from tests.support.scale import planted, scaled
from tests.support.server import Server

ROUNDS = scaled(3, 25, "AUTHSVC_TEST_KILL_ROUNDS")
PLANTED_ROUNDS = 10
CALLERS = 4

HALVES = {
    "a rotation without its new token": (
        "SELECT name FROM revocations WHERE kind = 'rotation' "
        "EXCEPT SELECT rotated_from FROM token_records WHERE rotated_from IS NOT NULL"
    ),
    "a new token whose old one lives on": (
        "SELECT rotated_from FROM token_records WHERE rotated_from <> '' "
        "EXCEPT SELECT name FROM revocations WHERE kind = 'rotation'"
    ),
    "a rotation without a change": (
        "SELECT name FROM revocations WHERE kind = 'rotation' EXCEPT SELECT name FROM changes WHERE kind = 'rotation'"
    ),
    "a record without an audit row": (
        "SELECT token_id FROM token_records WHERE tenant = 'demo' "
        "EXCEPT SELECT target FROM audit_records WHERE action IN ('Issue', 'RotateToken', 'Exchange')"
    ),
    "an audit row without a record": (
        "SELECT target FROM audit_records WHERE action IN ('Issue', 'RotateToken', 'Exchange') "
        "EXCEPT SELECT token_id FROM token_records"
    ),
}


@dataclass
class Ledger:
    """What the callers were told: each token, and what it must be answered."""

    promised: dict[str, Reason] = field(default_factory=dict)
    rotations: int = 0
    exchanges: int = 0
    answered: threading.Event = field(default_factory=threading.Event)


def rotate(caller: Caller, ledger: Ledger) -> None:
    """Rotate a token without an overlap."""
    old = caller.issue().token
    request = messages.RotateTokenRequest(tenant=TENANT, token=old, overlap=Duration(seconds=0))
    fresh = caller.stub.RotateToken(request, metadata=caller.metadata, timeout=5).token
    ledger.promised |= {old: REVOKED, fresh: OK}
    ledger.rotations += 1
    ledger.answered.set()


def exchange(caller: Caller, ledger: Ledger) -> None:
    """Exchange a token, whose parent stays good."""
    parent = caller.issue().token
    request = messages.ExchangeRequest(tenant=TENANT, token=parent)
    child = caller.stub.Exchange(request, metadata=caller.metadata, timeout=5).token
    ledger.promised |= {parent: OK, child: OK}
    ledger.exchanges += 1
    ledger.answered.set()


def load_and_kill(server: Server, ledger: Ledger, chance: random.Random) -> None:
    """Kill the whole server within LONGEST_DELAY of the first answer."""
    stop = threading.Event()
    ledger.answered.clear()
    calls: list[Callable[[], None]] = [
        partial((rotate, exchange)[number % 2], Caller.of(server), ledger) for number in range(CALLERS)
    ]
    threads = [threading.Thread(target=call_until, args=(stop, call)) for call in calls]
    for thread in threads:
        thread.start()
    assert ledger.answered.wait(30)
    # The moment is the point: there is nothing to wait for.
    time.sleep(chance.uniform(0, LONGEST_DELAY))
    for pid in [*server.worker_pids(), server.process.pid]:
        os.kill(pid, signal.SIGKILL)
    server.process.wait()
    stop.set()
    for thread in threads:
        thread.join()
    server.close_channels()


def faults_of(server: Server, ledger: Ledger) -> list[str]:
    """What is not as it was acknowledged, and what stands by half."""
    tokens = list(ledger.promised)
    reasons = Caller.of(server).reasons(tokens)
    found = [
        f"{Reason.Name(reason)} where {Reason.Name(ledger.promised[token])} was acknowledged"
        for token, reason in zip(tokens, reasons, strict=True)
        if reason != ledger.promised[token]
    ]
    with closing(sqlite3.connect(server.data_dir / "authsvc.db", timeout=10.0)) as connection:
        connection.execute("BEGIN")
        return found + [
            f"{what}: {value}" for what, query in HALVES.items() for (value,) in connection.execute(query).fetchall()
        ]


def kill_rounds(data_dir: Path, fault: str, chance: random.Random, rounds: int) -> tuple[list[str], Ledger]:
    """Kill and look, again and again on one data directory, until something is wrong or the rounds are done."""
    ledger = Ledger()
    server = start_planted(data_dir, fault)
    try:
        for number in range(1, rounds + 1):
            load_and_kill(server, ledger, chance)
            server = start_planted(data_dir, fault)
            found = faults_of(server, ledger)
            if found:
                return [f"round {number}: {fault}" for fault in found], ledger
        return [], ledger
    finally:
        kill_all(server)


@pytest.mark.timeout(120 + 10 * ROUNDS)
def test_a_rotation_is_whole_and_what_was_acknowledged_stands(tmp_path: Path) -> None:
    found, ledger = kill_rounds(tmp_path / "data", "none", seeded("kill life"), ROUNDS)
    print(
        f"{ROUNDS} kills, {ledger.rotations} rotations and {ledger.exchanges} exchanges, {len(found)} lost or by half"
    )
    assert found == []
    assert ledger.rotations
    assert ledger.exchanges


@planted
@pytest.mark.parametrize("fault", ["acknowledge-before-commit", "audit-in-a-transaction-of-its-own"])
def test_the_kills_find_a_planted_fault(tmp_path: Path, fault: str) -> None:
    found, _ = kill_rounds(tmp_path / "data", fault, seeded(f"life {fault}"), PLANTED_ROUNDS)
    print(fault, found[:1])
    assert found
