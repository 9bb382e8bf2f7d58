"""In which form scopes are written for people."""

from enum import StrEnum


class ScopeForm(StrEnum):
    """A written form of scopes: a JSON list, the OAuth string, or the tree in JSON."""

    LIST = "list"
    STRING = "string"
    TREE = "tree"
