"""More calls than the server can take: it goes on doing what it can, and says so to the rest (C37); no call holds up the
loop (C39).

The bars are relative to what the same machine did just before, or in processor time, since others may use it meanwhile.
"""

import asyncio
import base64
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import grpc
import pytest

from authsvc.v1 import token_service_pb2 as messages
from authsvc.v1.scopes_pb2 import ScopeRequirement
from tests.faults.support import AUDIENCE, TENANT, Caller, Mint, planted_server
from tests.support.scale import planted, scaled
from tests.support.server import Server

TOKENS = 20
"""In a call, none of them cached: a call costs the server far more than it costs who sends it."""
IN_FLIGHT = 8
PEAK_SECONDS = 1.5
OVERLOAD_SECONDS = 3.0
DEADLINE = 1.0
FACTOR = 3
LEAST_GOODPUT = 0.8
"""Of the peak."""
ATTEMPTS = scaled(4, 8)
"""A neighbour of the machine may spoil one."""
pytestmark = pytest.mark.timeout(900)
"""A test that has the machine to itself waits for the longest of the others first."""
RECOVERY_SECONDS = 5.0
CLEAR = {"RESOURCE_EXHAUSTED", "UNAVAILABLE"}
"""What tells a caller to come back later: it was not served, and knows it before its deadline."""
MOST_LEFT_WAITING = {1: 0.0, 16: 0.05}
"""By connections, of the calls that are not served: those that were told nothing before their deadline."""


@dataclass
class Load:
    """What became of the calls."""

    connections: int
    peak: float = 0.0
    """Calls a second, just before, with IN_FLIGHT at a time."""
    offered: float = 0.0
    goodput: float = 0.0
    refused: Counter[str] = field(default_factory=Counter)
    recovery: float = 0.0
    """Seconds until a call was answered as fast as ever."""

    def __str__(self) -> str:
        return (
            f"peak {self.peak:.0f}/s, offered {self.offered:.0f}/s, served {self.goodput:.0f}/s in time"
            f" ({self.goodput / self.peak:.0%}), the others {dict(self.refused)}, back after {self.recovery:.2f} s"
        )


class Sender:
    """Sends one request again and again, over some connections."""

    def __init__(self, server: Server, connections: int) -> None:
        self._channels = [
            grpc.aio.insecure_channel(server.address, options=[("grpc.use_local_subchannel_pool", 1)])
            for _ in range(connections)
        ]
        self._methods: list[grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]] = [
            channel.unary_unary("/authsvc.v1.TokenService/BatchVerify") for channel in self._channels
        ]
        self._metadata = tuple(server.metadata())
        self._sent = 0
        tokens = Mint(server.data_dir).tokens(TOKENS)
        request = messages.BatchVerifyRequest(tenant=TENANT, audience=AUDIENCE, tokens=tokens)
        self._request = request.SerializeToString()

    async def send(self, deadline: float | None = None) -> str:
        """The status of one call."""
        self._sent += 1
        method = self._methods[self._sent % len(self._methods)]
        try:
            await method(self._request, metadata=self._metadata, timeout=deadline)
        except grpc.aio.AioRpcError as error:
            return error.code().name
        return "OK"

    async def close(self) -> None:
        for channel in self._channels:
            await channel.close()


async def peak(sender: Sender) -> float:
    """Calls a second with a few in flight."""
    end = time.monotonic() + PEAK_SECONDS
    done = 0

    async def send_on() -> None:
        nonlocal done
        while time.monotonic() < end:
            assert await sender.send() == "OK"
            done += 1

    await asyncio.gather(*(send_on() for _ in range(IN_FLIGHT)))
    return done / PEAK_SECONDS


async def overload(server: Server, connections: int) -> Load:
    """Offer FACTOR times the peak, whatever comes back."""
    sender, load = Sender(server, connections), Load(connections)
    for _ in range(2 * connections):
        await sender.send()
    load.peak = await peak(sender)
    calls: list[asyncio.Task[str]] = []
    began = time.monotonic()
    while (elapsed := time.monotonic() - began) < OVERLOAD_SECONDS:
        due = int(elapsed * load.peak * FACTOR)
        calls += [asyncio.create_task(sender.send(DEADLINE)) for _ in range(due - len(calls))]
        await asyncio.sleep(0.002)
    statuses = Counter(await asyncio.gather(*calls))
    load.goodput = statuses.pop("OK", 0) / OVERLOAD_SECONDS
    load.offered = len(calls) / OVERLOAD_SECONDS
    load.refused = statuses
    over = time.monotonic()
    while await sender.send(IN_FLIGHT / load.peak) != "OK":
        assert time.monotonic() - over < 10 * RECOVERY_SECONDS
    load.recovery = time.monotonic() - over
    await sender.close()
    return load


def holds(load: Load) -> bool:
    """Whether it served nearly as much as at its peak, and told the others so in time."""
    left_waiting = sum(count for status, count in load.refused.items() if status not in CLEAR)
    return (
        load.goodput >= LEAST_GOODPUT * load.peak
        and left_waiting <= MOST_LEFT_WAITING[load.connections] * load.refused.total()
        and load.recovery <= RECOVERY_SECONDS
    )


async def attempts(
    data_dir: Path, connections: int, fault: str = "none", *, count: int = ATTEMPTS, **settings: str
) -> list[Load]:
    """Overload it until it holds, or often enough."""
    environment = {"AUTHSVC_SIGNATURE_CACHE_SIZE": "0", "AUTHSVC_MAX_STREAMS": "64", **settings}
    loads: list[Load] = []
    with planted_server(data_dir, fault, environment=environment) as server:
        while len(loads) < count and not any(map(holds, loads)):
            loads.append(await overload(server, connections))
            print(f"{connections} connections: {loads[-1]}")
    return loads


@pytest.mark.alone
@pytest.mark.parametrize("connections", [1, 16])
async def test_under_three_times_its_capacity_it_serves_what_it_can(tmp_path: Path, connections: int) -> None:
    assert any(map(holds, await attempts(tmp_path / "data", connections)))


@pytest.mark.alone
@planted
async def test_without_a_bound_the_calls_that_are_served_are_too_late(tmp_path: Path) -> None:
    unbounded = {"AUTHSVC_MAX_STREAMS": "100000", "AUTHSVC_MAX_WAIT": "1h"}
    loads = await attempts(tmp_path / "data", 1, count=1, **unbounded)
    assert not any(map(holds, loads))


@pytest.mark.alone
@planted
async def test_where_nobody_is_refused_those_that_are_served_are_too_late(tmp_path: Path) -> None:
    loads = await attempts(tmp_path / "data", 16, "nobody-is-late", count=1)
    assert not any(map(holds, loads))


HEAVY_SECONDS = 0.020


class Loop:
    """The event loop of a worker, watched."""

    def __init__(self, server: Server, marker: Path) -> None:
        self._caller, self._marker = Caller.of(server), marker

    def longest_step(self, call: Callable[[], object]) -> float:
        """The most processor time that one step of the loop took around a call: the least of some tries."""
        return min(self._step(call) for _ in range(3))

    def _step(self, call: Callable[[], object]) -> float:
        self._marker.write_text("")
        # The first steps after it begin anew.
        while self._marker.exists():
            self._caller.verify("x")
        call()
        self._caller.verify("x")
        return float(self._marker.with_suffix(".longest").read_text())


def headers(text: str, count: int) -> list[str]:
    """Tokens with this JSON for a header."""
    encoded = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
    return [f"{encoded}.e30.{'A' * 86}"] * count


HEAVY_TEXTS = {
    "depth": "[" * 3000,
    "a long number": '{"alg":' + "9" * 3000 + "}",
    "many members": "{" + ",".join(f'"k{number}":1' for number in range(270)) + "}",
    "escapes": '{"a":"' + "\\u0041" * 480 + '"}',
    "many numbers": "[" + "1e5," * 700 + "1]",
    "no JSON": "A" * 3000,
}


def single_calls(caller: Caller, mint: Mint) -> dict[str, Callable[[], object]]:
    """The heaviest single calls there are."""
    scopes = [f"read:resource{number}" for number in range(64)]
    issue = messages.IssueRequest(tenant=TENANT, subject="a", audiences=[AUDIENCE], scopes=scopes)
    for number in range(32):
        issue.claims.fields[f"claim{number}"].string_value = "x" * 20
    token = caller.stub.Issue(issue, metadata=caller.metadata, timeout=5).token
    check = messages.CheckScopesRequest(
        tenant=TENANT, token=token, audience=AUDIENCE, requirement=ScopeRequirement(any_of=scopes, all_of=scopes)
    )
    inspect = messages.InspectRequest(tenant=TENANT, token=token, audience=AUDIENCE)
    listing = messages.ListTokensRequest(tenant=TENANT, page_size=1000)
    return {
        "Issue of a full token": lambda: caller.stub.Issue(issue, metadata=caller.metadata, timeout=5),
        "Verify of a full token": lambda: caller.verify(token),
        "Verify of a token never seen": lambda: caller.verify(mint.token()),
        "CheckScopes of a full token": lambda: caller.stub.CheckScopes(check, metadata=caller.metadata, timeout=5),
        "Inspect of a full token": lambda: caller.stub.Inspect(inspect, metadata=caller.metadata, timeout=5),
        "ListTokens": lambda: caller.stub.ListTokens(listing, metadata=caller.metadata, timeout=5),
        **{f"Verify of {name}": partial(caller.verify, headers(text, 1)[0]) for name, text in HEAVY_TEXTS.items()},
    }


def batch_calls(caller: Caller, mint: Mint) -> dict[str, Callable[[], object]]:
    """Batches of a hundred tokens never seen, and of a hundred heavy texts."""
    return {
        "a batch of tokens never seen": lambda: caller.reasons(mint.tokens(100)),
        **{f"a batch of {name}": partial(caller.reasons, headers(text, 100)) for name, text in HEAVY_TEXTS.items()},
    }


def steps(
    directory: Path, fault: str, calls: Callable[[Caller, Mint], dict[str, Callable[[], object]]]
) -> dict[str, float]:
    """The longest step of the loop that each of the calls makes, in seconds of processor time."""
    marker = directory / "marker"
    environment = {"PLANT_MARKER": str(marker), "AUTHSVC_SIGNATURE_CACHE_SIZE": "0"}
    with planted_server(directory / "data", fault, environment=environment) as server:
        loop = Loop(server, marker)
        found = {
            name: loop.longest_step(call) for name, call in calls(Caller.of(server), Mint(server.data_dir)).items()
        }
    for name, took in found.items():
        print(f"{name}: {took * 1000:.1f} ms")
    return found


def test_no_single_call_holds_up_the_loop(tmp_path: Path) -> None:
    assert max(steps(tmp_path, "measured-loop", single_calls).values()) < HEAVY_SECONDS


def test_no_batch_holds_up_the_loop(tmp_path: Path) -> None:
    assert max(steps(tmp_path, "measured-loop", batch_calls).values()) < HEAVY_SECONDS


@planted
def test_the_measurement_finds_a_planted_fault(tmp_path: Path) -> None:
    found = steps(
        tmp_path, "heavy-and-measured-loop", lambda caller, mint: {"Verify": partial(caller.verify, mint.token())}
    )
    assert found["Verify"] > HEAVY_SECONDS
