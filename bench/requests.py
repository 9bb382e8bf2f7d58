"""The calls that are measured, and what their answers must say."""

from collections.abc import Sequence
from dataclasses import dataclass

from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_service_pb2 import (
    BatchVerifyRequest,
    BatchVerifyResponse,
    CheckScopesRequest,
    CheckScopesResponse,
    IssueRequest,
    IssueResponse,
    VerifyRequest,
    VerifyResponse,
)
from bench.http2 import Call
from bench.load import CheckAnswer
from bench.world import AUDIENCE, SCOPES, TENANT, Token, World

_OK = Reason.REASON_OK
_REQUIREMENT = ScopeRequirement(any_of=["repo", "public_repo"])


@dataclass(frozen=True, slots=True)
class Method:
    """A method with its calls, and what each answer must say."""

    path: str
    calls: Sequence[Call]
    is_right: CheckAnswer

    def __len__(self) -> int:
        return len(self.calls)

    def turns(self, calls: int) -> list[Call]:
        """So many calls, each of the method's in turn."""
        return [self.calls[turn % len(self.calls)] for turn in range(calls)]

    def is_right_in_turn(self) -> CheckAnswer:
        """The check for `turns`. Bytes that were right once for a call are right again."""
        known: set[tuple[int, bytes]] = set()

        def is_right(position: int, answer: bytes) -> bool:
            turn = position % len(self.calls)
            if (turn, answer) in known:
                return True
            right = self.is_right(turn, answer)
            if right:
                known.add((turn, answer))
            return right

        return is_right


def path_of(method: str) -> str:
    """The path of a method."""
    return f"/authsvc.v1.TokenService/{method}"


def _method(world: World, name: str, messages: Sequence[bytes], is_right: CheckAnswer) -> Method:
    metadata = (("authorization", f"Bearer {world.caller_key}"),)
    path = path_of(name)
    return Method(path, [Call.of(path, message, metadata) for message in messages], is_right)


def verify(world: World, tokens: Sequence[Token]) -> Method:
    """Verify, once for each token."""

    def is_right(position: int, answer: bytes) -> bool:
        verdict = VerifyResponse.FromString(answer)
        return verdict.valid and verdict.reason == _OK and verdict.claims.token_id == tokens[position].token_id

    messages = [
        VerifyRequest(tenant=TENANT, token=token.text, audience=AUDIENCE).SerializeToString() for token in tokens
    ]
    return _method(world, "Verify", messages, is_right)


def check_scopes(world: World, tokens: Sequence[Token]) -> Method:
    """CheckScopes with a requirement in the request, once for each token."""

    def is_right(position: int, answer: bytes) -> bool:
        verdict = CheckScopesResponse.FromString(answer)
        allowed = verdict.valid and verdict.allowed and verdict.reason == _OK and len(verdict.matched) == 2
        return allowed and verdict.claims.token_id == tokens[position].token_id

    messages = [
        CheckScopesRequest(
            tenant=TENANT, token=token.text, audience=AUDIENCE, requirement=_REQUIREMENT
        ).SerializeToString()
        for token in tokens
    ]
    return _method(world, "CheckScopes", messages, is_right)


def check_operations(world: World, tokens: Sequence[Token], operations: Sequence[str]) -> Method:
    """CheckScopes with the name of an operation, once for each token."""

    def is_right(position: int, answer: bytes) -> bool:
        verdict = CheckScopesResponse.FromString(answer)
        return verdict.valid and verdict.allowed and verdict.claims.token_id == tokens[position].token_id

    messages = [
        CheckScopesRequest(
            tenant=TENANT, token=token.text, audience=AUDIENCE, operation=operations[position % len(operations)]
        ).SerializeToString()
        for position, token in enumerate(tokens)
    ]
    return _method(world, "CheckScopes", messages, is_right)


def batch_verify(world: World, tokens: Sequence[Token]) -> Method:
    """BatchVerify of all the tokens at once."""

    def is_right(_position: int, answer: bytes) -> bool:
        verdicts = BatchVerifyResponse.FromString(answer).results
        named = [verdict.claims.token_id for verdict in verdicts if verdict.valid and verdict.reason == _OK]
        return named == [token.token_id for token in tokens]

    request = BatchVerifyRequest(tenant=TENANT, tokens=[token.text for token in tokens], audience=AUDIENCE)
    return _method(world, "BatchVerify", [request.SerializeToString()], is_right)


def issue(world: World) -> Method:
    """Issue of a token like those that are verified."""

    def is_right(_position: int, answer: bytes) -> bool:
        issued = IssueResponse.FromString(answer)
        return issued.token.count(".") == 2 and tuple(issued.scopes) == SCOPES

    request = IssueRequest(
        tenant=TENANT, subject="user-000000", client_id="storefront", audiences=[AUDIENCE], scopes=SCOPES
    )
    return _method(world, "Issue", [request.SerializeToString()], is_right)
