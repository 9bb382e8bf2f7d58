"""Revisions as callers see them: opaque, and of one store only."""

import base64
import binascii

from authsvc.errors import InvalidFieldError

_STORE_BYTES = 8
_NUMBER_BYTES = 8


class RevisionCodec:
    """Writes and reads the revisions of one store."""

    def __init__(self, store_id: str) -> None:
        """Take the store's id, 16 hex digits."""
        self._store = bytes.fromhex(store_id)
        self._last = (-1, "")

    def write(self, revision: int) -> str:
        """The text of a revision."""
        if self._last[0] != revision:
            raw = self._store + revision.to_bytes(_NUMBER_BYTES, "big")
            self._last = (revision, base64.urlsafe_b64encode(raw).rstrip(b"=").decode())
        return self._last[1]

    def read(self, text: str) -> int:
        """The number behind a text.

        Raises:
            InvalidFieldError: it is no revision of this service.
        """
        try:
            raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != _STORE_BYTES + _NUMBER_BYTES or raw[:_STORE_BYTES] != self._store:
            raise InvalidFieldError.of("min_revision", "must be a revision that this service returned")
        return int.from_bytes(raw[_STORE_BYTES:], "big")
