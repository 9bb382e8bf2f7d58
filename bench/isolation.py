"""Whether the time of an answer tells what another tenant has: its ids beside ids of nobody, in this process."""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import closing

from authsvc.api.caller import Call, Caller
from authsvc.api.gate import Gate
from authsvc.api.hot import HotPath
from authsvc.api.issue import Issue
from authsvc.api.records import GetToken, ListTokens
from authsvc.api.revision import RevisionCodec
from authsvc.api.usage import Usage
from authsvc.api.verify import Verify
from authsvc.app.admin_key import ensure_keys
from authsvc.app.parts import access_rules
from authsvc.config import Settings
from authsvc.errors import AuthsvcError
from authsvc.keys.sealed_key import Algorithm
from authsvc.keys.sealing import SealingKey
from authsvc.policy.document import load_policies
from authsvc.replica.replica import Replica
from authsvc.store.opening import Store, open_store
from authsvc.tokens.decoder import decode_segment
from authsvc.tokens.jose import sign
from authsvc.tokens.strict_json import STRICT_JSON
from authsvc.tokens.verdict import Decision
from authsvc.v1.token_service_pb2 import (
    GetTokenRequest,
    IssueRequest,
    IssueResponse,
    ListTokensRequest,
    VerifyRequest,
)
from bench.results import Lookalike, Spread
from bench.stage import Stage

_OURS, _THEIRS, _NOBODY = "ours", "them", "none"
_DOCUMENT = f"name: {_OURS}\naudiences: [api]\n---\nname: {_THEIRS}\naudiences: [api]\n"
_BASE = "https://tokens.bench.example"
_TOKENS = 200
"""What the other tenant has."""
_CALLS = 400
"""Calls a round, of each kind in turn."""

Ask = Callable[[str], object]


class _Office:
    """The methods of a worker on a store of its own, called without a socket between."""

    def __init__(self, store: Store, sealing_key: SealingKey) -> None:
        tenants = load_policies(_DOCUMENT, _BASE)
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(ensure_keys(store, sealing_key, tenants))
        replica = Replica(store.reader, sealing_key, _BASE, store.revision)
        replica.tenants = tenants
        gate = Gate(replica, access_rules(Settings(dev=True)), time.time, 0)
        revisions = RevisionCodec(store.store_id)
        usage = Usage(is_noted=False)
        path = HotPath(gate, replica, Decision(10_000), revisions, time.time, lambda _method, _reason: None, usage)
        self._issue = Issue(gate, replica, store.tokens, revisions, time.time)
        self._get = GetToken(gate, store.tokens, time.time)
        self._list = ListTokens(gate, store.tokens, time.time)
        self._verify = Verify(path)

    def close(self) -> None:
        """No more calls."""
        self._loop.close()

    def issue(self, subject: str) -> IssueResponse:
        """A token of the other tenant."""
        request = IssueRequest(subject=subject, audiences=["api"], client_id=subject)
        answer = self._loop.run_until_complete(self._issue(request.SerializeToString(), Call(_caller(_THEIRS), "")))
        return IssueResponse.FromString(answer)

    def verify(self, token: str) -> object:
        """Whose token is it?"""
        return self._verify(VerifyRequest(token=token, audience="api").SerializeToString(), _caller(_OURS))

    def verify_in(self, tenant: str) -> object:
        """Is there such a tenant?"""
        request = VerifyRequest(tenant=tenant, token="x", audience="api").SerializeToString()
        try:
            return self._verify(request, _caller(_OURS))
        except AuthsvcError as error:
            return error

    def get(self, token_id: str) -> object:
        """Is there a record of that token?"""
        request = GetTokenRequest(token_id=token_id).SerializeToString()
        try:
            return self._loop.run_until_complete(self._get(request, Call(_caller(_OURS), "")))
        except AuthsvcError as error:
            return error

    def list(self, subject: str) -> object:
        """Has the subject tokens?"""
        request = ListTokensRequest(subject=subject).SerializeToString()
        return self._loop.run_until_complete(self._list(request, Call(_caller(_OURS), "")))


def _caller(tenant: str) -> Caller:
    return Caller("bench", "bench", "", frozenset({"issue:tokens", "verify:tokens", "read:tokens"}), tenant)


def lookalikes(stage: Stage) -> list[Lookalike]:
    """Each kind of question about what another tenant has, beside the same about what nobody has."""
    sealing_key = SealingKey(secrets.token_bytes(32))
    store = open_store(stage.directory("isolation") / "data")
    try:
        with closing(_Office(store, sealing_key)) as office:
            kinds = _kinds(office, sealing_key)
            told = []
            for done, (question, (ask, theirs, nobodys)) in enumerate(kinds.items()):
                stage.progress("isolation", done, len(kinds))
                told.append(_compare(question, ask, theirs, nobodys, stage.options.pairs, stage.options.calls(_CALLS)))
            stage.progress("isolation", len(kinds), len(kinds))
            return told
    finally:
        store.close()


def _kinds(office: _Office, sealing_key: SealingKey) -> dict[str, tuple[Ask, list[str], list[str]]]:
    issued = [office.issue(f"subject-{number:05}") for number in range(_TOKENS)]
    key = sealing_key.open(sealing_key.make(_NOBODY, Algorithm.ES256))
    payloads = [STRICT_JSON.parse_object(decode_segment(answer.token.split(".")[1])) for answer in issued]
    strangers = [sign(key.algorithm, key.private, key.key_id, payload) for payload in payloads]
    return {
        "Verify of a token": (office.verify, [answer.token for answer in issued], strangers),
        "Verify in a tenant": (office.verify_in, [_THEIRS] * _TOKENS, [_NOBODY] * _TOKENS),
        "GetToken by id": (
            office.get,
            [answer.token_id for answer in issued],
            [secrets.token_hex(16) for _ in issued],
        ),
        "ListTokens of a subject": (
            office.list,
            [f"subject-{number:05}" for number in range(_TOKENS)],
            [f"nobody--{number:05}" for number in range(_TOKENS)],
        ),
    }


def _compare(question: str, ask: Ask, theirs: list[str], nobodys: list[str], pairs: int, calls: int) -> Lookalike:
    """Medians of every round, call by call in turns, so that whatever else happens happens to both."""
    rounds: list[tuple[float, float]] = []
    for _ in range(pairs):
        one: list[float] = []
        other: list[float] = []
        for number in range(calls):
            place = number % len(theirs)
            # Whoever comes second finds things warm: each comes first as often as the other.
            order = ((one, theirs), (other, nobodys)) if number % 2 else ((other, nobodys), (one, theirs))
            for readings, texts in order:
                started = time.perf_counter_ns()
                ask(texts[place])
                readings.append((time.perf_counter_ns() - started) / 1000)
        rounds.append((_median(one), _median(other)))
    return Lookalike(
        question=question,
        theirs=Spread.of([first for first, _ in rounds]),
        nobodys=Spread.of([second for _, second in rounds]),
        difference=Spread.of([first - second for first, second in rounds]),
        calls=calls,
    )


def _median(readings: list[float]) -> float:
    return sorted(readings)[len(readings) // 2]
