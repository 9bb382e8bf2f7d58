"""What two tenant documents differ in, field by field, entries of lists told by their names."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from authsvc.v1.tenant_pb2 import Tenant

OUTPUTS = ("etag", "uid", "create_time", "update_time")
"""The fields of a Tenant that the service writes."""
MAX_VALUE = 4096
"""Characters of a value; a longer one is cut off and ends with an ellipsis."""

_NAMES = {"Operation": "name", "Scope": "name", "Client": "id", "TrustedIssuer": "issuer"}
"""By which field the entries of a list are told apart."""
_WHOLE = frozenset({"google.protobuf.Duration", "google.protobuf.Timestamp"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One difference: a path and both values in proto-JSON, empty where there is none."""

    path: str
    before: str
    after: str


def without_outputs(document: Tenant) -> Tenant:
    """The document as people write it."""
    plain = Tenant()
    plain.CopyFrom(document)
    for name in OUTPUTS:
        plain.ClearField(name)
    return plain


def document_changes(before: Tenant, after: Tenant) -> Iterator[FieldChange]:
    """The differences in the order of the fields, outputs left out. No two entries of a list share their name."""
    return _message_changes(without_outputs(before), without_outputs(after), "")


def _message_changes(before: Message, after: Message, path: str) -> Iterator[FieldChange]:
    descriptor = cast("Descriptor", before.DESCRIPTOR)
    for field in descriptor.fields:
        place = f"{path}.{field.name}" if path else field.name
        old, new = getattr(before, field.name), getattr(after, field.name)
        if field.is_repeated:
            if field.message_type is not None and field.message_type.name in _NAMES:
                yield from _entry_changes(old, new, _NAMES[field.message_type.name], place)
            elif list(old) != list(new):
                yield FieldChange(place, _list_text(field, old), _list_text(field, new))
            continue
        had, has = _is_set(before, field), _is_set(after, field)
        if had == has and old == new:
            continue
        if had and has and field.message_type is not None and field.message_type.full_name not in _WHOLE:
            yield from _message_changes(old, new, place)
        else:
            yield FieldChange(place, _text(_plain(field, old)) if had else "", _text(_plain(field, new)) if has else "")


def _entry_changes(before: Any, after: Any, name: str, path: str) -> Iterator[FieldChange]:  # noqa: ANN401 (repeated fields, whose stubs are loose)
    old: Mapping[str, Message] = {getattr(entry, name): entry for entry in before}
    new: Mapping[str, Message] = {getattr(entry, name): entry for entry in after}
    for key, entry in new.items():
        place = f"{path}[{json.dumps(key, ensure_ascii=False)}]"
        if key not in old:
            yield FieldChange(place, "", _text(_document(entry)))
        elif old[key] != entry:
            yield from _message_changes(old[key], entry, place)
    for key, entry in old.items():
        if key not in new:
            yield FieldChange(f"{path}[{json.dumps(key, ensure_ascii=False)}]", _text(_document(entry)), "")
    kept, order = [key for key in old if key in new], [key for key in new if key in old]
    if kept != order:
        yield FieldChange(path, _text(kept), _text(order))


def _is_set(message: Message, field: FieldDescriptor) -> bool:
    return message.HasField(field.name) if field.has_presence else bool(getattr(message, field.name))


def _plain(field: FieldDescriptor, value: Any) -> Any:  # noqa: ANN401 (any field's value, as JSON holds it)
    if field.message_type is not None:
        return value.ToJsonString() if field.message_type.full_name in _WHOLE else _document(value)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return value if known is None else known.name
    # A number of 64 bits is text in proto-JSON.
    return str(value) if field.type == FieldDescriptor.TYPE_INT64 else value


def _list_text(field: FieldDescriptor, values: Any) -> str:  # noqa: ANN401 (a repeated field)
    return _text([_plain(field, value) for value in values]) if values else ""


def _document(message: Message) -> Any:  # noqa: ANN401 (whatever JSON can hold)
    return MessageToDict(message, preserving_proto_field_name=True)


def _text(value: Any) -> str:  # noqa: ANN401 (whatever JSON can hold)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"
