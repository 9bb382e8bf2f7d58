"""Makes the keys of vectors/brought.json anew: `python -m tests.unit.keys.make_vectors`. Nobody signs anything with them.

A vector: name, algorithm, form (pem, jwk or secret), material (a secret in base64), and either `rule`, a part of the text
that it is refused with, or `private`, whether what is read of it can sign.
"""

import base64
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat

from tests.unit.keys.crafted import (
    FIELD,
    SMALL_ORDER,
    certificate,
    der_block,
    ec_jwk,
    number,
    okp_jwk,
    order_eight,
    pem,
    prime_above,
    public_only,
    public_pem,
    random_prime,
    roca_prime,
    rsa_jwk,
    text_of,
)

PATH = Path(__file__).with_name("vectors") / "brought.json"
OTHERS_KEY = "belong to each other"
B64 = "base64url without padding"


def pem_vectors() -> Iterator[tuple[str, str, str, Any]]:
    p256, rsa_key, ed = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048), ed_key()
    parameters = der_block("EC PARAMETERS", bytes.fromhex("06082a8648ce3d030107"))
    sec1 = PrivateFormat.TraditionalOpenSSL
    yield "P-256, PKCS 8", "ES256", pem(p256), True
    yield "P-256, SEC 1", "ES256", pem(p256, sec1), True
    yield "P-256, SEC 1 after its parameters", "ES256", parameters + pem(p256, sec1), True
    yield "P-256, public", "ES256", public_pem(p256), False
    yield "RSA, PKCS 8", "RS256", pem(rsa_key), True
    yield "RSA, PKCS 1", "PS256", pem(rsa_key, sec1), True
    yield "RSA, public", "RS256", public_pem(rsa_key), False
    yield "RSA, public, PKCS 1", "PS256", public_pem(rsa_key, PublicFormat.PKCS1), False
    yield "Ed25519, PKCS 8", "EdDSA", pem(ed), True
    yield "Ed25519, public", "EdDSA", public_pem(ed), False
    yield "without an end of line, with blanks around", "EdDSA", "\n  " + pem(ed).strip(), True
    yield "RSA of 1024 bits", "RS256", pem(rsa.generate_private_key(65537, 1024)), "2048 to 8192 bits"
    yield "RSA of 1024 bits, public", "PS256", public_pem(rsa.generate_private_key(65537, 1024)), "2048 to 8192 bits"
    yield "RSA with the exponent 3", "RS256", pem(rsa.generate_private_key(3, 2048)), "exponent is at least 65537"
    yield "P-384", "ES256", pem(ec.generate_private_key(ec.SECP384R1())), "P-256"
    yield "secp256k1", "ES256", pem(ec.generate_private_key(ec.SECP256K1())), "P-256"
    yield "secp256k1, public", "ES256", public_pem(ec.generate_private_key(ec.SECP256K1())), "P-256"
    yield "RSA for ES256", "ES256", pem(rsa_key), "P-256"
    yield "P-256 for RS256", "RS256", pem(p256), "an RSA key"
    yield "P-256 for EdDSA", "EdDSA", pem(p256), "Ed25519"
    yield "Ed448", "EdDSA", pem(ed448.Ed448PrivateKey.generate()), "not with Ed448"
    yield "X25519", "EdDSA", pem(x25519.X25519PrivateKey.generate()), "key agreement"
    yield "X25519, public", "EdDSA", public_pem(x25519.X25519PrivateKey.generate()), "key agreement"
    yield "DSA", "RS256", pem(dsa.generate_private_key(2048)), "not a key for RS256"
    yield "a certificate", "ES256", certificate(p256), "certificate is not a key"
    yield "a key and its certificate", "ES256", pem(p256) + certificate(p256), "one key"
    yield "two keys", "ES256", pem(p256) + pem(ec.generate_private_key(ec.SECP256R1())), "one key"
    yield "a private and a public key", "ES256", pem(p256) + public_pem(p256), "one key"
    yield "an encrypted key", "ES256", pem(p256, password=b"password"), "encrypted"
    yield "an encrypted key of old", "RS256", pem(rsa_key, sec1, b"password"), "encrypted"
    yield "a key for SSH", "EdDSA", pem(ed, PrivateFormat.OpenSSH), "PKCS #8, PKCS #1 or SEC 1"
    yield "a key cut short", "ES256", pem(p256).replace("-----END", "\n-----END", 1)[:60] + "", "one key"
    yield "a key with a letter changed", "RS256", spoilt(pem(rsa_key)), "broken"
    yield "the end of another label", "ES256", pem(p256).replace("END PRIVATE", "END PUBLIC"), "one key"
    yield "text around the key", "ES256", "key:\n" + pem(p256), "one key"
    yield "text that is no key", "ES256", "let me in", "one key"
    yield "PEM for HS256", "HS256", pem(p256), "HS256 has a secret"
    yield "EC with another's public point", "ES256", foreign_point(), "do not fit together"
    yield "RSA with another's private exponent", "RS256", foreign_exponent(), "do not fit together"


def ed_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def spoilt(text: str) -> str:
    lines = text.split("\n")
    middle = len(lines) // 2
    lines[middle] = lines[middle][::-1]
    return "\n".join(lines)


def foreign_point() -> str:
    mine, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    form = (Encoding.X962, PublicFormat.UncompressedPoint)
    der = mine.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    swapped = der.replace(mine.public_key().public_bytes(*form), other.public_key().public_bytes(*form))
    assert swapped != der
    return der_block("EC PRIVATE KEY", swapped)


def foreign_exponent() -> str:
    mine, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    while True:
        der = mine.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
        exponents = [key.private_numbers().d for key in (mine, other)]
        raw = [exponent.to_bytes((exponent.bit_length() + 7) // 8, "big") for exponent in exponents]
        if len(raw[0]) == len(raw[1]) and raw[0][0] < 128 and raw[1][0] < 128:
            return der_block("RSA PRIVATE KEY", der.replace(raw[0], raw[1]))
        other = rsa.generate_private_key(65537, 2048)
        mine = rsa.generate_private_key(65537, 2048)


def jwk_vectors() -> Iterator[tuple[str, str, Any, Any]]:
    yield from ec_vectors()
    yield from okp_vectors()
    yield from rsa_vectors()
    yield "a secret", "HS256", {"kty": "oct", "k": text_of(secrets.token_bytes(32))}, True
    yield "a secret that is short", "HS256", {"kty": "oct", "k": text_of(secrets.token_bytes(31))}, "at least 32 bytes"
    yield "a secret that is nothing", "HS256", {"kty": "oct", "k": ""}, B64
    yield "a secret without bytes", "HS256", {"kty": "oct"}, B64


def ec_vectors() -> Iterator[tuple[str, str, Any, Any]]:
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    good = ec_jwk(key)
    bare = public_only(good)
    yield "EC", "ES256", good, True
    yield "EC, public", "ES256", bare, False
    yield (
        "EC with every member",
        "ES256",
        {**good, "use": "sig", "key_ops": ["sign"], "alg": "ES256", "kid": "mine"},
        True,
    )
    yield "EC, public, to verify", "ES256", {**bare, "key_ops": ["verify"], "alg": "ES256"}, False
    yield "EC to sign and verify", "ES256", {**good, "key_ops": ["verify", "sign"]}, True
    yield "EC with a member that nobody knows", "ES256", {**good, "nobody": [1]}, True
    yield "EC for encryption", "ES256", {**good, "use": "enc"}, "use"
    yield "EC for a use that is none", "ES256", {**good, "use": None}, "use"
    yield "EC to encrypt", "ES256", {**good, "key_ops": ["encrypt"]}, "key_ops"
    yield "EC to sign and to wrap", "ES256", {**good, "key_ops": ["sign", "wrapKey"]}, "key_ops"
    yield "EC, private, to verify alone", "ES256", {**good, "key_ops": ["verify"]}, "key_ops"
    yield "EC, public, to sign", "ES256", {**bare, "key_ops": ["sign"]}, "key_ops"
    yield "EC with an operation twice", "ES256", {**good, "key_ops": ["sign", "sign"]}, "each operation once"
    yield "EC with operations as a text", "ES256", {**good, "key_ops": "sign"}, "list of strings"
    yield "EC for ES384", "ES256", {**good, "alg": "ES384"}, "alg"
    yield "EC for HS256", "ES256", {**good, "alg": "HS256"}, "alg"
    yield "EC with a kid that is a number", "ES256", {**good, "kid": 1}, "kid"
    yield (
        "EC off its curve",
        "ES256",
        {**bare, "y": number(key.private_numbers().public_numbers.y ^ 1, 32)},
        "not a point",
    )
    yield "EC off its curve, private", "ES256", {**good, "x": number(5, 32)}, "not a point"
    yield "EC at the origin", "ES256", {**bare, "x": number(0, 32), "y": number(0, 32)}, "not a point"
    yield "EC with a coordinate beyond the field", "ES256", {**bare, "x": number(2**256 - 1, 32)}, "not a point"
    yield "EC with a short coordinate", "ES256", {**bare, "x": number(5, 31)}, "has 32 bytes"
    yield "EC with a long coordinate", "ES256", {**bare, "x": number(5, 33)}, "has 32 bytes"
    yield "EC with another's private part", "ES256", {**good, "d": ec_jwk(other)["d"]}, OTHERS_KEY
    yield "EC with the private part 0", "ES256", {**good, "d": number(0, 32)}, "not a private key"
    yield "EC with a private part beyond the order", "ES256", {**good, "d": number(2**256 - 1, 32)}, "not a private key"
    yield "P-384", "ES256", ec_jwk(ec.generate_private_key(ec.SECP384R1()), crv="P-384"), "crv"
    yield "secp256k1", "ES256", ec_jwk(ec.generate_private_key(ec.SECP256K1()), crv="secp256k1"), "crv"
    yield "secp256k1 that says P-256", "ES256", ec_jwk(ec.generate_private_key(ec.SECP256K1())), "not a point"
    yield "EC without a curve", "ES256", {name: good[name] for name in good if name != "crv"}, "crv"
    yield "EC for RS256", "RS256", good, "kty"
    yield "EC for HS256's algorithm", "HS256", good, "kty"
    yield "EC without a kty", "ES256", {name: good[name] for name in good if name != "kty"}, "kty"
    yield "EC with padding", "ES256", {**good, "x": good["x"] + "="}, B64
    yield "EC in base64", "ES256", {**good, "x": "+" + good["x"][1:]}, B64
    yield "EC with unused bits", "ES256", {**good, "x": unused_bit(good["x"])}, B64
    yield "EC with a blank", "ES256", {**good, "x": good["x"] + " "}, B64
    yield "EC with a coordinate that is a number", "ES256", {**good, "x": 5}, B64
    yield "a set of one", "ES256", {"keys": [good]}, "set"
    yield "a set of two with one kid", "ES256", {"keys": [{**good, "kid": "a"}, {**ec_jwk(other), "kid": "a"}]}, "set"
    yield "a key that is a set too", "ES256", {**good, "keys": []}, "set"
    written = json.dumps(good)
    yield "a member twice", "ES256", written[:-1] + ', "kty": "EC"}', "twice"
    yield "a list", "ES256", f"[{written}]", "object"
    yield "no JSON", "ES256", written[:-1], "JSON"
    yield "a byte order mark", "ES256", "\ufeff" + written, "JSON"
    yield "PEM as a JWK", "ES256", pem(key), "JSON"


def unused_bit(text: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def okp_vectors() -> Iterator[tuple[str, str, Any, Any]]:
    good = okp_jwk(ed_key())
    bare = public_only(good)
    yield "Ed25519", "EdDSA", good, True
    yield "Ed25519, public", "EdDSA", bare, False
    yield "Ed25519 with another's private part", "EdDSA", {**good, "d": okp_jwk(ed_key())["d"]}, OTHERS_KEY
    yield "Ed448", "EdDSA", {"kty": "OKP", "crv": "Ed448", "x": text_of(secrets.token_bytes(57))}, "Ed448"
    yield "X25519", "EdDSA", {**bare, "crv": "X25519"}, "key agreement"
    yield "Ed25519 of 31 bytes", "EdDSA", {**bare, "x": text_of(secrets.token_bytes(31))}, "has 32 bytes"
    yield "Ed25519 for RS256", "RS256", good, "kty"
    for place, raw in enumerate((*SMALL_ORDER, *order_eight())):
        yield f"Ed25519 of small order, {place}", "EdDSA", {**bare, "x": text_of(bytes.fromhex(raw))}, "prime order"
    mixed = mixed_order()
    yield "Ed25519 with a part of small order", "EdDSA", {**bare, "x": text_of(mixed)}, "prime order"
    for place, encoded in enumerate((FIELD, FIELD + 1, 2**255 - 1, 1 | 1 << 255)):
        odd = text_of(encoded.to_bytes(32, "little"))
        yield f"Ed25519 in another spelling, {place}", "EdDSA", {**bare, "x": odd}, "canonical"
    yield "Ed25519 off its curve", "EdDSA", {**bare, "x": text_of((2).to_bytes(32, "little"))}, "canonical"


def mixed_order() -> bytes:
    """A good point with (0, -1), of order two, added to it: x and y change their signs."""
    encoded = int.from_bytes(ed_key().public_key().public_bytes_raw(), "little")
    sign, y = encoded >> 255, encoded & (1 << 255) - 1
    return (FIELD - y | (1 - sign) << 255).to_bytes(32, "little")


def rsa_vectors() -> Iterator[tuple[str, str, Any, Any]]:
    p, q, other = random_prime(1024), random_prime(1024), random_prime(1024)
    good = rsa_jwk(p, q)
    bare = public_only(good)
    near = random_prime(1024)
    small = 4093
    yield "RSA", "RS256", good, True
    yield "RSA, public", "PS256", bare, False
    yield "RSA for PS256 said to be for RS256", "PS256", {**good, "alg": "RS256"}, "alg"
    yield "RSA of 2046 bits", "RS256", public_only(rsa_jwk(random_prime(1023), random_prime(1023))), "2048 to 8192 bits"
    yield "RSA of 16384 bits", "RS256", {**bare, "n": number(secrets.randbits(16384) | 1 | 1 << 16383)}, "8192 bits"
    yield "RSA with the exponent 1", "RS256", {**bare, "e": number(1)}, "at least 65537"
    yield "RSA with the exponent 3", "RS256", {**bare, "e": number(3)}, "at least 65537"
    yield "RSA with an even exponent", "RS256", {**bare, "e": number(65538)}, "odd"
    yield "RSA with a huge exponent", "RS256", {**bare, "e": number(secrets.randbits(1024) | 1)}, "at most 32 bits"
    yield "RSA with an even modulus", "RS256", {**bare, "n": number(p * q + 1)}, "small prime factor"
    yield (
        "RSA with a small prime in it",
        "RS256",
        {**bare, "n": number(small * random_prime(2048))},
        "small prime factor",
    )
    yield "RSA with a prime for a modulus", "RS256", {**bare, "n": number(random_prime(2048))}, "not a prime"
    yield "RSA with a square for a modulus", "RS256", {**bare, "n": number(p * p)}, "lie far apart"
    yield "RSA of neighbouring primes", "RS256", public_only(rsa_jwk(near, prime_above(near + 2))), "lie far apart"
    weak = rsa_jwk(roca_prime(1024), roca_prime(1024))
    yield "RSA of the ROCA generator", "RS256", weak, "ROCA"
    yield "RSA of the ROCA generator, public", "PS256", public_only(weak), "ROCA"
    yield "RSA with another modulus", "RS256", {**good, "n": rsa_jwk(p, other)["n"]}, OTHERS_KEY
    yield "RSA with another private exponent", "RS256", {**good, "d": rsa_jwk(p, other)["d"]}, OTHERS_KEY
    yield "RSA with three primes", "RS256", {**good, "oth": [{"r": "AQ", "d": "AQ", "t": "AQ"}]}, "two primes"
    yield "RSA without its primes", "RS256", {name: good[name] for name in ("kty", "n", "e", "d")}, B64
    yield "RSA with a zero in front", "RS256", {**bare, "n": text_of(b"\0" + (p * q).to_bytes(256, "big"))}, "few bytes"


def secret_vectors() -> Iterator[tuple[str, str, bytes, Any]]:
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ssh = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    jwk = json.dumps(public_only(ec_jwk(key))).encode()
    written = "written-down key"
    yield "32 bytes", "HS256", secrets.token_bytes(32), True
    yield "1024 bytes", "HS256", secrets.token_bytes(1024), True
    yield "a text of 64 hexadecimal digits", "HS256", secrets.token_hex(32).encode(), True
    yield "nothing", "HS256", b"", "at least 32 bytes"
    yield "31 bytes", "HS256", secrets.token_bytes(31), "at least 32 bytes"
    yield "1025 bytes", "HS256", secrets.token_bytes(1025), "at most 1024 bytes"
    yield "zeros", "HS256", bytes(32), "different bytes"
    yield "a few letters again and again", "HS256", b"changeme" * 8, "different bytes"
    yield "a public key in PEM", "HS256", public_pem(key).encode(), written
    yield "a public key in PEM without its end of line", "HS256", public_pem(key).strip().encode(), written
    yield "a public key in PEM after a byte order mark", "HS256", b"\xef\xbb\xbf" + public_pem(key).encode(), written
    yield "a public key in DER", "HS256", der, written
    yield "a public key in base64", "HS256", base64.b64encode(der), written
    yield "a public key in base64url", "HS256", base64.urlsafe_b64encode(der).rstrip(b"="), written
    yield "a public key in base64 over several lines", "HS256", base64.encodebytes(der), written
    yield "a PEM in base64", "HS256", base64.b64encode(public_pem(key).encode()), written
    yield "a private key in PEM", "HS256", pem(key).encode(), written
    yield "a public key for SSH", "HS256", ssh, written
    yield "a JWK", "HS256", jwk, written
    yield "a JWK set", "HS256", b'{"keys":[' + jwk + b"]}", written
    yield "a list of JWKs", "HS256", b"[" + jwk + b"]\n", written
    yield "a certificate", "HS256", certificate(key).encode(), written


def vectors() -> Iterator[dict[str, Any]]:
    for form, found in (("pem", pem_vectors()), ("jwk", jwk_vectors()), ("secret", secret_vectors())):
        for name, algorithm, material, expected in found:
            if isinstance(material, dict):
                material = json.dumps(material)  # noqa: PLW2901 (as it is written down)
            if isinstance(material, bytes):
                material = base64.b64encode(material).decode()  # noqa: PLW2901 (likewise)
            outcome = {"rule": expected} if isinstance(expected, str) else {"private": expected}
            yield {"name": name, "algorithm": algorithm, "form": form, "material": material, **outcome}


if __name__ == "__main__":
    made = list(vectors())
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps(made, indent=1) + "\n")
    print(f"{len(made)} vectors, {sum('rule' in vector for vector in made)} of them refused")
