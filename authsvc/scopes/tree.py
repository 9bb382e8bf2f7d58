"""Scopes as a tree: {"users": {"actions": ["read", "create"]}} for read:users and create:users.

A scope splits at its first colon into action and resource; a scope without a colon is a resource without actions:
"repo" is {"repo": {}}. Every tree has a set. A set that holds both "users" and "read:users" has no tree.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from authsvc.scopes.grammar import ScopeError, ScopeSet, canonical

ACTIONS = "actions"


def parse_tree(tree: Any) -> ScopeSet:  # noqa: ANN401 (it comes from JSON)
    """The canonical set of a tree.

    Raises:
        ScopeError: not a tree, no actions, a member other than "actions", or a scope that breaks the grammar.
    """
    if not isinstance(tree, Mapping):
        raise ScopeError("must be an object of resources")
    scopes: list[str] = []
    for resource, node in tree.items():
        if not isinstance(node, Mapping):
            raise ScopeError('each resource must be an object, {} or {"actions": [...]}')
        if not node:
            scopes.append(resource)
            continue
        if set(node) != {ACTIONS}:
            raise ScopeError('a resource may have no member but "actions"')
        actions = node[ACTIONS]
        if not isinstance(actions, list) or not actions:
            raise ScopeError('"actions" must be a list of at least one string')
        for action in actions:
            if not isinstance(action, str):
                raise ScopeError('"actions" must be a list of strings')
            scopes.append(f"{action}:{resource}")
    return canonical(scopes)


def format_tree(scopes: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """The tree of a set, resources and actions sorted.

    Raises:
        ScopeError: a scope breaks the grammar, or the set has no tree: the message names the resource in the way.
    """
    actions: dict[str, list[str]] = {}
    plain: set[str] = set()
    for scope in canonical(scopes):
        action, colon, resource = scope.partition(":")
        if colon:
            actions.setdefault(resource, []).append(action)
        else:
            plain.add(scope)
    both = sorted(plain & set(actions))
    if both:
        raise ScopeError(f"has no tree: {both[0]} stands both alone and with actions")
    tree: dict[str, dict[str, list[str]]] = {}
    for resource in sorted(plain | set(actions)):
        tree[resource] = {ACTIONS: sorted(actions[resource])} if resource in actions else {}
    return tree
