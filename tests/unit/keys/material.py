"""Key material to seal, weak and mismatched material among it. All of it is made on the spot."""

from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat

from authsvc.keys.sealed_key import Algorithm

ES256, RS256, PS256, EDDSA, HS256 = (
    Algorithm.ES256,
    Algorithm.RS256,
    Algorithm.PS256,
    Algorithm.EDDSA,
    Algorithm.HS256,
)


@cache
def rsa_key(bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=exponent, key_size=bits)


def rsa_key_with_exponent(exponent: int) -> rsa.RSAPrivateKey:
    """A key of 2048 bits with an exponent that no generator offers."""
    while True:
        numbers = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_numbers()
        p, q = numbers.p, numbers.q
        try:
            d = pow(exponent, -1, (p - 1) * (q - 1))
        except ValueError:  # the exponent divides p - 1 or q - 1
            continue
        public = rsa.RSAPublicNumbers(exponent, p * q)
        parts = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
        return rsa.RSAPrivateNumbers(p, q, d, *parts, public).private_key()


def der(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, serialization.NoEncryption()))


def public_der(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def public_pem(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def private_pem(key: Any) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption()))


def encrypted_der(key: Any) -> bytes:
    encryption = serialization.BestAvailableEncryption(b"password")
    return bytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, encryption))


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve or ec.SECP256R1())


def ed_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


GOOD: dict[str, tuple[Algorithm, Callable[[], bytes]]] = {
    "P-256": (ES256, lambda: der(ec_key())),
    "RSA of 2048 bits, PKCS1": (RS256, lambda: der(rsa_key())),
    "RSA of 2048 bits, PSS": (PS256, lambda: der(rsa_key())),
    "RSA of 3072 bits": (RS256, lambda: der(rsa_key(3072))),
    "Ed25519": (EDDSA, lambda: der(ed_key())),
    "a secret of 32 bytes": (HS256, lambda: bytes(range(32))),
    "a secret of 64 bytes": (HS256, lambda: bytes(range(64))),
    "a secret that begins like DER": (HS256, lambda: b"\x30\x1e" + bytes(range(30))),
}

WEAK: dict[str, tuple[Algorithm, Callable[[], bytes]]] = {
    "an empty secret": (HS256, lambda: b""),
    "a secret of one byte": (HS256, lambda: b"k"),
    "a secret of 16 bytes": (HS256, lambda: bytes(16)),
    "a secret of 31 bytes": (HS256, lambda: bytes(range(31))),
    "RSA of 1024 bits, PKCS1": (RS256, lambda: der(rsa_key(1024))),
    "RSA of 1024 bits, PSS": (PS256, lambda: der(rsa_key(1024))),
    "RSA of 2047 bits": (RS256, lambda: der(rsa_key(2047))),
    "exponent 3, PKCS1": (RS256, lambda: der(rsa_key(2048, 3))),
    "exponent 3, PSS": (PS256, lambda: der(rsa_key(2048, 3))),
    "exponent 17": (RS256, lambda: der(rsa_key_with_exponent(17))),
    "exponent 65521": (PS256, lambda: der(rsa_key_with_exponent(65521))),
    "P-384": (ES256, lambda: der(ec_key(ec.SECP384R1()))),
    "P-521": (ES256, lambda: der(ec_key(ec.SECP521R1()))),
    "P-224": (ES256, lambda: der(ec_key(ec.SECP224R1()))),
    "secp256k1": (ES256, lambda: der(ec_key(ec.SECP256K1()))),
    "brainpool of 256 bits": (ES256, lambda: der(ec_key(ec.BrainpoolP256R1()))),
    "Ed448": (EDDSA, lambda: der(ed448.Ed448PrivateKey.generate())),
    "X25519": (EDDSA, lambda: der(x25519.X25519PrivateKey.generate())),
    "X448": (EDDSA, lambda: der(x448.X448PrivateKey.generate())),
    "DSA": (RS256, lambda: der(dsa.generate_private_key(2048))),
}

MISMATCHED: dict[str, tuple[Algorithm, Callable[[], bytes]]] = {
    "RSA for ES256": (ES256, lambda: der(rsa_key())),
    "Ed25519 for ES256": (ES256, lambda: der(ed_key())),
    "P-256 for RS256": (RS256, lambda: der(ec_key())),
    "Ed25519 for PS256": (PS256, lambda: der(ed_key())),
    "P-256 for EdDSA": (EDDSA, lambda: der(ec_key())),
    "RSA for EdDSA": (EDDSA, lambda: der(rsa_key())),
    "a secret for ES256": (ES256, lambda: bytes(range(32))),
    "a secret for RS256": (RS256, lambda: bytes(range(64))),
    "a private P-256 key for HS256": (HS256, lambda: der(ec_key())),
    "a private RSA key for HS256": (HS256, lambda: der(rsa_key())),
    "a public P-256 key for HS256": (HS256, lambda: public_der(ec_key())),
    "a public RSA key in PEM for HS256": (HS256, lambda: public_pem(rsa_key())),
    "a private Ed25519 key in PEM for HS256": (HS256, lambda: private_pem(ed_key())),
    "a public P-256 key for ES256": (ES256, lambda: public_der(ec_key())),
    "PEM for ES256": (ES256, lambda: private_pem(ec_key())),
    "an encrypted key": (ES256, lambda: encrypted_der(ec_key())),
    "a key cut short": (ES256, lambda: der(ec_key())[:-1]),
    "a key with a byte too many": (ES256, lambda: der(ec_key()) + b"\0"),
    "nothing": (RS256, lambda: b""),
    "noise": (EDDSA, lambda: bytes(range(200))),
}

REFUSED = {**WEAK, **MISMATCHED}
