"""SPIFFE ids, by the standard "The SPIFFE Identity and Verifiable Identity Document", section 2."""

import re

MAX_SPIFFE_ID = 2048
"""Bytes."""
SPIFFE_RULE = (
    "must be a SPIFFE id: spiffe://, a trust domain of a-z, 0-9, dot, dash and underscore, and a path"
    " whose segments are of letters, digits, dot, dash and underscore"
)

_SPIFFE_ID = re.compile(r"spiffe://[a-z0-9._-]{1,255}(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._-]+)+")


def is_spiffe_id(text: str) -> bool:
    """Whether a text is the SPIFFE id of a workload: with a path, which names it within its trust domain.

    No port, user, query, fragment, percent-encoding, empty or relative segment.
    """
    return len(text) <= MAX_SPIFFE_ID and _SPIFFE_ID.fullmatch(text) is not None
