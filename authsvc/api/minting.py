"""From a record to a token that may leave the service: signed, short enough, and proved to verify."""

import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar

from google.protobuf.message import Message

from authsvc.api.fields import FieldFaults
from authsvc.errors import InvalidFieldError, RequestIdSpentError
from authsvc.keys.key_material import SigningKey
from authsvc.policy.tenant import TenantPolicy
from authsvc.scopes.grammar import ScopeError
from authsvc.store.contract import Issued
from authsvc.tokens.decoder import MAX_TOKEN_LENGTH
from authsvc.tokens.issuing import self_check, sign_record
from authsvc.tokens.record import TokenRecord
from authsvc.v1.reason_pb2 import Reason

_TOKEN_ID_BYTES = 16

RequestT = TypeVar("RequestT", bound=Message)


def new_token_id() -> str:
    """128 random bits."""
    return secrets.token_hex(_TOKEN_ID_BYTES)


def sign_token(record: TokenRecord, tenant: TenantPolicy, key: SigningKey, *, field: str = "claims") -> str:
    """The token of a record; `field` is that of the request which makes it too long.

    Raises:
        InvalidFieldError: what was asked for makes no token that this service would accept.
    """
    try:
        token = sign_record(record, tenant, key)
    except ScopeError as error:
        raise InvalidFieldError.of(
            "scopes", f"the tenant's tokens carry scopes as a tree, and this set {error}"
        ) from None
    if len(token) > MAX_TOKEN_LENGTH:
        raise InvalidFieldError.of(
            field,
            f"the token would be {len(token)} characters long, and at most {MAX_TOKEN_LENGTH} are allowed:"
            " ask for fewer scopes, audiences or claims",
        )
    refusal = self_check(token, record, tenant, key)
    if refusal is not None:
        if refusal.reason in {Reason.REASON_MALFORMED, Reason.REASON_INVALID_CLAIMS}:
            raise InvalidFieldError.of(field, f"the token would be refused: {refusal.rule}")
        raise RuntimeError(f"a fresh token does not verify: {refusal.check}")
    return token


def refuse_retry(request_id: str, tenant: TenantPolicy) -> None:
    """A retry finds the record of the first call.

    Raises:
        InvalidFieldError: there is a request_id, and the tenant keeps no records.
    """
    faults = FieldFaults()
    faults.request_id(request_id, is_kept=not tenant.omit_records)
    faults.refuse()


def refuse_spent(issued: Issued, now: float) -> None:
    """A replay gives the first token again, and only while it is good.

    Raises:
        RequestIdSpentError: it has expired or been revoked.
    """
    if issued.revoked or issued.record.expire_time <= now:
        raise RequestIdSpentError("the token of this request_id has expired or been revoked; use a new request_id")


def request_digest(message: RequestT, make: Callable[[], RequestT], *without: str, prefix: bytes = b"") -> bytes:
    """SHA-256 of a request apart from some of its fields: two requests are the same when these are."""
    same = make()
    same.CopyFrom(message)
    for field in without:
        same.ClearField(field)
    # A field that this service does not know changes nothing, so it makes no other request.
    same.DiscardUnknownFields()
    return sha256(prefix + same.SerializeToString(deterministic=True)).digest()
