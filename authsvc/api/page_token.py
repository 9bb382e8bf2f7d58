"""Page tokens: opaque, and bound to the listing that they continue."""

import base64
import binascii
from collections.abc import Sequence
from hashlib import sha256

from authsvc.errors import InvalidFieldError
from authsvc.store.contract import TokenFilter

_DIGEST_BYTES = 8
_POSITION_BYTES = 8
_MAX_POSITION = 2**63 - 1


class Listing:
    """One listing, told from others by its parts: what is listed, and by which filter."""

    def __init__(self, *parts: str) -> None:
        self._digest = _digest(parts)

    def write(self, position: int) -> str:
        """The token of the page that begins below a position."""
        return base64.urlsafe_b64encode(self._digest + position.to_bytes(_POSITION_BYTES, "big")).decode()

    def read(self, text: str) -> int | None:
        """The position below which the page begins; None for the first page.

        Raises:
            InvalidFieldError: it is no page token, or one of another listing.
        """
        if not text:
            return None
        try:
            raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != _DIGEST_BYTES + _POSITION_BYTES or not raw.startswith(self._digest):
            raise InvalidFieldError.of("page_token", "must be the next_page_token of the same listing")
        return min(int.from_bytes(raw[_DIGEST_BYTES:], "big"), _MAX_POSITION)


def _digest(parts: Sequence[str]) -> bytes:
    encoded = [part.encode() for part in parts]
    return sha256(b"".join(len(part).to_bytes(4, "big") + part for part in encoded)).digest()[:_DIGEST_BYTES]


def _of_tokens(token_filter: TokenFilter) -> Listing:
    return Listing(
        token_filter.tenant,
        token_filter.subject,
        token_filter.client_id,
        token_filter.label,
        token_filter.state or "",
    )


def write_page_token(token_filter: TokenFilter, position: int) -> str:
    """The token of the page that begins below a position."""
    return _of_tokens(token_filter).write(position)


def read_page_token(token_filter: TokenFilter, text: str) -> int | None:
    """The position below which the page begins; None for the first page.

    Raises:
        InvalidFieldError: it is no page token, or one of another filter.
    """
    return _of_tokens(token_filter).read(text)
