"""Faults of fields: all of them at once, each once, and never more text than metadata has room for."""

import unicodedata

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from authsvc.api.fields import MAX_FAULT_TEXT, FieldFaults, check_audience, parse, read_requirement
from authsvc.errors import FieldViolation, InvalidFieldError, MalformedRequestError
from authsvc.policy.bounds import is_plain
from authsvc.transport.grpc.status import details_of
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_service_pb2 import VerifyRequest


def refused(faults: FieldFaults) -> InvalidFieldError:
    with pytest.raises(InvalidFieldError) as caught:
        faults.refuse()
    return caught.value


def test_no_fault_is_no_error() -> None:
    faults = FieldFaults()
    faults.text("a", "x")
    faults.count("b", ["x"], 1)
    faults.refuse()


def test_faults_are_gathered_in_order_and_each_once() -> None:
    faults = FieldFaults()
    faults.add("b", "is wrong")
    faults.text("a", "")
    faults.add("b", "is wrong")
    faults.count("c", [1, 2, 3], 2)
    assert refused(faults).violations == (
        FieldViolation("b", "is wrong"),
        FieldViolation("a", "is required"),
        FieldViolation("c", "must hold at most 2 entries, has 3"),
    )


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 200)), min_size=1, max_size=200))
def test_however_many_faults_they_fit_into_metadata(sizes: list[tuple[int, int]]) -> None:
    faults = FieldFaults()
    for number, size in sizes:
        faults.add(f"field{number}", "x" * size)
    error = refused(faults)
    assert len(error.message) < MAX_FAULT_TEXT * 2
    # The details travel in base64 beside the message: a stock client takes 8 KiB.
    assert len(error.message) + len(details_of(error)) * 4 / 3 < 8 * 1024
    unlisted = [violation for violation in error.violations if violation.field == "request"]
    assert len(error.violations) - len(unlisted) <= len(set(sizes))
    assert bool(unlisted) == (sum(len(f"field{number}") + size for number, size in set(sizes)) > MAX_FAULT_TEXT)


@given(st.text(min_size=1, max_size=255))
def test_a_text_is_plain_when_it_has_no_controls(text: str) -> None:
    controls = {character for character in text if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}}
    assert is_plain(text) == (not controls)
    faults = FieldFaults()
    faults.text("a", text)
    if controls:
        assert refused(faults).violations[0].rule == "must have no control characters"
    else:
        faults.refuse()


@pytest.mark.parametrize(("length", "is_good"), [(1, True), (255, True), (256, False), (0, False)])
def test_a_text_has_its_length(length: int, is_good: bool) -> None:
    faults = FieldFaults()
    faults.text("a", "é" * length)
    if is_good:
        faults.refuse()
    else:
        refused(faults)


def test_a_text_may_be_left_out_where_it_is_not_required() -> None:
    faults = FieldFaults()
    faults.text("a", "", required=False)
    faults.refuse()


@pytest.mark.parametrize("audience", ["", "x" * 256])
def test_an_audience_is_required(audience: str) -> None:
    with pytest.raises(InvalidFieldError):
        check_audience(audience)


@given(st.binary(max_size=200))
def test_bytes_are_a_message_or_an_error(request: bytes) -> None:
    try:
        expected: VerifyRequest | None = VerifyRequest.FromString(request)
    except DecodeError:
        expected = None
    if expected is None:
        with pytest.raises(MalformedRequestError):
            parse(VerifyRequest, request)
    else:
        assert parse(VerifyRequest, request) == expected


def test_a_requirement_is_read_alike_the_first_time_and_the_next() -> None:
    message = ScopeRequirement(any_of=["b", "a", "b"], all_of=["c"])
    first, again = read_requirement(message, "requirement"), read_requirement(message, "requirement")
    assert first == again
    assert (first.any_of, first.all_of) == (("b", "a", "b"), ("c",))
    long = ScopeRequirement(any_of=[f"{'s' * 100}{number}" for number in range(64)])
    assert read_requirement(long, "requirement").any_of == tuple(long.any_of)
    for bad in (ScopeRequirement(), ScopeRequirement(any_of=["a b"]), ScopeRequirement(all_of=[""])):
        for _ in range(2):
            with pytest.raises(InvalidFieldError) as caught:
                read_requirement(bad, "items[3].requirement")
            assert caught.value.violations[0].field == "items[3].requirement"
