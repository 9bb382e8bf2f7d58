"""The caller's key in the metadata of a call (RFC 6750 section 2.1)."""

import re
from collections.abc import Iterable

from authsvc.errors import MissingKeyError

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9._~+/-]+=*)")


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
