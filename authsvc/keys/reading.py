"""Reads a key that somebody brings: PEM, JWK or an HMAC secret (RFC 7468, RFC 7517, RFC 7518 section 6, RFC 8037 section 2).

What is read is in one of the two forms that the service handles, private or public, and of the algorithm asked for.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from authsvc.keys.hygiene import check_public, check_rsa
from authsvc.keys.key_material import KeyMaterialError, PrivateMaterial, PublicMaterial
from authsvc.keys.sealed_key import Algorithm
from authsvc.tokens.strict_json import STRICT_JSON, StrictJsonError

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_PRIVATE_LABELS = frozenset({"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"})
_PUBLIC_LABELS = frozenset({"PUBLIC KEY", "RSA PUBLIC KEY"})
_BESIDE_A_KEY = "EC PARAMETERS"
"""openssl writes it in front of a SEC 1 key; it says nothing that the key does not."""

_COORDINATE = 32
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_KEY_TYPES = {
    Algorithm.ES256: "EC",
    Algorithm.RS256: "RSA",
    Algorithm.PS256: "RSA",
    Algorithm.EDDSA: "OKP",
    Algorithm.HS256: "oct",
}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class BroughtKey:
    """A key as it was brought, checked. Its repr shows nothing of it."""

    public: PublicMaterial = field(repr=False)
    """What verifies; the secret of HS256."""
    private: PrivateMaterial | None = field(repr=False)
    """What signs, the same secret for HS256; None when only the public part was brought."""
    key_id: str | None = None
    """The kid of a JWK that has one."""


def read_secret(secret: bytes) -> BroughtKey:
    """An HMAC secret.

    Raises:
        KeyMaterialError: it is weak.
    """
    check_public(Algorithm.HS256, secret)
    return BroughtKey(secret, secret)


def read_pem(text: str, algorithm: Algorithm) -> BroughtKey:
    """A private or a public key in PEM.

    Raises:
        KeyMaterialError: it is none, more than one, encrypted, a certificate, of another kind than the algorithm, or weak.
    """
    if algorithm is Algorithm.HS256:
        raise KeyMaterialError("HS256 has a secret, which PEM cannot hold")
    labels = [block[1] for block in _BLOCK.finditer(text) if block[1] != _BESIDE_A_KEY]
    if _BLOCK.sub("", text).strip() or not labels:
        raise KeyMaterialError("PEM holds one key, from its line BEGIN to its line END, and nothing else")
    if len(labels) > 1:
        raise KeyMaterialError(f"PEM holds one key, not {len(labels)} blocks")
    (label,) = labels
    if label == "ENCRYPTED PRIVATE KEY" or "Proc-Type" in text:
        raise KeyMaterialError("the key is encrypted, and this service has no password for it; decrypt it first")
    if label.endswith("CERTIFICATE"):
        raise KeyMaterialError("a certificate is not a key; bring the key alone")
    if label in _PRIVATE_LABELS:
        return _of_private(_load(load_pem_private_key, text, password=None), algorithm)
    if label in _PUBLIC_LABELS:
        return _of_public(_load(load_pem_public_key, text), algorithm)
    raise KeyMaterialError("PEM holds a key in PKCS #8, PKCS #1 or SEC 1, or a public one")


def read_jwk(text: str, algorithm: Algorithm) -> BroughtKey:
    """A private or a public JWK.

    Raises:
        KeyMaterialError: it is no single JWK, broken, meant for another use or algorithm, or weak.
    """
    members = _members(text)
    if isinstance(members, str):
        # Raised here, out of reach of the parser's error, which holds the text.
        raise KeyMaterialError(f"a JWK is a JSON object, and its JSON {members}")
    return read_jwk_members(members, algorithm)


def read_jwk_members(members: Mapping[str, Any], algorithm: Algorithm) -> BroughtKey:
    """A JWK from its members, parsed strictly (authsvc.tokens.strict_json).

    Raises:
        KeyMaterialError: see read_jwk.
    """
    if "keys" in members:
        raise KeyMaterialError("a JWK set stands where one key is asked for; bring its keys one by one")
    if members.get("kty") != _KEY_TYPES[algorithm]:
        raise KeyMaterialError(f"the kty of a JWK for {algorithm.value} is {_KEY_TYPES[algorithm]}")
    _check_use(members, algorithm)
    kid = members.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise KeyMaterialError("the kid of a JWK is a string")
    brought = _READERS[algorithm](members, algorithm)
    return BroughtKey(brought.public, brought.private, kid)


def _members(text: str) -> dict[str, Any] | str:
    """The members of a JSON object, or the rule that the text breaks."""
    try:
        return STRICT_JSON.parse_object(text.encode("utf-8", "surrogatepass"))
    except StrictJsonError as error:
        return str(error)


def _check_use(members: Mapping[str, Any], algorithm: Algorithm) -> None:
    """RFC 7517 sections 4.2 to 4.4."""
    if members.get("use", "sig") != "sig":
        raise KeyMaterialError("the use of a JWK for signatures is sig")
    if members.get("alg", algorithm.value) != algorithm.value:
        raise KeyMaterialError("the alg of a JWK is the algorithm that it is brought for")
    operations = members.get("key_ops")
    if operations is None:
        return
    if not isinstance(operations, list) or not all(isinstance(operation, str) for operation in operations):
        raise KeyMaterialError("the key_ops of a JWK are a list of strings")
    if len(set(operations)) != len(operations):
        raise KeyMaterialError("the key_ops of a JWK hold each operation once")
    wanted = "sign" if members.keys() & {"d", "k"} else "verify"
    if wanted not in operations or set(operations) - {"sign", "verify"}:
        raise KeyMaterialError(f"the key_ops of a JWK for signatures hold {wanted}, and nothing but sign and verify")


def _of_private(private: object, algorithm: Algorithm) -> BroughtKey:
    _refuse_other_curves(private)
    if not isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise KeyMaterialError(f"this is not a key for {algorithm.value}")
    public = private.public_key()
    check_public(algorithm, public)
    return BroughtKey(public, private)


def _of_public(public: object, algorithm: Algorithm) -> BroughtKey:
    _refuse_other_curves(public)
    if not isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey):
        raise KeyMaterialError(f"this is not a key for {algorithm.value}")
    check_public(algorithm, public)
    return BroughtKey(public, None)


def _refuse_other_curves(key: object) -> None:
    if isinstance(key, ed448.Ed448PrivateKey | ed448.Ed448PublicKey):
        raise KeyMaterialError("EdDSA is offered with Ed25519, not with Ed448")
    if isinstance(key, x25519.X25519PrivateKey | x25519.X25519PublicKey | x448.X448PrivateKey | x448.X448PublicKey):
        raise KeyMaterialError("a key for key agreement (X25519, X448) does not sign")


def _load(load: Any, text: str, **options: Any) -> object:  # noqa: ANN401 (either loader of cryptography)
    try:
        loaded: object = load(text.encode("ascii", "replace"), **options)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # What cryptography says may hold parts of the key.
        raise KeyMaterialError(
            "the PEM holds no key that can be used: it is broken, or its parts do not fit together"
        ) from None
    return loaded


def _octets(members: Mapping[str, Any], name: str) -> bytes:
    """The bytes of a member: base64url without padding, in its one spelling (RFC 7515 section 2)."""
    text = members.get(name)
    if not isinstance(text, str) or _BASE64URL.fullmatch(text) is None:
        raise KeyMaterialError(f'the member "{name}" of the JWK is text in base64url without padding')
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise KeyMaterialError(f'the member "{name}" of the JWK is text in base64url without padding')
    return raw


def _coordinate(members: Mapping[str, Any], name: str) -> bytes:
    raw = _octets(members, name)
    if len(raw) != _COORDINATE:
        raise KeyMaterialError(f'the member "{name}" of the JWK has {_COORDINATE} bytes')
    return raw


def _number(members: Mapping[str, Any], name: str) -> int:
    raw = _octets(members, name)
    if raw[:1] == b"\0":
        raise KeyMaterialError(f'the member "{name}" of the JWK is a number in as few bytes as it has')
    return int.from_bytes(raw, "big")


def _read_ec(members: Mapping[str, Any], algorithm: Algorithm) -> BroughtKey:
    if members.get("crv") != "P-256":
        raise KeyMaterialError("the crv of a JWK for ES256 is P-256")
    x, y = (int.from_bytes(_coordinate(members, name), "big") for name in ("x", "y"))
    try:
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise KeyMaterialError("x and y of the JWK are not a point on P-256") from None
    if "d" not in members:
        return _of_public(public, algorithm)
    try:
        private = ec.derive_private_key(int.from_bytes(_coordinate(members, "d"), "big"), ec.SECP256R1())
    except ValueError:
        raise KeyMaterialError("d of the JWK is not a private key of P-256") from None
    if private.public_key() != public:
        raise KeyMaterialError("the private and the public part of the JWK belong to each other")
    return _of_private(private, algorithm)


def _read_okp(members: Mapping[str, Any], algorithm: Algorithm) -> BroughtKey:
    if members.get("crv") != "Ed25519":
        raise KeyMaterialError("the crv of a JWK for EdDSA is Ed25519; it is neither Ed448 nor for key agreement")
    raw = _coordinate(members, "x")
    if "d" not in members:
        return _of_public(ed25519.Ed25519PublicKey.from_public_bytes(raw), algorithm)
    private = ed25519.Ed25519PrivateKey.from_private_bytes(_coordinate(members, "d"))
    if private.public_key().public_bytes_raw() != raw:
        raise KeyMaterialError("the private and the public part of the JWK belong to each other")
    return _of_private(private, algorithm)


def _read_rsa(members: Mapping[str, Any], algorithm: Algorithm) -> BroughtKey:
    modulus, exponent = _number(members, "n"), _number(members, "e")
    # Before anything is computed with them.
    check_rsa(modulus, exponent)
    public = rsa.RSAPublicNumbers(exponent, modulus)
    if not members.keys() & _PRIVATE_MEMBERS:
        return _of_public(public.public_key(), algorithm)
    return _of_private(_private_rsa(members, public), algorithm)


def _private_rsa(members: Mapping[str, Any], public: rsa.RSAPublicNumbers) -> rsa.RSAPrivateKey:
    if "oth" in members:
        raise KeyMaterialError("an RSA key has two primes")
    p, q, d, dp, dq, qi = (_number(members, name) for name in ("p", "q", "d", "dp", "dq", "qi"))
    try:
        return rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, public).private_key()
    except ValueError:
        raise KeyMaterialError("the private and the public part of the JWK belong to each other") from None


def _read_oct(members: Mapping[str, Any], _algorithm: Algorithm) -> BroughtKey:
    return read_secret(_octets(members, "k"))


_READERS = {
    Algorithm.ES256: _read_ec,
    Algorithm.RS256: _read_rsa,
    Algorithm.PS256: _read_rsa,
    Algorithm.EDDSA: _read_okp,
    Algorithm.HS256: _read_oct,
}
