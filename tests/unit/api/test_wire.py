"""Answers that are put together from parts are, byte for byte, what protobuf itself would write."""

from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from authsvc.api.wire import Field
from authsvc.v1.claims_pb2 import TokenClaims
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.token_service_pb2 import (
    BatchCheckScopesResponse,
    BatchVerifyResponse,
    CheckScopesResponse,
    CheckScopesResult,
    VerifyResponse,
    VerifyResult,
)

# Long enough for lengths of one, two and three bytes.
texts = st.one_of(st.text(max_size=200), st.integers(0, 40_000).map(lambda size: "x" * size))
SINGLE_OF_RESULT: dict[type[Message], type[Message]] = {
    VerifyResult: VerifyResponse,
    CheckScopesResult: CheckScopesResponse,
}


@given(texts, texts)
def test_a_verdict_with_its_parts(subject: str, revision: str) -> None:
    claims = TokenClaims(subject=subject)
    together = (
        VerifyResult(valid=True, reason=Reason.REASON_OK).SerializeToString()
        + Field(VerifyResult, "claims").of(claims.SerializeToString())
        + Field(VerifyResponse, "revision").of(revision.encode())
    )
    whole = VerifyResponse(valid=True, reason=Reason.REASON_OK, claims=claims, revision=revision)
    assert VerifyResponse.FromString(together) == whole
    # An empty text is written here and left out there; both mean the same.
    assert not revision or together == whole.SerializeToString(deterministic=True)


@given(st.lists(texts, min_size=1, max_size=4))
def test_a_batch_of_verdicts(subjects: list[str]) -> None:
    results = [VerifyResult(valid=True, claims=TokenClaims(subject=subject)) for subject in subjects]
    parts = [Field(BatchVerifyResponse, "results").of(result.SerializeToString()) for result in results]
    together = b"".join(parts) + Field(BatchVerifyResponse, "revision").of(b"r")
    assert together == BatchVerifyResponse(results=results, revision="r").SerializeToString(deterministic=True)


def test_a_result_is_an_answer_without_its_revision() -> None:
    for result, single in SINGLE_OF_RESULT.items():
        fields = {field.name: (field.number, field.type, field.message_type) for field in result.DESCRIPTOR.fields}
        others = {field.name: (field.number, field.type, field.message_type) for field in single.DESCRIPTOR.fields}
        assert others.keys() - fields.keys() == {"revision"}
        assert {name: others[name] for name in fields} == fields
        # Written last, so that the bytes are in the order in which protobuf writes them.
        assert others["revision"][0] == max(number for number, *_ in others.values())
    for batch in (BatchVerifyResponse, BatchCheckScopesResponse):
        assert [field.name for field in batch.DESCRIPTOR.fields] == ["results", "revision"]
