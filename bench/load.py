"""Rounds of gRPC calls as sides of a comparison."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench.errors import WrongAnswerError
from bench.http2 import Call, Connection, Outcome, drive
from bench.pairs import Side
from bench.servers import Server

_OK = "0"

CheckAnswer = Callable[[int, bytes], bool]
"""Whether the answer to the call at that position of the round is right."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the load comes in."""

    connections: int
    streams: int
    """Calls in flight on each connection."""


@contextmanager
def connected(server: Server, shape: Shape) -> Iterator[list[Connection]]:
    """Connections to a server for the length of a block."""
    connections = [Connection(server.address, shape.streams) for _ in range(shape.connections)]
    try:
        yield connections
    finally:
        for connection in connections:
            connection.close()


def side(
    name: str,
    server: Server,
    connections: Sequence[Connection],
    rounds: Iterator[Sequence[Call]],
    calls: int,
    is_right: CheckAnswer,
) -> Side:
    """A side whose rounds send the next calls of `rounds`."""

    def send() -> Callable[[], None]:
        outcomes = drive(connections, next(rounds))
        return lambda: _check(name, outcomes, is_right)

    return Side(name, server.pids, send, calls, server.supervisor)


def _check(name: str, outcomes: list[Outcome], is_right: CheckAnswer) -> None:
    for position, outcome in enumerate(outcomes):
        if outcome.status != _OK:
            raise WrongAnswerError(f"{name}: call {position} ended with grpc-status {outcome.status!r}")
        if not is_right(position, outcome.message):
            raise WrongAnswerError(f"{name}: the answer to call {position} is wrong")
