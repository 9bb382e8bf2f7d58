"""How a token carries its scopes: every form is read, the tenant says which is written.

"scope" is an OAuth scope string (RFC 9068 section 2.2.3) or a list; "scopes" is a list, a tree, or a string.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any

from authsvc.scopes.grammar import ScopeError, ScopeSet, canonical, split_scope_string
from authsvc.scopes.tree import format_tree, parse_tree

SCOPE_CLAIM = "scope"
SCOPES_CLAIM = "scopes"


class ScopeClaimShape(StrEnum):
    """The form in which a tenant's tokens carry their scopes."""

    STRING = "string"
    ARRAY = "array"
    TREE = "tree"


_NONE = object()
_KNOWN_STRINGS = 1024
_SHORT = 512
"""Characters of a scope string that is worth remembering."""


def _read_string(text: str) -> ScopeSet:
    return canonical(split_scope_string(text))


# The tokens of a tenant carry the same few strings, and each is read for the check and for the claims.
_read_known = lru_cache(_KNOWN_STRINGS)(_read_string)


def read_scope_claim(payload: Mapping[str, Any]) -> ScopeSet:
    """The canonical set of a payload's scopes; a payload without them has none.

    Raises:
        ScopeError: both claims are there, the form is none of the three, or a scope breaks the grammar.
    """
    if SCOPE_CLAIM in payload and SCOPES_CLAIM in payload:
        raise ScopeError('must be in "scope" or in "scopes", not in both')
    value = payload.get(SCOPE_CLAIM, payload.get(SCOPES_CLAIM, _NONE))
    if isinstance(value, str):
        return (_read_known if len(value) <= _SHORT else _read_string)(value)
    if value is _NONE:
        return ()
    if isinstance(value, Mapping):
        if SCOPE_CLAIM in payload:
            raise ScopeError('"scope" must be a string or a list of strings')
        return parse_tree(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return canonical(value)
    raise ScopeError("must be a string, a list of strings or a tree")


def write_scope_claim(scopes: ScopeSet, shape: ScopeClaimShape) -> dict[str, Any]:
    """The members to put into a payload; none for an empty set.

    Raises:
        ScopeError: a tree is asked for and the set has none.
    """
    if not scopes:
        return {}
    if shape is ScopeClaimShape.TREE:
        return {SCOPES_CLAIM: format_tree(scopes)}
    if shape is ScopeClaimShape.ARRAY:
        return {SCOPES_CLAIM: list(scopes)}
    return {SCOPE_CLAIM: " ".join(scopes)}
