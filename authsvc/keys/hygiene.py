"""Keys that come from elsewhere: what a good one is like beyond its form. Each refusal names the rule and nothing of the key.

RFC 8725 section 3.5, NIST SP 800-186 (points), CVE-2017-15361 (ROCA), CVE-2022-26320 (primes that lie close together).
"""

from math import gcd, isqrt, prod

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from authsvc.keys.key_material import (
    HMAC_BYTES,
    RSA_BITS,
    RSA_EXPONENT,
    KeyMaterialError,
    PublicMaterial,
    is_written_key,
)
from authsvc.keys.sealed_key import Algorithm

MAX_RSA_BITS = 8192
"""Longer keys cost more with every token than they are good for."""
MAX_RSA_EXPONENT_BITS = 32
MAX_HMAC_BYTES = 1024
LEAST_DIFFERENT_BYTES = 10
"""Of 32 random bytes nobody sees fewer: the chance is below 2^-70."""

_FERMAT_STEPS = 1000
_SMALL_LIMIT = 1 << 12


def _primes(limit: int) -> list[int]:
    sieve = bytearray([1]) * limit
    for number in range(2, isqrt(limit) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, limit, number)))
    return [number for number in range(2, limit) if sieve[number]]


_SMALL_PRODUCT = prod(_primes(_SMALL_LIMIT))


def _powers(prime: int) -> frozenset[int]:
    powers, power = {1}, RSA_EXPONENT % prime
    while power not in powers:
        powers.add(power)
        power = power * RSA_EXPONENT % prime
    return frozenset(powers)


# Primes of the faulty generator are powers of 65537 modulo each of these, and so are their products. Of the primes for which
# every remainder is such a power nothing is learnt.
_ROCA = tuple((prime, powers) for prime in _primes(168)[1:] if len(powers := _powers(prime)) < prime - 1)


def check_public(algorithm: Algorithm, public: PublicMaterial) -> None:
    """See that what verifies is of its algorithm's kind, and strong.

    Raises:
        KeyMaterialError: it is not; the message states the rule.
    """
    if algorithm is Algorithm.HS256:
        if not isinstance(public, bytes):
            raise KeyMaterialError("HS256 asks for a secret")
        check_secret(public)
    elif algorithm is Algorithm.ES256:
        if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
            raise KeyMaterialError("ES256 asks for an EC key on P-256")
    elif algorithm is Algorithm.EDDSA:
        if not isinstance(public, ed25519.Ed25519PublicKey):
            raise KeyMaterialError("EdDSA asks for an Ed25519 key")
        _check_edwards_point(public.public_bytes_raw())
    else:
        if not isinstance(public, rsa.RSAPublicKey):
            raise KeyMaterialError(f"{algorithm.value} asks for an RSA key")
        numbers = public.public_numbers()
        check_rsa(numbers.n, numbers.e)


def check_secret(secret: bytes) -> None:
    """See that an HMAC secret is long, and no text or key that others know (RFC 7518 section 3.2, RFC 8725 section 3.5).

    Raises:
        KeyMaterialError: it is not.
    """
    if len(secret) < HMAC_BYTES:
        raise KeyMaterialError(f"a secret for HS256 has at least {HMAC_BYTES} bytes")
    if len(secret) > MAX_HMAC_BYTES:
        raise KeyMaterialError(f"a secret for HS256 has at most {MAX_HMAC_BYTES} bytes")
    if is_written_key(secret):
        raise KeyMaterialError("a secret for HS256 is not a written-down key of another kind, which others may know")
    if len(set(secret)) < LEAST_DIFFERENT_BYTES:
        raise KeyMaterialError(f"a secret for HS256 is random: it has at least {LEAST_DIFFERENT_BYTES} different bytes")


def check_rsa(modulus: int, exponent: int) -> None:
    """See that an RSA key cannot be factored by what is publicly known of it (RFC 7518 section 3.3).

    Raises:
        KeyMaterialError: the modulus or the exponent breaks a rule of check_rsa_form, or the modulus is a prime or a square,
            or made of primes that lie close together.
    """
    check_rsa_form(modulus, exponent)
    if pow(2, modulus - 1, modulus) == 1:
        raise KeyMaterialError("an RSA modulus is a product of primes, not a prime")
    if _factors_lie_close(modulus):
        raise KeyMaterialError("the primes of an RSA modulus lie far apart (CVE-2022-26320)")


def check_rsa_form(modulus: int, exponent: int) -> None:
    """What of check_rsa takes microseconds: for many keys of a stranger at a time.

    Raises:
        KeyMaterialError: the modulus is too short or too long, even, divisible by a small prime, or of the faulty generator
            known as ROCA; or the exponent is small, even or huge.
    """
    if not RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS:
        raise KeyMaterialError(f"an RSA modulus has {RSA_BITS} to {MAX_RSA_BITS} bits")
    if exponent < RSA_EXPONENT or exponent.bit_length() > MAX_RSA_EXPONENT_BITS:
        raise KeyMaterialError(
            f"an RSA public exponent is at least {RSA_EXPONENT} and has at most {MAX_RSA_EXPONENT_BITS} bits"
        )
    if exponent % 2 == 0:
        raise KeyMaterialError("an RSA public exponent is odd")
    if gcd(modulus, _SMALL_PRODUCT) != 1:
        raise KeyMaterialError("an RSA modulus has no small prime factor")
    if all(modulus % prime in powers for prime, powers in _ROCA):
        raise KeyMaterialError("an RSA modulus is not of the faulty generator known as ROCA (CVE-2017-15361)")


def _factors_lie_close(modulus: int) -> bool:
    """Whether Fermat's method finds two factors within some steps; it finds a square at once."""
    middle = isqrt(modulus)
    if middle * middle < modulus:
        middle += 1
    for number in range(middle, middle + _FERMAT_STEPS):
        rest = number * number - modulus
        if isqrt(rest) ** 2 == rest:
            return True
    return False


# Edwards25519 (RFC 8032 section 5.1), in extended coordinates.
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_ORDER = 2**252 + 27742317777372353535851937790883648493
_SQRT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]
_NEUTRAL: _Point = (0, 1, 1, 0)


def _check_edwards_point(raw: bytes) -> None:
    """A public key is a point of prime order: of a small one, some signatures would be good for every text."""
    point = _decode_point(raw)
    if point is None:
        raise KeyMaterialError("an Ed25519 public key is the canonical encoding of a point on the curve")
    if _is_neutral(point) or not _is_neutral(_multiply(_ORDER, point)):
        raise KeyMaterialError("an Ed25519 public key is a point of prime order, not of a small one")


def _decode_point(raw: bytes) -> _Point | None:
    encoded = int.from_bytes(raw, "little")
    sign, y = encoded >> 255, encoded & (1 << 255) - 1
    if y >= _P:
        return None
    above, below = (y * y - 1) % _P, (_D * y * y + 1) % _P
    square = above * pow(below, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _SQRT_OF_MINUS_ONE % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _add(first: _Point, second: _Point) -> _Point:
    a = (first[1] - first[0]) * (second[1] - second[0]) % _P
    b = (first[1] + first[0]) * (second[1] + second[0]) % _P
    c = 2 * first[3] * second[3] * _D % _P
    d = 2 * first[2] * second[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _multiply(factor: int, point: _Point) -> _Point:
    result = _NEUTRAL
    while factor:
        if factor & 1:
            result = _add(result, point)
        point = _add(point, point)
        factor >>= 1
    return result


def _is_neutral(point: _Point) -> bool:
    return point[0] % _P == 0 and (point[1] - point[2]) % _P == 0
