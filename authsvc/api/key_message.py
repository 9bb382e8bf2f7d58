"""Keys as callers see them, and how they name one."""

import re

from google.protobuf.timestamp_pb2 import Timestamp

from authsvc.api.fields import FieldFaults
from authsvc.keys.sealed_key import Algorithm, KeyPurpose, KeyState, SealedKey
from authsvc.v1 import key_service_pb2, tenant_pb2
from authsvc.v1.key_service_pb2 import Key

KEY_ID_RULE = 'must be 1 to 64 of A-Z, a-z, 0-9, "-" and "_"'

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ALGORITHMS = {
    Algorithm.ES256: tenant_pb2.SIGNING_ALGORITHM_ES256,
    Algorithm.RS256: tenant_pb2.SIGNING_ALGORITHM_RS256,
    Algorithm.PS256: tenant_pb2.SIGNING_ALGORITHM_PS256,
    Algorithm.EDDSA: tenant_pb2.SIGNING_ALGORITHM_EDDSA,
    Algorithm.HS256: tenant_pb2.SIGNING_ALGORITHM_HS256,
}
ALGORITHM_OF_MESSAGE = {message: algorithm for algorithm, message in _ALGORITHMS.items()}
_STATES = {
    KeyState.PREPARED: key_service_pb2.KEY_STATE_PREPARED,
    KeyState.ACTIVE: key_service_pb2.KEY_STATE_ACTIVE,
    KeyState.VERIFY_ONLY: key_service_pb2.KEY_STATE_VERIFY_ONLY,
    KeyState.RETIRED: key_service_pb2.KEY_STATE_RETIRED,
    KeyState.TAINTED: key_service_pb2.KEY_STATE_TAINTED,
}
_PURPOSES = {
    KeyPurpose.SIGNING: key_service_pb2.KEY_PURPOSE_SIGNING,
    KeyPurpose.TRUSTED_ISSUER: key_service_pb2.KEY_PURPOSE_TRUSTED_ISSUER,
}


def is_key_id(text: str) -> bool:
    """Whether a text can be the id of a key."""
    return _KEY_ID.fullmatch(text) is not None


def check_key_id(faults: FieldFaults, field: str, text: str) -> None:
    """Note what is wrong with a key's id, which is required."""
    if not text:
        faults.add(field, "is required")
    elif not is_key_id(text):
        faults.add(field, KEY_ID_RULE)


def key_message(key: SealedKey) -> Key:
    """The key without its secret part."""
    message = Key(
        tenant=key.tenant,
        key_id=key.key_id,
        algorithm=_ALGORITHMS[key.algorithm],
        state=_STATES[key.state],
        purpose=_PURPOSES[key.purpose],
        issuer=key.issuer,
    )
    message.create_time.seconds = key.create_time
    _set_time(message.state_time, key.state_time)
    if key.activate_time is not None:
        _set_time(message.activate_time, key.activate_time)
    if key.retire_time is not None:
        _set_time(message.retire_time, key.retire_time)
    return message


def _set_time(field: Timestamp, microseconds: int) -> None:
    field.FromMicroseconds(microseconds)
