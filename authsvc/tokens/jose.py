"""Signatures, by PyJWT. The one module that imports `jwt`: what PyJWT is trusted with is the signature and nothing else.

Claims, header and encoding are checked by the decoder and the decision, since PyJWT lets much of what they refuse through.
"""

from collections.abc import Mapping
from typing import Any

import jwt
from jwt.algorithms import Algorithm as JwtAlgorithm

from authsvc.keys.key_material import PrivateMaterial, PublicMaterial
from authsvc.keys.sealed_key import Algorithm
from authsvc.tokens.decoder import TOKEN_TYPE

_ALGORITHMS: dict[str, JwtAlgorithm] = {name: jwt.get_algorithm_by_name(name) for name in Algorithm}


def signature_is_valid(algorithm: Algorithm, key: PublicMaterial, signing_input: bytes, signature: bytes) -> bool:
    """Whether the key made the signature. The algorithm is the key's own, never the token's word (RFC 8725 section 3.1)."""
    return bool(_ALGORITHMS[algorithm].verify(signing_input, key, signature))


def raw_signature(algorithm: Algorithm, key: PrivateMaterial, signing_input: bytes) -> bytes:
    """The signature of bytes that are no JWS: they must be such that no token has them for its signing input."""
    signature: bytes = _ALGORITHMS[algorithm].sign(signing_input, key)
    return signature


def sign(
    algorithm: Algorithm, key: PrivateMaterial, key_id: str, payload: Mapping[str, Any], *, token_type: str = TOKEN_TYPE
) -> str:
    """The compact serialization of a payload signed by a key (RFC 7515 section 7.1), of that type (`typ`)."""
    headers = {"typ": token_type, "kid": key_id}
    return jwt.encode(dict(payload), key, algorithm=algorithm, headers=headers)
