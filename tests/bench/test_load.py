"""The load generator against a real server: answers arrive whole, and no failure passes for a measurement."""

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest

from bench import hpack
from bench.cpu import cpu_seconds, split_cpus
from bench.errors import LoadError, WrongAnswerError
from bench.http2 import Call, Connection, drive
from bench.load import Shape, connected, side
from bench.pairs import Readings, alternate, measure
from bench.servers import Server, bare_server

PATH = "/bench/Small"
LARGE = "/bench/Large"
SIZE = 300
LARGE_SIZE = 150_000
SHAPE = Shape(connections=2, streams=3)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with bare_server(tmp_path_factory.mktemp("bare"), {PATH: SIZE, LARGE: LARGE_SIZE}, split_cpus()[0]) as server:
        yield server


def test_headers_survive() -> None:
    headers = {":path": "/a", "authorization": "Bearer " + "x" * 700, "empty": ""}
    assert hpack.decode(hpack.encode(list(headers.items()))) == headers


def test_a_code_that_is_not_known_is_no_header() -> None:
    with pytest.raises(hpack.HeaderBlockError):
        hpack.decode(bytes((0, 0x81, 0xFF)))
    with pytest.raises(hpack.HeaderBlockError):
        hpack.decode(bytes((0x80 | 62,)))


def test_every_call_is_answered_in_its_place(bare: Server) -> None:
    calls = [Call.of(LARGE if turn % 3 == 0 else PATH, b"x" * turn) for turn in range(100)]
    with connected(bare, SHAPE) as connections:
        outcomes = drive(connections, calls)
        assert sum(connection.done for connection in connections) == 100
        assert all(connection.done for connection in connections)
    assert [len(outcome.message) for outcome in outcomes] == [
        LARGE_SIZE if turn % 3 == 0 else SIZE for turn in range(100)
    ]
    assert {outcome.status for outcome in outcomes} == {"0"}


def test_a_message_beyond_the_windows_arrives(bare: Server) -> None:
    with connected(bare, SHAPE) as connections:
        outcomes = drive(connections, [Call.of(PATH, bytes(1_000_000))] * 9)
    assert {(outcome.status, len(outcome.message)) for outcome in outcomes} == {("0", SIZE)}


def test_a_refused_call_is_no_measurement(bare: Server) -> None:
    with connected(bare, SHAPE) as connections:
        subject = side("x", bare, connections, repeat([Call.of("/bench/Nothing", b"")] * 4), 4, lambda *_: True)
        with pytest.raises(WrongAnswerError, match="grpc-status '12'"):
            measure(subject, Readings("x"))


def test_a_wrong_answer_is_no_measurement(bare: Server) -> None:
    with connected(bare, SHAPE) as connections:
        calls = [Call.of(PATH, b"")] * 4
        subject = side("x", bare, connections, repeat(calls), 4, lambda position, _: position != 2)
        with pytest.raises(WrongAnswerError, match="call 2"):
            measure(subject, Readings("x"))


def test_a_server_that_goes_away_is_no_measurement(tmp_path: Path) -> None:
    with bare_server(tmp_path, {PATH: SIZE}, split_cpus()[0]) as server:
        connection = Connection(server.address, 1)
    with pytest.raises((LoadError, ConnectionError)):
        drive([connection], [Call.of(PATH, b"")])
    connection.close()


def test_sides_take_turns_and_their_cpu_is_counted(bare: Server) -> None:
    before = cpu_seconds(bare.pids[0])
    heard: list[int] = []
    with connected(bare, SHAPE) as connections:
        few = side("few", bare, connections, repeat([Call.of(PATH, b"")] * 20), 20, lambda *_: True)
        comparison = alternate(few, few, 3, heard.append)
    took = cpu_seconds(bare.pids[0]) - before
    told = sum(comparison.subject.rounds) + sum(comparison.reference.rounds)
    assert heard == [1, 2, 3]
    assert len(comparison.ratios) == len(comparison.differences) == 3
    # Six rounds of twenty calls, and two more that do not count.
    assert 0 < told * 20 / 1e6 < took
