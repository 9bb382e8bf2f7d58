"""Mutated tokens: none is accepted but for the very text of a good one, and nothing raises.

HOSTILE_SEED repeats a run, HOSTILE_MUTATIONS sets how many; CI tries ten times as many as a desk.
"""

import os
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import grpc
import pytest

from authsvc.keys.fetched_keys import FetchedKeys
from authsvc.tokens import verdict
from authsvc.tokens.decoder import TEXT_CHECKS, Check, Decoder
from authsvc.tokens.foreign import ForeignTokens
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.verdict import Decision, Question
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_service_pb2 import (
    BatchCheckScopesRequest,
    BatchVerifyRequest,
    BatchVerifyResponse,
    CheckScopesItem,
    CheckScopesRequest,
    InspectRequest,
    VerifyRequest,
)
from tests.hostile.build import AUDIENCE
from tests.hostile.cases import World, deciding, fixed_world
from tests.hostile.corpus_server import CorpusServer
from tests.hostile.mutations import EDITS, good_tokens, mutate, mutate_message

IN_CI = os.environ.get("CI") == "true"
MUTATIONS = int(os.environ.get("HOSTILE_MUTATIONS", "100000" if IN_CI else "10000"))
OVER_RPC = MUTATIONS // 10
PER_KEY = 6
BATCH = 100
SECONDS = 20
NEVER = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DATA_LOSS}


def decide_mutated(decision: Decision, world: World, seed: int, count: int) -> tuple[Counter[str], list[str]]:
    """How many mutated tokens came out how, and the edits that were accepted. A good text is drawn again."""
    random, tokens = Random(seed), good_tokens(world, PER_KEY)
    good = frozenset(tokens)
    question = Question(world.tenants["acme"], AUDIENCE, world.now, world.index)
    assert not any(isinstance(decision.decide(token, question, world.ring), Refusal) for token in tokens)
    counted: Counter[str] = Counter()
    accepted: list[str] = []
    while counted.total() + len(accepted) < count:
        text, edit = mutate(random, tokens)
        if text in good:
            continue
        outcome = decision.decide(text, question, world.ring)
        if isinstance(outcome, Refusal):
            counted[Reason.Name(outcome.reason)] += 1
        else:
            accepted.append(edit)
    return counted, accepted


@pytest.mark.parametrize("cache_size", [0, 1000], ids=["cache off", "cache on"])
def test_no_mutated_token_is_accepted_and_none_raises(seed: int, cache_size: int) -> None:
    # Together they make up MUTATIONS.
    counted, accepted = decide_mutated(deciding(cache_size), fixed_world(), seed + cache_size, MUTATIONS // 2)
    print(f"{MUTATIONS // 2} mutated tokens, {len(accepted)} accepted; {dict(counted.most_common())}")
    assert not accepted, accepted
    assert min(counted[f"REASON_{reason}"] for reason in ("MALFORMED", "UNKNOWN_KEY", "BAD_SIGNATURE")) > 0


def test_without_signatures_mutated_tokens_are_accepted(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "signature_is_valid", lambda *_arguments: True)
    assert decide_mutated(deciding(0), fixed_world(), seed, 2000)[1]


def test_without_the_canonical_form_mutated_tokens_are_accepted(seed: int) -> None:
    checks = tuple(
        Check(check.name, check.rule, lambda draft: all(len(one) % 4 != 1 for one in draft.text.split(".")))
        if check.name == "text.canonical"
        else check
        for check in TEXT_CHECKS
    )
    lax = Decision(0, decoder=Decoder(text_checks=checks), elsewhere=ForeignTokens(FetchedKeys()))
    assert decide_mutated(lax, fixed_world(), seed, 5000)[1]


def test_every_edit_is_drawn(seed: int) -> None:
    random, tokens = Random(seed), good_tokens(fixed_world(), 1)
    drawn = Counter(mutate(random, tokens)[1] for _ in range(2000))
    assert set(drawn) == {edit.__name__ for edit in EDITS}


def batches_of_mutated(seed: int, tokens: list[str], count: int) -> Iterator[list[str]]:
    random = Random(seed)
    for _ in range(max(1, count // BATCH)):
        yield [mutate(random, tokens)[0] for _ in range(BATCH)]


def test_no_mutated_token_is_accepted_over_batches(corpus_server: CorpusServer, seed: int) -> None:
    tokens = good_tokens(corpus_server.world, PER_KEY)
    stub, metadata = corpus_server.server.tokens(), tuple(corpus_server.server.metadata())
    counted: Counter[str] = Counter()
    for texts in batches_of_mutated(seed, tokens, OVER_RPC):
        request = BatchVerifyRequest(tenant="acme", audience=AUDIENCE, tokens=texts)
        results = stub.BatchVerify(request, metadata=metadata, timeout=SECONDS).results
        assert len(results) == len(texts)
        for text, result in zip(texts, results, strict=True):
            assert result.valid == (result.reason == Reason.REASON_OK) == (text in tokens)
            counted[Reason.Name(result.reason)] += 1
    print(f"{counted.total()} mutated tokens in batches, {dict(counted.most_common())}")


def example_messages(tokens: list[str]) -> list[tuple[str, Any]]:
    """A good request of each RPC that decides."""
    asked = ScopeRequirement(any_of=["read:users"])
    head = {"tenant": "acme", "audience": AUDIENCE}
    return [
        ("Verify", VerifyRequest(token=tokens[0], **head)),
        ("CheckScopes", CheckScopesRequest(token=tokens[1], requirement=asked, **head)),
        ("BatchVerify", BatchVerifyRequest(tokens=tokens[:3], **head)),
        (
            "BatchCheckScopes",
            BatchCheckScopesRequest(items=[CheckScopesItem(token=tokens[2], requirement=asked)], **head),
        ),
        ("Inspect", InspectRequest(token=tokens[3], **head)),
    ]


def test_no_mutated_message_gets_an_internal_error(corpus_server: CorpusServer, seed: int) -> None:
    random, tokens = Random(seed), good_tokens(corpus_server.world, 1)
    channel, metadata = corpus_server.server.channel(), tuple(corpus_server.server.metadata())
    calls = {
        name: channel.unary_unary(
            f"/authsvc.v1.TokenService/{name}", request_serializer=bytes, response_deserializer=bytes
        )
        for name, _ in example_messages(tokens)
    }
    counted: Counter[str] = Counter()
    messages = example_messages(tokens)
    for _ in range(max(1, OVER_RPC // BATCH)):
        sent: list[tuple[str, bytes, Any]] = []
        for _ in range(BATCH):
            name, message = random.choice(messages)
            raw = mutate_message(random, message.SerializeToString())
            sent.append((name, raw, calls[name].future(raw, metadata=metadata, timeout=SECONDS)))
        for name, raw, future in sent:
            code = future.code()
            counted[code.name] += 1
            assert code not in NEVER, (name, raw.hex(), future.details())
            if code is grpc.StatusCode.OK and name == "BatchVerify":
                asked, answer = BatchVerifyRequest.FromString(raw), BatchVerifyResponse.FromString(future.result())
                for text, result in zip(asked.tokens, answer.results, strict=True):
                    assert not result.valid or text in tokens
    print(f"{counted.total()} mutated messages: {dict(counted.most_common())}")
    assert counted["OK"]
    assert counted["INVALID_ARGUMENT"]
