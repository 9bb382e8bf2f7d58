"""The metadata of a call: its size, and the caller's key in it (RFC 6750 section 2.1)."""

import re
from collections.abc import Iterable, Sequence

from authsvc.errors import MissingKeyError

MAX_METADATA = 8 * 1024
"""Bytes of metadata above which a call may be refused. Above twice as many it is."""
_MAX_ENTRIES = 2 * MAX_METADATA // 32

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9._~+/-]+=*)")


def is_oversized(metadata: Sequence[tuple[str, str | bytes]]) -> bool:
    """Whether this is more than any call may carry.

    grpc keeps the limit itself, but only from the moment when the client has acknowledged it.
    """
    return len(metadata) > _MAX_ENTRIES or sum([len(name) + len(value) for name, value in metadata]) > 2 * MAX_METADATA


def bearer_key(metadata: Iterable[tuple[str, str | bytes]] | None) -> str | None:
    """The key, or None when the call carries none.

    Raises:
        MissingKeyError: several "authorization" entries, or one that is not "Bearer KEY".
    """
    found: str | bytes | None = None
    for name, value in metadata or ():
        if name == "authorization":
            if found is not None:
                raise MissingKeyError("the call carries more than one authorization; send one")
            found = value
    if found is None:
        return None
    match = _BEARER.fullmatch(found) if isinstance(found, str) else None
    if match is None:
        raise MissingKeyError("the call's authorization is not of the form: Bearer KEY")
    return match[1]
