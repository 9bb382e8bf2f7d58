"""SIGTERM: health is off at once, calls go on, those in flight finish, and the server is gone within its grace (C21, C23)."""

import asyncio
import contextlib
import sqlite3
import time
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from subprocess import TimeoutExpired
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from authsvc.v1 import token_service_pb2 as messages
from tests.faults.h2 import Connection, message, open_call
from tests.faults.network import VERIFY, start_on_network, verify_request
from tests.faults.support import AUDIENCE, TENANT, Caller, kill_all, refusal, rows
from tests.support.scale import planted, scaled
from tests.support.server import Server, await_true, free_port

LAME_DUCK = scaled(2, 3)
GRACE = 10.0
SHORT_GRACE = 2.0
PATIENCE = 10.0
"""Seconds that something may be late on a busy machine."""
SERVING = HealthCheckResponse.SERVING
NOT_SERVING = HealthCheckResponse.NOT_SERVING


class Probe:
    """Asks for health over a connection of its own that stays."""

    def __init__(self, address: str) -> None:
        self.channel = grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])
        self._stub = HealthStub(self.channel)

    def status(self, service: str = "") -> int | None:
        """What it says; None when nobody answers."""
        with contextlib.suppress(grpc.RpcError):
            answer = self._stub.Check(  # type: ignore[attr-defined]  # the stub package leaves the methods out
                HealthCheckRequest(service=service), timeout=PATIENCE
            )
            return int(answer.status)
        return None


def readyz(server: Server) -> int:
    try:
        with urlopen(f"http://{server.admin_address}/readyz", timeout=PATIENCE) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except URLError:
        return 0


async def drained(server: Server) -> list[str]:
    """End the server with SIGTERM while a call is in flight; what went otherwise than promised."""
    found = []
    probes = [Probe(server.address), Probe(server.environment["AUTHSVC_PROBE_ADDRESS"])]
    await_true(lambda: all(probe.status() == SERVING for probe in probes), "both health services are on")
    async with Connection.open(server.address) as connection:
        # A call without its message yet.
        await connection.until(lambda: connection.settings, "the server's settings")
        await connection.send(open_call(1, VERIFY, server.metadata()))
        caller = Caller.of(server)
        began = time.monotonic()
        server.process.terminate()
        try:
            await asyncio.to_thread(
                await_true, lambda: all(probe.status() == NOT_SERVING for probe in probes), "health is off", LAME_DUCK
            )
        except TimeoutError:
            found.append("health stays on")
        print(f"health off after {time.monotonic() - began:.2f} s")
        if [probe.status("liveness") for probe in probes] != [SERVING, SERVING]:
            found.append("it does not live")
        if readyz(server) != HTTPStatus.SERVICE_UNAVAILABLE:
            found.append("readyz is on")
        try:
            # On a connection that was there, and on a new one.
            caller.verify("x")
            (await asyncio.to_thread(Caller.of, server)).verify("x")
        except (grpc.RpcError, grpc.FutureTimeoutError):
            found.append("no new call in the lame-duck time")
        # The lame-duck time is over; the call in flight goes on.
        await asyncio.sleep(max(0.0, began + LAME_DUCK + 0.5 - time.monotonic()))
        await connection.send(message(1, verify_request()))
        with contextlib.suppress(ConnectionError):
            await connection.until(lambda: connection.answer(1).ended, "the call in flight is answered", PATIENCE)
        if connection.answer(1).status != 0:
            found.append("the call in flight is lost")
        with contextlib.suppress(ConnectionError):
            await connection.until(lambda: connection.goaways, "the server says goodbye", PATIENCE)
        await connection.until_closed(PATIENCE)
        print([goaway.text for goaway in connection.goaways])
    status = await asyncio.to_thread(server.process.wait, PATIENCE)
    print(f"exit status {status} after {time.monotonic() - began:.2f} s, lame duck {LAME_DUCK} s, grace {GRACE} s")
    for probe in probes:
        probe.channel.close()
    assert status == 0, server.log
    assert time.monotonic() - began < GRACE
    return found


def start(directory: Path, fault: str) -> Server:
    environment = {
        "AUTHSVC_PROBE_ADDRESS": f"127.0.0.1:{free_port()}",
        "AUTHSVC_LAME_DUCK": str(LAME_DUCK),
        "AUTHSVC_GRACE": str(GRACE),
    }
    return start_on_network(directory / "data", fault, environment=environment)


async def test_a_drain(tmp_path: Path) -> None:
    server = start(tmp_path, "none")
    try:
        assert await drained(server) == []
    finally:
        kill_all(server)


@planted
async def test_a_bad_drain_is_found(tmp_path: Path) -> None:
    server = start(tmp_path, "health-stays-on+stop-at-once")
    try:
        found = await drained(server)
    finally:
        kill_all(server)
    assert {"health stays on", "no new call in the lame-duck time", "the call in flight is lost"} <= set(found)


def end_with_a_long_call(directory: Path, fault: str) -> tuple[grpc.StatusCode, int | None, float]:
    """SIGTERM while another process holds the store: the status of the write, that of the server, and the seconds."""
    environment = {
        "AUTHSVC_LAME_DUCK": "0",
        "AUTHSVC_GRACE": str(SHORT_GRACE),
        "AUTHSVC_MAX_DEADLINE": "60",
        "AUTHSVC_BUSY_TIMEOUT": "60",
    }
    server = start_on_network(directory / "data", fault, environment=environment)
    try:
        caller = Caller.of(server)
        with closing(sqlite3.connect(server.data_dir / "authsvc.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            request = messages.IssueRequest(tenant=TENANT, subject="long", audiences=[AUDIENCE])
            call = caller.stub.Issue.future(request, metadata=caller.metadata, timeout=60.0)
            # What comes after it on the same connection is answered, so it has been taken up.
            caller.verify("x")
            server.process.terminate()
            began = time.monotonic()
            status = None
            with contextlib.suppress(TimeoutExpired):
                status = server.process.wait(PATIENCE)
            seconds = time.monotonic() - began
            kill_all(server)
            with pytest.raises(grpc.RpcError) as caught:
                call.result(PATIENCE)
            other.execute("ROLLBACK")
        assert rows(server.data_dir, "SELECT 1 FROM token_records WHERE subject = 'long'") == []
        assert rows(server.data_dir, "SELECT 1 FROM audit_records WHERE action = 'Issue' AND tenant = 'demo'") == []
        return refusal(caught.value)[0], status, seconds
    finally:
        kill_all(server)


def test_a_call_longer_than_the_grace_is_cancelled_and_leaves_nothing(tmp_path: Path) -> None:
    code, status, seconds = end_with_a_long_call(tmp_path, "none")
    print(f"the call got {code.name}; exit status {status} after {seconds:.2f} s, grace {SHORT_GRACE} s")
    assert code in {grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE}
    assert status == 0
    assert seconds < PATIENCE


@planted
def test_a_server_that_waits_for_ever_is_found(tmp_path: Path) -> None:
    _, status, _ = end_with_a_long_call(tmp_path, "wait-for-ever")
    assert status != 0
