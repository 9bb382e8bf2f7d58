"""The three forms in which a token carries its scopes: one set inside."""

import random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from authsvc.scopes.claim import ScopeClaimShape, read_scope_claim, write_scope_claim
from authsvc.scopes.grammar import ScopeError, canonical
from authsvc.scopes.tree import format_tree
from tests.unit.scopes.strategies import json_values, scope_lists
from tests.unit.scopes.test_tree import has_tree


def test_what_is_written() -> None:
    scopes = canonical(["read:users", "create:users"])
    assert write_scope_claim(scopes, ScopeClaimShape.STRING) == {"scope": "create:users read:users"}
    assert write_scope_claim(scopes, ScopeClaimShape.ARRAY) == {"scopes": ["create:users", "read:users"]}
    assert write_scope_claim(scopes, ScopeClaimShape.TREE) == {"scopes": {"users": {"actions": ["create", "read"]}}}


@pytest.mark.parametrize("shape", ScopeClaimShape)
def test_no_scopes_write_no_claim(shape: ScopeClaimShape) -> None:
    assert write_scope_claim((), shape) == {}
    assert read_scope_claim({}) == ()


@pytest.mark.parametrize("shape", ScopeClaimShape)
@given(drawn=scope_lists)
def test_what_is_written_is_read_back(shape: ScopeClaimShape, drawn: list[str]) -> None:
    assume(shape is not ScopeClaimShape.TREE or has_tree(drawn))
    scopes = canonical(drawn)
    assert read_scope_claim(write_scope_claim(scopes, shape)) == scopes


@given(scope_lists.filter(bool), st.randoms(use_true_random=False))
def test_every_form_and_order_reads_as_the_same_set(drawn: list[str], shuffler: random.Random) -> None:
    assume(has_tree(drawn))
    again = [*drawn, *drawn]
    shuffler.shuffle(again)
    forms: list[dict[str, Any]] = [
        {"scope": " ".join(again)},
        {"scope": again},
        {"scopes": again},
        {"scopes": " ".join(again)},
        {"scopes": format_tree(again)},
    ]
    assert {read_scope_claim(form) for form in forms} == {canonical(drawn)}


def test_a_set_without_a_tree_cannot_be_written_as_one() -> None:
    with pytest.raises(ScopeError, match="users"):
        write_scope_claim(("read:users", "users"), ScopeClaimShape.TREE)


@pytest.mark.parametrize(
    "payload",
    [
        {"scope": "a", "scopes": ["a"]},
        {"scope": "a", "scopes": None},
        {"scope": {"repo": {}}},
        {"scope": ""},
        {"scope": " a"},
        {"scope": None},
        {"scope": 1},
        {"scope": True},
        {"scope": ["a", None]},
        {"scope": ["a", ["b"]]},
        {"scope": ["a b"]},
        {"scope": [""]},
        {"scopes": None},
        {"scopes": ["a", 1]},
        {"scopes": [{"repo": {}}]},
        {"scopes": {"users": {"actions": []}}},
        {"scopes": {"users": ["read"]}},
        {"scope": " ".join(f"s{number}" for number in range(65))},
    ],
    ids=repr,
)
def test_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(ScopeError):
        read_scope_claim(payload)


@given(st.fixed_dictionaries({}, optional={"scope": json_values, "scopes": json_values}))
def test_any_json_reads_as_a_canonical_set_or_is_refused(payload: dict[str, Any]) -> None:
    try:
        scopes = read_scope_claim(payload)
    except ScopeError:
        return
    assert scopes == canonical(scopes)
