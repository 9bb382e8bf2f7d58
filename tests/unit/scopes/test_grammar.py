"""The grammar of one scope, the canonical set, and the OAuth scope string."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.scopes.grammar import (
    MAX_SCOPE_LENGTH,
    MAX_SCOPES,
    ScopeError,
    canonical,
    is_scope,
    split_scope_string,
)
from tests.unit.scopes.strategies import SCOPE_CHARACTERS, scope_lists, scopes


def test_exactly_the_characters_of_rfc_6749_are_admitted() -> None:
    admitted = {code for code in range(0x110000) if is_scope(chr(code))}
    assert admitted == {0x21, *range(0x23, 0x5C), *range(0x5D, 0x7F)}
    assert len(SCOPE_CHARACTERS) == len(admitted)


@pytest.mark.parametrize(
    ("length", "admitted"), [(0, False), (1, True), (MAX_SCOPE_LENGTH, True), (MAX_SCOPE_LENGTH + 1, False)]
)
def test_length_has_its_edges(length: int, admitted: bool) -> None:
    assert is_scope("a" * length) is admitted


@given(scope_lists, st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_matter(drawn: list[str], shuffler: random.Random) -> None:
    again = [*drawn, *drawn[: len(drawn) // 2]]
    shuffler.shuffle(again)
    assert canonical(again) == canonical(drawn) == tuple(sorted(set(drawn)))


@given(scope_lists)
def test_the_canonical_set_is_its_own_canonical_set(drawn: list[str]) -> None:
    assert canonical(canonical(drawn)) == canonical(drawn)


@given(scopes, scopes)
def test_two_scopes_are_one_only_when_their_bytes_are(first: str, second: str) -> None:
    assert len(canonical([first, second])) == (1 if first.encode() == second.encode() else 2)


def test_the_number_of_different_scopes_has_its_edge() -> None:
    full = [f"scope{number}" for number in range(MAX_SCOPES)]
    assert len(canonical([*full, *full])) == MAX_SCOPES
    with pytest.raises(ScopeError, match="at most 64"):
        canonical([*full, "one-more"])


@given(st.lists(scopes, min_size=1, max_size=24))
def test_a_scope_string_round_trips(drawn: list[str]) -> None:
    assert split_scope_string(" ".join(drawn)) == drawn


@pytest.mark.parametrize(
    "text", ["", " ", " a", "a ", "a  b", "a\tb", "a\nb", "a b\n", "a,b c\u00a0d", 'a "b"', "a b\\"]
)
def test_a_scope_string_has_single_spaces_and_nothing_else(text: str) -> None:
    with pytest.raises(ScopeError):
        split_scope_string(text)


@given(st.text(max_size=40))
def test_any_text_is_split_back_to_itself_or_refused(text: str) -> None:
    try:
        parts = split_scope_string(text)
    except ScopeError:
        return
    assert " ".join(parts) == text
    assert all(is_scope(part) for part in parts)


@given(st.text(min_size=4, max_size=60).filter(lambda text: not is_scope(text)))
def test_a_refusal_quotes_nothing_of_the_text(text: str) -> None:
    with pytest.raises(ScopeError) as refusal:
        canonical([text])
    assert text not in str(refusal.value)
