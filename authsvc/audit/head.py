"""The head of the chain, signed: how far it reaches and with which seal it ends.

Whoever can write to the database can compute the chain anew, but cannot sign its head: the signing keys of the reserved
tenant are sealed by a key that is not in the database.
"""

from dataclasses import dataclass
from hmac import compare_digest

from authsvc.audit.chain import encoded
from authsvc.keys.key_material import SigningKey
from authsvc.tokens.jose import raw_signature, signature_is_valid

_HEAD = "authsvc audit head 1"


class ChainBrokenError(Exception):
    """The chain does not end as it was sealed last, so nothing more is sealed: it would hide the break.

    `authsvc audit verify` says where.
    """


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends."""

    position: int
    """Of the last sealed row; 0 when none is."""
    seal: bytes
    time: int
    """When it was sealed: microseconds since the epoch."""

    def ends_with(self, position: int, seal: bytes) -> bool:
        """Whether this is how the chain ends."""
        return self.position == position and compare_digest(self.seal, seal)


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head as it lies in the store."""

    head: Head
    key_id: str
    """A key of the reserved tenant."""
    signature: bytes


def _signing_input(store_id: str, head: Head) -> bytes:
    # It holds zero bytes, which no signing input of a token does: a signature for the one is none for the other.
    return encoded(_HEAD, store_id, head.position, head.seal, head.time)


def sign_head(store_id: str, head: Head, key: SigningKey) -> SignedHead:
    """The head, signed."""
    return SignedHead(head, key.key_id, raw_signature(key.algorithm, key.private, _signing_input(store_id, head)))


def is_signed_by(store_id: str, signed: SignedHead, key: SigningKey) -> bool:
    """Whether the key signed this head of this store."""
    return signature_is_valid(key.algorithm, key.public, _signing_input(store_id, signed.head), signed.signature)
