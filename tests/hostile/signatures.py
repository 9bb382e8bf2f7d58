"""Signatures right and wrong: every JWS algorithm over a derived key, forged paddings, and edits of a signature's bytes."""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from tests.hostile.derived_keys import ED25519_ORDER, ORDERS, P256_PRIME, DerivedKey, stretch

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
# DigestInfo without the digest (RFC 8017 section 9.2, note 1).
_DIGEST_INFO = {
    "sha1": "3021300906052b0e03021a05000414",
    "sha256": "3031300d060960864801650304020105000420",
    "sha384": "3041300d060960864801650304020205000430",
    "sha512": "3051300d060960864801650304020305000440",
    "sha3-256": "3031300d060960864801650304020805000420",
    "md5": "3020300c06082a864886f70d020505000410",
}


def sign(key: DerivedKey, algorithm: str, data: bytes) -> bytes:
    """The signature of `data`, made as the algorithm says whatever the key is meant for; random for PSS alone."""
    private = key.private
    if isinstance(private, bytes):
        return hmac_sign(private, algorithm, data)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        digest = _HASHES["256" if algorithm == "ES256K" else algorithm[2:]]
        r, s = decode_dss_signature(private.sign(data, ec.ECDSA(digest, deterministic_signing=True)))
        return _join(r, s, (private.key_size + 7) // 8)
    if isinstance(private, rsa.RSAPrivateKey):
        digest = _HASHES[algorithm[2:]]
        pss = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
        return private.sign(data, pss if algorithm.startswith("PS") else padding.PKCS1v15(), digest)
    assert isinstance(private, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return private.sign(data)


def hmac_sign(secret: bytes, algorithm: str, data: bytes) -> bytes:
    """HMAC with any secret, an empty or a public one too."""
    return hmac.digest(secret, data, f"sha{algorithm[2:]}")


def _join(r: int, s: int, half: int) -> bytes:
    return r.to_bytes(half) + s.to_bytes(half)


def _modulus(key: DerivedKey) -> tuple[int, int]:
    """The modulus and its length in bytes."""
    assert isinstance(key.private, rsa.RSAPrivateKey)
    return key.private.public_key().public_numbers().n, key.private.key_size // 8


@cache
def _private_numbers(key: DerivedKey) -> rsa.RSAPrivateNumbers:
    assert isinstance(key.private, rsa.RSAPrivateKey)
    return key.private.private_numbers()


def _rsa_power(key: DerivedKey, number: int) -> bytes:
    """The number to the private exponent: what RSA makes of any encoded message (RFC 8017 section 5.2.1, by remainders)."""
    modulus, size = _modulus(key)
    numbers = _private_numbers(key)
    first = pow(number, numbers.dmp1, numbers.p)
    second = pow(number, numbers.dmq1, numbers.q)
    power = second + (first - second) * numbers.iqmp % numbers.p * numbers.q
    return (power % modulus).to_bytes(size)


def forge_pkcs1(key: DerivedKey, data: bytes, parts: Sequence[str]) -> bytes:
    """An RSA signature over an encoded message made of parts (RFC 8017 section 9.2).

    Parts are hex, "info:sha256" (a DigestInfo without its digest), "digest:sha256", "fill:ff" (as often as there is room),
    or "fill:ff*7".
    """
    modulus, size = _modulus(key)
    pieces = [_part(part, data) for part in parts]
    room = size - sum(len(piece) for piece in pieces if piece is not None)
    encoded = b"".join(
        bytes.fromhex(part.removeprefix("fill:")) * room if piece is None else piece
        for part, piece in zip(parts, pieces, strict=True)
    )
    return _rsa_power(key, int.from_bytes(encoded) % modulus)


def _part(part: str, data: bytes) -> bytes | None:
    kind, colon, value = part.partition(":")
    if not colon:
        return bytes.fromhex(part)
    if kind == "info":
        return bytes.fromhex(_DIGEST_INFO[value])
    if kind == "digest":
        return hashlib.new(value, data).digest()
    octets, star, count = value.partition("*")
    return bytes.fromhex(octets) * int(count) if star else None


def _mgf1(seed: bytes, size: int, name: str) -> bytes:
    mask = b""
    counter = 0
    while len(mask) < size:
        mask += hashlib.new(name, seed + counter.to_bytes(4)).digest()
        counter += 1
    return mask[:size]


def forge_pss(key: DerivedKey, data: bytes, options: Mapping[str, Any]) -> bytes:
    """An RSASSA-PSS signature (RFC 8017 section 9.1.1) with its choices open.

    Options: hash, mgf (names), salt (bytes; default the size of the hash), trailer (hex), separator (hex), top_bit (set it).
    """
    modulus, size = _modulus(key)
    number = modulus
    attempt = 0
    # A number above the modulus cannot be signed: another salt gives another number.
    while number >= modulus:
        number = int.from_bytes(_pss_block(data, size, options, f"salt {attempt}"))
        attempt += 1
    return _rsa_power(key, number)


def _pss_block(data: bytes, size: int, options: Mapping[str, Any], salt_label: str) -> bytes:
    name = options.get("hash", "sha256")
    digest = hashlib.new(name, data).digest()
    salt = stretch(salt_label, options.get("salt", len(digest)))
    hashed = hashlib.new(name, bytes(8) + digest + salt).digest()
    block = (bytes.fromhex(options.get("separator", "01")) + salt).rjust(size - len(digest) - 1, b"\0")
    mask = _mgf1(hashed, len(block), options.get("mgf", name))
    masked = bytearray(a ^ b for a, b in zip(block, mask, strict=True))
    masked[0] = masked[0] & 0x7F | (0x80 if options.get("top_bit") else 0)
    return bytes(masked) + hashed + bytes.fromhex(options.get("trailer", "bc"))


_TERM = re.compile(r"([+-]?)\s*([A-Za-z0-9^]+)")


def _number(expression: str, names: Mapping[str, int]) -> int:
    """The value of sums and differences of names, integers and powers of two: "n-s", "2^256-1"."""
    total = 0
    for sign_text, term in _TERM.findall(expression):
        base, power, exponent = term.partition("^")
        value = int(base) ** int(exponent) if power else names.get(term, -1)
        if value < 0:
            value = int(term)
        total += -value if sign_text == "-" else value
    return total


def _set_ecdsa(signature: bytes, key: DerivedKey, numbers: Mapping[str, Any]) -> bytes:
    """Write r and s anew; `half` is the bytes that each takes."""
    half = len(signature) // 2
    names = {
        "r": int.from_bytes(signature[:half]),
        "s": int.from_bytes(signature[half:]),
        "n": ORDERS[key.type],
        "p": P256_PRIME,
    }
    half = numbers.get("half", half)
    return _join(_number(numbers.get("r", "r"), names), _number(numbers.get("s", "s"), names), half)


def _set_eddsa(signature: bytes, _key: DerivedKey, numbers: Mapping[str, Any]) -> bytes:
    """Write the point (hex) and the scalar anew (RFC 8032 section 5.1.6)."""
    point = bytes.fromhex(numbers["R"]) if "R" in numbers else signature[:32]
    names = {"S": int.from_bytes(signature[32:], "little"), "L": ED25519_ORDER}
    return point + _number(numbers.get("S", "S"), names).to_bytes(32, "little")


def _set_rsa(signature: bytes, key: DerivedKey, numbers: Mapping[str, Any]) -> bytes:
    """Write the signature's number anew, in `size` bytes."""
    modulus, size = _modulus(key)
    value = _number(numbers["s"], {"s": int.from_bytes(signature), "n": modulus})
    return value.to_bytes(numbers.get("size", size))


def _der(signature: bytes, _key: DerivedKey, _argument: object) -> bytes:
    half = len(signature) // 2
    return encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))


def _flip(signature: bytes, _key: DerivedKey, bit: int) -> bytes:
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 0x80 >> bit % 8
    return bytes(flipped)


EDITS: dict[str, Callable[[bytes, DerivedKey, Any], bytes]] = {
    "append": lambda signature, _, octets: signature + bytes.fromhex(octets),
    "prepend": lambda signature, _, octets: bytes.fromhex(octets) + signature,
    "cut_end": lambda signature, _, count: signature[:-count],
    "cut_start": lambda signature, _, count: signature[count:],
    "reverse": lambda signature, _key, _argument: signature[::-1],
    "swap_halves": lambda signature, _key, _argument: (
        signature[len(signature) // 2 :] + signature[: len(signature) // 2]
    ),
    "repeat": lambda signature, _, count: signature * count,
    "flip": _flip,
    "der": _der,
    "ecdsa": _set_ecdsa,
    "eddsa": _set_eddsa,
    "rsa": _set_rsa,
}
"""What a recipe may do to a signature: the name of the edit, and what its argument means stands in the function."""
