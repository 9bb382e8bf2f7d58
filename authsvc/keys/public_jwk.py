"""The public keys of a JWK set (RFC 7517 section 5), read strictly: whoever wrote the set is not trusted with a member more.

A key that breaks a rule is left out and named; it spoils no other.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authsvc.keys.hygiene import check_rsa_form
from authsvc.keys.key_material import KeyMaterialError
from authsvc.keys.sealed_key import Algorithm
from authsvc.tokens.strict_json import STRICT_JSON, StrictJsonError

MAX_KEYS = 64
MAX_JWK_KEY_ID_LENGTH = 255
_COORDINATE_BYTES = 32
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

AsymmetricPublic = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


class JwkError(ValueError):
    """A JWK cannot verify here. The message states the rule and nothing of the key."""


class JwkSetError(ValueError):
    """The text is no JWK set. The message states the rule."""


@dataclass(frozen=True, slots=True)
class PublicJwk:
    """One public key of a set. `key_id` is empty when it has none."""

    key_id: str
    algorithms: frozenset[Algorithm]
    """What it may be used with: the one that it names, or all that fit its kind."""
    public: AsymmetricPublic = field(compare=False)
    fingerprint: bytes
    """The key itself in DER: equal for equal keys."""


@dataclass(frozen=True, slots=True)
class JwkFault:
    """A key that was left out: its place in the set, and the rule that it breaks."""

    position: int
    rule: str


@dataclass(frozen=True, slots=True)
class PublicJwkSet:
    """The keys of a set that are good, and why the others are not."""

    keys: tuple[PublicJwk, ...]
    faults: tuple[JwkFault, ...] = ()


def read_public_jwk_set(raw: bytes) -> PublicJwkSet:
    """The public keys of a JWK set.

    Raises:
        JwkSetError: the text is not strict JSON, no object with a list of keys, or has more than 64 of them.
    """
    try:
        document = STRICT_JSON.parse_object(raw)
    except StrictJsonError as error:
        raise JwkSetError(str(error)) from None
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise JwkSetError('must have a list in its member "keys"')
    if len(entries) > MAX_KEYS:
        raise JwkSetError(f"must hold at most {MAX_KEYS} keys")
    keys: list[PublicJwk] = []
    faults: list[JwkFault] = []
    for position, entry in enumerate(entries):
        try:
            keys.append(read_public_jwk(entry))
        except JwkError as error:
            faults.append(JwkFault(position, str(error)))
    return PublicJwkSet(tuple(keys), tuple(faults))


def read_public_jwk(entry: object) -> PublicJwk:
    """One public key for signatures (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2).

    Raises:
        JwkError: it is none, is a secret or private, is weak, or is meant for something else.
    """
    if not isinstance(entry, Mapping):
        raise JwkError("must be an object")
    if entry.get("kty") == "oct" or "k" in entry:
        raise JwkError("must not be a shared secret: import it")
    if not _PRIVATE_MEMBERS.isdisjoint(entry):
        raise JwkError("must not hold a private key")
    if entry.get("use", "sig") != "sig":
        raise JwkError('use must be "sig", or absent')
    operations = entry.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise JwkError('key_ops must hold "verify", or be absent')
    public, fitting = _public_of(entry)
    named = entry.get("alg")
    if named is not None:
        fitting &= {algorithm for algorithm in fitting if algorithm.value == named}
        if not fitting:
            raise JwkError("alg must be one that fits the key")
    fingerprint = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicJwk(_key_id(entry), frozenset(fitting), public, fingerprint)


def _key_id(entry: Mapping[str, Any]) -> str:
    key_id = entry.get("kid", "")
    if not isinstance(key_id, str) or len(key_id) > MAX_JWK_KEY_ID_LENGTH:
        raise JwkError(f"kid must be a string of at most {MAX_JWK_KEY_ID_LENGTH} characters, or absent")
    return key_id


def _public_of(entry: Mapping[str, Any]) -> tuple[AsymmetricPublic, set[Algorithm]]:
    kind = entry.get("kty")
    if kind == "RSA":
        return _rsa(entry), {Algorithm.RS256, Algorithm.PS256}
    if kind == "EC" and entry.get("crv") == "P-256":
        return _ec(entry), {Algorithm.ES256}
    if kind == "OKP" and entry.get("crv") == "Ed25519":
        return _ed25519(entry), {Algorithm.EDDSA}
    raise JwkError("must be an RSA key, an EC key on P-256, or an Ed25519 key")


def _octets(entry: Mapping[str, Any], member: str) -> bytes:
    text = entry.get(member)
    if isinstance(text, str) and _BASE64URL.fullmatch(text):
        try:
            return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            pass
    raise JwkError(f"{member} must be base64url without padding")


def _rsa(entry: Mapping[str, Any]) -> rsa.RSAPublicKey:
    modulus, exponent = (int.from_bytes(_octets(entry, member), "big") for member in ("n", "e"))
    try:
        # A set holds many keys, and whoever publishes a weak one harms itself: no check here may hold up other calls.
        check_rsa_form(modulus, exponent)
    except KeyMaterialError as error:
        raise JwkError(f"is refused: {error}") from None
    try:
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise JwkError("n and e must make an RSA key") from None


def _ec(entry: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    x, y = _octets(entry, "x"), _octets(entry, "y")
    if len(x) != _COORDINATE_BYTES or len(y) != _COORDINATE_BYTES:
        raise JwkError(f"x and y must have {_COORDINATE_BYTES} bytes each")
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
    try:
        return numbers.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise JwkError("x and y must be a point on P-256") from None


_FIELD = 2**255 - 19
_ORDER_EIGHT = 2707385501144840649318225287225658788936804267575313519463743609750303402022
# The y of the points whose order divides 8: under such a key a signature says nothing of what was signed.
_SMALL_ORDERS = frozenset({0, 1, _FIELD - 1, _ORDER_EIGHT, _FIELD - _ORDER_EIGHT})


def _ed25519(entry: Mapping[str, Any]) -> ed25519.Ed25519PublicKey:
    x = _octets(entry, "x")
    if len(x) != _COORDINATE_BYTES:
        raise JwkError(f"x must have {_COORDINATE_BYTES} bytes")
    if (int.from_bytes(x, "little") & (2**255 - 1)) % _FIELD in _SMALL_ORDERS:
        raise JwkError("x must not be a point of small order")
    try:
        return ed25519.Ed25519PublicKey.from_public_bytes(x)
    except (ValueError, UnsupportedAlgorithm):
        raise JwkError("x must be an Ed25519 key") from None
