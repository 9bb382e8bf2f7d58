"""What a scope may be, and the canonical set of several.

RFC 6749 section 3.3: one or more of %x21 / %x23-5B / %x5D-7E. Nothing is folded, trimmed or normalised: two scopes
are the same when their bytes are.
"""

import re
from collections.abc import Iterable

MAX_SCOPES = 64
MAX_SCOPE_LENGTH = 128

ScopeSet = tuple[str, ...]
"""The canonical set: sorted, each scope once."""

SCOPE_RULE = f"must be 1 to {MAX_SCOPE_LENGTH} printable ASCII characters without space, quote and backslash"
COUNT_RULE = f"must hold at most {MAX_SCOPES} scopes"

_SCOPE = re.compile(rf"[\x21\x23-\x5B\x5D-\x7E]{{1,{MAX_SCOPE_LENGTH}}}")


class ScopeError(ValueError):
    """A scope, or a form of several, breaks a rule. The message states the rule and never quotes hostile text."""


def is_scope(text: str) -> bool:
    """Whether the text is one scope."""
    return _SCOPE.fullmatch(text) is not None


def canonical(scopes: Iterable[str]) -> ScopeSet:
    """The canonical set; order and repetition are of no account.

    Raises:
        ScopeError: a scope breaks the grammar, or there are more than 64 different ones.
    """
    unique = set(scopes)
    for scope in unique:
        if not is_scope(scope):
            raise ScopeError(SCOPE_RULE)
    if len(unique) > MAX_SCOPES:
        raise ScopeError(COUNT_RULE)
    return tuple(sorted(unique))


def split_scope_string(text: str) -> list[str]:
    """The scopes of an OAuth scope string: scopes with single spaces between them (RFC 6749 section 3.3).

    Raises:
        ScopeError: a leading, trailing or double space, or a scope that breaks the grammar.
    """
    scopes = text.split(" ")
    for scope in scopes:
        if not is_scope(scope):
            raise ScopeError(f"{SCOPE_RULE}, or several such with single spaces between them")
    return scopes
