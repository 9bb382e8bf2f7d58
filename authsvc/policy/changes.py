"""What two tenant documents differ in, field by field, entries of lists told by their names."""

import json
from collections.abc import Mapping
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

    @property
    def size(self) -> int:
        """Characters of all three."""
        return len(self.path) + len(self.before) + len(self.after)


def more_changes(count: int) -> FieldChange:
    """What stands in place of those that have no room."""
    return FieldChange("…", "", f"{count} more")


def without_outputs(document: Tenant) -> Tenant:
    """The document as people write it."""
    plain = Tenant()
    plain.CopyFrom(document)
    for name in OUTPUTS:
        plain.ClearField(name)
    return plain


def document_changes(before: Tenant, after: Tenant, room: int) -> list[FieldChange]:
    """The differences in the order of the fields, outputs left out. No two entries of a list share their name.

    As many as have room, in characters; the last one then says how many more there are.
    """
    changes = _Changes(room)
    changes.of_messages(without_outputs(before), without_outputs(after), "")
    return changes.told if not changes.untold else [*changes.told, more_changes(changes.untold)]


class _Changes:
    """Collects differences while there is room, and counts the others without writing them down: that takes the time."""

    def __init__(self, room: int) -> None:
        self.told: list[FieldChange] = []
        self.untold = 0
        self._room = room

    def of_messages(self, before: Message, after: Message, path: str) -> None:
        descriptor = cast("Descriptor", before.DESCRIPTOR)
        for field in descriptor.fields:
            place = f"{path}.{field.name}" if path else field.name
            old, new = getattr(before, field.name), getattr(after, field.name)
            if not field.is_repeated:
                self._of_values(field, before, after, place)
            elif field.message_type is not None and field.message_type.name in _NAMES:
                self._of_entries(old, new, _NAMES[field.message_type.name], place)
            elif list(old) != list(new):
                self._add(place, [_plain(field, value) for value in old], [_plain(field, value) for value in new])

    def _of_values(self, field: FieldDescriptor, before: Message, after: Message, place: str) -> None:
        old, new = getattr(before, field.name), getattr(after, field.name)
        had, has = _is_set(before, field), _is_set(after, field)
        if had == has and old == new:
            return
        if had and has and field.message_type is not None and field.message_type.full_name not in _WHOLE:
            self.of_messages(old, new, place)
        else:
            self._add(place, _plain(field, old) if had else None, _plain(field, new) if has else None)

    def _of_entries(self, before: Any, after: Any, name: str, path: str) -> None:  # noqa: ANN401 (repeated fields)
        old: Mapping[str, Message] = {getattr(entry, name): entry for entry in before}
        new: Mapping[str, Message] = {getattr(entry, name): entry for entry in after}
        for key, entry in new.items():
            known = old.get(key)
            if known is None:
                self._add_entry(path, key, None, entry)
            elif known != entry and self._room < 0:
                self.untold += 1
            elif known != entry:
                self.of_messages(known, entry, f"{path}[{_text(key)}]")
        for key, entry in old.items():
            if key not in new:
                self._add_entry(path, key, entry, None)
        kept, order = [key for key in old if key in new], [key for key in new if key in old]
        if kept != order:
            self._add(path, kept, order)

    def _add_entry(self, path: str, key: str, before: Message | None, after: Message | None) -> None:
        if self._room < 0:
            self.untold += 1
            return
        self._add(
            f"{path}[{_text(key)}]",
            None if before is None else _document(before),
            None if after is None else _document(after),
        )

    def _add(self, path: str, before: Any, after: Any) -> None:  # noqa: ANN401 (what JSON can hold; None and [] for nothing)
        change = FieldChange(path, _value(before), _value(after))
        self._room -= change.size
        if self._room < 0:
            self.untold += 1
        else:
            self.told.append(change)


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


def _document(message: Message) -> Any:  # noqa: ANN401 (whatever JSON can hold)
    return MessageToDict(message, preserving_proto_field_name=True)


def _value(value: Any) -> str:  # noqa: ANN401 (whatever JSON can hold)
    if value is None or value == []:
        return ""
    text = _text(value)
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"


def _text(value: Any) -> str:  # noqa: ANN401 (whatever JSON can hold)
    return json.dumps(value, ensure_ascii=False)
