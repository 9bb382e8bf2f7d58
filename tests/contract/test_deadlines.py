"""Deadlines and cancelled calls: work stops, nothing is left over, and the server goes on."""

import asyncio
import os
import random
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from authsvc.v1 import token_service_pb2 as pb
from tests.contract.callers import Callers, bearer
from tests.contract.client import Client
from tests.contract.contract import METHODS, Refusal, call, request_type
from tests.support.server import Server, await_true

SEED = int(os.environ.get("AUTHSVC_TEST_SEED") or secrets.randbits(32))
CALLS = 10_000 if os.environ.get("CI") else 2_000
IN_FLIGHT = 64
OF_GRPC = 10
"""Threads and files that grpc may keep for later, however many calls there were."""


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """Hold the right to write in the server's database."""
    connection = sqlite3.connect(server.data_dir / "authsvc.db", timeout=10)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.rollback()
    finally:
        connection.close()


def issue_request() -> pb.IssueRequest:
    return pb.IssueRequest(tenant="demo", subject="s", audiences=["demo-api"])


@pytest.mark.parametrize("timeout", [None, 30.0])
def test_the_server_gives_no_call_longer_than_its_own_deadline(hurried: Server, timeout: float | None) -> None:
    with locked(hurried):
        started = time.monotonic()
        refusal = call(hurried.channel(), "Issue", issue_request(), hurried.metadata(), timeout=timeout)
        took = time.monotonic() - started
        assert isinstance(refusal, Refusal)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")
        assert 0.4 < took < 5
        # Whoever waits for nothing is not held up.
        client = Client(hurried.channel(), hurried.metadata())
        assert client.verdict("x") == "MALFORMED"
        assert client.do("ListTokens", tenant="demo")
    await_true(
        lambda: not isinstance(call(hurried.channel(), "Issue", issue_request(), hurried.metadata()), Refusal),
        "it issues again",
    )


def test_a_shorter_deadline_of_the_caller_counts(hurried: Server) -> None:
    with locked(hurried):
        started = time.monotonic()
        refusal = call(hurried.channel(), "Issue", issue_request(), hurried.metadata(), timeout=0.1)
        assert isinstance(refusal, Refusal)
        assert refusal.code is grpc.StatusCode.DEADLINE_EXCEEDED
        assert time.monotonic() - started < 0.4


@pytest.mark.parametrize("rpc", METHODS)
def test_a_deadline_that_is_over_ends_the_call_and_nothing_else(
    server: Server, channel: grpc.Channel, callers: Callers, rpc: str
) -> None:
    for timeout in (0.0, 0.000001, 0.0005):
        answer = call(channel, rpc, request_type(rpc)(), callers.bound("cancels"), timeout=timeout)
        if not isinstance(answer, Refusal):
            # An empty request can be a good one, and done in time: the clocks of grpc count milliseconds.
            assert timeout > 0
            continue
        # What a caller may not do is refused as fast as what makes no sense.
        assert answer.code in {
            grpc.StatusCode.DEADLINE_EXCEEDED,
            grpc.StatusCode.INVALID_ARGUMENT,
            grpc.StatusCode.PERMISSION_DENIED,
        }
    assert server.is_serving()


def held(pid: int) -> tuple[int, int]:
    """How many open files and threads a process has."""
    return len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208 (counted, not opened)


async def cancel_many(address: str, key: str, chance: random.Random) -> Counter[str]:
    """Start calls of every kind and cancel each at some moment of its life; how many ended how."""
    ended: Counter[str] = Counter()
    metadata = bearer(key)
    kinds: list[tuple[str, Any]] = [
        ("Verify", pb.VerifyRequest(token="x" * 2000, audience="a")),
        ("Issue", pb.IssueRequest(subject="s", audiences=["a"])),
        ("Revoke", pb.RevokeRequest(subject=pb.SubjectTarget(subject="s"))),
        ("ListTokens", pb.ListTokensRequest(page_size=1000)),
        ("BatchVerify", pb.BatchVerifyRequest(audience="a", tokens=["x" * 4000] * 100)),
    ]
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(address, options=options) as opened:
        channel: Any = opened
        room = asyncio.Semaphore(IN_FLIGHT)

        async def one(rpc: str, request: Any, delay: float) -> None:
            async with room:
                ask = channel.unary_unary(f"/authsvc.v1.TokenService/{rpc}")
                running: Any = ask(request.SerializeToString(), metadata=metadata)
                await asyncio.sleep(delay)
                running.cancel()
                try:
                    await running
                except asyncio.CancelledError:
                    ended["cancelled"] += 1
                except grpc.aio.AioRpcError as error:
                    ended[error.code().name] += 1
                else:
                    ended["answered"] += 1

        await asyncio.gather(
            *(one(*chance.choices(kinds, (6, 1, 1, 1, 2))[0], chance.random() * 0.05) for _ in range(CALLS))
        )
    return ended


def test_cancelled_calls_leave_nothing_behind(server: Server, channel: grpc.Channel, callers: Callers) -> None:
    print(f"AUTHSVC_TEST_SEED={SEED}")
    key = dict(callers.bound("cancels"))["authorization"].removeprefix("Bearer ")
    pid, *_ = server.worker_pids()
    client = Client(channel, callers.bound("cancels"))
    client.issue("")
    base = held(pid)
    ended = asyncio.run(cancel_many(server.address, key, random.Random(SEED)))
    print(dict(ended))
    # The server counts streams that the caller has given up until it hears of it, and turns others away meanwhile.
    assert ended.keys() <= {"cancelled", "answered", "UNAVAILABLE"}
    assert ended["cancelled"] > CALLS / 4
    await_true(
        lambda: all(now <= then + OF_GRPC for now, then in zip(held(pid), base, strict=True)),
        f"files and threads are {base} again, or a few of grpc's own more",
    )
    assert server.worker_pids() == [pid]
    assert client.verdict(client.issue("").token, "") == "OK"
    faults = [line for line in server.log.splitlines() if '"event": "fault"' in line]
    assert not faults


def test_a_cancelled_issue_is_whole_or_not_there(server: Server, callers: Callers) -> None:
    # Whatever the caller saw, the record, its request_id and its audit row stand together or not at all.
    client = Client(server.channel(), callers.bound("cancels"))
    subject = f"cancelled-{secrets.token_hex(6)}"
    ask: Any = server.channel()
    futures = []
    for number in range(50):
        request = pb.IssueRequest(subject=subject, audiences=["a"], request_id=f"{subject}-{number}")
        future = ask.unary_unary("/authsvc.v1.TokenService/Issue").future(
            request.SerializeToString(), metadata=callers.bound("cancels")
        )
        futures.append(future)
        if number % 2:
            future.cancel()
    for future in futures:
        try:
            future.result(20)
        except grpc.FutureCancelledError:
            continue
    made = {record.token_id for record in client.do("ListTokens", subject=subject, page_size=1000).records}
    again = [client.do("Issue", subject=subject, audiences=["a"], request_id=f"{subject}-{n}") for n in range(50)]
    assert len({issued.token_id for issued in again}) == 50
    assert made <= {issued.token_id for issued in again}
    assert all(client.verdict(issued.token, "", "a") == "OK" for issued in again[:5])


def test_the_place_of_the_store_is_told_to_nobody(hurried: Server) -> None:
    with locked(hurried):
        refusal = call(hurried.channel(), "Issue", issue_request(), hurried.metadata())
    assert isinstance(refusal, Refusal)
    assert str(Path(hurried.data_dir)) not in repr(refusal)
