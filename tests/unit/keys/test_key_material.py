"""Weak and mismatched keys are refused when they are opened (RFC 7518 sections 3.2 to 3.5, RFC 8725 section 3.5)."""

import warnings
from collections.abc import Callable

import jwt
import pytest
from jwt.warnings import InsecureKeyLengthWarning

from authsvc.keys.key_material import (
    KeyMaterialError,
    dump_private,
    generate_private,
    load_private,
    public_part,
)
from authsvc.keys.sealed_key import Algorithm
from authsvc.keys.sealing import SealingKey
from authsvc.tokens.jose import sign, signature_is_valid
from tests.unit.keys.material import GOOD, REFUSED, WEAK, ec_key, ed_key, rsa_key

SEALING = SealingKey(bytes(32))


def test_there_are_enough_of_them() -> None:
    print(f"{len(GOOD)} good keys, {len(WEAK)} weak ones, {len(REFUSED) - len(WEAK)} mismatched ones")
    assert len(WEAK) >= 20
    assert len(GOOD) >= 5
    assert len(REFUSED) >= 21


@pytest.mark.parametrize(("algorithm", "make"), REFUSED.values(), ids=REFUSED)
def test_refused(algorithm: Algorithm, make: Callable[[], bytes]) -> None:
    dumped = make()
    with pytest.raises(KeyMaterialError):
        public_part(algorithm, load_private(algorithm, dumped))
    with pytest.raises(KeyMaterialError):
        SEALING.open(SEALING.seal("demo", "kid", algorithm, dumped, 0))


@pytest.mark.parametrize(("algorithm", "make"), GOOD.values(), ids=GOOD)
def test_a_good_key_opens_and_signs(algorithm: Algorithm, make: Callable[[], bytes]) -> None:
    key = SEALING.open(SEALING.seal("demo", "kid", algorithm, make(), 0))
    with warnings.catch_warnings():
        warnings.simplefilter("error", InsecureKeyLengthWarning)
        signing_input, _, signature = sign(algorithm, key.private, "kid", {"sub": "it"}).rpartition(".")
        raw = jwt.utils.base64url_decode(signature)
        assert signature_is_valid(algorithm, key.public, signing_input.encode(), raw)
        assert not signature_is_valid(algorithm, key.public, signing_input.encode() + b"x", raw)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_generated_key_keeps_the_rules(algorithm: Algorithm) -> None:
    private = generate_private(algorithm)
    dumped = dump_private(private)
    again = load_private(algorithm, dumped)
    assert dump_private(again) == dumped
    public_part(algorithm, again)
    assert dump_private(generate_private(algorithm)) != dumped


def test_a_key_object_of_another_kind_is_refused() -> None:
    for algorithm, private in (
        (Algorithm.HS256, ec_key()),
        (Algorithm.HS256, rsa_key()),
        (Algorithm.ES256, b"k" * 32),
        (Algorithm.RS256, b"k" * 256),
        (Algorithm.PS256, ed_key()),
        (Algorithm.EDDSA, b"k" * 32),
    ):
        with pytest.raises(KeyMaterialError):
            public_part(algorithm, private)


def test_a_short_secret_that_slips_through_is_an_error_and_not_a_warning() -> None:
    # The suite turns warnings into errors, so no test can sign with a weak key unnoticed.
    with pytest.raises(InsecureKeyLengthWarning):
        sign(Algorithm.HS256, b"k", "kid", {})
    with pytest.raises(InsecureKeyLengthWarning):
        sign(Algorithm.RS256, rsa_key(1024), "kid", {})
