"""The front: bytes in, bytes out; errors become statuses; cancelled and late calls leave nothing behind."""

import asyncio
import gc
import random
import sys
from datetime import timedelta
from typing import Any

import grpc
import pytest

from authsvc.api.caller import Call, Caller
from authsvc.api.methods import MAX_BATCH_REQUEST, MAX_REQUEST, Methods, path_of
from authsvc.errors import InvalidFieldError, RateLimitedError, StoreUnavailableError
from tests.contract.contract import Refusal, refusal_of
from tests.unit.transport.calls import CALLER, HOLDER, HOT, PUBLIC, STORE, eventually, running_front

SECRET = "a text of the caller"


async def refusal(call: Any) -> Refusal:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return refusal_of(caught.value)


@pytest.mark.parametrize("name", [*HOT, *STORE])
async def test_bytes_go_through_as_they_are(name: str) -> None:
    async with running_front() as front:
        for request in (b"", b"\0", b"\xff\xfe" * 100):
            assert await front.ask(name, request, key="the-key") == request
        assert front.gate.admitted == [(path_of(name), "the-key")] * 3
        assert front.count(name, "OK") == 3


@pytest.mark.parametrize("name", HOLDER)
async def test_a_holder_needs_no_key_and_a_key_is_of_no_account(name: str) -> None:
    async with running_front() as front:
        for key in (None, "the-key"):
            assert await front.ask(name, b"x", key=key) == b"x"
        assert front.gate.admitted == [(path_of(name), "")] * 2
        assert front.count(name, "OK") == 2


@pytest.mark.parametrize("path", [path_of("Exchange"), path_of("Issue")])
def test_what_is_served_without_a_key_is_what_declares_so(path: str) -> None:
    every = {path_of(name) for name in (*HOT, *STORE, *HOLDER)}

    async def nothing(_request: bytes, _call: Any) -> bytes:
        return b""

    holder = {path_of(name) for name in HOLDER} ^ {path}
    with pytest.raises(LookupError, match="ask for a key"):
        Methods(
            hot={},
            store=dict.fromkeys(every - holder, nothing),
            public=dict.fromkeys(map(path_of, PUBLIC), bytes),
            holder=dict.fromkeys(holder, nothing),
        )


@pytest.mark.parametrize("name", ["Verify", "Issue", "Exchange"])
async def test_nothing_holds_the_request_of_a_refused_call(name: str) -> None:
    requests: list[bytes] = []

    def hot(request: bytes, _caller: Caller) -> bytes:
        requests.append(request)
        try:
            return request.decode("ascii").encode()
        except UnicodeDecodeError as error:
            raise InvalidFieldError.of("audience", "must be there") from error

    async def store(request: bytes, _call: Call) -> bytes:
        return hot(request, CALLER)

    async with running_front(hot, store) as front:
        gc.collect()
        gc.disable()
        try:
            for number in range(20):
                await refusal(front.ask(name, b"\xff" * 1000 + bytes([number])))
        finally:
            gc.enable()
    assert {sys.getrefcount(requests.pop()) for _ in range(20)} == {sys.getrefcount([bytes(1000)].pop())}


@pytest.mark.parametrize("name", ["Verify", "Issue"])
async def test_nobody_passes_without_the_gate(name: str) -> None:
    reached: list[Any] = []

    async def store(request: bytes, call: Call) -> bytes:
        reached.append((request, call))
        return b""

    def hot(request: bytes, caller: Caller) -> bytes:
        reached.append((request, caller))
        return b""

    async with running_front(hot, store) as front:
        assert (await refusal(front.ask(name, key=None))).reason == "MISSING_KEY"
        assert (
            await refusal(front.channel.unary_unary("/authsvc.v1.TokenService/Nothing")(b""))
        ).reason == "UNKNOWN_METHOD"
        assert not reached
        await front.ask(name, b"x")
        assert len(reached) == 1
        assert front.count(name, "UNAUTHENTICATED") == 1


@pytest.mark.parametrize("name", ["Verify", "Issue"])
async def test_errors_become_statuses(name: str) -> None:
    errors = [
        InvalidFieldError.of("a", "b"),
        RateLimitedError("slow", retry_after=timedelta(seconds=1)),
        StoreUnavailableError("away"),
    ]

    def hot(_request: bytes, _caller: Caller) -> bytes:
        raise errors[-1]

    async def store(_request: bytes, _call: Call) -> bytes:
        raise errors[-1]

    async with running_front(hot, store) as front:
        found = []
        while errors:
            answer = await refusal(front.ask(name))
            found.append((answer.code.name, answer.reason))
            errors.pop()
        assert found == [
            ("UNAVAILABLE", "STORE_UNAVAILABLE"),
            ("RESOURCE_EXHAUSTED", "RATE_LIMITED"),
            ("INVALID_ARGUMENT", "INVALID_FIELD"),
        ]


@pytest.mark.parametrize("name", ["Verify", "Issue"])
@pytest.mark.parametrize("fault", [KeyError(SECRET), AssertionError(SECRET), RecursionError(), MemoryError(SECRET)])
async def test_a_bug_is_constant_text_and_a_call_id(name: str, fault: Exception) -> None:
    def hot(_request: bytes, _caller: Caller) -> bytes:
        raise fault

    async def store(_request: bytes, _call: Call) -> bytes:
        raise fault

    async with running_front(hot, store) as front:
        answers = [await refusal(front.ask(name)) for _ in range(2)]
    for answer in answers:
        assert (answer.code, answer.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
        assert answer.message == f"internal error, call {answer.metadata['call_id']}"
        assert len(answer.metadata["call_id"]) == 16
        assert SECRET not in repr(answer)
    assert answers[0] != answers[1]


async def test_a_request_that_is_too_large_is_not_even_looked_at() -> None:
    async with running_front() as front:
        for name, limit in (("Verify", MAX_REQUEST), ("Issue", MAX_REQUEST), ("ApplyTenant", MAX_BATCH_REQUEST)):
            assert Methods.size_limit(path_of(name)) == limit
            assert len(await front.ask(name, bytes(limit))) == limit
            assert (await refusal(front.ask(name, bytes(limit + 1)))).reason == "MESSAGE_TOO_LARGE"
        assert len(front.gate.admitted) == 3


async def test_more_than_any_request_keeps_the_status_of_grpc() -> None:
    async with running_front() as front:
        answer = await refusal(front.ask("BatchVerify", bytes(MAX_BATCH_REQUEST + 70_000)))
        assert answer.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert await front.ask("Verify", b"x") == b"x"


async def test_too_much_metadata_is_refused_whatever_is_called() -> None:
    async with running_front() as front:
        ask = front.channel.unary_unary(path_of("Verify"))
        assert (await refusal(ask(b"", metadata=[("x", "y" * 17_000)]))).code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await refusal(ask(b"", metadata=[("x", "")] * 600))).code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert await front.ask("Verify", b"x", key="k" * 4096) == b"x"


@pytest.mark.parametrize("seconds", [None, 60.0])
async def test_a_call_of_the_store_ends_at_the_deadline_of_the_server(seconds: float | None) -> None:
    ended: list[str] = []

    async def store(_request: bytes, _call: Call) -> bytes:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return b""

    async with running_front(store=store, max_deadline=0.2) as front:
        answer = await refusal(front.ask("Issue", seconds=seconds))
        assert (answer.code, answer.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")
        assert ended == ["cancelled"]
        assert front.count("Issue", "DEADLINE_EXCEEDED") == 1


async def test_a_time_out_inside_a_method_is_not_a_fault() -> None:
    async def store(_request: bytes, _call: Call) -> bytes:
        raise TimeoutError

    async with running_front(store=store) as front:
        assert (await refusal(front.ask("Issue"))).reason == "DEADLINE_EXCEEDED"


async def test_cancelled_calls_leave_no_task_behind() -> None:
    waiting, ended = 0, 0

    async def store(_request: bytes, _call: Call) -> bytes:
        nonlocal waiting, ended
        waiting += 1
        try:
            await asyncio.Event().wait()
        finally:
            ended += 1
        return b""

    chance = random.Random(1)
    async with running_front(store=store, max_deadline=60) as front:
        base = len(asyncio.all_tasks())
        for _ in range(10):
            calls = [
                front.channel.unary_unary(path_of("Issue"))(b"", metadata=(("authorization", "Bearer k"),))
                for _ in range(50)
            ]
            before = waiting
            await eventually(lambda: waiting > before)  # noqa: B023 (awaited within the round)
            for call in chance.sample(calls, len(calls)):
                call.cancel()
            await asyncio.gather(*(asyncio.ensure_future(ending(call)) for call in calls))
        await eventually(lambda: ended == waiting and len(asyncio.all_tasks()) <= base)
        assert waiting >= 10
        server: Any = front.server
        assert await server.wait_idle(5)
        assert await front.ask("Verify", b"x") == b"x"


async def ending(call: Any) -> None:
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_calls_in_flight_are_finished_when_the_server_stops() -> None:
    started, finish = asyncio.Event(), asyncio.Event()

    async def store(request: bytes, _call: Call) -> bytes:
        started.set()
        await finish.wait()
        return request

    async with running_front(store=store, grace=5.0) as front:
        running = asyncio.ensure_future(front.ask("Issue", b"in flight"))
        await started.wait()
        stopping = asyncio.ensure_future(front.server.stop(5.0))
        await asyncio.sleep(0.05)
        assert (await refusal(front.ask("Verify", b"late", seconds=2))).code is not grpc.StatusCode.OK
        finish.set()
        assert await running == b"in flight"
        await stopping


@pytest.mark.parametrize("worker", ["", "0-123"])
async def test_the_worker_is_named_only_where_it_is_asked_for(worker: str) -> None:
    async with running_front(worker=worker) as front:
        for name in ("Verify", "Issue"):
            call = front.channel.unary_unary(path_of(name))(b"", metadata=(("authorization", "Bearer k"),))
            await call
            named = dict(await call.trailing_metadata()).get("authsvc-worker")
            assert named == (worker or None)


async def test_the_caller_reaches_the_method() -> None:
    seen: list[Any] = []

    async def store(request: bytes, call: Call) -> bytes:
        seen.append(call)
        return request

    async with running_front(store=store) as front:
        await front.ask("Issue")
        await front.ask("Issue")
    assert [call.caller for call in seen] == [CALLER, CALLER]
    assert seen[0].call_id != seen[1].call_id
