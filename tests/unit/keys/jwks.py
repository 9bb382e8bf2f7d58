"""JWKs for tests, good and bad, made of the corpus' derived keys."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

from tests.hostile.derived_keys import b64, public_jwk

ES256, RS256, EDDSA = "partner-es256", "partner-rs256", "strict-eddsa"


def jwk(name: str = ES256, **changes: Any) -> dict[str, Any]:
    """The public JWK of a derived key, with members changed; None takes one out."""
    members: dict[str, Any] = {**public_jwk(name), **changes}
    return {member: value for member, value in members.items() if value is not None}


def jwks(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _brought(name: str) -> dict[str, Any]:
    """The JWK of a key that may not be brought."""
    vectors = json.loads((Path(__file__).parent / "vectors" / "brought.json").read_text())
    found: dict[str, Any] = json.loads(next(one["material"] for one in vectors if one["name"] == name))
    return found


BAD_KEYS: dict[str, Any] = {
    "not an object": "key",
    "no kind": jwk(kty=None),
    "an unknown kind": jwk(kty="XX"),
    "a secret": {"kty": "oct", "k": "c2VjcmV0", "kid": "s"},
    "a secret in an EC key": jwk(k="c2VjcmV0"),
    "a private EC key": jwk(d="AAAA"),
    "a private RSA key": jwk(RS256, d="AAAA", p="AA", q="AA"),
    "for encryption": jwk(use="enc"),
    "use of another type": jwk(use=["sig"]),
    "operations without verify": jwk(key_ops=["sign"]),
    "operations as text": jwk(key_ops="verify"),
    "another curve": jwk(crv="P-384"),
    "off the curve": jwk(y=jwk("acme-es256")["y"]),
    "a short coordinate": jwk(x="AAAA"),
    "a padded coordinate": jwk(x=jwk()["x"] + "="),
    "a coordinate of the plain alphabet": jwk(x="+" * 43),
    "no coordinate": jwk(x=None),
    "the point at infinity": jwk(x="A" * 43, y="A" * 43),
    "another algorithm": jwk(alg="RS256"),
    "an algorithm of another type": jwk(alg=["ES256"]),
    "HS256 for an EC key": jwk(alg="HS256"),
    "none": jwk(alg="none"),
    "a kid of another type": jwk(kid=1),
    "a kid without end": jwk(kid="k" * 256),
    "a short modulus": jwk(RS256, n=jwk(RS256)["n"][:171]),
    "a giant modulus": jwk(RS256, n="f" * 1400),
    "exponent 1": jwk(RS256, e="AQ"),
    "exponent 3": jwk(RS256, e="Aw"),
    "an even exponent": jwk(RS256, e="AQAA"),
    "a giant exponent": jwk(RS256, e="AQAAAAAB"),
    "an even modulus": jwk(RS256, n=jwk(RS256)["n"][:-2] + "AA"),
    "a modulus of the faulty generator ROCA": _brought("RSA of the ROCA generator, public"),
    "a modulus with a small factor": jwk(RS256, n=b64((int.from_bytes(_raw(jwk(RS256)["n"])) // 3 * 3).to_bytes(256))),
    "a short Ed25519 key": jwk(EDDSA, x="AAAA"),
    "Ed25519 of small order, 0": jwk(EDDSA, x="A" * 43),
    "Ed25519 of small order, 1": jwk(EDDSA, x="AQ" + "A" * 41),
    "Ed25519 of small order, 1 written longer": jwk(EDDSA, x=b64((2**255 - 18).to_bytes(32, "little"))),
    "Ed448": jwk(EDDSA, crv="Ed448"),
    "X25519": jwk(EDDSA, crv="X25519"),
}
"""Keys that a set may not hold, by what is wrong with them."""

BAD_SETS: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"<html>",
    "a list": b"[]",
    "no keys": b"{}",
    "keys of another type": b'{"keys": {}}',
    "keys twice": b'{"keys": [], "keys": []}',
    "not UTF-8": b'{"keys": ["\xff"]}',
    "deep": b'{"keys": ' + b"[" * 9 + b"]" * 9 + b"}",
    "too many": jwks(*[jwk(kid=str(number)) for number in range(65)]),
    "a giant number": b'{"keys": [], "x": ' + b"9" * 5000 + b"}",
}
"""Texts that are no key set, by what is wrong with them."""
