"""What scenarios share: the options, the CPUs, the servers that live through the whole run, the progress that is shown."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle, repeat
from pathlib import Path
from typing import Self

from bench.cpu import split_cpus
from bench.http2 import Call, drive
from bench.load import CheckAnswer, Shape, connected, side
from bench.pairs import Comparison, alternate
from bench.requests import Method
from bench.servers import Server, authsvc_server, bare_server
from bench.world import Token, World, make_world, rich_documents

HOT_TOKENS = 64

Progress = Callable[[str, int, int], None]
"""Hears the scenario, the pairs that are done and how many there will be."""


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    pairs: int
    scale: float = 1.0
    """Calls a round, as a part of the usual number."""

    def calls(self, usual: int) -> int:
        """The calls of a round."""
        return max(1, round(usual * self.scale))


@dataclass
class Stage:
    """One run."""

    root: Path
    options: Options
    progress: Progress
    server_cpus: set[int] = field(default_factory=lambda: split_cpus()[0])
    _open: ExitStack = field(default_factory=ExitStack)
    _world: World | None = None
    _server: Server | None = None
    _rich_world: World | None = None
    _rich_server: Server | None = None
    _hot: list[Token] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def directory(self, name: str) -> Path:
        """A new directory for a server's files."""
        path = self.root / name
        path.mkdir()
        return path

    @property
    def world(self) -> World:
        """The world of the one server that most scenarios ask."""
        if self._world is None:
            self._world = make_world(self.directory("one"))
        return self._world

    @property
    def server(self) -> Server:
        """That server: one worker."""
        if self._server is None:
            self._server = self._open.enter_context(authsvc_server(self.world, self.server_cpus))
        return self._server

    @property
    def rich_world(self) -> World:
        """A world of many tenants, whose one has many operations and clients."""
        if self._rich_world is None:
            self._rich_world = make_world(self.directory("rich"), rich_documents())
        return self._rich_world

    @property
    def rich_server(self) -> Server:
        """The server of that world: one worker."""
        if self._rich_server is None:
            self._rich_server = self._open.enter_context(authsvc_server(self.rich_world, self.server_cpus))
        return self._rich_server

    @property
    def hot_tokens(self) -> list[Token]:
        """Tokens that are asked for again and again."""
        if not self._hot:
            self._hot = self.world.tokens(HOT_TOKENS)
        return self._hot

    def beside_bare(
        self,
        name: str,
        method: Method,
        rounds: Iterator[Sequence[Call]],
        calls: int,
        shape: Shape,
        is_right: CheckAnswer | None = None,
    ) -> Comparison:
        """The server and a bare one in turns, on the same bytes. The bare one gives answers of the size of a real one."""
        with connected(self.server, shape) as ours:
            size = len(drive(ours[:1], method.calls[:1])[0].message)
            with (
                bare_server(self.root, {method.path: size}, self.server_cpus) as bare,
                connected(bare, shape) as theirs,
            ):
                constant = bytes(size)
                reference = side(
                    "bare server",
                    bare,
                    theirs,
                    repeat(method.turns(calls)),
                    calls,
                    lambda _, answer: answer == constant,
                )
                subject = side(name, self.server, ours, rounds, calls, is_right or method.is_right_in_turn())
                return self.in_turns(name, lambda progress: alternate(reference, subject, self.options.pairs, progress))

    def in_turns(self, name: str, run: Callable[[Callable[[int], None]], Comparison]) -> Comparison:
        """Run a comparison and tell how far it is."""
        pairs = self.options.pairs
        self.progress(name, 0, pairs)
        return run(lambda done: self.progress(name, done, pairs))


def same_again(method: Method, calls: int) -> Iterator[Sequence[Call]]:
    """Rounds that are all alike."""
    return cycle([method.turns(calls)])
