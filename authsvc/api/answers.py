"""Parts of answers that several RPCs share."""

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct

from authsvc.keys.key_material import SigningKey
from authsvc.tokens.claims import Claims
from authsvc.tokens.lineage import Ancestor
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.v1 import claims_pb2
from authsvc.v1.claims_pb2 import Origin, TokenClaims


def to_struct(members: Mapping[str, Any]) -> Struct:
    """JSON members as a message; numbers become doubles, as in all proto-JSON."""
    struct = Struct()
    struct.update(members)
    return struct


def ancestors_of(ancestors: Iterable[Ancestor]) -> list[claims_pb2.Ancestor]:
    """The tokens from which one was exchanged, as messages."""
    messages = []
    for one in ancestors:
        message = claims_pb2.Ancestor(
            issuer=one.issuer,
            token_id=one.token_id,
            key_id=one.key_id,
            subject=one.subject,
            client_id=one.client_id,
        )
        message.issue_time.seconds = one.issue_time
        messages.append(message)
    return messages


def claims_of(token: AuthenticToken) -> bytes:
    """The claims of a good token as callers see them, a serialized TokenClaims.

    They follow from the token's text, and from the caps of its issuer where it is trusted, so they are kept beside its
    signature, which stands for both.
    """
    if token.message is not None:
        serialized: bytes = token.message
        return serialized
    claims = token.claims
    if not isinstance(claims, Claims):
        raise TypeError("a decided token has claims")
    tenant, origin = _provenance(token)
    message = TokenClaims(
        tenant=tenant,
        issuer=claims.issuer,
        subject=claims.subject,
        client_id=claims.client_id,
        audiences=claims.audiences,
        token_id=claims.token_id,
        key_id=token.key.key_id,
        scopes=claims.scopes,
        origin=origin,
        bound_tenant=claims.bound_tenant,
        ancestors=ancestors_of(claims.ancestors),
        family_id=claims.family_id,
    )
    message.issue_time.seconds = claims.issue_time
    message.expire_time.seconds = claims.expire_time
    if claims.not_before_time is not None:
        message.not_before_time.seconds = claims.not_before_time
    if claims.family_end is not None:
        message.family_end_time.seconds = claims.family_end
    if claims.extra:
        message.extra.update(claims.extra)
    token.message = serialized = message.SerializeToString()
    return serialized


def _provenance(token: AuthenticToken) -> tuple[str, Origin]:
    """The tenant of a token and where it comes from."""
    if token.issuer is not None:
        origin = Origin.ORIGIN_SELF_ISSUED if token.issuer.is_self_issued else Origin.ORIGIN_EXTERNAL
        return token.issuer.tenant, origin
    if not isinstance(token.key, SigningKey):
        raise TypeError("a token of this service has a key of this service")
    return token.key.tenant, Origin.ORIGIN_ISSUED
