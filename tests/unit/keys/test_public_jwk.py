"""JWK sets of others: what is taken up, and that one bad key spoils no other."""

import json

import pytest

from authsvc.keys.public_jwk import JwkSetError, read_public_jwk_set
from authsvc.keys.sealed_key import Algorithm
from tests.unit.keys.jwks import BAD_KEYS, BAD_SETS, EDDSA, ES256, RS256, jwk, jwks


def test_every_kind_is_read_with_the_algorithms_that_fit_it() -> None:
    found = read_public_jwk_set(jwks(jwk(ES256), jwk(RS256), jwk(EDDSA), jwk(RS256, alg="PS256", kid="pss")))
    assert not found.faults
    assert [(key.key_id, set(key.algorithms)) for key in found.keys] == [
        (ES256, {Algorithm.ES256}),
        (RS256, {Algorithm.RS256, Algorithm.PS256}),
        (EDDSA, {Algorithm.EDDSA}),
        ("pss", {Algorithm.PS256}),
    ]


def test_what_says_nothing_of_use_or_what_is_for_signatures_is_read() -> None:
    good = [
        jwk(kid=None),
        jwk(use="sig", key_ops=["verify"], alg="ES256", x5t="x", x5c=["AAAA"], exp=1),
        jwk(kid="a/b+c=="),
    ]
    assert [key.key_id for key in read_public_jwk_set(jwks(*good)).keys] == ["", ES256, "a/b+c=="]


@pytest.mark.parametrize("what", BAD_KEYS)
def test_a_bad_key_is_left_out_and_spoils_no_other(what: str) -> None:
    bad = BAD_KEYS[what]
    found = read_public_jwk_set(jwks(jwk(ES256), bad, jwk(RS256)))
    assert [key.key_id for key in found.keys] == [ES256, RS256]
    (fault,) = found.faults
    assert fault.position == 1
    written = json.dumps(bad)
    assert not any(len(word) > 12 and word in written for word in fault.rule.split()), "the rule quotes the key"


@pytest.mark.parametrize("what", BAD_SETS)
def test_a_bad_set_is_refused_whole(what: str) -> None:
    with pytest.raises(JwkSetError):
        read_public_jwk_set(BAD_SETS[what])


def test_counts() -> None:
    print(f"{len(BAD_KEYS)} bad keys, {len(BAD_SETS)} bad sets")
    assert len(BAD_KEYS) >= 30
    assert len(BAD_SETS) >= 10
