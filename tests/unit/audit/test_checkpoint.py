"""A checkpoint is believed for its signature, and is never a token; nor is a token a checkpoint."""

import base64
import json
import re
from typing import Any

import pytest

from authsvc.audit.checkpoint import (
    CHECKPOINT_TYPE,
    CheckpointError,
    is_made_by,
    read_checkpoint,
    write_checkpoint,
)
from authsvc.audit.head import Head, SignedHead, is_signed_by, sign_head
from authsvc.keys.key_material import SigningKey, generate_private, public_part
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import Algorithm, KeyState
from authsvc.policy.tenant import TenantPolicy
from authsvc.revocation.index import RevocationIndex
from authsvc.tokens.decoder import HEADER_CHECKS, TOKEN_TYPE, Decoder
from authsvc.tokens.jose import raw_signature, sign, signature_is_valid
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.verdict import Decision, Question
from authsvc.v1.reason_pb2 import Reason

STORE = "0123456789abcdef"
HEAD = Head(12, bytes(range(32)), 1_900_000_000_123_456)
CLAIMS = {
    "iss": "https://x.example/t/authsvc",
    "sub": "s",
    "aud": ["authsvc"],
    "client_id": "c",
    "iat": 1_900_000_000,
    "exp": 1_900_000_600,
    "jti": "j",
    "bound_tenant": "*",
    "scope": "admin:authsvc",
}


def key_of(algorithm: Algorithm, key_id: str = "k1") -> SigningKey:
    private = generate_private(algorithm)
    return SigningKey("authsvc", key_id, algorithm, private, public_part(algorithm, private))


KEYS = {algorithm: key_of(algorithm) for algorithm in Algorithm}
KEY = KEYS[Algorithm.ES256]


def verdict(text: str, *, decoder: Decoder | None = None) -> Any:
    policy = TenantPolicy("authsvc", "https://x.example/t/authsvc")
    question = Question(policy, "authsvc", 1_900_000_010.0, RevocationIndex())
    return Decision(0, decoder=decoder).decide(text, question, KeyRing([(KEY, KeyState.ACTIVE)]))


@pytest.mark.parametrize("algorithm", Algorithm)
def test_what_is_written_is_read_and_believed_for_its_signature(algorithm: Algorithm) -> None:
    read = read_checkpoint(write_checkpoint(STORE, HEAD, KEYS[algorithm]))
    assert (read.store_id, read.head, read.key_id) == (STORE, HEAD, "k1")
    assert is_made_by(read, KEYS[algorithm])
    assert not is_made_by(read, key_of(algorithm))
    for other in KEYS.values():
        assert is_made_by(read, other) == (other.algorithm is algorithm)


def test_the_header_has_to_name_the_algorithm_of_the_key() -> None:
    key = KEYS[Algorithm.PS256]
    _, payload, _ = write_checkpoint(STORE, HEAD, key).split(".")
    made = {}
    for named in (Algorithm.PS256, Algorithm.RS256):
        header = base64.urlsafe_b64encode(json.dumps({"alg": named, "kid": "k1", "typ": CHECKPOINT_TYPE}).encode())
        signing_input = f"{header.decode().rstrip('=')}.{payload}"
        signature = base64.urlsafe_b64encode(raw_signature(key.algorithm, key.private, signing_input.encode()))
        made[named] = is_made_by(read_checkpoint(f"{signing_input}.{signature.decode().rstrip('=')}"), key)
    assert made == {Algorithm.PS256: True, Algorithm.RS256: False}


def test_every_flipped_character_is_seen() -> None:
    text = write_checkpoint(STORE, HEAD, KEY)
    taken = []
    for place, character in enumerate(text):
        flipped = text[:place] + ("A" if character != "A" else "B") + text[place + 1 :]
        try:
            if is_made_by(read_checkpoint(flipped), KEY):
                taken.append(place)
        except CheckpointError:
            continue
    assert taken == []


def test_a_checkpoint_is_never_a_token() -> None:
    text = write_checkpoint(STORE, HEAD, KEY)
    refused = verdict(text)
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.check) == (Reason.REASON_MALFORMED, "header.typ")
    # Not even with the claims of a token in it.
    dressed = sign(KEY.algorithm, KEY.private, KEY.key_id, CLAIMS, token_type=CHECKPOINT_TYPE)
    assert verdict(dressed).check == "header.typ"
    # The plant: a decoder that does not look at the type takes it.
    careless = Decoder(header_checks=tuple(check for check in HEADER_CHECKS if check.name != "header.typ"))
    assert not isinstance(verdict(dressed, decoder=careless), Refusal)


def test_a_token_is_never_a_checkpoint() -> None:
    good = sign(KEY.algorithm, KEY.private, KEY.key_id, CLAIMS)
    assert not isinstance(verdict(good), Refusal)
    payload = {"store_id": STORE, "position": 12, "hash": HEAD.seal.hex(), "time": 1}
    for text in (good, sign(KEY.algorithm, KEY.private, KEY.key_id, payload, token_type=TOKEN_TYPE)):
        with pytest.raises(CheckpointError, match=re.escape(f"typ must be {CHECKPOINT_TYPE}")):
            read_checkpoint(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"position": -1},
        {"position": True},
        {"position": 1.0},
        {"position": "12"},
        {"position": 2**53},
        {"time": None},
        {"hash": "00"},
        {"hash": "zz" * 32},
        {"hash": 5},
        {"store_id": 7},
        {"iss": "x"},
    ],
)
def test_a_checkpoint_of_another_form_is_none(changes: dict[str, Any]) -> None:
    payload = {"store_id": STORE, "position": 12, "hash": HEAD.seal.hex(), "time": 1, **changes}
    with pytest.raises(CheckpointError):
        read_checkpoint(sign(KEY.algorithm, KEY.private, KEY.key_id, payload, token_type=CHECKPOINT_TYPE))


@pytest.mark.parametrize("name", ["store_id", "position", "hash", "time"])
def test_every_member_has_to_be_there(name: str) -> None:
    payload = {"store_id": STORE, "position": 12, "hash": HEAD.seal.hex(), "time": 1}
    del payload[name]
    with pytest.raises(CheckpointError):
        read_checkpoint(sign(KEY.algorithm, KEY.private, KEY.key_id, payload, token_type=CHECKPOINT_TYPE))


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "é", "." * 5000])
def test_what_is_no_jws_is_no_checkpoint(text: str) -> None:
    with pytest.raises(CheckpointError):
        read_checkpoint(text)


def test_its_header_and_payload_are_plain_json() -> None:
    header, payload, _ = write_checkpoint(STORE, HEAD, KEY).split(".")
    plain = [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (header, payload)]
    assert plain == [
        {"alg": "ES256", "kid": "k1", "typ": CHECKPOINT_TYPE},
        {"store_id": STORE, "position": 12, "hash": HEAD.seal.hex(), "time": HEAD.time},
    ]


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_signed_head_is_of_its_store_and_key_and_says_what_it_says(algorithm: Algorithm) -> None:
    key = KEYS[algorithm]
    signed = sign_head(STORE, HEAD, key)
    assert is_signed_by(STORE, signed, key)
    assert not is_signed_by("fedcba9876543210", signed, key)
    assert not is_signed_by(STORE, signed, key_of(algorithm))
    for other in (Head(13, HEAD.seal, HEAD.time), Head(12, bytes(32), HEAD.time), Head(12, HEAD.seal, 1)):
        assert not is_signed_by(STORE, SignedHead(other, signed.key_id, signed.signature), key)


def test_the_signature_of_a_token_or_checkpoint_signs_no_head() -> None:
    for text in (write_checkpoint(STORE, HEAD, KEY), sign(KEY.algorithm, KEY.private, KEY.key_id, CLAIMS)):
        token = text.rpartition(".")
        signature = base64.urlsafe_b64decode(token[2] + "==")
        assert signature_is_valid(KEY.algorithm, KEY.public, token[0].encode(), signature)
        assert not is_signed_by(STORE, SignedHead(HEAD, KEY.key_id, signature), KEY)
    # A head's bytes hold zeros, which no base64url does.
    assert raw_signature(Algorithm.HS256, b"k" * 32, b"\0") != raw_signature(Algorithm.HS256, b"k" * 32, b"")
