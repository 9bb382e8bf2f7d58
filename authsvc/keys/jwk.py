"""Keys as JWKs (RFC 7517, RFC 7518 section 6, RFC 8037 section 2), and a tenant's as the set that others verify with."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from authsvc.keys.key_material import SigningKey

P256_BYTES = 32


def base64url(raw: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def base64url_number(number: int) -> str:
    """A number in as few bytes as it has (RFC 7518 section 2, Base64urlUInt)."""
    return base64url(number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big"))


def public_jwk(key: SigningKey) -> dict[str, str] | None:
    """The public part of a key; None of a secret, which has none."""
    public = key.public
    if isinstance(public, bytes):
        return None
    common = {"kid": key.key_id, "use": "sig", "alg": key.algorithm.value}
    if isinstance(public, ec.EllipticCurvePublicKey):
        point = public.public_numbers()
        x, y = (base64url(number.to_bytes(P256_BYTES, "big")) for number in (point.x, point.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y, **common}
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": base64url_number(numbers.n), "e": base64url_number(numbers.e), **common}
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(public.public_bytes_raw()), **common}


@dataclass(frozen=True, slots=True)
class JwkSet:
    """A JWK set as it is served."""

    text: str
    """JSON. The same keys give the same text, in every process."""
    etag: str
    """An entity tag (RFC 9110 section 8.8.3), quotes included."""
    algorithms: tuple[str, ...]
    """Those of its keys, each once."""

    @classmethod
    def of(cls, keys: Iterable[SigningKey]) -> "JwkSet":
        """The public parts of the keys. A secret leaves nothing in it."""
        found = sorted((jwk for key in keys if (jwk := public_jwk(key)) is not None), key=lambda jwk: jwk["kid"])
        text = json.dumps({"keys": found}, separators=(",", ":"), sort_keys=True)
        algorithms = tuple(sorted({jwk["alg"] for jwk in found}))
        return cls(text, f'"{sha256(text.encode()).hexdigest()[:32]}"', algorithms)


EMPTY_SET = JwkSet.of(())
"""What a tenant without public keys has, and one that does not exist."""
