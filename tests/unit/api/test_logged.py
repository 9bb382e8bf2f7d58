"""What the decision log tells of each decision, by reason and filter; and that it is another path, not a slower one."""

from typing import Any

import pytest

from authsvc.api.caller import Caller
from authsvc.api.check_scopes import CheckScopes
from authsvc.api.hot import HotPath
from authsvc.api.logged import LoggedDecisions, LoggedPath
from authsvc.api.usage import Usage
from authsvc.api.verify import BatchVerify, Verify
from authsvc.keys.key_material import SigningKey, generate_private, public_part
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import Algorithm, KeyState
from authsvc.policy.tenant import TenantPolicy
from authsvc.revocation.index import RevocationIndex
from authsvc.tokens.jose import sign
from authsvc.tokens.verdict import Decision
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_service_pb2 import BatchVerifyRequest, CheckScopesRequest, VerifyRequest

NOW = 1_900_000_000
ISSUER = "https://x.example/t/demo"
CALLER = Caller("api", "s", "caller-jti", frozenset(), "demo")
PRIVATE = generate_private(Algorithm.ES256)
KEY = SigningKey("demo", "k1", Algorithm.ES256, PRIVATE, public_part(Algorithm.ES256, PRIVATE))


def token(subject: str = "alice", **changes: Any) -> str:
    claims = {
        "iss": ISSUER,
        "sub": subject,
        "aud": ["demo-api"],
        "client_id": "web",
        "iat": NOW - 10,
        "exp": NOW + 600,
        "jti": f"id of {subject}",
        "scope": "repo",
        **changes,
    }
    return sign(KEY.algorithm, KEY.private, KEY.key_id, claims)


class Shelf:
    """Keeps what is logged and what is counted."""

    def __init__(self, sampled: bool = True) -> None:
        self.told: list[dict[str, Any]] = []
        self.counted: list[tuple[str, str]] = []
        self.sampled = sampled

    def is_sampled(self) -> bool:
        return self.sampled

    def add(self, decided: dict[str, Any]) -> None:
        self.told.append(decided)

    def count(self, method: str, reason: Reason) -> None:
        self.counted.append((method, Reason.Name(reason).removeprefix("REASON_")))


class World:
    """Stands in for the gate, the replica and the texts of revisions."""

    keys = KeyRing([(KEY, KeyState.ACTIVE)])
    revocations = RevocationIndex()
    revision = 1

    def tenant_of(self, _caller: Caller, _name: str) -> TenantPolicy:
        return TenantPolicy("demo", ISSUER)

    def write(self, _revision: int) -> str:
        return "r1"


def path_of(shelf: Shelf, wanted: LoggedDecisions) -> LoggedPath:
    world: Any = World()
    log: Any = shelf
    usage = Usage(is_noted=False)
    return LoggedPath(world, world, Decision(10), world, lambda: float(NOW), shelf.count, usage, log=log, wanted=wanted)


def verify(path: HotPath, text: str) -> None:
    Verify(path)(VerifyRequest(token=text, audience="demo-api").SerializeToString(), CALLER)


def test_a_good_token_is_told_with_its_ids() -> None:
    shelf = Shelf()
    verify(path_of(shelf, LoggedDecisions()), token())
    assert shelf.told == [
        {
            "time": float(NOW),
            "method": "Verify",
            "tenant": "demo",
            "audience": "demo-api",
            "caller": "api",
            "caller_token_id": "caller-jti",
            "allowed": True,
            "reason": "OK",
            "check": "",
            "issuer": ISSUER,
            "token_id": "id of alice",
            "subject": "alice",
            "client_id": "web",
            "key_id": "k1",
        }
    ]
    assert shelf.counted == [("Verify", "OK")]


def test_a_token_that_has_expired_is_told_with_its_ids_too() -> None:
    shelf = Shelf()
    verify(path_of(shelf, LoggedDecisions()), token(iat=NOW - 20, exp=NOW - 1))
    [told] = shelf.told
    assert (told["allowed"], told["reason"], told["check"]) == (False, "EXPIRED", "expiry")
    assert (told["subject"], told["key_id"]) == ("alice", "k1")


def test_nothing_is_told_of_what_nobody_signed() -> None:
    shelf = Shelf()
    text = token()
    forged = text[:-8] + ("A" * 8 if not text.endswith("A" * 8) else "B" * 8)
    for bad in (forged, "rubbish"):
        verify(path_of(shelf, LoggedDecisions()), bad)
    assert [told["reason"] for told in shelf.told] == ["BAD_SIGNATURE", "MALFORMED"]
    for told in shelf.told:
        assert not told.keys() & {"token_id", "subject", "client_id", "key_id"}
        assert not any("eyJ" in str(value) or "rubbish" in str(value) for value in told.values())


def test_scopes_that_do_not_suffice_are_a_denial() -> None:
    shelf = Shelf()
    check = CheckScopes(path_of(shelf, LoggedDecisions(denials_only=True)))
    for scope in ("repo", "gist"):
        requirement = ScopeRequirement(any_of=[scope])
        request = CheckScopesRequest(token=token(), audience="demo-api", requirement=requirement)
        check(request.SerializeToString(), CALLER)
    [told] = shelf.told
    assert (told["method"], told["reason"], told["allowed"]) == ("CheckScopes", "INSUFFICIENT_SCOPE", False)
    assert shelf.counted == [("CheckScopes", "OK"), ("CheckScopes", "INSUFFICIENT_SCOPE")]


def test_each_token_of_a_batch_is_a_decision() -> None:
    shelf = Shelf()
    tokens = [token("alice"), "x", token("bob")]
    request = BatchVerifyRequest(tokens=tokens, audience="demo-api")
    for _ in BatchVerify(path_of(shelf, LoggedDecisions()))(request.SerializeToString(), CALLER):
        pass
    assert [(told["reason"], told.get("subject")) for told in shelf.told] == [
        ("OK", "alice"),
        ("MALFORMED", None),
        ("OK", "bob"),
    ]


@pytest.mark.parametrize(
    ("wanted", "subjects"),
    [
        (LoggedDecisions(), ["alice", "bob", None]),
        (LoggedDecisions(subject="bob"), ["bob"]),
        (LoggedDecisions(tenant="demo"), ["alice", "bob", None]),
        (LoggedDecisions(tenant="acme"), []),
        (LoggedDecisions(denials_only=True), [None]),
        (LoggedDecisions(denials_only=True, subject="bob"), []),
    ],
)
def test_filters_are_joined_by_and(wanted: LoggedDecisions, subjects: list[str | None]) -> None:
    shelf = Shelf()
    for text in (token("alice"), token("bob"), "x"):
        verify(path_of(shelf, wanted), text)
    assert [told.get("subject") for told in shelf.told] == subjects


def test_what_is_not_sampled_is_counted_all_the_same() -> None:
    shelf = Shelf(sampled=False)
    verify(path_of(shelf, LoggedDecisions()), token())
    assert shelf.told == []
    assert shelf.counted == [("Verify", "OK")]


def test_the_plain_path_knows_nothing_of_a_log() -> None:
    """What is off costs nothing: the functions of the plain path are those of the class, and it counts directly."""
    shelf = Shelf()
    world: Any = World()
    path = HotPath(world, world, Decision(10), world, lambda: 0.0, shelf.count, Usage(is_noted=False))
    assert path.count == shelf.count
    assert not vars(HotPath).keys() & {"_log", "_wanted"}
