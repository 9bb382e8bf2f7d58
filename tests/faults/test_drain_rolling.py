"""A server is replaced again and again under calls: a retrying client loses none (C21)."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import grpc

from tests.faults.network import start_on_network
from tests.faults.support import OK, Caller, kill_all
from tests.support.scale import planted, scaled
from tests.support.server import Server, free_port

ROUNDS = scaled(1, 5, "AUTHSVC_TEST_ROLLS")
CALLERS = 10
CALLS_A_SECOND = 200
"""Of all callers together, if the machine can."""
ISSUE_EVERY = 10
"""Every so-and-so-many-th call writes."""
MOVE_EVERY = 50
"""After so many calls half of the callers take a new connection."""
STOP_SECONDS = 60.0
LAME_DUCK = "0.5"
RETRY = {
    "methodConfig": [
        {
            "name": [{"service": "authsvc.v1.TokenService"}],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
"""What the README advises: try again while told UNAVAILABLE."""


@dataclass
class Load:
    """Calls to one address, whoever serves there, with and without retries."""

    address: str
    metadata: tuple[tuple[str, str], ...]
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    outcomes: dict[bool, Counter[str]] = field(default_factory=lambda: {True: Counter(), False: Counter()})
    """By whether the client retries: OK, or the status."""

    def open(self, *, retries: bool) -> Caller:
        options: list[tuple[str, object]] = [
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 500),
        ]
        if retries:
            options.append(("grpc.service_config", json.dumps(RETRY)))
        return Caller(grpc.insecure_channel(self.address, options=options), self.metadata)

    def call(self, number: int) -> None:
        """Call at the pace of one caller until it is stopped."""
        retries, moves = number % 2 == 0, number % 4 >= 2
        caller = self.open(retries=retries)
        token = caller.issue().token
        outcomes: Counter[str] = Counter()
        due, count = time.monotonic(), 0
        while not self.stop.wait(max(0.0, due - time.monotonic())):
            due, count = max(due, time.monotonic()) + CALLERS / CALLS_A_SECOND, count + 1
            if moves and count % MOVE_EVERY == 0:
                caller.channel.close()
                caller = self.open(retries=retries)
            outcomes[self.outcome(caller, token, issues=count % ISSUE_EVERY == 0)] += 1
        caller.channel.close()
        with self.lock:
            self.outcomes[retries] += outcomes

    @staticmethod
    def outcome(caller: Caller, token: str, *, issues: bool) -> str:
        try:
            if issues:
                caller.issue(timeout=30.0)
                return "OK"
            return "OK" if caller.verify(token, timeout=30.0).reason == OK else "wrong"
        except grpc.RpcError as error:
            call = cast("grpc.Call", error)
            return f"{call.code().name}: {call.details().partition(',')[0]}"


@contextmanager
def load(server: Server) -> Iterator[Load]:
    it = Load(server.address, tuple(server.metadata()))
    threads = [threading.Thread(target=it.call, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield it
    finally:
        it.stop.set()
        for thread in threads:
            thread.join()


def roll(directory: Path, fault: str, rounds: int) -> dict[bool, Counter[str]]:
    """Replace a server so often, each time by one that serves before the old one has begun to end."""
    address = f"127.0.0.1:{free_port()}"

    def start() -> Server:
        environment = {"AUTHSVC_LAME_DUCK": LAME_DUCK}
        server = start_on_network(directory / "data", fault, environment=environment, address=address)
        servers.callback(kill_all, server)
        return server

    with ExitStack() as servers:
        server = start()
        with load(server) as it:
            began = time.monotonic()
            for _ in range(rounds):
                new = start()
                server.close_channels()
                server.process.terminate()
                assert server.process.wait(STOP_SECONDS) == 0, server.log
                server = new
            seconds = time.monotonic() - began
    for retries, outcomes in it.outcomes.items():
        failed = sum(outcomes.values()) - outcomes["OK"]
        pace = outcomes["OK"] / seconds
        print(f"{rounds} replacements, retries {retries}: {outcomes['OK']} OK at {pace:.0f}/s, {failed} failed")
        print(*(f"  {count} times {outcome}" for outcome, count in outcomes.items() if outcome != "OK"), sep="\n")
    return it.outcomes


def test_a_retrying_client_loses_no_call(tmp_path: Path) -> None:
    outcomes = roll(tmp_path, "none", ROUNDS)
    assert outcomes[True].keys() == {"OK"}
    # Even without retries hardly any is lost: what was on its way is sent again by the client's own protocol.
    assert outcomes[False]["OK"] > 0.99 * sum(outcomes[False].values())


@planted
def test_calls_that_are_lost_are_found(tmp_path: Path) -> None:
    outcomes = roll(tmp_path, "useless-lame-duck", 1)
    assert outcomes[True].keys() != {"OK"}
