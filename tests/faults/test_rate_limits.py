"""One tenant at ten times its limit costs another nothing, and strangers are slowed down by their address."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from authsvc.v1 import token_service_pb2 as messages
from tests.contract.callers import Callers, bearer
from tests.faults.network import StallWatch, percentile, server_on_network
from tests.faults.support import refusal
from tests.support.scale import planted, scaled
from tests.support.server import Server, await_true, running_server

LIMIT, TIMES = 50, 10
CALM_RATE = 100
TICK = 0.02
CONNECTIONS = 8
OWN = (("grpc.use_local_subchannel_pool", 1),)
DOCUMENT = """
name: loud
{limit}
---
name: calm
"""


@dataclass
class Load:
    """Calls of one tenant at a steady rate, and what became of them."""

    address: str
    metadata: Any
    rate: int
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    async def run(self, seconds: float) -> None:
        """Call for so long, whether or not answers come."""
        request = messages.VerifyRequest(token="x", audience="y").SerializeToString()
        async with AsyncExitStack() as opened, asyncio.TaskGroup() as calls:
            # So many that calls which have to wait never are more than a connection may have open.
            channels = [grpc.aio.insecure_channel(self.address, options=OWN) for _ in range(CONNECTIONS)]
            asks: list[Any] = [
                (await opened.enter_async_context(channel)).unary_unary("/authsvc.v1.TokenService/Verify")
                for channel in channels
            ]
            began, sent = time.monotonic(), 0
            while (elapsed := time.monotonic() - began) < seconds:
                while sent < elapsed * self.rate:
                    calls.create_task(self._call(asks[sent % CONNECTIONS], request))
                    sent += 1
                await asyncio.sleep(TICK)

    async def _call(self, ask: Any, request: bytes) -> None:
        began = time.monotonic()
        try:
            await ask(request, metadata=self.metadata, timeout=30)
            self.outcomes["OK"] += 1
        except grpc.aio.AioRpcError as error:
            self.outcomes[refusal(error)[1] or f"{error.code().name}: {error.details()}"] += 1
        self.seconds.append(time.monotonic() - began)

    def __str__(self) -> str:
        median, late = (percentile(self.seconds, part) * 1000 for part in (0.5, 0.99))
        return f"{dict(self.outcomes)} (p50 {median:.1f} ms, p99 {late:.1f} ms)"


def both_tenants(server: Server, seconds: float) -> tuple[Load, Load]:
    """The loud tenant at ten times its limit, and the calm one beside it."""
    callers = Callers(server)
    loud = Load(server.address, callers.bound("loud", ("verify:tokens",)), LIMIT * TIMES)
    calm = Load(server.address, callers.bound("calm", ("verify:tokens",)), CALM_RATE)

    async def together() -> None:
        await asyncio.gather(loud.run(seconds), calm.run(seconds))

    asyncio.run(together())
    return loud, calm


def tenants_file(directory: Path, limit: str) -> dict[str, str]:
    path = directory / "tenants.yaml"
    path.write_text(DOCUMENT.format(limit=limit))
    return {"AUTHSVC_TENANTS_FILE": str(path)}


def test_a_tenant_at_ten_times_its_limit_costs_another_nothing(tmp_path: Path) -> None:
    seconds = scaled(4, 20)
    limit = f"rate_limit: {{calls_per_second: {LIMIT}}}"
    with server_on_network(tmp_path / "data", environment=tenants_file(tmp_path, limit)) as server:
        with StallWatch(server) as stalls:
            loud, calm = both_tenants(server, seconds)
        print(f"loud, {LIMIT * TIMES}/s under a limit of {LIMIT}/s for {seconds} s: {loud}")
        print(f"calm, {CALM_RATE}/s beside it: {calm}")
        print(stalls)
    assert calm.outcomes.keys() == {"OK"}
    assert loud.outcomes.keys() == {"OK", "RATE_LIMITED"}
    # What is at once and what comes in a second, give or take the seconds in which the last calls are answered.
    assert LIMIT * (seconds - 1) <= loud.outcomes["OK"] <= LIMIT * (seconds + 8)
    assert stalls.is_short


@planted
def test_a_tenant_without_a_limit_is_seen(tmp_path: Path) -> None:
    with server_on_network(tmp_path / "data", environment=tenants_file(tmp_path, "")) as server:
        loud, _ = both_tenants(server, 2)
    assert loud.outcomes.keys() == {"OK"}


RATE = 5


@pytest.fixture
def guarded(tmp_path: Path) -> Any:
    with running_server(tmp_path / "data", environment={"AUTHSVC_ADDRESS_RATE": str(RATE)}) as server:
        yield server


def ask(server: Server, metadata: Any) -> tuple[str, str]:
    try:
        server.tokens().Verify(messages.VerifyRequest(tenant="demo", token="x", audience="y"), metadata=metadata)
    except grpc.RpcError as error:
        code, reason = refusal(error)
        return code.name, reason
    return "OK", ""


def test_an_address_that_brings_bad_keys_is_slowed_down_and_its_neighbours_are_not(guarded: Server) -> None:
    callers = Callers(guarded)
    known = callers.bound("demo")
    assert ask(guarded, known) == ("OK", "")
    unseen = bearer(callers.fresh_key("demo"))
    strangers = [bearer("not-a-key"), (), (("authorization", "Basic x"),)]
    told = Counter(ask(guarded, strangers[number % 3]) for number in range(60))
    print(f"60 calls without a good key under a limit of {RATE}/s: {dict(told)}")
    assert told["RESOURCE_EXHAUSTED", "RATE_LIMITED"] >= 20
    # Who is known is let in all the same, however often.
    assert [ask(guarded, known) for _ in range(3 * RATE)] == [("OK", "")] * (3 * RATE)
    # Who is not waits for its turn among the strangers, and is known from then on.
    await_true(lambda: ask(guarded, unseen) == ("OK", ""), "the address is looked at again")
    for _ in range(4 * RATE):
        ask(guarded, strangers[0])
    assert ask(guarded, unseen) == ("OK", "")
