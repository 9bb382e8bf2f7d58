"""Keys put together from their numbers, good and bad ones, for tests alone."""

import base64
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import gcd, prod
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat

FIELD = 2**255 - 19
_D = -121665 * pow(121666, -1, FIELD) % FIELD
SMALL_ORDER = (
    # The eight points of small order: orders 1, 2, 4, 4, 8, 8, 8, 8 (RFC 8032 section 5.1.3 tells how they are written).
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
)


def number(value: int, size: int = 0) -> str:
    length = size or max(1, (value.bit_length() + 7) // 8)
    return text_of(value.to_bytes(length, "big"))


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def is_prime(candidate: int) -> bool:
    if gcd(candidate, _SMALL) != 1:
        return False
    odd, twos = candidate - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(20):
        power = pow(secrets.randbelow(candidate - 3) + 2, odd, candidate)
        if power in {1, candidate - 1}:
            continue
        for _ in range(twos - 1):
            power = power * power % candidate
            if power == candidate - 1:
                break
        else:
            return False
    return True


def primes_below(limit: int) -> list[int]:
    return [n for n in range(2, limit) if all(n % d for d in range(2, int(n**0.5) + 1))]


_SMALL = prod(primes_below(2000))


def prime_above(start: int) -> int:
    candidate = start | 1
    while not is_prime(candidate):
        candidate += 2
    return candidate


def random_prime(bits: int) -> int:
    return prime_above(secrets.randbits(bits) | 3 << bits - 2)


def roca_prime(bits: int) -> int:
    """A prime as the faulty generator made them: k * M + (65537^a mod M), M a product of the first primes."""
    modulus = prod(primes_below(702))
    while True:
        base = pow(65537, secrets.randbelow(modulus), modulus)
        factor = secrets.randbits(bits - modulus.bit_length()) | 3 << bits - modulus.bit_length() - 2
        candidate = factor * modulus + base
        if candidate.bit_length() == bits and is_prime(candidate):
            return candidate


def rsa_jwk(p: int, q: int, e: int = 65537, **changes: Any) -> dict[str, Any]:
    d = pow(e, -1, (p - 1) * (q - 1))
    members = {
        "kty": "RSA",
        "n": number(p * q),
        "e": number(e),
        "d": number(d),
        "p": number(p),
        "q": number(q),
        "dp": number(d % (p - 1)),
        "dq": number(d % (q - 1)),
        "qi": number(pow(q, -1, p)),
    }
    return {**members, **changes}


def public_only(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in {"d", "p", "q", "dp", "dq", "qi"}}


def ec_jwk(key: ec.EllipticCurvePrivateKey, **changes: Any) -> dict[str, Any]:
    numbers = key.private_numbers()
    point = numbers.public_numbers
    size = (key.curve.key_size + 7) // 8
    members = {
        "kty": "EC",
        "crv": "P-256",
        "x": number(point.x, size),
        "y": number(point.y, size),
        "d": number(numbers.private_value, size),
    }
    return {**members, **changes}


def okp_jwk(key: ed25519.Ed25519PrivateKey, **changes: Any) -> dict[str, Any]:
    public = key.public_key().public_bytes_raw()
    return {"kty": "OKP", "crv": "Ed25519", "x": text_of(public), "d": text_of(key.private_bytes_raw()), **changes}


def pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes | None = None) -> str:
    encryption: Any = serialization.NoEncryption()
    if password is not None:
        encryption = serialization.BestAvailableEncryption(password)
    written: bytes = key.private_bytes(Encoding.PEM, form, encryption)
    return written.decode()


def public_pem(key: Any, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    written: bytes = key.public_key().public_bytes(Encoding.PEM, form)
    return written.decode()


def certificate(key: ec.EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def der_block(label: str, der: bytes) -> str:
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n"


def order_eight() -> Iterator[str]:
    """The points of order eight: x^2 = y^2 * ... solved by trying the square roots that RFC 8032 gives."""
    root = pow(2, (FIELD - 1) // 4, FIELD)
    # A point of order 8 doubles to one of order 4, where y is 0: x^2 + y^2 = 0 on the curve -x^2 + y^2 = 1 + d x^2 y^2.
    for sign in (1, -1):
        # With x = i y: 2 y^2 = 1 - d y^4, a square equation in y^2.
        under = (1 + _D) % FIELD
        square_root = pow(under, (FIELD + 3) // 8, FIELD)
        if (square_root * square_root - under) % FIELD:
            square_root = square_root * root % FIELD
        square = (-1 + sign * square_root) * pow(_D, -1, FIELD) % FIELD
        y = pow(square, (FIELD + 3) // 8, FIELD)
        if (y * y - square) % FIELD:
            y = y * root % FIELD
        if (y * y - square) % FIELD:
            continue
        for value in (y, FIELD - y):
            for bit in (0, 1):
                yield (value | bit << 255).to_bytes(32, "little").hex()
