"""The keys of the hostile corpus, each derived from its name: keys/keys.json lists them, and nothing secret is stored."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEYS_FILE = Path(__file__).parent / "keys" / "keys.json"
RSA_EXPONENT = 65537

_CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}
ORDERS = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    "P-521": 2**521 - 0x5AE79787C40D069948033FEB708F65A2FC44A36477663B851449048E16EC79BF7,
    "secp256k1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
}
P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey | bytes


@dataclass(frozen=True, slots=True)
class DerivedKey:
    """A test key: its name, its type, the JWS algorithm that it is meant for, and the private part."""

    name: str
    type: str
    algorithm: str
    private: Private


def stretch(label: str, size: int) -> bytes:
    """Bytes that follow from a label."""
    return hashlib.shake_256(f"authsvc hostile corpus: {label}".encode()).digest(size)


def _rsa_private(name: str, bits: int, offsets: dict[str, int]) -> rsa.RSAPrivateKey:
    """Both primes are the first ones after a derived number; the offsets to them are listed, so that no search is needed."""
    half = bits // 2
    p, q = (
        (int.from_bytes(stretch(f"{name} {part}", half // 8)) | 3 << (half - 2) | 1) + offsets[part] for part in "pq"
    )
    d = rsa.rsa_recover_private_exponent(RSA_EXPONENT, p, q)
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(RSA_EXPONENT, p * q),
    )
    return numbers.private_key()


def _private(name: str, entry: dict[str, Any]) -> Private:
    kind: str = entry["type"]
    if kind in _CURVES:
        order = ORDERS[kind]
        scalar = int.from_bytes(stretch(name, order.bit_length() // 8 + 9)) % (order - 1) + 1
        return ec.derive_private_key(scalar, _CURVES[kind])
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(stretch(name, 32))
    if kind == "Ed448":
        return ed448.Ed448PrivateKey.from_private_bytes(stretch(name, 57))
    family, _, size = kind.partition("-")
    return stretch(name, int(size)) if family == "secret" else _rsa_private(name, int(size), entry)


@cache
def derived_key(name: str) -> DerivedKey:
    """The test key of that name in keys.json."""
    entry = _entries()[name]
    return DerivedKey(name, entry["type"], entry["algorithm"], _private(name, entry))


@cache
def _entries() -> dict[str, Any]:
    entries: dict[str, Any] = json.loads(KEYS_FILE.read_text())["keys"]
    return entries


def b64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _integer(number: int) -> str:
    return b64(number.to_bytes((number.bit_length() + 7) // 8))


def public_jwk(name: str) -> dict[str, str]:
    """The public key as a JWK (RFC 7517, RFC 8037)."""
    private = derived_key(name).private
    assert not isinstance(private, bytes)
    public = private.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": _integer(numbers.n), "e": _integer(numbers.e), "kid": name}
    if isinstance(public, ec.EllipticCurvePublicKey):
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
        half = len(point) // 2
        return {"kty": "EC", "crv": "P-256", "x": b64(point[:half]), "y": b64(point[half:]), "kid": name}
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(public.public_bytes_raw()), "kid": name}


def _raw_point(name: str) -> bytes:
    private = derived_key(name).private
    assert not isinstance(private, bytes)
    public = private.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if isinstance(public, rsa.RSAPublicKey):
        number = public.public_numbers().n
        return number.to_bytes((number.bit_length() + 7) // 8)
    return public.public_bytes_raw()


def _encoded(name: str, encoding: Encoding, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> bytes:
    private = derived_key(name).private
    assert not isinstance(private, bytes)
    return private.public_key().public_bytes(encoding, form)


def _pem(name: str) -> bytes:
    return _encoded(name, Encoding.PEM)


PUBLIC_FORMS: dict[str, Callable[[str], bytes]] = {
    "pem": _pem,
    "pem-without-newline": lambda name: _pem(name).rstrip(b"\n"),
    "pem-crlf": lambda name: _pem(name).replace(b"\n", b"\r\n"),
    "pem-with-bom": lambda name: b"\xef\xbb\xbf" + _pem(name),
    "pem-in-base64": lambda name: base64.b64encode(_pem(name)),
    "pem-body": lambda name: b"".join(_pem(name).splitlines()[1:-1]),
    "pem-pkcs1": lambda name: _encoded(name, Encoding.PEM, PublicFormat.PKCS1),
    "der-pkcs1": lambda name: _encoded(name, Encoding.DER, PublicFormat.PKCS1),
    "der": lambda name: _encoded(name, Encoding.DER),
    "der-in-hex": lambda name: _encoded(name, Encoding.DER).hex().encode(),
    "ssh": lambda name: _encoded(name, Encoding.OpenSSH, PublicFormat.OpenSSH),
    "jwk": lambda name: json.dumps(public_jwk(name)).encode(),
    "jwk-in-base64url": lambda name: b64(json.dumps(public_jwk(name)).encode()).encode(),
    "jwks": lambda name: json.dumps({"keys": [public_jwk(name)]}).encode(),
    "jwk-array": lambda name: json.dumps([public_jwk(name)]).encode(),
    "raw": _raw_point,
}
"""Every way to write a public key that somebody once took for an HMAC secret (RFC 8725 section 2.1)."""


def public_form(name: str, form: str) -> bytes:
    """A public key written in one of PUBLIC_FORMS."""
    return PUBLIC_FORMS[form](name)
