"""The bytes that are hashed tell every row from every other, in every column and by its place."""

from dataclasses import astuple, fields, replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.audit.chain import SEAL_BYTES, AuditRow, Stored, encoded, first_link, seal_of

ROW = AuditRow(7, 1_900_000_000_123_456, "Issue", "demo", "ci", "jti", "token-1", "call-1", '{"a": "b"}')
PREVIOUS = first_link("0123456789abcdef")

STORED: st.SearchStrategy[Stored] = st.one_of(
    st.none(), st.text(max_size=8), st.binary(max_size=8), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False)
)


def told_apart(part: Stored) -> tuple[str, Stored]:
    """A value with its type: 1 is not 1.0, and "a" is not b"a"."""
    return type(part).__name__, repr(part)


@given(st.lists(STORED, max_size=5), st.lists(STORED, max_size=5))
def test_no_other_parts_give_the_same_bytes(one: list[Stored], other: list[Stored]) -> None:
    same = [told_apart(part) for part in one] == [told_apart(part) for part in other]
    assert (encoded(*one) == encoded(*other)) == same


def test_parts_do_not_run_into_each_other() -> None:
    assert encoded("ab", "c") != encoded("a", "bc")
    assert encoded("", "a") != encoded("a", "")
    assert encoded("1") != encoded(1)
    assert encoded("a") != encoded(b"a")
    assert encoded(None) != encoded("")


@pytest.mark.parametrize("name", [field.name for field in fields(AuditRow)])
def test_every_column_is_sealed(name: str) -> None:
    value: Any = getattr(ROW, name)
    others: list[Any] = [value + 1, str(value)] if isinstance(value, int) else [value + " ", "", value.encode(), None]
    for other in others:
        assert seal_of(PREVIOUS, replace(ROW, **{name: other})) != seal_of(PREVIOUS, ROW)


def test_a_seal_depends_on_the_one_before_and_on_the_store() -> None:
    assert len(seal_of(PREVIOUS, ROW)) == SEAL_BYTES
    assert seal_of(PREVIOUS, ROW) == seal_of(PREVIOUS, ROW)
    assert seal_of(first_link("fedcba9876543210"), ROW) != seal_of(PREVIOUS, ROW)
    assert seal_of(seal_of(PREVIOUS, ROW), ROW) != seal_of(PREVIOUS, ROW)


def test_text_that_is_not_utf_8_is_sealed_byte_for_byte() -> None:
    odd = [replace(ROW, target=raw.decode("utf-8", "surrogateescape")) for raw in (b"\xff", b"\xfe", b"\xc3\x28")]
    assert len({seal_of(PREVIOUS, row) for row in odd}) == 3


def test_the_form_is_a_promise() -> None:
    """A log that was sealed must verify for ever: whoever changes the bytes has to give them a new name."""

    def part(kind: bytes, content: bytes) -> bytes:
        return kind + len(content).to_bytes(8, "big") + content

    def number(value: int) -> bytes:
        return part(b"i", value.to_bytes(16, "big", signed=True))

    first = sha256(part(b"t", b"authsvc audit chain 1") + part(b"t", b"0123456789abcdef")).digest()
    assert first == PREVIOUS
    position, time, *texts = astuple(ROW)
    said = part(b"t", b"authsvc audit row 1") + part(b"b", first) + number(position) + number(time)
    assert seal_of(first, ROW) == sha256(said + b"".join(part(b"t", text.encode()) for text in texts)).digest()
