"""A batch in steps answers as one in a single step would at its end: at one time, one revision, with one count a token."""

from collections.abc import Callable, Generator
from typing import Any

import pytest

from authsvc.api import hot
from authsvc.api.caller import Caller
from authsvc.api.check_scopes import BatchCheckScopes
from authsvc.api.hot import HotPath
from authsvc.api.logged import LoggedDecisions, LoggedPath
from authsvc.api.usage import Usage
from authsvc.api.verify import BatchVerify
from authsvc.errors import InvalidFieldError, OperationNotFoundError
from authsvc.keys.key_material import SigningKey, generate_private, public_part
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import Algorithm, KeyState
from authsvc.policy.tenant import TenantPolicy
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.revocation.index import RevocationIndex
from authsvc.tokens.findings import Findings
from authsvc.tokens.jose import sign
from authsvc.tokens.verdict import Decision
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_service_pb2 import (
    BatchCheckScopesRequest,
    BatchCheckScopesResponse,
    BatchVerifyRequest,
    BatchVerifyResponse,
    CheckScopesItem,
)

NOW = 1_900_000_000
ISSUER = "https://x.example/t/demo"
CALLER = Caller("api", "s", "caller-jti", frozenset(), "demo")


def new_key(key_id: str) -> SigningKey:
    private = generate_private(Algorithm.ES256)
    return SigningKey("demo", key_id, Algorithm.ES256, private, public_part(Algorithm.ES256, private))


KEY, LATER = new_key("k1"), new_key("k2")


def token(number: int, key: SigningKey = KEY, expire: int = NOW + 600) -> str:
    claims = {
        "iss": ISSUER,
        "sub": f"user {number}",
        "aud": ["demo-api"],
        "client_id": "web",
        "iat": NOW - 10,
        "exp": expire,
        "jti": f"id {number}",
        "scope": "repo",
    }
    return sign(key.algorithm, key.private, key.key_id, claims)


class World:
    """Stands in for the gate, the replica, the clock and the texts of revisions. Every change of it is another revision."""

    def __init__(self) -> None:
        self.keys = KeyRing([(KEY, KeyState.ACTIVE)])
        self.revocations = RevocationIndex()
        self.revision = 1
        self.now = float(NOW)
        self.policy = TenantPolicy("demo", ISSUER)
        self.counted: list[str] = []
        self.told: list[str] = []

    def tenant_of(self, _caller: Caller, _name: str) -> TenantPolicy:
        return self.policy

    def write(self, revision: int) -> str:
        return f"r{revision}"

    def count(self, _method: str, reason: Reason) -> None:
        self.counted.append(Reason.Name(reason).removeprefix("REASON_"))

    def is_sampled(self) -> bool:
        return True

    def add(self, decided: dict[str, Any]) -> None:
        self.told.append(decided["reason"])

    def path(self, *, logged: bool = False) -> HotPath:
        world: Any = self
        parts = (world, world, Decision(0), world, lambda: self.now, self.count, Usage(is_noted=False))
        return LoggedPath(*parts, log=world, wanted=LoggedDecisions()) if logged else HotPath(*parts)

    def revoke(self, number: int) -> None:
        self.revocations.add(Revocation("demo", TargetKind.TOKEN, f"id {number}", issuer=ISSUER, keep_until=NOW + 999))
        self.revision += 1

    def take_up(self, key: SigningKey) -> None:
        self.keys.put(key, KeyState.VERIFY_ONLY)
        self.revision += 1

    def taint(self) -> None:
        self.keys.put(KEY, KeyState.TAINTED)
        self.revision += 1

    def shorten(self) -> None:
        self.policy = TenantPolicy("demo", ISSUER, max_ttl=60)
        self.revision += 1

    def pass_time(self) -> None:
        self.now += 100


TOKENS = [token(0), token(1), "x", token(2, LATER), token(3, expire=NOW + 50), token(0), token(4)[:-4] + "AAAA"]
AT_FIRST = ["OK", "OK", "MALFORMED", "UNKNOWN_KEY", "OK", "OK", "BAD_SIGNATURE"]
CHANGES: dict[str, tuple[Callable[[World], None], list[str]]] = {
    "nothing": (lambda _: None, AT_FIRST),
    "one that was looked at is revoked": (
        lambda world: world.revoke(0),
        ["REVOKED", "OK", "MALFORMED", "UNKNOWN_KEY", "OK", "REVOKED", "BAD_SIGNATURE"],
    ),
    "a key comes up": (lambda world: world.take_up(LATER), [*AT_FIRST[:3], "OK", *AT_FIRST[4:]]),
    "the key is tainted": (
        World.taint,
        ["UNKNOWN_KEY", "UNKNOWN_KEY", "MALFORMED", *["UNKNOWN_KEY"] * 4],
    ),
    "the tenant allows shorter lives": (
        World.shorten,
        ["INVALID_CLAIMS", "INVALID_CLAIMS", "MALFORMED", "UNKNOWN_KEY", "OK", "INVALID_CLAIMS", "BAD_SIGNATURE"],
    ),
    "time passes": (World.pass_time, [*AT_FIRST[:4], "EXPIRED", *AT_FIRST[5:]]),
}


@pytest.fixture(autouse=True)
def _one_token_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot, "_STEP_SECONDS", -1.0)


def ended(steps: Generator[None, None, bytes]) -> bytes:
    """The answer after all steps."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            answer: bytes = end.value
            return answer


def verify(
    world: World, change: Callable[[World], None], after: int, *, logged: bool = False
) -> tuple[list[str], str, int]:
    """The reasons, the revision and the number of steps, when the world changes after some steps."""
    request = BatchVerifyRequest(tokens=TOKENS, audience="demo-api").SerializeToString()
    steps = BatchVerify(world.path(logged=logged))(request, CALLER)
    taken = 0
    while True:
        if taken == after:
            change(world)
        try:
            next(steps)
        except StopIteration as end:
            answer = BatchVerifyResponse.FromString(end.value)
            reasons = [Reason.Name(result.reason).removeprefix("REASON_") for result in answer.results]
            return reasons, answer.revision, taken
        taken += 1


@pytest.mark.parametrize("logged", [False, True])
@pytest.mark.parametrize("after", [1, 3, 5])
@pytest.mark.parametrize("what", CHANGES)
def test_it_answers_by_what_is_so_at_its_end(what: str, after: int, logged: bool) -> None:
    change, expected = CHANGES[what]
    world = World()
    reasons, revision, steps = verify(world, change, after, logged=logged)
    assert steps >= after
    assert reasons == expected
    assert revision == f"r{world.revision}"
    assert world.counted == expected
    assert world.told == (expected if logged else [])


def test_findings_that_are_not_forgotten_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Findings, "begin", lambda *_: None)
    change, expected = CHANGES["a key comes up"]
    assert verify(World(), change, 5)[0] != expected


def test_nothing_is_done_twice() -> None:
    world = World()
    looked_at: list[str] = []

    class Counting(Decision):
        def _authenticate_anew(self, text: str, *arguments: Any) -> Any:
            looked_at.append(text)
            return super()._authenticate_anew(text, *arguments)

    path = world.path()
    path.decision = Counting(0)
    request = BatchVerifyRequest(tokens=TOKENS, audience="demo-api").SerializeToString()
    ended(BatchVerify(path)(request, CALLER))
    assert sorted(looked_at) == sorted(set(TOKENS))


def test_misuse_in_the_middle_of_it_is_one_error_and_no_half_a_batch() -> None:
    world = World()
    world.policy = TenantPolicy("demo", ISSUER)
    items = [CheckScopesItem(token=text, requirement=ScopeRequirement(any_of=["repo"])) for text in TOKENS]
    check = BatchCheckScopes(world.path())
    good = BatchCheckScopesRequest(items=items, audience="demo-api").SerializeToString()
    answer = BatchCheckScopesResponse.FromString(ended(check(good, CALLER)))
    assert [Reason.Name(result.reason).removeprefix("REASON_") for result in answer.results] == AT_FIRST
    world.counted.clear()
    bad = [*items, CheckScopesItem(token=TOKENS[0])]
    with pytest.raises(InvalidFieldError):
        next(check(BatchCheckScopesRequest(items=bad, audience="demo-api").SerializeToString(), CALLER))
    unknown = [*items, CheckScopesItem(token=TOKENS[0], operation="none")]
    with pytest.raises(OperationNotFoundError):
        next(check(BatchCheckScopesRequest(items=unknown, audience="demo-api").SerializeToString(), CALLER))
    assert world.counted == []
