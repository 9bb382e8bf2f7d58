"""kill -9 at any moment under load: what was acknowledged is there afterwards, and nothing is there by half (C1, C2)."""

import os
import random
import secrets
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import grpc
import pytest

from authsvc.v1.reason_pb2 import Reason
from tests.faults.halves import halves, known
from tests.faults.support import OK, REVOKED, Caller, Mint, await_ready, is_running, kill_all, seeded, start_planted
from tests.support.scale import planted, scaled
from tests.support.server import Server, await_true

ROUNDS = scaled(20, 100, "AUTHSVC_TEST_KILL_ROUNDS")
PLANTED_ROUNDS = 10
"""In so many rounds at most, a planted fault must have shown."""
CALLERS = 4
LONGEST_DELAY = 0.05
ONE_WORKER_EVERY = 5
"""Rounds."""


@dataclass
class Ledger:
    """What the callers were told, by token id."""

    tokens: dict[str, str] = field(default_factory=dict)
    """The tokens that were issued or revoked."""
    issued: set[str] = field(default_factory=set)
    """Issues acknowledged."""
    asked: set[str] = field(default_factory=set)
    """Revocations sent, whatever became of them."""
    revoked: set[str] = field(default_factory=set)
    """Revocations acknowledged."""
    seconds: float = 0.0
    """How long there was load."""
    answered: threading.Event = field(default_factory=threading.Event)
    """Set by the first answer."""

    @property
    def calls(self) -> int:
        return len(self.issued) + len(self.revoked)

    def add(self, other: "Ledger") -> None:
        self.tokens |= other.tokens
        self.issued |= other.issued
        self.asked |= other.asked
        self.revoked |= other.revoked
        self.seconds += other.seconds


def issue_and_revoke(caller: Caller, ledger: Ledger) -> None:
    """Issue a token, and revoke it by its id."""
    issued = caller.issue()
    ledger.tokens[issued.token_id] = issued.token
    ledger.issued.add(issued.token_id)
    ledger.answered.set()
    ledger.asked.add(issued.token_id)
    caller.revoke(issued.token_id)
    ledger.revoked.add(issued.token_id)


def revoke_unknown(caller: Caller, ledger: Ledger, mint: Mint) -> None:
    """Revoke a token that the store has never seen, by its text."""
    token_id = secrets.token_hex(16)
    ledger.tokens[token_id] = mint.token(token_id)
    ledger.asked.add(token_id)
    caller.revoke_token(ledger.tokens[token_id])
    ledger.revoked.add(token_id)
    ledger.answered.set()


def call_until(stop: threading.Event, call: Callable[[], None]) -> None:
    """Call again and again until the server dies or nobody needs more."""
    while not stop.is_set():
        try:
            call()
        except grpc.RpcError:
            return


def load_and_kill(server: Server, chance: random.Random, *, victim: int | None) -> Ledger:
    """Put load on the server, kill it all or one of its processes within LONGEST_DELAY of the first answer.

    Returns what was promised.
    """
    callers = [Caller.of(server) for _ in range(CALLERS)]
    ledger, mint, stop = Ledger(), Mint(server.data_dir), threading.Event()
    calls: list[Callable[[], None]] = [
        *(partial(issue_and_revoke, caller, ledger) for caller in callers[::2]),
        *(partial(revoke_unknown, caller, ledger, mint) for caller in callers[1::2]),
    ]
    threads = [threading.Thread(target=call_until, args=(stop, call)) for call in calls]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    assert ledger.answered.wait(30)
    # The moment is the point: there is nothing to wait for.
    time.sleep(chance.uniform(0, LONGEST_DELAY))
    if victim is None:
        for pid in [*server.worker_pids(), server.process.pid]:
            os.kill(pid, signal.SIGKILL)
        server.process.wait()
    else:
        os.kill(victim, signal.SIGKILL)
    ledger.seconds = time.monotonic() - began
    stop.set()
    for thread in threads:
        thread.join()
    server.close_channels()
    return ledger


def broken_promises(server: Server, ledger: Ledger) -> list[str]:
    """What the server no longer knows of what it acknowledged."""
    token_ids = sorted(ledger.tokens)
    reasons = Caller.of(server).reasons([ledger.tokens[token_id] for token_id in token_ids])
    found = []
    for token_id, reason in zip(token_ids, reasons, strict=True):
        allowed = {REVOKED} if token_id in ledger.revoked else {OK}
        if token_id in ledger.asked:
            allowed.add(REVOKED)
        if reason not in allowed:
            found.append(f"{token_id} is {Reason.Name(reason)}, revocation acknowledged: {token_id in ledger.revoked}")
    records, _ = known(server.data_dir / "authsvc.db")
    return found + [f"{token_id} has no record" for token_id in ledger.issued - records]


def kill_rounds(data_dir: Path, fault: str, chance: random.Random, rounds: int) -> tuple[list[str], Ledger]:
    """Kill and look, again and again on one data directory, until something is wrong or the rounds are done."""
    everything = Ledger()
    server = start_planted(data_dir, fault)
    try:
        for number in range(1, rounds + 1):
            victim = chance.choice(server.worker_pids()) if is_of_one_worker(number) else None
            ledger = load_and_kill(server, chance, victim=victim)
            if victim is None:
                # One worker starts sooner, two are what the next round may need.
                workers = 2 if is_of_one_worker(number + 1) else chance.choice((1, 2))
                server = start_planted(data_dir, fault, environment={"AUTHSVC_WORKERS": str(workers)})
            else:
                await_true(lambda victim=victim: not is_running(victim), "the worker is gone")  # type: ignore[misc]
                await_ready(server)
            everything.add(ledger)
            found = broken_promises(server, ledger) + halves(data_dir / "authsvc.db")
            if found:
                return [f"round {number}: {fault}" for fault in found], everything
        return broken_promises(server, everything), everything
    finally:
        kill_all(server)


def is_of_one_worker(number: int) -> bool:
    """Whether in the round of that number one of two workers is killed, and the server goes on."""
    return number % ONE_WORKER_EVERY == 0


@pytest.mark.timeout(120 + 10 * ROUNDS)
def test_nothing_acknowledged_is_lost_and_nothing_is_half_written(tmp_path: Path) -> None:
    found, ledger = kill_rounds(tmp_path / "data", "none", seeded("kill"), ROUNDS)
    print(
        f"{ROUNDS} kills, {len(ledger.issued)} issues and {len(ledger.revoked)} revocations acknowledged"
        f" at {ledger.calls / ledger.seconds:.0f} calls/s, {len(found)} lost"
    )
    assert found == []
    assert len(ledger.issued) >= ROUNDS / 2
    assert len(ledger.revoked) >= ROUNDS / 2


@planted
@pytest.mark.parametrize("fault", ["acknowledge-before-commit", "audit-in-a-transaction-of-its-own"])
def test_the_kills_find_a_planted_fault(tmp_path: Path, fault: str) -> None:
    found, _ = kill_rounds(tmp_path / "data", fault, seeded(fault), PLANTED_ROUNDS)
    print(fault, found[:1])
    assert found
