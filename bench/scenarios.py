"""The scenarios that send calls, each a function from the stage to its result."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

from bench import requests
from bench.cpu import split_cpus
from bench.http2 import Call
from bench.load import Shape, connected, side
from bench.pairs import alternate
from bench.peer_server import install, introspection, peer_server
from bench.requests import Method
from bench.results import Result
from bench.servers import authsvc_server
from bench.stage import HOT_TOKENS, Stage, same_again
from bench.world import RICH_OPERATIONS, SCOPES, Token, World, make_world, operation_name

BATCH = 100
MakeMethod = Callable[[World, Sequence[Token]], Method]
_USUAL = Shape(connections=2, streams=8)
_BATCHES = Shape(connections=2, streams=2)
_SPREAD = Shape(connections=16, streams=4)


def verify(stage: Stage) -> Result:
    """Verify of tokens whose signature is known."""
    return _hot(stage, "verify", "Verify, hot", requests.verify(stage.world, stage.hot_tokens))


def check_scopes(stage: Stage) -> Result:
    """CheckScopes of tokens whose signature is known."""
    return _hot(stage, "check-scopes", "CheckScopes, hot", requests.check_scopes(stage.world, stage.hot_tokens))


def _hot(stage: Stage, name: str, title: str, method: Method) -> Result:
    calls = stage.options.calls(1000)
    comparison = stage.beside_bare(name, method, same_again(method, calls), calls, _USUAL)
    return Result.of(name, title, comparison, calls)


def batch_verify(stage: Stage) -> Result:
    """BatchVerify of 100 tokens whose signatures are known, told a token."""
    method = requests.batch_verify(stage.world, stage.world.tokens(BATCH))
    calls = stage.options.calls(60)
    comparison = stage.beside_bare("batch-verify", method, same_again(method, calls), calls, _BATCHES)
    for readings in (comparison.subject, comparison.reference):
        readings.rounds = [reading / BATCH for reading in readings.rounds]
        readings.also = [reading / BATCH for reading in readings.also]
    return Result.of("batch-verify", f"BatchVerify of {BATCH} hot, a token", comparison, calls, unit="token")


def first_seen(stage: Stage) -> Result:
    """Verify of ES256 tokens that nobody has asked for before, each another."""
    calls = stage.options.calls(400)
    method = requests.verify(stage.world, stage.world.tokens(1 + calls * (1 + stage.options.pairs)))
    fresh = Fresh(method, calls)
    comparison = stage.beside_bare("first-seen", method, fresh.rounds(), calls, _USUAL, fresh.is_right)
    return Result.of("first-seen", "Verify, ES256 never seen before", comparison, calls)


class Fresh:
    """Rounds of a method's calls that never repeat. The first call of all is left out: it was asked to learn the size."""

    def __init__(self, method: Method, calls: int) -> None:
        self._method = method
        self._calls = calls
        self._start = 0

    def rounds(self) -> Iterator[Sequence[Call]]:
        """The rounds, one after the other."""
        for start in range(1, len(self._method.calls), self._calls):
            self._start = start
            yield self._method.calls[start : start + self._calls]

    def is_right(self, position: int, answer: bytes) -> bool:
        """Whether an answer of the last round is right."""
        return self._method.is_right(self._start + position, answer)


def issue(stage: Stage) -> Result:
    """Issue, written to the store before the answer."""
    method = requests.issue(stage.world)
    calls = stage.options.calls(200)
    comparison = stage.beside_bare("issue", method, same_again(method, calls), calls, _USUAL)
    return Result.of("issue", "Issue, recorded and synced", comparison, calls)


def workers(stage: Stage) -> Result:
    """Hot Verify with two workers, beside one, on all CPUs."""
    calls = stage.options.calls(1000)
    every = set().union(*split_cpus())
    with ExitStack() as open_:
        sides = []
        for count, name in ((1, "one worker"), (2, "two workers")):
            world = make_world(stage.directory(f"workers-{count}"))
            server = open_.enter_context(authsvc_server(world, every, workers=count))
            connections = open_.enter_context(connected(server, _SPREAD))
            method = requests.verify(world, world.tokens(HOT_TOKENS))
            rounds = same_again(method, calls)
            sides.append(side(name, server, connections, rounds, calls, method.is_right_in_turn()))
        one, two = sides
        comparison = stage.in_turns("workers", lambda progress: alternate(one, two, stage.options.pairs, progress))
    return Result.of("workers", "Verify, two workers beside one", comparison, calls)


def peer(stage: Stage) -> Result:
    """Hot Verify beside oidc-provider's introspection of an opaque token.

    Raises:
        PeerMissingError: it cannot run here.
    """
    install()
    calls = stage.options.calls(1000)
    method = requests.verify(stage.world, stage.hot_tokens)
    with (
        connected(stage.server, _USUAL) as ours,
        peer_server(stage.root, stage.server_cpus) as running,
        introspection(running, SCOPES, HOT_TOKENS, calls) as reference,
    ):
        subject = side("Verify", stage.server, ours, same_again(method, calls), calls, method.is_right_in_turn())
        comparison = stage.in_turns(
            "peer", lambda progress: alternate(reference, subject, stage.options.pairs, progress)
        )
    return Result.of("peer", "Verify beside oidc-provider", comparison, calls)


def rich_verify(stage: Stage) -> Result:
    """Hot Verify under a rich policy, beside the same under a plain one."""
    return _rich(stage, "rich-verify", "Verify, rich policy", requests.verify)


def rich_check(stage: Stage) -> Result:
    """CheckScopes of named operations among many, beside a requirement in the request under a plain policy."""

    def named(world: World, tokens: Sequence[Token]) -> Method:
        step = RICH_OPERATIONS // len(tokens)
        return requests.check_operations(world, tokens, [operation_name(step * turn) for turn in range(len(tokens))])

    return _rich(stage, "rich-check", "CheckScopes, rich policy", named, requests.check_scopes)


def _rich(stage: Stage, name: str, title: str, rich: MakeMethod, plain: MakeMethod | None = None) -> Result:
    calls = stage.options.calls(1000)
    reference = (plain or rich)(stage.world, stage.hot_tokens)
    subject = rich(stage.rich_world, stage.rich_world.tokens(HOT_TOKENS))
    with connected(stage.server, _USUAL) as theirs, connected(stage.rich_server, _USUAL) as ours:
        reference_side, subject_side = (
            side(text, server, connections, same_again(method, calls), calls, method.is_right_in_turn())
            for text, server, connections, method in (
                ("plain policy", stage.server, theirs, reference),
                (title, stage.rich_server, ours, subject),
            )
        )
        comparison = stage.in_turns(
            name, lambda progress: alternate(reference_side, subject_side, stage.options.pairs, progress)
        )
    return Result.of(name, title, comparison, calls)


SCENARIOS: dict[str, Callable[[Stage], Result]] = {
    "verify": verify,
    "check-scopes": check_scopes,
    "batch-verify": batch_verify,
    "first-seen": first_seen,
    "issue": issue,
    "workers": workers,
    "peer": peer,
    "rich-verify": rich_verify,
    "rich-check": rich_check,
}
