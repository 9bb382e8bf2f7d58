"""A worker dies at each step of a write; whoever tries again gets what he would have got, once (C5, C6)."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import grpc
import pytest

from tests.faults.halves import halves, known
from tests.faults.history import in_threads
from tests.faults.planted_worker import POINTS
from tests.faults.support import OK, REVOKED, Caller, Mint, planted_server, refusal, rows, seeded
from tests.support.scale import scaled
from tests.support.server import Server, await_true

ROUNDS = scaled(1, 20, "AUTHSVC_TEST_FAILPOINT_ROUNDS")
"""At each point."""
STORM_THREADS = 8
STORM_CALLS = scaled(100, 1000)
"""By each thread."""
RETRY_SECONDS = 30.0
pytestmark = pytest.mark.timeout(1200)
T = TypeVar("T")


@pytest.fixture(scope="module")
def marker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("marker") / "die"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, marker: Path) -> Iterator[Server]:
    environment = {"AUTHSVC_WORKERS": "2", "PLANT_MARKER": str(marker), "PLANT_SHORT_PAUSES": "1"}
    with planted_server(tmp_path_factory.mktemp("server") / "data", "die-where-marked", environment=environment) as it:
        yield it


def until_answered(caller: Caller, call: Callable[[], T]) -> tuple[T, int]:
    """What a careful client does: the same call again while it is told UNAVAILABLE. Returns the number of calls too."""
    for number in range(1, 20):
        try:
            return call(), number
        except grpc.RpcError as error:
            if refusal(error)[0] is not grpc.StatusCode.UNAVAILABLE:
                raise
            grpc.channel_ready_future(caller.channel).result(RETRY_SECONDS)
    raise AssertionError("20 calls, and no answer")


def audited(server: Server, action: str, target: str) -> int:
    found = rows(
        server.data_dir, f"SELECT count(*) FROM audit_records WHERE action = '{action}' AND target = '{target}'"
    )
    return int(str(found[0][0]))


def revoke_through(server: Server, marker: Path, mint: Mint, point: str, number: int) -> int:
    caller, token_id = Caller.of(server), f"{point}-{number}"
    token = mint.token(token_id)
    assert caller.reasons([token]) == [OK]
    marker.write_text(point)
    receipt, calls = until_answered(caller, lambda: caller.revoke_token(token))
    # A worker that dies after its answer dies a moment later: only then is the next call one to another worker.
    await_true(lambda: not marker.exists(), f"a worker has died {point}")
    caller = Caller.of(server)
    again, more = until_answered(caller, lambda: caller.revoke_token(token))
    assert again.revoke_time == receipt.revoke_time
    assert caller.reasons([token]) == [REVOKED]
    assert 2 <= audited(server, "Revoke", f"token:{token_id}") <= calls + more
    return calls


def issue_through(server: Server, marker: Path, point: str, number: int) -> int:
    caller, request_id = Caller.of(server), f"{point} {number}"
    marker.write_text(point)
    issued, calls = until_answered(caller, lambda: caller.issue(point, request_id=request_id))
    await_true(lambda: not marker.exists(), f"a worker has died {point}")
    caller = Caller.of(server)
    again, more = until_answered(caller, lambda: caller.issue(point, request_id=request_id))
    assert again.token_id == issued.token_id
    assert caller.reasons([issued.token]) == [OK]
    assert 2 <= audited(server, "Issue", issued.token_id) <= calls + more
    return calls


def test_a_death_at_any_point_of_a_write_is_made_good_by_a_retry(server: Server, marker: Path) -> None:
    mint = Mint(server.data_dir)
    order = [(point, number) for point in POINTS for number in range(ROUNDS)]
    seeded("failpoints").shuffle(order)
    calls: Counter[str] = Counter()
    for point, number in order:
        write = number % 2
        calls[point] += (
            issue_through(server, marker, point, number)
            if write
            else revoke_through(server, marker, mint, point, number)
        )
    print(f"{len(order)} deaths, calls until an answer at each point: {dict(calls)}")
    assert halves(server.data_dir / "authsvc.db") == []
    for point in POINTS:
        # Before the answer a death is seen by the caller; after it, it may be.
        assert calls[point] >= ROUNDS * (1 if point == "after acknowledgement" else 2), point
    records, revoked = known(server.data_dir / "authsvc.db")
    assert len(revoked) == sum(number % 2 == 0 for _, number in order)
    assert len(records) == sum(number % 2 for _, number in order) + 1, "one more is the admin key"


def test_revoking_twice_is_a_success_with_the_first_time(server: Server) -> None:
    caller = Caller.of(server)
    token_id = caller.issue().token_id
    first, second = caller.revoke(token_id), caller.revoke(token_id, reason="again")
    assert first.revoke_time == second.revoke_time
    assert len(rows(server.data_dir, f"SELECT 1 FROM changes WHERE name = '{token_id}'")) == 1


def test_a_storm_of_retries_issues_one_token(server: Server) -> None:
    seen: list[tuple[str, ...]] = []
    lock = threading.Lock()

    def storm(_: int) -> None:
        caller = Caller.of(server)
        mine = []
        for _ in range(STORM_CALLS):
            issued = caller.issue("storm", request_id="the same")
            mine.append((issued.token_id, str(issued.issue_time.seconds), str(issued.expire_time.seconds)))
        with lock:
            seen.extend(mine)

    in_threads(STORM_THREADS, storm)
    print(f"{len(seen)} calls with one request_id, {len(set(seen))} token")
    assert len(seen) == STORM_THREADS * STORM_CALLS
    assert len(set(seen)) == 1
    assert len(rows(server.data_dir, "SELECT 1 FROM token_records WHERE subject = 'storm'")) == 1
    assert audited(server, "Issue", seen[0][0]) == len(seen)
