"""Usage: noted in passing, taken once, and never more than there is room for."""

import asyncio
from typing import Any

from authsvc.access.rules import AccessRules
from authsvc.api.caller import Caller
from authsvc.api.check_scopes import CheckScopes
from authsvc.api.gate import Gate
from authsvc.api.hot import HotPath
from authsvc.api.revision import RevisionCodec
from authsvc.api.usage import Usage
from authsvc.api.verify import Verify
from authsvc.store.life_contract import TokenUse
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_service_pb2 import CheckScopesRequest, VerifyRequest
from tests.unit.api.life import HOUR, START, TENANT, Life

CALLER = Caller("c", "s", "id", frozenset(), "acme")


class Hot:
    """Verify and CheckScopes in this process."""

    def __init__(self, *, is_noted: bool = True) -> None:
        self.life = Life()
        self.life.replica.revision = 1
        self.usage = Usage(is_noted=is_noted)
        gate = Gate(self.life.replica, AccessRules({}), self.life.clock, 100)
        path = HotPath(
            gate,
            self.life.replica,
            self.life.decision,
            RevisionCodec("00" * 8),
            self.life.clock,
            lambda _method, _reason: None,
            self.usage,
        )
        self._verify, self._check = Verify(path), CheckScopes(path)

    def verify(self, token: str, audience: str = "api") -> None:
        self._verify(VerifyRequest(token=token, audience=audience).SerializeToString(), CALLER)

    def check(self, token: str, *any_of: str, all_of: tuple[str, ...] = ()) -> None:
        requirement = ScopeRequirement(any_of=any_of, all_of=all_of)
        request = CheckScopesRequest(token=token, audience="api", requirement=requirement)
        self._check(request.SerializeToString(), CALLER)

    def taken(self) -> dict[str, tuple[int, set[str]]]:
        return {use.token_id: (use.second - int(START), set(use.scopes)) for use in self.usage.take()}


def test_good_tokens_are_noted_with_the_latest_second() -> None:
    hot = Hot()
    first, second = hot.life.issue(), hot.life.issue()
    hot.verify(first)
    hot.life.now += 7.5
    hot.verify(first)
    hot.verify(second)
    assert hot.taken() == {"root-1": (7, set()), "root-2": (7, set())}
    assert hot.taken() == {}
    hot.life.now += 1
    hot.verify(second)
    assert hot.taken() == {"root-2": (8, set())}


def test_a_bad_token_is_not_noted() -> None:
    hot = Hot()
    token = hot.life.issue()
    hot.verify(token, audience="other")
    hot.verify(token[:-3] + "AAA")
    hot.life.now += HOUR
    hot.verify(token)
    hot.check(token, "repo")
    assert hot.taken() == {}


def test_the_scopes_that_met_a_check_are_noted() -> None:
    hot = Hot()
    token = hot.life.issue(scopes=("a", "b", "c", "d"))
    hot.check(token, "a", "x")
    hot.check(token, all_of=("a", "b"))
    hot.check(token, all_of=("c", "x"))
    hot.check(token, "y")
    assert hot.taken() == {"root-1": (0, {"a", "b"})}
    # After the writing the same requirement counts again.
    hot.check(token, all_of=("a", "b"))
    assert hot.taken() == {"root-1": (0, {"a", "b"})}


def test_nothing_is_noted_when_it_is_off() -> None:
    hot = Hot(is_noted=False)
    token = hot.life.issue()
    hot.verify(token)
    hot.check(token, "repo")
    assert hot.taken() == {}


def test_what_could_not_be_written_is_kept() -> None:
    hot = Hot()
    token = hot.life.issue()
    hot.check(token, "repo")
    uses = hot.usage.take()
    hot.life.now += 5
    hot.check(token, "read:users")
    hot.usage.give_back(uses)
    assert hot.taken() == {"root-1": (5, {"repo", "read:users"})}


def noted(usage: Usage, life: Life, name: str, when: float) -> None:
    token = life.decision.authenticate(life.issue(token_id=name), TENANT, life.replica.keys)
    assert isinstance(token, AuthenticToken)
    usage.first_use(token)
    token.used_at = when


def test_its_memory_is_bounded_and_the_rest_counted() -> None:
    life, usage = Life(), Usage(is_noted=True, full=4, most=10)
    for number in range(30):
        noted(usage, life, f"t{number % 15}", START + number)
    taken = {use.token_id: use.second - int(START) for use in usage.take()}
    # Of those that found room the latest use counts.
    assert taken == {f"t{number}": number + 15 for number in range(10)}
    assert usage.dropped == 10


def test_a_full_list_loses_nothing_of_the_newest() -> None:
    life, usage = Life(), Usage(is_noted=True, full=2)
    for number in range(5):
        noted(usage, life, f"t{number}", START + number)
    assert {use.token_id: use.second - int(START) for use in usage.take()} == {f"t{n}": n for n in range(5)}


def test_a_failed_writing_is_tried_again() -> None:
    from authsvc.app.worker import Worker  # noqa: PLC0415 (the server's parts, for this test alone)
    from authsvc.errors import StoreUnavailableError  # noqa: PLC0415 (likewise)

    usage = Usage(is_noted=True)
    usage.give_back([TokenUse("acme", "i", "a", 5, 9, frozenset({"x"}))])
    written: list[Any] = []
    is_away = [True]

    class Store:
        async def write_usage(self, uses: Any) -> int:
            if is_away[0]:
                raise StoreUnavailableError("away")
            written.extend(uses)
            return len(written)

    worker: Any = object.__new__(Worker)
    worker._parts = type("Parts", (), {"usage": usage})
    worker._store = type("Opened", (), {"tokens": Store()})
    asyncio.run(worker._write_usage())
    assert not written
    is_away[0] = False
    asyncio.run(worker._write_usage())
    assert [use.token_id for use in written] == ["a"]
