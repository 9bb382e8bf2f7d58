"""Pictures of keys. Importing it teaches `views.picture` about them."""

from google.protobuf.timestamp_pb2 import Timestamp

from authsvc.cli.scope_form import ScopeForm
from authsvc.cli.sheet import Listing, Sheet, Tone
from authsvc.cli.views import deadline, enum_text, moment, picture
from authsvc.v1.key_service_pb2 import (
    ActivateKeyResponse,
    ImportKeyResponse,
    Key,
    KeyPurpose,
    KeyState,
    ListKeysResponse,
    RetireKeyResponse,
    RotateKeyResponse,
    TaintKeyResponse,
)
from authsvc.v1.tenant_pb2 import SigningAlgorithm

_TONES = {"prepared": Tone.PLAIN, "active": Tone.GOOD, "verify only": Tone.PLAIN, "tainted": Tone.BAD}


@picture.register
def _listed(answer: ListKeysResponse, form: ScopeForm) -> Listing:  # noqa: ARG001 (the signature of every picture)
    """A table of keys."""
    columns = ("key id", "state", "algorithm", "made", "next", "issuer")
    return Listing(columns, [_cells(key) for key in answer.keys], frozenset({"key id", "next"}))


@picture.register(RotateKeyResponse)
@picture.register(ActivateKeyResponse)
@picture.register(TaintKeyResponse)
@picture.register(RetireKeyResponse)
@picture.register(ImportKeyResponse)
def _changed(
    answer: RotateKeyResponse | ActivateKeyResponse | TaintKeyResponse | RetireKeyResponse | ImportKeyResponse,
    form: ScopeForm,  # noqa: ARG001 (the signature of every picture)
) -> Sheet:
    """One key as it stands now."""
    key = answer.key
    rows = [
        ("key id", key.key_id),
        ("tenant", key.tenant),
        ("algorithm", _algorithm(key)),
        ("purpose", enum_text(KeyPurpose.Name, key.purpose, "KEY_PURPOSE_")),
        ("issuer", key.issuer),
        ("made", moment(key.create_time)),
        ("active from", deadline(key.activate_time) if key.HasField("activate_time") else ""),
        ("retires", deadline(key.retire_time) if key.HasField("retire_time") else ""),
        ("revision", answer.revision),
    ]
    state = _state(key)
    return Sheet(state, _TONES.get(state, Tone.DULL), [(name, value) for name, value in rows if value])


def _cells(key: Key) -> list[tuple[str, Tone]]:
    state = _state(key)
    return [
        (key.key_id, Tone.PLAIN),
        (state, _TONES.get(state, Tone.DULL)),
        (_algorithm(key), Tone.PLAIN),
        (moment(key.create_time), Tone.PLAIN),
        (_next(key), Tone.PLAIN),
        (key.issuer, Tone.PLAIN),
    ]


def _next(key: Key) -> str:
    """What will happen to the key by itself, and when."""
    times: dict[str, Timestamp] = {}
    if key.HasField("activate_time"):
        times["active"] = key.activate_time
    if key.HasField("retire_time"):
        times["retired"] = key.retire_time
    return ", ".join(f"{state} {moment(time)}" for state, time in times.items())


def _state(key: Key) -> str:
    return enum_text(KeyState.Name, key.state, "KEY_STATE_")


def _algorithm(key: Key) -> str:
    return enum_text(SigningAlgorithm.Name, key.algorithm, "SIGNING_ALGORITHM_").upper().replace("EDDSA", "EdDSA")
