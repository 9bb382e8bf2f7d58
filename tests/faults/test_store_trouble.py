"""A store in trouble: writes say so in time, decisions go on, and it heals without a restart (C34, C35)."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest

from authsvc.errors import ConfigurationError
from authsvc.store.opening import open_store
from authsvc.v1 import token_service_pb2 as messages
from authsvc.v1.scopes_pb2 import ScopeRequirement
from tests.faults.halves import halves
from tests.faults.support import (
    AUDIENCE,
    OK,
    REVOKED,
    TENANT,
    Caller,
    Mint,
    await_answer,
    caller_of_each_worker,
    is_ready,
    planted_server,
    refusal,
)
from tests.faults.troubles import TROUBLES, Place, Trouble, befallen, prepared
from tests.support.server import Server, await_true

WORKERS = 2
BUSY_TIMEOUT = "PT0.5S"
"""Shorter than the default, so that the tests are."""
DEADLINE = 5.0
"""Seconds that callers give a write; the answer comes before."""
SETTLED = 4
"""So many refusals of each kind of write in a row are enough."""
MOST_WRITES = 500
"""Writes until one finds no room: the first ones may still find some."""
HOT_SECONDS = 1.0
"""A decision takes no longer, whatever the store does. A busy machine is generous to itself."""


def refused(write: Callable[[], object]) -> tuple[str, str] | None:
    """The status and reason of a refused write, None when it was made."""
    began = time.monotonic()
    try:
        write()
    except grpc.RpcError as error:
        code, reason = refusal(error)
        assert time.monotonic() - began < DEADLINE, (code, reason)
        return code.name, reason
    return None


def refusals(write: Callable[[], object]) -> Counter[tuple[str, str]]:
    """How writes are refused, once they are."""
    seen: Counter[tuple[str, str]] = Counter()
    for _ in range(MOST_WRITES):
        told = refused(write)
        if told is not None:
            seen[told] += 1
            if seen.total() == SETTLED:
                break
    return seen


def decide(caller: Caller, good: str, revoked: str) -> float:
    """Ask about a good and a revoked token in every way; returns the longest time an answer took."""
    longest = 0.0
    question = messages.CheckScopesRequest(
        tenant=TENANT, token=good, audience=AUDIENCE, requirement=ScopeRequirement(any_of=["repo"])
    )
    asked: list[tuple[Callable[[], object], object]] = [
        (lambda: caller.verify(good).reason, OK),
        (lambda: caller.verify(revoked).reason, REVOKED),
        (lambda: caller.reasons([good, revoked]), [OK, REVOKED]),
        (lambda: caller.stub.CheckScopes(question, metadata=caller.metadata, timeout=DEADLINE).allowed, True),
    ]
    for ask, expected in asked:
        began = time.monotonic()
        assert ask() == expected
        longest = max(longest, time.monotonic() - began)
    return longest


def bear(trouble: Trouble, server: Server, callers: list[Caller], good: str, revoked: str) -> None:
    """What holds while the trouble lasts."""
    turns = itertools.cycle(callers)
    for write in (lambda: next(turns).issue(), lambda: next(turns).revoke_token(good)):
        began = time.monotonic()
        seen = refusals(write)
        print(f"{dict(seen)} in {time.monotonic() - began:.1f} s")
        assert dict(seen) == {trouble.refusal: SETTLED}
    # Writes that wait hold up no decision.
    request = messages.IssueRequest(tenant=TENANT, subject="a", audiences=[AUDIENCE])
    waiting = [
        caller.stub.Issue.future(request, metadata=caller.metadata, timeout=DEADLINE)
        for caller in callers
        for _ in range(20)
    ]
    longest = max(decide(caller, good, revoked) for caller in callers)
    for in_flight in waiting:
        told = refused(in_flight.result)
        assert told in {None, trouble.refusal}
    print(f"the slowest decision took {longest * 1000:.1f} ms")
    assert longest < HOT_SECONDS
    await_true(lambda: is_ready(server) == trouble.is_ready, f"readiness is {trouble.is_ready}", 5)


Stage = Callable[[str], tuple[Place, Server]]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A server in each kind of place, started when it is first asked for."""
    running: dict[str, tuple[Place, Server]] = {}
    with ExitStack() as at_end:

        def of_kind(kind: str) -> tuple[Place, Server]:
            if kind not in running:
                place = at_end.enter_context(prepared(kind, tmp_path_factory.mktemp("place")))
                environment = {
                    "AUTHSVC_WORKERS": str(WORKERS),
                    "AUTHSVC_BUSY_TIMEOUT": BUSY_TIMEOUT,
                    **place.environment,
                }
                server = at_end.enter_context(planted_server(place.data_dir, place.fault, environment=environment))
                running[kind] = place, server
            return running[kind]

        yield of_kind


@pytest.mark.parametrize("name", list(TROUBLES))
def test_writes_say_so_decisions_go_on_and_it_heals_by_itself(stage: Stage, name: str) -> None:
    trouble = TROUBLES[name]
    place, server = stage(trouble.place)
    mint, workers = Mint(place.data_dir), server.worker_pids()
    good, revoked = mint.token(), mint.token()
    Caller.of(server).revoke_token(revoked)
    callers = list(caller_of_each_worker(server, WORKERS).values())
    for caller in callers:
        decide(caller, good, revoked)
    with befallen(trouble, place):
        bear(trouble, server, callers, good, revoked)
    caller, began = Caller.of(server), time.monotonic()
    await_answer(caller.issue, "issues are made again")
    await_answer(lambda: caller.revoke_token(good), "revocations are made again")
    await_true(lambda: is_ready(server), "the server is ready again")
    print(f"healed {time.monotonic() - began:.2f} s after the trouble")
    for each in caller_of_each_worker(server, WORKERS).values():
        assert each.reasons([good, revoked]) == [REVOKED, REVOKED]
    server.close_channels()
    assert server.worker_pids() == workers
    assert halves(place.data_dir / "authsvc.db") == []
    assert '"event": "fault"' not in server.log


def test_a_log_that_cannot_be_written_stops_no_call(tmp_path: Path) -> None:
    with planted_server(tmp_path / "data", "full-log", environment={"AUTHSVC_LOG_CALLS": "true"}) as server:
        caller = Caller.of(server)
        issued = caller.issue()
        assert caller.reasons([issued.token]) == [OK]
        caller.revoke(issued.token_id)
        assert caller.verify(issued.token).reason == REVOKED
        with pytest.raises(grpc.RpcError) as caught:
            caller.revoke("")
        assert refusal(caught.value) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")


def test_a_store_that_has_to_be_there_is_never_made(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    store_id = store.store_id
    store.close()
    other = open_store(tmp_path / "other")
    other.close()
    (tmp_path / "empty").mkdir(0o700)
    (tmp_path / "hollow").mkdir(0o700)
    (tmp_path / "hollow" / "authsvc.db").touch(0o600)
    for name in ("missing", "empty", "hollow", "other"):
        with pytest.raises(ConfigurationError):
            open_store(tmp_path / name, existing=store_id)
    assert not (tmp_path / "missing").exists()
    assert not (tmp_path / "empty" / "authsvc.db").exists()
    assert (tmp_path / "hollow" / "authsvc.db").stat().st_size == 0
    open_store(tmp_path / "data", existing=store_id).close()
