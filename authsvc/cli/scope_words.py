"""Scopes as options give them: one a value, or several with spaces between them."""

from collections.abc import Iterable


def split_scopes(values: Iterable[str]) -> list[str]:
    """The scopes of all values, in order. What is no scope is left for the server to refuse."""
    return [scope for value in values for scope in value.split(" ") if scope]
