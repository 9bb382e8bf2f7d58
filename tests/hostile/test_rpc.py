"""Every case of the corpus over every RPC that decides, on a real server: the same reason as the pure decision gives."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import grpc
import pytest

from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_service_pb2 import (
    BatchCheckScopesRequest,
    BatchVerifyRequest,
    CheckScopesItem,
    CheckScopesRequest,
    InspectRequest,
    StepOutcome,
    VerifyRequest,
)
from tests.hostile.cases import Case, Vector, build_vectors, load_cases
from tests.hostile.corpus_server import CorpusServer

LONGEST = 65_200
"""Characters that fit a message of 64 KiB beside the other fields."""
IN_FLIGHT = 64
BATCH = 100
SECONDS = 20

Expected = tuple[Reason, bool, bool]
"""Reason, valid, allowed."""


@pytest.fixture(scope="module")
def vectors(corpus_server: CorpusServer) -> list[Vector]:
    """The cases that a message can carry: no lone surrogates, no megabytes."""
    every = build_vectors(corpus_server.world.now)
    carried = [vector for vector in every if _fits_a_message(vector.text)]
    left_out = [f"{vector.case.topic}/{vector.case.name}" for vector in every if not _fits_a_message(vector.text)]
    print(f"{len(carried)} of {len(every)} cases fit a message; not: {', '.join(left_out)}")
    assert len(left_out) < 10
    return carried


def _fits_a_message(text: str) -> bool:
    if len(text) > LONGEST:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def chunks(vectors: Sequence[Vector], size: int) -> Iterator[Sequence[Vector]]:
    for start in range(0, len(vectors), size):
        yield vectors[start : start + size]


def verify_reason(case: Case) -> Reason:
    """What Verify answers: it asks for no scopes."""
    return Reason.REASON_OK if case.is_valid else case.reason


def requirement(case: Case) -> ScopeRequirement:
    return ScopeRequirement(any_of=case.requirement.any_of, all_of=case.requirement.all_of)


def ask_each(
    call: Any,
    server: CorpusServer,
    vectors: Sequence[Vector],
    request: Callable[[Vector], Any],
) -> list[Any]:
    """The answers to single calls, many of them in flight; an RPC error takes the place of an answer."""
    answers: list[Any] = []
    metadata = server.server.metadata()
    for chunk in chunks(vectors, IN_FLIGHT):
        futures = [call.future(request(vector), metadata=metadata, timeout=SECONDS) for vector in chunk]
        for future in futures:
            try:
                answers.append(future.result())
            except grpc.RpcError as error:
                answers.append(error)
    return answers


def ask_batches(
    vectors: Sequence[Vector], call: Callable[[str, str, Sequence[Vector]], Sequence[Any]]
) -> tuple[list[Vector], list[Any]]:
    """The answers of batches, each of one tenant and audience, with the vectors in the order in which they were asked."""
    by_question: dict[tuple[str, str], list[Vector]] = {}
    for vector in vectors:
        by_question.setdefault((vector.case.tenant, vector.case.audience), []).append(vector)
    asked: list[Vector] = []
    answers: list[Any] = []
    for (tenant, audience), group in by_question.items():
        for chunk in chunks(group, BATCH):
            asked.extend(chunk)
            answers.extend(call(tenant, audience, chunk))
    return asked, answers


def compare(rpc: str, vectors: Sequence[Vector], answers: Sequence[Any], expected: Callable[[Case], Reason]) -> None:
    """Print the counts, and demand the expected reason everywhere, and that nobody is let in who may not be."""
    assert len(vectors) == len(answers)
    wrong: list[str] = []
    reasons: Counter[str] = Counter()
    accepted = 0
    for vector, answer in zip(vectors, answers, strict=True):
        case = vector.case
        if isinstance(answer, grpc.RpcError):
            reasons[str(answer.code())] += 1
            wrong.append(f"{case.topic}/{case.name}: {answer}")
            continue
        reasons[Reason.Name(answer.reason)] += 1
        accepted += answer.reason == Reason.REASON_OK and not case.is_valid
        want = expected(case)
        if answer.reason != want:
            wrong.append(f"{case.topic}/{case.name}: {Reason.Name(want)}, got {Reason.Name(answer.reason)}")
        if answer.valid != case.is_valid or answer.HasField("claims") != case.is_valid:
            wrong.append(f"{case.topic}/{case.name}: valid {answer.valid}, claims {answer.HasField('claims')}")
    print(f"{rpc}: {len(answers)} answers, {accepted} accepted that may not be; {dict(reasons)}")
    assert accepted == 0
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("temperature", ["cold", "hot"])
def test_verify(corpus_server: CorpusServer, vectors: list[Vector], temperature: str) -> None:
    answers = ask_each(
        corpus_server.server.tokens().Verify,
        corpus_server,
        vectors,
        lambda v: VerifyRequest(tenant=v.case.tenant, token=v.text, audience=v.case.audience),
    )
    compare(f"Verify, {temperature}", vectors, answers, verify_reason)


def test_check_scopes(corpus_server: CorpusServer, vectors: list[Vector]) -> None:
    answers = ask_each(
        corpus_server.server.tokens().CheckScopes,
        corpus_server,
        vectors,
        lambda v: CheckScopesRequest(
            tenant=v.case.tenant, token=v.text, audience=v.case.audience, requirement=requirement(v.case)
        ),
    )
    compare("CheckScopes", vectors, answers, lambda case: case.reason)
    assert all(answer.allowed == vector.case.is_good for vector, answer in zip(vectors, answers, strict=True))


def test_inspect(corpus_server: CorpusServer, vectors: list[Vector]) -> None:
    answers = ask_each(
        corpus_server.server.tokens().Inspect,
        corpus_server,
        vectors,
        lambda v: InspectRequest(tenant=v.case.tenant, token=v.text, audience=v.case.audience),
    )
    compare("Inspect", vectors, answers, verify_reason)
    wrong: list[str] = []
    for vector, answer in zip(vectors, answers, strict=True):
        failed = [(step.reason, step.check) for step in answer.steps if step.outcome == StepOutcome.STEP_OUTCOME_FAILED]
        expected = [] if vector.case.is_valid else [(vector.case.reason, vector.case.check)]
        if failed != expected:
            wrong.append(f"{vector.case.topic}/{vector.case.name}: {expected}, got {failed}")
    assert not wrong, "\n".join(wrong)


def test_batch_verify(corpus_server: CorpusServer, vectors: list[Vector]) -> None:
    stub, metadata = corpus_server.server.tokens(), tuple(corpus_server.server.metadata())

    def call(tenant: str, audience: str, chunk: Sequence[Vector]) -> Sequence[Any]:
        request = BatchVerifyRequest(tenant=tenant, audience=audience, tokens=[vector.text for vector in chunk])
        return stub.BatchVerify(request, metadata=metadata, timeout=SECONDS).results

    asked, answers = ask_batches(vectors, call)
    compare("BatchVerify", asked, answers, verify_reason)


def test_batch_check_scopes(corpus_server: CorpusServer, vectors: list[Vector]) -> None:
    stub, metadata = corpus_server.server.tokens(), tuple(corpus_server.server.metadata())

    def call(tenant: str, audience: str, chunk: Sequence[Vector]) -> Sequence[Any]:
        items = [CheckScopesItem(token=vector.text, requirement=requirement(vector.case)) for vector in chunk]
        request = BatchCheckScopesRequest(tenant=tenant, audience=audience, items=items)
        return stub.BatchCheckScopes(request, metadata=metadata, timeout=SECONDS).results

    asked, answers = ask_batches(vectors, call)
    compare("BatchCheckScopes", asked, answers, lambda case: case.reason)
    assert all(answer.allowed == vector.case.is_good for vector, answer in zip(asked, answers, strict=True))


def test_what_a_message_cannot_carry_is_refused_before_the_service(corpus_server: CorpusServer) -> None:
    stub, metadata = corpus_server.server.tokens(), tuple(corpus_server.server.metadata())
    for vector in (case for case in load_cases() if case.name in {"megabyte", "four-megabytes"}):
        text = vector.text(corpus_server.world.now)
        with pytest.raises(grpc.RpcError) as refused:
            stub.Verify(VerifyRequest(tenant="acme", token=text, audience="x"), metadata=metadata, timeout=SECONDS)
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
