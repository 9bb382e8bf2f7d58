"""The laws of scopes as a tree, the refused trees among them."""

import random
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from authsvc.scopes.grammar import MAX_SCOPES, ScopeError, canonical
from authsvc.scopes.tree import format_tree, parse_tree
from tests.unit.scopes.strategies import json_values, scope_lists, trees


def has_tree(scopes: list[str]) -> bool:
    """Whether no resource stands alone and with actions."""
    alone = {scope for scope in scopes if ":" not in scope}
    return not any(scope.split(":", 1)[1] in alone for scope in scopes if ":" in scope)


def test_the_examples_of_the_documentation() -> None:
    assert parse_tree({"users": {"actions": ["read", "create"]}}) == ("create:users", "read:users")
    assert format_tree(["read:users", "create:users"]) == {"users": {"actions": ["create", "read"]}}
    assert parse_tree({"repo": {}}) == ("repo",)
    assert format_tree(["repo"]) == {"repo": {}}
    assert format_tree(["a:b:c"]) == {"b:c": {"actions": ["a"]}}
    assert format_tree([]) == {}
    assert parse_tree({}) == ()


@given(scope_lists)
def test_a_set_becomes_a_tree_and_comes_back(drawn: list[str]) -> None:
    if has_tree(drawn):
        assert parse_tree(format_tree(drawn)) == canonical(drawn)
    else:
        with pytest.raises(ScopeError, match="has no tree"):
            format_tree(drawn)


@given(trees)
def test_every_tree_has_a_set(tree: dict[str, Any]) -> None:
    expected = {
        f"{action}:{resource}" if action is not None else resource
        for resource, node in tree.items()
        for action in node.get("actions", [None])
    }
    assert set(parse_tree(tree)) == expected


@given(trees)
def test_a_tree_becomes_a_set_and_comes_back_canonical(tree: dict[str, Any]) -> None:
    scopes = parse_tree(tree)
    assume(has_tree(list(scopes)))
    again = format_tree(scopes)
    assert parse_tree(again) == scopes
    assert format_tree(parse_tree(again)) == again


@given(trees, st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_matter(tree: dict[str, Any], shuffler: random.Random) -> None:
    names = list(tree)
    shuffler.shuffle(names)
    again: dict[str, Any] = {}
    for name in names:
        actions = [*tree[name].get("actions", ()), *tree[name].get("actions", ())]
        shuffler.shuffle(actions)
        again[name] = {"actions": actions} if actions else {}
    assert parse_tree(again) == parse_tree(tree)


@given(scope_lists, st.randoms(use_true_random=False))
def test_the_tree_of_a_set_does_not_depend_on_its_order(drawn: list[str], shuffler: random.Random) -> None:
    assume(has_tree(drawn))
    again = [*drawn, *drawn]
    shuffler.shuffle(again)
    written = format_tree(again)
    assert written == format_tree(drawn)
    assert list(written) == sorted(written)


def test_a_set_without_a_tree_is_refused_by_name() -> None:
    with pytest.raises(ScopeError, match="has no tree: users stands both alone and with actions"):
        format_tree(["read:users", "users", "repo"])


REFUSED: dict[str, Any] = {
    "nothing": None,
    "a list": ["read:users"],
    "a string": "read:users",
    "a number": 1,
    "a boolean": True,
    "a null resource": {"users": None},
    "a list of actions in place of the resource": {"users": ["read"]},
    "a string in place of the resource": {"users": "read"},
    "true in place of the resource": {"users": True},
    "no actions": {"users": {"actions": []}},
    "null actions": {"users": {"actions": None}},
    "a string of actions": {"users": {"actions": "read"}},
    "an object of actions": {"users": {"actions": {"read": {}}}},
    "a number among the actions": {"users": {"actions": ["read", 1]}},
    "null among the actions": {"users": {"actions": [None]}},
    "a list among the actions": {"users": {"actions": [["read"]]}},
    "another member": {"users": {"action": ["read"]}},
    "another member beside the actions": {"users": {"actions": ["read"], "children": {}}},
    "actions in another case": {"users": {"Actions": ["read"]}},
    "a nested resource": {"users": {"photos": {"actions": ["read"]}}},
    "an empty resource alone": {"": {}},
    "a blank in a resource": {"us ers": {}},
    "a blank in an action": {"users": {"actions": ["read all"]}},
    "a quote in an action": {"users": {"actions": ['"']}},
    "a resource that is too long": {"u" * 129: {}},
    "an action and a resource that are too long together": {"u" * 64: {"actions": ["r" * 64]}},
    "too many scopes": {f"resource{number}": {} for number in range(MAX_SCOPES + 1)},
    "too many actions": {"users": {"actions": [f"action{number}" for number in range(MAX_SCOPES + 1)]}},
}


@pytest.mark.parametrize("tree", REFUSED.values(), ids=REFUSED)
def test_refused(tree: Any) -> None:
    with pytest.raises(ScopeError):
        parse_tree(tree)


def test_the_longest_scope_is_admitted_in_a_tree() -> None:
    assert parse_tree({"u" * 63: {"actions": ["r" * 64]}}) == (f"{'r' * 64}:{'u' * 63}",)


@given(json_values)
def test_any_json_is_a_tree_or_refused(value: Any) -> None:
    try:
        scopes = parse_tree(value)
    except ScopeError:
        return
    assert scopes == canonical(scopes)
