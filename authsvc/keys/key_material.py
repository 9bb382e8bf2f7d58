"""What is inside a key: made, written down and read back, with the rules that it must keep (RFC 7518, RFC 8725)."""

import base64
import binascii
import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from cryptography.x509 import load_der_x509_certificate

from authsvc.keys.sealed_key import Algorithm

RSA_BITS = 2048
RSA_EXPONENT = 65537
HMAC_BYTES = 32

PrivateMaterial = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | bytes
PublicMaterial = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey | bytes


class KeyMaterialError(ValueError):
    """The material does not fit its algorithm or is too weak. The message states the rule and nothing of the key."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SigningKey:
    """A key opened for use. Its repr shows nothing of it, and it equals itself alone."""

    tenant: str
    key_id: str
    algorithm: Algorithm
    private: PrivateMaterial
    public: PublicMaterial
    """The same secret as `private` for HS256."""

    def __repr__(self) -> str:
        return f"SigningKey({self.tenant!r}, {self.key_id!r}, {self.algorithm.value})"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class TrustedKey:
    """What verifies the tokens of a trusted issuer. It never signs, and equals itself alone."""

    tenant: str
    key_id: str
    algorithm: Algorithm
    issuer: str
    public: PublicMaterial
    """The shared secret for HS256."""

    def __repr__(self) -> str:
        return f"TrustedKey({self.tenant!r}, {self.key_id!r}, {self.algorithm.value}, {self.issuer!r})"


def generate_private(algorithm: Algorithm) -> PrivateMaterial:
    """A new key from the system's random source."""
    if algorithm is Algorithm.ES256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm is Algorithm.EDDSA:
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm is Algorithm.HS256:
        return secrets.token_bytes(HMAC_BYTES)
    return rsa.generate_private_key(public_exponent=RSA_EXPONENT, key_size=RSA_BITS)


def public_part(algorithm: Algorithm, private: PrivateMaterial) -> PublicMaterial:
    """What verifies, after checking that the material fits its algorithm.

    Raises:
        KeyMaterialError: another kind of key, another curve, RSA below 2048 bits or with a small exponent, a short
            secret (RFC 7518 sections 3.2 to 3.5), or a secret that is a written-down asymmetric key.
    """
    if algorithm is Algorithm.HS256:
        if not isinstance(private, bytes) or len(private) < HMAC_BYTES:
            raise KeyMaterialError("HS256 asks for a secret of at least 32 bytes")
        if is_written_key(private):
            raise KeyMaterialError("HS256 asks for a secret, not for a key of another algorithm")
        return private
    if algorithm is Algorithm.ES256:
        if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
            raise KeyMaterialError("ES256 asks for an EC key on P-256")
    elif algorithm is Algorithm.EDDSA:
        if not isinstance(private, ed25519.Ed25519PrivateKey):
            raise KeyMaterialError("EdDSA asks for an Ed25519 key")
    else:
        if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < RSA_BITS:
            raise KeyMaterialError(f"{algorithm.value} asks for an RSA key of at least {RSA_BITS} bits")
        if private.public_key().public_numbers().e < RSA_EXPONENT:
            raise KeyMaterialError(f"{algorithm.value} asks for a public exponent of at least {RSA_EXPONENT}")
    return private.public_key()


def is_written_key(secret: bytes) -> bool:
    """Whether a secret is a key that somebody wrote down, in PEM, DER, SSH's form or JSON, or the base64 of one.

    A public key taken for a secret lets everybody sign (RFC 8725 section 2.1).
    """
    text = secret.removeprefix(b"\xef\xbb\xbf").strip()
    if b"-----BEGIN " in text or text.startswith((b"ssh-", b"ecdsa-sha2-")) or _is_json(text):
        return True
    return _is_der(secret) or any(_is_der(inner) or b"-----BEGIN " in inner for inner in _base64_readings(text))


def _is_json(text: bytes) -> bool:
    return text[:1] in {b"{", b"["} and text[-1:] in {b"}", b"]"} and b'"' in text


def _base64_readings(text: bytes) -> Iterator[bytes]:
    packed = b"".join(text.split())
    padding = b"=" * (-len(packed) % 4)
    for alphabet in (b"+/", b"-_"):
        with contextlib.suppress(binascii.Error, ValueError):
            yield base64.b64decode(packed + padding, altchars=alphabet, validate=True)


def _is_der(secret: bytes) -> bool:
    for load in (load_der_public_key, partial(load_der_private_key, password=None), load_der_x509_certificate):
        try:
            load(secret)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        return True
    return False


def dump_private(private: PrivateMaterial) -> bytes:
    """The bytes to seal: PKCS #8 DER, or the secret itself for HS256."""
    if isinstance(private, bytes):
        return private
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def load_private(algorithm: Algorithm, dumped: bytes) -> PrivateMaterial:
    """What `dump_private` wrote.

    Raises:
        KeyMaterialError: the bytes are no key of the kind.
    """
    if algorithm is Algorithm.HS256:
        return dumped
    try:
        private = load_der_private_key(dumped, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyMaterialError(f"not a PKCS #8 key for {algorithm.value}") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise KeyMaterialError(f"not a key for {algorithm.value}")
    return private


def dump_public(public: PublicMaterial) -> bytes:
    """The bytes to keep of what only verifies: SubjectPublicKeyInfo in DER, or the shared secret for HS256."""
    if isinstance(public, bytes):
        return public
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def load_public(algorithm: Algorithm, dumped: bytes) -> PublicMaterial:
    """What `dump_public` wrote.

    Raises:
        KeyMaterialError: the bytes are no key of the kind.
    """
    if algorithm is Algorithm.HS256:
        return dumped
    try:
        public = load_der_public_key(dumped)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyMaterialError(f"not a public key for {algorithm.value}") from None
    if not isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey):
        raise KeyMaterialError(f"not a public key for {algorithm.value}")
    return public
