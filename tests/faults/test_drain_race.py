"""Calls that cross the server's farewell: answered, or named by it as not taken up; never both, never half (C22)."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

from authsvc.v1 import token_service_pb2 as messages
from tests.faults.h2 import Code, Connection, message, open_call
from tests.faults.network import ISSUE, start_on_network
from tests.faults.support import AUDIENCE, TENANT, kill_all, rows
from tests.support.scale import planted, scaled
from tests.support.server import Server

ROUNDS = scaled(1, 3)
PLANTED_ROUNDS = 12
"""A single farewell may meet no call; so many meet one."""
CONNECTIONS = 4
PACE = 0.04
"""Seconds between two calls of a connection."""
BEFORE = 10
"""Calls of each connection before the server is told to end."""
GRACE = 20.0
ISSUED = "issued"
NOT_TAKEN_UP = "not taken up"


def issue(subject: str) -> bytes:
    return messages.IssueRequest(tenant=TENANT, subject=subject, audiences=[AUDIENCE]).SerializeToString()


class Sender:
    """Issues tokens over one connection, one subject each, until the server says goodbye or closes the connection."""

    def __init__(self, name: str, pace: float) -> None:
        self.name = name
        self.pace = pace
        self.outcomes: dict[str, str] = {}
        """By subject."""
        self.warm = asyncio.Event()
        self.crossed = 0
        """Calls that were sent after the server had been told to end."""

    async def send(self, server: Server, told: asyncio.Event) -> None:
        metadata = server.metadata()
        async with Connection.open(server.address) as connection:
            await connection.until(lambda: connection.settings, "the server's settings")
            streams: list[int] = []
            # A client of good manners sends no more when it has heard the first goodbye.
            while not connection.goaways and not connection.is_closed:
                stream = 1 + 2 * len(streams)
                connection.answer(stream)
                streams.append(stream)
                self.crossed += told.is_set()
                await connection.send(open_call(stream, ISSUE, metadata) + message(stream, issue(self.subject(stream))))
                if len(streams) == BEFORE:
                    self.warm.set()
                # The pace is the point: there is nothing to wait for.
                await asyncio.sleep(self.pace)
            await connection.until_closed(GRACE)
            self.outcomes = {self.subject(stream): self.outcome(connection, stream) for stream in streams}

    def subject(self, stream: int) -> str:
        return f"{self.name}-{stream}"

    @staticmethod
    def outcome(connection: Connection, stream: int) -> str:
        answer = connection.answer(stream)
        if answer.status == 0:
            return ISSUED
        if answer.status is not None:
            return f"status {answer.status} {answer.headers.get('grpc-message', '')}"
        # Clients send such calls again of themselves (RFC 9113 sections 6.8 and 8.7).
        is_above = bool(connection.goaways) and stream > connection.goaways[-1].last_stream
        return NOT_TAKEN_UP if is_above or answer.reset is Code.REFUSED_STREAM else "nothing"


async def cross(directory: Path, fault: str, number: int, pace: float) -> Counter[str]:
    """Send calls through a shutdown; how many ended how."""
    environment = {"AUTHSVC_LAME_DUCK": "0", "AUTHSVC_GRACE": str(GRACE), "AUTHSVC_MAX_DEADLINE": str(GRACE)}
    server = start_on_network(directory / "data", fault, environment=environment)
    senders, told = [Sender(f"{number}-{each}", pace) for each in range(CONNECTIONS)], asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            for sender in senders:
                group.create_task(sender.send(server, told))
            for sender in senders:
                await sender.warm.wait()
            os.kill(server.process.pid, signal.SIGTERM)
            told.set()
        status = await asyncio.to_thread(server.process.wait, 2 * GRACE)
        assert status == 0, server.log
        outcomes = {subject: outcome for sender in senders for subject, outcome in sender.outcomes.items()}
        records = Counter(str(row[0]) for row in rows(server.data_dir, "SELECT subject FROM token_records"))
    finally:
        kill_all(server)
    counts = Counter(outcomes.values())
    print(f"{fault}: {dict(counts)}, {sum(sender.crossed for sender in senders)} sent after SIGTERM")
    issued = {subject for subject, outcome in outcomes.items() if outcome == ISSUED}
    assert {subject: records[subject] for subject in issued} == dict.fromkeys(issued, 1), "acknowledged, so there, once"
    refused = {subject for subject, outcome in outcomes.items() if outcome == NOT_TAKEN_UP}
    assert not refused & records.keys(), "not taken up, so not there"
    return counts


async def test_no_call_is_lost_between_the_two_goodbyes(tmp_path: Path) -> None:
    total: Counter[str] = Counter()
    for number in range(ROUNDS):
        (tmp_path / str(number)).mkdir()
        total += await cross(tmp_path / str(number), "none", number, PACE)
    assert total.keys() <= {ISSUED, NOT_TAKEN_UP}
    assert total[ISSUED] >= ROUNDS * CONNECTIONS * BEFORE / 2


@planted
async def test_calls_that_are_lost_are_found(tmp_path: Path) -> None:
    total: Counter[str] = Counter()
    for number in range(PLANTED_ROUNDS):
        (tmp_path / str(number)).mkdir()
        # So many calls that some are on their way at most moments.
        total += await cross(tmp_path / str(number), "stop-like-grpc", number, PACE / 20)
        if any("CANCELLED" in outcome for outcome in total):
            return
    raise AssertionError(total)
