"""The keys of a trusted issuer: chosen by algorithm, found by kid, and the same objects after a refresh."""

from collections.abc import Sequence

from authsvc.keys.fetched_keys import FetchedKeys
from authsvc.keys.issuer_keys import IssuerKeySet
from authsvc.keys.public_jwk import PublicJwkSet, read_public_jwk_set
from authsvc.keys.sealed_key import Algorithm
from tests.unit.keys.jwks import EDDSA, ES256, RS256, jwk, jwks

URL = "https://login.partner.example/jwks"
BOTH = frozenset({Algorithm.ES256, Algorithm.RS256})


def key_set(*keys: dict[str, str]) -> PublicJwkSet:
    return read_public_jwk_set(jwks(*keys))


def chosen(*keys: dict[str, str], algorithms: Sequence[Algorithm] = tuple(BOTH)) -> IssuerKeySet:
    return IssuerKeySet.choose(key_set(*keys).keys, frozenset(algorithms))


def test_a_key_is_found_by_its_kid_whatever_the_algorithm_that_is_asked_for() -> None:
    keys = chosen(jwk(ES256), jwk(RS256))
    found = keys.find(ES256, "HS256")
    assert found is not None
    assert (found.key_id, found.algorithm) == (ES256, Algorithm.ES256)
    assert keys.find("other", "ES256") is None
    assert keys.find(ES256.upper(), "ES256") is None


def test_without_a_kid_only_the_one_key_of_the_algorithm_is_found() -> None:
    keys = chosen(jwk(ES256), jwk(RS256), jwk("acme-rs256", kid=None))
    assert keys.find("", "ES256") is keys.find(ES256, "ES256")
    assert keys.find("", "RS256") is None
    assert keys.find("", "EdDSA") is None


def test_keys_of_other_algorithms_are_left_out() -> None:
    keys = chosen(jwk(ES256), jwk(EDDSA))
    assert keys.find(EDDSA, "EdDSA") is None
    assert len(keys) == 1


def test_a_key_that_fits_two_algorithms_and_names_none_is_left_out() -> None:
    both = (Algorithm.RS256, Algorithm.PS256)
    assert len(chosen(jwk(RS256), algorithms=both)) == 0
    assert len(chosen(jwk(RS256, alg="PS256"), algorithms=both)) == 1
    assert len(chosen(jwk(RS256), algorithms=(Algorithm.RS256,))) == 1


def test_a_kid_that_stands_twice_is_of_no_key() -> None:
    keys = chosen(jwk(ES256, kid="same"), jwk(RS256, kid="same"), jwk("acme-es256"))
    assert keys.find("same", "ES256") is None
    assert keys.find("acme-es256", "ES256") is not None


def test_a_refresh_keeps_the_keys_that_stay_and_drops_the_others() -> None:
    fetched = FetchedKeys()
    fetched.put(URL, key_set(jwk(ES256), jwk(RS256)))
    before = {kid: fetched.find(URL, BOTH, kid, "") for kid in (ES256, RS256)}
    fetched.put(URL, key_set(jwk(RS256), jwk("acme-es256", kid=ES256)))
    assert fetched.find(URL, BOTH, RS256, "RS256") is before[RS256]
    replaced = fetched.find(URL, BOTH, ES256, "ES256")
    assert replaced is not None
    assert replaced is not before[ES256]
    fetched.put(URL, key_set(jwk(RS256)))
    assert fetched.find(URL, BOTH, ES256, "ES256") is None
    fetched.forget(URL)
    assert fetched.find(URL, BOTH, RS256, "RS256") is None


def test_a_set_is_shared_by_issuers_of_other_algorithms() -> None:
    fetched = FetchedKeys()
    fetched.put(URL, key_set(jwk(ES256), jwk(RS256)))
    assert fetched.find(URL, frozenset({Algorithm.RS256}), ES256, "ES256") is None
    assert fetched.find(URL, BOTH, ES256, "ES256") is not None


def test_a_miss_is_noted_once_until_somebody_has_seen_to_it() -> None:
    fetched = FetchedKeys()
    woken: list[int] = []
    fetched.on_miss = lambda: woken.append(1)
    for number in range(1000):
        assert fetched.find(URL, BOTH, f"unknown-{number}", "ES256") is None
    assert (fetched.missed, len(woken)) == ({URL}, 1)
    fetched.missed.discard(URL)
    fetched.find(URL, BOTH, "unknown", "ES256")
    assert len(woken) == 2
