"""Page tokens and revisions: what was written is read again, in its own place and nowhere else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.api.page_token import read_page_token, write_page_token
from authsvc.api.revision import RevisionCodec
from authsvc.errors import InvalidFieldError
from authsvc.store.contract import TokenFilter

STORE = "0123456789abcdef"
texts = st.text(max_size=20)
filters = st.builds(TokenFilter, texts, texts, texts, texts, st.sampled_from([None, "live", "expired", "revoked"]))
positions = st.integers(0, 2**63 - 1)


@given(filters, positions)
def test_a_page_token_is_read_in_its_own_listing(wanted: TokenFilter, position: int) -> None:
    assert read_page_token(wanted, write_page_token(wanted, position)) == position


@given(filters, filters, positions)
def test_a_page_token_is_refused_in_any_other(wanted: TokenFilter, other: TokenFilter, position: int) -> None:
    if wanted == other:
        return
    with pytest.raises(InvalidFieldError):
        read_page_token(other, write_page_token(wanted, position))


def test_parts_of_a_filter_do_not_run_together() -> None:
    pairs = [(TokenFilter("a", "b"), TokenFilter("ab", "")), (TokenFilter("t", "", "x"), TokenFilter("t", "x", ""))]
    for one, other in pairs:
        with pytest.raises(InvalidFieldError):
            read_page_token(other, write_page_token(one, 1))


def test_the_first_page_has_no_token() -> None:
    assert read_page_token(TokenFilter("t"), "") is None


@given(st.text(min_size=1))
def test_any_other_text_is_no_page_token(text: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        read_page_token(TokenFilter("t"), text)
    assert [violation.field for violation in caught.value.violations] == ["page_token"]


def test_a_page_token_cannot_ask_beyond_what_a_store_can_count() -> None:
    wanted = TokenFilter("t")
    raw = bytearray(base64.urlsafe_b64decode(write_page_token(wanted, 1)))
    raw[8:] = b"\xff" * 8
    assert read_page_token(wanted, base64.urlsafe_b64encode(raw).decode()) == 2**63 - 1


@given(st.integers(0, 2**64 - 1))
def test_a_revision_is_read_again(number: int) -> None:
    codec = RevisionCodec(STORE)
    assert codec.read(codec.write(number)) == number


@given(st.integers(0, 2**63))
def test_a_revision_is_of_one_store(number: int) -> None:
    with pytest.raises(InvalidFieldError):
        RevisionCodec("fedcba9876543210").read(RevisionCodec(STORE).write(number))


@given(st.text())
def test_any_other_text_is_no_revision(text: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        RevisionCodec(STORE).read(text)
    assert [violation.field for violation in caught.value.violations] == ["min_revision"]


def test_a_revision_that_was_written_last_is_not_mistaken_for_the_next() -> None:
    codec = RevisionCodec(STORE)
    assert [codec.read(codec.write(number)) for number in (1, 1, 2, 1, 0)] == [1, 1, 2, 1, 0]
