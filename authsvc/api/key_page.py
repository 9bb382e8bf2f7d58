"""Page tokens of ListKeys: opaque, and bound to the tenant whose keys they go on with."""

import base64
import binascii
from hashlib import sha256

from authsvc.errors import InvalidFieldError

_NAME_BYTES = 8
_TIME_BYTES = 8
_LABEL = b"ListKeys "


def _name(tenant: str) -> bytes:
    return sha256(_LABEL + tenant.encode()).digest()[:_NAME_BYTES]


def write_key_page(tenant: str, create_time: int, key_id: str) -> str:
    """The token of the page that begins after a key."""
    raw = _name(tenant) + create_time.to_bytes(_TIME_BYTES, "big") + key_id.encode()
    return base64.urlsafe_b64encode(raw).decode()


def read_key_page(tenant: str, text: str) -> tuple[int, str] | None:
    """The create_time and id of the key after which the page begins; None for the first page.

    Raises:
        InvalidFieldError: it is no page token, or one of another tenant.
    """
    if not text:
        return None
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        key_id = raw[_NAME_BYTES + _TIME_BYTES :].decode("ascii")
    except (binascii.Error, ValueError):
        raw, key_id = b"", ""
    if not key_id or raw[:_NAME_BYTES] != _name(tenant):
        raise InvalidFieldError.of("page_token", "must be the next_page_token of the same listing")
    create_time = int.from_bytes(raw[_NAME_BYTES : _NAME_BYTES + _TIME_BYTES], "big")
    return min(create_time, 2**63 - 1), key_id
