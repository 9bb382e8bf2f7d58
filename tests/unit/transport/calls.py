"""A front in this process, with methods that a test makes up behind the real table of methods."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
from prometheus_client import CollectorRegistry

from authsvc.api.caller import Call, Caller
from authsvc.api.methods import SERVICES, Methods, path_of
from authsvc.errors import MissingKeyError
from authsvc.telemetry.metrics import Metrics
from authsvc.transport.grpc.front import FrontOptions, GrpcFront
from authsvc.transport.grpc.server import ServerLimits, listen, make_server
from authsvc.transport.grpc.turns import Turns

ONE_BY_ONE = ("Verify", "CheckScopes", "Inspect")
BATCHES = ("BatchVerify", "BatchCheckScopes")
HOT = (*ONE_BY_ONE, *BATCHES)
PUBLIC = ("GetJwks",)
HOLDER = ("Exchange", "RotateToken")
STORE = tuple(
    method.name for service in SERVICES for method in service.methods if method.name not in {*HOT, *PUBLIC, *HOLDER}
)
CALLER = Caller("client", "subject", "id", frozenset({"verify:tokens"}), "*")


@dataclass
class OpenGate:
    """Admits whoever has a key."""

    admitted: list[tuple[str, str]] = field(default_factory=list)

    def admit(self, method: str, key: str | None) -> Caller:
        if key is None:
            raise MissingKeyError("no key")
        self.admitted.append((method, key))
        return CALLER

    def is_public(self, method: str) -> bool:
        return method in map(path_of, PUBLIC)

    def admit_holder(self, method: str) -> None:
        self.admitted.append((method, ""))


@dataclass
class Front:
    """A running front."""

    server: grpc.aio.Server
    channel: Any
    gate: OpenGate
    registry: CollectorRegistry
    metrics: Metrics

    def count(self, method: str, code: str) -> float:
        self.metrics.flush()
        return self.registry.get_sample_value("authsvc_calls_total", {"method": method, "code": code}) or 0.0

    async def ask(self, name: str, request: bytes = b"", *, key: str | None = "k", seconds: float | None = 20) -> bytes:
        metadata = (("authorization", f"Bearer {key}"),) if key else ()
        answer: bytes = await self.channel.unary_unary(path_of(name))(request, metadata=metadata, timeout=seconds)
        return answer


@asynccontextmanager
async def running_front(
    hot: Callable[[bytes, Caller], bytes] = lambda request, _: request,
    store: Callable[[bytes, Call], Awaitable[bytes]] | None = None,
    *,
    max_deadline: float = 5.0,
    worker: str = "",
    grace: float = 0.0,
    turns: Turns | None = None,
    batch: Callable[[bytes, Caller], Generator[None, None, bytes]] | None = None,
) -> AsyncIterator[Front]:
    """The front with these functions behind every hot method, batches like the others, and every method of the store."""

    def one_step(request: bytes, caller: Caller) -> Generator[None, None, bytes]:
        yield from ()
        return hot(request, caller)

    async def echo(request: bytes, _call: Call) -> bytes:
        await asyncio.sleep(0)
        return request

    async def holder(request: bytes, call_id: str) -> bytes:
        return await (store or echo)(request, Call(CALLER, call_id))

    methods = Methods(
        hot={path_of(name): hot for name in ONE_BY_ONE},
        batch={path_of(name): batch or one_step for name in BATCHES},
        store={path_of(name): store or echo for name in STORE},
        public={path_of(name): lambda request: request for name in PUBLIC},
        holder={path_of(name): holder for name in HOLDER},
    )
    registry = CollectorRegistry()
    metrics, gate = Metrics(registry), OpenGate()
    options = FrontOptions(
        timedelta(seconds=max_deadline),
        log_calls=False,
        worker=worker,
    )
    stub: Any = gate
    front = GrpcFront(methods, stub, metrics, options)
    server = make_server(ServerLimits(10_000, timedelta(minutes=10), timedelta(seconds=5)), turns)
    server.add_methods(front.methods)
    server.refuse_by(unknown=front.unknown, oversized=front.oversized)
    port = listen(server, "127.0.0.1:0", None)
    await server.start()
    channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)])
    try:
        yield Front(server, channel, gate, registry, metrics)
    finally:
        await channel.close()
        await server.stop(grace)


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it holds: for what other tasks bring about without an event."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 (there is no event to await)
            await asyncio.sleep(0.005)
