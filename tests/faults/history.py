"""Histories of calls about tokens, and whether they are linearizable."""

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from authsvc.v1.reason_pb2 import Reason
from tests.faults.support import OK, REVOKED, Caller


@dataclass(frozen=True, slots=True)
class Call:
    """One call: when it was sent, when its answer came, and what it said."""

    token_id: str
    start: float
    end: float
    """Infinite when no answer came: it may take effect at any time, or never."""
    reason: Reason | None
    """The verdict of a Verify, None for a Revoke."""


def violations(calls: list[Call]) -> list[str]:
    """Why the calls cannot have happened one after the other, each at a moment between its start and its end.

    A token is a register that goes once from good to revoked. So a history is linearizable exactly when, for each token,
    no answer "good" was asked for after something that proves the revocation had ended, and no answer "revoked" came
    before a revocation was sent.
    """
    of_token: defaultdict[str, list[Call]] = defaultdict(list)
    for call in calls:
        of_token[call.token_id].append(call)
    found = []
    for token_id, of_one in of_token.items():
        first_sent = min((call.start for call in of_one if call.reason is None), default=math.inf)
        proven = min((call.end for call in of_one if call.reason in {None, REVOKED}), default=math.inf)
        for call in of_one:
            if call.reason == OK and call.start > proven:
                found.append(f"{token_id} is good {call.start - proven:.6f} s after it was known to be revoked")
            if call.reason == REVOKED and call.end < first_sent:
                found.append(f"{token_id} is revoked before anybody asked for it")
            if call.reason not in {None, OK, REVOKED}:
                found.append(f"{token_id} has the verdict {call.reason}")
    return found


class Recorder:
    """Calls, and writes each call down. Safe from any thread."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._lock = threading.Lock()

    def revoke(self, caller: Caller, token_id: str, token: str) -> bool:
        """Revoke; returns whether it was acknowledged."""
        start, end = time.monotonic(), math.inf
        try:
            caller.revoke_token(token)
            end = time.monotonic()
        except grpc.RpcError:
            pass
        self._note(Call(token_id, start, end, None))
        return end < math.inf

    def verify(self, caller: Caller, token_id: str, token: str) -> Reason:
        start = time.monotonic()
        reason = caller.verify(token).reason
        self._note(Call(token_id, start, time.monotonic(), reason))
        return reason

    def _note(self, call: Call) -> None:
        with self._lock:
            self.calls.append(call)


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run `work` in so many threads at once, with their numbers; the first failure is raised."""
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 (raised again in the caller's thread)
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
