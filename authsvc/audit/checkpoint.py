"""Checkpoints: a head of the chain, signed to be kept elsewhere, as a JWS with a type of its own (RFC 8725 section 3.11).

The strict decoder of tokens reads it, with another type in the header: so a checkpoint is no token, and a token no checkpoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authsvc.audit.chain import SEAL_BYTES
from authsvc.audit.head import Head
from authsvc.keys.key_material import SigningKey
from authsvc.tokens.decoder import HEADER_CHECKS, Check, Decoder, UnverifiedToken
from authsvc.tokens.jose import sign, signature_is_valid
from authsvc.tokens.refusal import Refusal

CHECKPOINT_TYPE = "audit-checkpoint+jwt"

_TYPE_CHECK = Check(
    "header.typ", f"typ must be {CHECKPOINT_TYPE}", lambda draft: draft.header.get("typ") == CHECKPOINT_TYPE
)
_DECODER = Decoder(
    header_checks=tuple(_TYPE_CHECK if check.name == _TYPE_CHECK.name else check for check in HEADER_CHECKS)
)
_MEMBERS = frozenset({"store_id", "position", "hash", "time"})
_MAX_NUMBER = 2**53


class CheckpointError(ValueError):
    """The text is no checkpoint. The message states the rule that it breaks."""


@dataclass(frozen=True, slots=True)
class UnverifiedCheckpoint:
    """A checkpoint of the right form. Nothing in it may be believed before its signature is verified."""

    store_id: str
    head: Head
    key_id: str
    """A key of the reserved tenant."""
    token: UnverifiedToken


def write_checkpoint(store_id: str, head: Head, key: SigningKey) -> str:
    """The compact serialization of a head, signed."""
    payload = {"store_id": store_id, "position": head.position, "hash": head.seal.hex(), "time": head.time}
    return sign(key.algorithm, key.private, key.key_id, payload, token_type=CHECKPOINT_TYPE)


def read_checkpoint(text: str) -> UnverifiedCheckpoint:
    """The parts of a checkpoint.

    Raises:
        CheckpointError: it is none.
    """
    token = _DECODER.decode(text)
    if isinstance(token, Refusal):
        raise CheckpointError(token.rule)
    payload = token.unverified_payload
    if payload.keys() != _MEMBERS or not isinstance(payload["store_id"], str):
        raise CheckpointError(f"must hold the members {', '.join(sorted(_MEMBERS))}")
    head = Head(_number(payload, "position"), _seal(payload["hash"]), _number(payload, "time"))
    return UnverifiedCheckpoint(payload["store_id"], head, token.key_id, token)


def is_made_by(checkpoint: UnverifiedCheckpoint, key: SigningKey) -> bool:
    """Whether the key signed it. A key has one algorithm, which the header must name."""
    token = checkpoint.token
    return token.algorithm == key.algorithm and signature_is_valid(
        key.algorithm, key.public, token.signing_input, token.signature
    )


def _number(payload: Mapping[str, Any], name: str) -> int:
    value = payload[name]
    # A bool is an int in Python, and true is no number here.
    if type(value) is not int or not 0 <= value < _MAX_NUMBER:
        raise CheckpointError(f"{name} must be a whole number, 0 or more")
    return value


def _seal(value: object) -> bytes:
    try:
        seal = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        seal = b""
    if len(seal) != SEAL_BYTES:
        raise CheckpointError(f"hash must be {SEAL_BYTES} bytes in hexadecimal")
    return seal
