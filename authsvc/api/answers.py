"""Parts of answers that several RPCs share."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct

from authsvc.tokens.claims import Claims
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.v1.claims_pb2 import Origin, TokenClaims


def to_struct(members: Mapping[str, Any]) -> Struct:
    """JSON members as a message; numbers become doubles, as in all proto-JSON."""
    struct = Struct()
    struct.update(members)
    return struct


def claims_of(token: AuthenticToken) -> bytes:
    """The claims of a good token as callers see them, a serialized TokenClaims.

    They follow from the token's text alone, so they are kept beside its signature.
    """
    if token.message is not None:
        serialized: bytes = token.message
        return serialized
    claims = token.claims
    if not isinstance(claims, Claims):
        raise TypeError("a decided token has claims")
    message = TokenClaims(
        tenant=token.key.tenant,
        issuer=claims.issuer,
        subject=claims.subject,
        client_id=claims.client_id,
        audiences=claims.audiences,
        token_id=claims.token_id,
        key_id=token.key.key_id,
        scopes=claims.scopes,
        origin=Origin.ORIGIN_ISSUED,
        bound_tenant=claims.bound_tenant,
    )
    message.issue_time.seconds = claims.issue_time
    message.expire_time.seconds = claims.expire_time
    if claims.not_before_time is not None:
        message.not_before_time.seconds = claims.not_before_time
    if claims.extra:
        message.extra.update(claims.extra)
    token.message = serialized = message.SerializeToString()
    return serialized
