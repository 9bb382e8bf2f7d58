"""Signing and verifying: what one signs the same key verifies, and no bytes make the verification raise."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.keys.key_material import PublicMaterial, generate_private, public_part
from authsvc.keys.sealed_key import Algorithm
from authsvc.tokens.decoder import Decoder, UnverifiedToken
from authsvc.tokens.jose import sign, signature_is_valid

PRIVATE = {algorithm: generate_private(algorithm) for algorithm in Algorithm}
PUBLIC = {algorithm: public_part(algorithm, private) for algorithm, private in PRIVATE.items()}
PAYLOAD = {"sub": "Zoë", "iat": 1, "nested": {"a": [1, 2.5, None]}}


def signed(algorithm: Algorithm) -> UnverifiedToken:
    decoded = Decoder().decode(sign(algorithm, PRIVATE[algorithm], "k", PAYLOAD))
    assert isinstance(decoded, UnverifiedToken)
    return decoded


@pytest.mark.parametrize("algorithm", Algorithm)
def test_what_is_signed_is_well_formed_and_verifies(algorithm: Algorithm) -> None:
    token = signed(algorithm)
    assert token.unverified_header == {"alg": algorithm.value, "typ": "at+jwt", "kid": "k"}
    assert token.unverified_payload == PAYLOAD
    assert signature_is_valid(algorithm, PUBLIC[algorithm], token.signing_input, token.signature)
    assert not signature_is_valid(algorithm, PUBLIC[algorithm], token.signing_input + b"x", token.signature)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_another_key_of_the_algorithm_does_not_verify(algorithm: Algorithm) -> None:
    token = signed(algorithm)
    other: PublicMaterial = public_part(algorithm, generate_private(algorithm))
    assert not signature_is_valid(algorithm, other, token.signing_input, token.signature)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_every_flipped_bit_is_seen(algorithm: Algorithm) -> None:
    token = signed(algorithm)
    for bit in range(0, 8 * len(token.signature), 1 if algorithm is Algorithm.HS256 else 7):
        flipped = bytearray(token.signature)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not signature_is_valid(algorithm, PUBLIC[algorithm], token.signing_input, bytes(flipped))


@given(st.sampled_from(Algorithm), st.binary(max_size=600), st.binary(max_size=20))
def test_no_bytes_verify_and_none_raise(algorithm: Algorithm, signature: bytes, signing_input: bytes) -> None:
    assert signature_is_valid(algorithm, PUBLIC[algorithm], signing_input, signature) is False


@pytest.mark.parametrize("algorithm", [Algorithm.HS256, Algorithm.RS256, Algorithm.EDDSA])
def test_the_same_payload_signed_again_is_the_same_text(algorithm: Algorithm) -> None:
    first, second = (sign(algorithm, PRIVATE[algorithm], "k", PAYLOAD) for _ in range(2))
    assert first == second
    header = json.loads(base64.urlsafe_b64decode(first.partition(".")[0] + "=="))
    assert set(header) == {"alg", "typ", "kid"}
