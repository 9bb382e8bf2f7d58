"""The server outlives what ends a server of grpc.aio as it comes."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest

from authsvc.api.methods import path_of
from authsvc.transport.grpc.calls_thread import CALLS_THREAD, MethodTable
from authsvc.transport.grpc.health import Health
from authsvc.transport.grpc.queue_server import QueueServer
from authsvc.transport.grpc.rpcs import FAULT, UNKNOWN, HotRpc, RefusedRpc, SteppedRpc, StoreRpc
from authsvc.transport.grpc.server import make_probe_server
from tests.contract.raw_http2 import RawAnswer, call_headers, raw_call
from tests.unit.transport.calls import eventually, running_front

KEY = (("authorization", "Bearer k"),)
ODD_PATH = b"/authsvc.v1.TokenService/\xff"


async def raw(port: int, path: bytes) -> RawAnswer:
    """A raw call from a thread: the server answers on this loop."""
    return await asyncio.to_thread(raw_call, f"127.0.0.1:{port}", call_headers(path, []), b"")


async def echo(request: bytes, _context: Any) -> bytes:
    return request


def methods() -> dict[str, Any]:
    return {"M": grpc.unary_unary_rpc_method_handler(echo)}


async def outlives(make: Callable[[], grpc.aio.Server]) -> bool:
    """Whether a server answers after a path that is no UTF-8."""
    server = make()
    server.add_registered_method_handlers("x.Y", methods())
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        await raw(port, ODD_PATH)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
            channel: Any = opened
            try:
                return bool(await channel.unary_unary("/x.Y/M")(b"still here", timeout=2) == b"still here")
            except grpc.aio.AioRpcError:
                return False
    finally:
        await server.stop(0)


def ours() -> grpc.aio.Server:
    return QueueServer()


@pytest.mark.parametrize("make", [ours, make_probe_server])
async def test_a_path_that_is_no_utf_8_does_not_end_it(make: Callable[[], grpc.aio.Server]) -> None:
    assert await outlives(make)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_it_ends_the_server_that_grpc_brings() -> None:
    # When this fails, grpcio has mended it, and QueueServer stays for its speed alone.
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, _context: None)
    assert not await outlives(grpc.aio.server)


async def test_every_kind_of_call_to_nothing_is_answered() -> None:
    async with running_front() as front:
        for path in ("/x", "/x.Y/Z", "/authsvc.v1.TokenService/verify"):
            kinds: list[Awaitable[Any]] = [
                front.channel.unary_unary(path)(b"x", timeout=5),
                front.channel.stream_unary(path)(iter([]), timeout=5),
                collect(front.channel.unary_stream(path)(b"x", timeout=5)),
                collect(front.channel.stream_stream(path)(iter([]), timeout=5)),
            ]
            for kind in kinds:
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await kind
                assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def collect(call: Any) -> list[bytes]:
    return [message async for message in call]


async def test_health_is_registered_whole() -> None:
    server = make_probe_server()
    health = Health()
    health.add_to(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await health.set_alive()
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
            channel: Any = opened
            assert (
                await channel.unary_unary("/grpc.health.v1.Health/Check")(b"\x0a\x08liveness", timeout=5) == b"\x08\x01"
            )
            watching = channel.unary_stream("/grpc.health.v1.Health/Watch")(b"\x0a\x08liveness", timeout=5)
            assert await anext(aiter(watching)) == b"\x08\x01"
            watching.cancel()
    finally:
        await server.stop(0)


async def test_many_calls_at_once_are_all_answered() -> None:
    async with running_front() as front:
        requests = [str(number).encode() for number in range(1000)]
        assert await asyncio.gather(*(front.ask("Verify", request) for request in requests)) == requests


async def test_nothing_is_left_when_it_has_stopped() -> None:
    base = len(asyncio.all_tasks())
    async with running_front() as front:
        await asyncio.gather(*(front.ask("Verify", b"x") for _ in range(20)))
    await eventually(lambda: len(asyncio.all_tasks()) <= base)


async def test_a_call_without_a_request_is_told_so() -> None:
    async with running_front() as front:
        for name in ("Verify", "BatchVerify", "Issue"):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await front.channel.stream_unary(path_of(name))(iter([]), metadata=KEY, timeout=5)
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_handler_that_fails_ends_its_call_and_no_other() -> None:
    def fail(*_: Any) -> Any:
        raise KeyError("a text of the caller")

    async def fail_later(*_: Any) -> Any:
        fail()

    def fail_in_a_step(*_: Any) -> Any:
        yield
        fail()

    server = QueueServer()
    server.add_methods(
        {
            "/x/Hot": HotRpc(fail, fail),
            "/x/Steps": SteppedRpc(fail_in_a_step, fail),
            "/x/Store": StoreRpc(fail_later, fail),
            "/x/Handler": grpc.unary_unary_rpc_method_handler(fail_later),
            "/x/Good": HotRpc(lambda request, _call: request, fail),
        }
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
            channel: Any = opened
            for name in ("Hot", "Steps", "Store", "Handler"):
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await channel.unary_unary(f"/x/{name}")(b"x", timeout=5)
                assert caught.value.code() is grpc.StatusCode.INTERNAL
                assert "text of the caller" not in str(caught.value)
                assert await channel.unary_unary("/x/Good")(b"good", timeout=5) == b"good"
            assert await server.wait_idle(5)
    finally:
        await server.stop(0)


async def test_it_is_idle_when_the_last_call_has_ended_whatever_streams_are_open() -> None:
    goes_on = asyncio.Event()

    async def store(request: bytes, _call: Any) -> bytes:
        await goes_on.wait()
        return request

    server, health = QueueServer(), Health()
    server.add_methods({"/x/Store": StoreRpc(store, lambda *_: FAULT)})
    health.add_to(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await health.set_alive()
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
            channel: Any = opened
            watching = channel.unary_stream("/grpc.health.v1.Health/Watch")(b"\x0a\x08liveness", timeout=20)
            assert await anext(aiter(watching)) == b"\x08\x01"
            assert await server.wait_idle(5)
            asking = asyncio.ensure_future(channel.unary_unary("/x/Store")(b"x", timeout=20))
            await eventually(lambda: bool(server._calls._calls))
            assert not await server.wait_idle(0.05)
            idle = asyncio.ensure_future(server.wait_idle(5))
            goes_on.set()
            assert await asking == b"x"
            assert await idle
            watching.cancel()
    finally:
        await server.stop(0)


async def test_no_thread_is_left_when_it_has_stopped() -> None:
    def threads() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == CALLS_THREAD]

    async with running_front() as front:
        await front.ask("Verify", b"x")
        assert len(threads()) == 1
        await front.server.stop(None)
        assert threads() == []
        # The end of an end is none.
        await front.server.stop(None)


async def test_an_address_that_cannot_be_bound_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="cannot be bound"):
        QueueServer().add_insecure_port("192.0.2.1:1")


async def test_the_longest_step_is_told_once() -> None:
    def hot(request: bytes, _caller: Any) -> bytes:
        if request == b"slow":
            # It holds up the thread of the calls.
            time.sleep(0.2)
        return request

    async with running_front(hot) as front:
        server: Any = front.server
        # A step is noted when it has ended, which is after its answer: so the second call has waited for that.
        for request in (b"slow", b"quick"):
            await front.ask("Verify", request)
        longest = server.take_longest_step()
        assert longest >= 0.2
        assert server.take_longest_step() < longest


def test_a_call_with_too_much_metadata_goes_nowhere_else() -> None:
    # grpc refuses most of them itself, but not before a client has acknowledged the limit.
    refused = RefusedRpc(lambda _call: FAULT)
    table = MethodTable({b"/x/Y": UNKNOWN}, oversized=refused)
    assert table.find(b"/x/Y", [("x", "y" * 10)]) is UNKNOWN
    assert table.find(b"/x/Y", [("x", "y" * 20_000)]) is refused
    assert table.find(b"/x/\xff", []) is UNKNOWN
