"""The key in the metadata of a call: exactly one authorization, of the one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.errors import MissingKeyError
from authsvc.transport.grpc.metadata import MAX_METADATA, bearer_key, is_oversized

Entry = tuple[str, str | bytes]

GOOD: list[tuple[list[Entry], str]] = [
    ([("authorization", "Bearer abc")], "abc"),
    ([("authorization", "bearer abc")], "abc"),
    ([("authorization", "BEARER a.b-c_d~e+f/g==")], "a.b-c_d~e+f/g=="),
    ([("user-agent", "x"), ("authorization", "Bearer abc"), ("x-bin", b"\xff")], "abc"),
    ([("authorization-bin", b"Bearer x"), ("authorization", "Bearer abc")], "abc"),
]
NONE: list[list[Entry]] = [
    [],
    [("Authorization", "Bearer abc")],
    [("authorization-bin", b"Bearer abc")],
    [("x", "Bearer a")],
]
BAD: list[list[Entry]] = [
    [("authorization", "Bearer abc"), ("authorization", "Bearer abc")],
    [("authorization", "Bearer abc"), ("x", "y"), ("authorization", "")],
    *[
        [("authorization", value)]
        for value in (
            "",
            "Bearer",
            "Bearer ",
            "Bearer  abc",
            " Bearer abc",
            "Bearer abc ",
            "Bearer abc\n",
            "Bearer\tabc",
            "Bearer\nabc",
            "Bearer a b",
            "Bearer a,b",
            "Bearer a\0",
            "Bearer é",
            "Bearer =abc",
            "Bearer ab=c",
            "Basic abc",
            "abc",
            b"Bearer abc",
        )
    ],
]


@pytest.mark.parametrize(("metadata", "key"), GOOD)
def test_one_key_is_found(metadata: list[Entry], key: str) -> None:
    assert bearer_key(metadata) == key


@pytest.mark.parametrize("metadata", NONE)
def test_no_key_is_none(metadata: list[Entry]) -> None:
    assert bearer_key(metadata) is None


def test_no_metadata_is_none() -> None:
    assert bearer_key(None) is None


@pytest.mark.parametrize("metadata", BAD)
def test_anything_else_is_refused_and_not_repeated(metadata: list[Entry]) -> None:
    with pytest.raises(MissingKeyError) as caught:
        bearer_key(metadata)
    assert "abc" not in caught.value.message


@given(st.text())
def test_a_key_is_taken_whole_or_not_at_all(text: str) -> None:
    try:
        key = bearer_key([("authorization", f"Bearer {text}")])
    except MissingKeyError:
        return
    assert key == text


def test_metadata_is_oversized_by_its_bytes_and_by_its_entries() -> None:
    limit = 2 * MAX_METADATA
    assert not is_oversized([("x", "y" * (limit - 1))])
    assert is_oversized([("x", "y" * limit)])
    assert not is_oversized([("x", "")] * (limit // 32))
    assert is_oversized([("x", "")] * (limit // 32 + 1))
