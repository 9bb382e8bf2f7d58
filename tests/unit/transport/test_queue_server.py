"""The server outlives what ends a server of grpc.aio as it comes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest

from authsvc.transport.grpc.health import Health
from authsvc.transport.grpc.queue_server import QueueServer
from authsvc.transport.grpc.server import make_probe_server
from tests.contract.raw_http2 import RawAnswer, call_headers, raw_call
from tests.unit.transport.calls import eventually, running_front

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
