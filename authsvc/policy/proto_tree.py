"""Holds a tree that came from YAML against a message: every fault with its path.

`google.protobuf.json_format` stops at the first fault, names no element of a list of strings, takes the last
of two spellings of one field, and lets numbers stand for enum values. People's writing is read more strictly.
"""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from authsvc.errors import FieldViolation

DURATION = "google.protobuf.Duration"
TIMESTAMP = "google.protobuf.Timestamp"

# A number of 64 bits is text in proto-JSON, since JavaScript has no such numbers; people write it as a number.
_BITS = {FieldDescriptor.TYPE_INT32: 31, FieldDescriptor.TYPE_INT64: 63}
_DIGITS = re.compile(r"-?[0-9]{1,19}")
_SECONDS = re.compile(r"-?[0-9]{1,11}(\.[0-9]{1,9})?s")


def tree_faults(tree: object, message: type[Message]) -> Iterator[FieldViolation]:
    """Every way in which a tree is not the message's proto-JSON. Fields are in snake_case or camelCase."""
    return _message_faults(tree, cast("Descriptor", message.DESCRIPTOR), "")


def _message_faults(tree: object, message: Descriptor, path: str) -> Iterator[FieldViolation]:
    if not isinstance(tree, Mapping):
        yield FieldViolation(path, "must be a mapping of fields")
        return
    fields = {**message.fields_by_name, **message.fields_by_camelcase_name}
    spelt: dict[str, str] = {}
    for key, value in tree.items():
        name = key if isinstance(key, str) and key.isprintable() else ascii(key)
        place = f"{path}.{name}" if path else name
        field = fields.get(key) if isinstance(key, str) else None
        if field is None:
            yield FieldViolation(place, f"is unknown; the fields here are {', '.join(message.fields_by_name)}")
        elif field.name in spelt:
            yield FieldViolation(place, f"is the same field as {spelt[field.name]}; write one of them")
        elif value is not None:  # null is an absent field
            spelt[field.name] = key
            yield from _choice_faults(field, spelt, place)
            yield from _field_faults(value, field, place)


def _choice_faults(field: FieldDescriptor, spelt: Mapping[str, str], path: str) -> Iterator[FieldViolation]:
    """Two fields of which a message holds one at most."""
    choice = field.containing_oneof
    others = [spelt[other.name] for other in choice.fields if other.name in spelt] if choice is not None else []
    if len(others) > 1:
        yield FieldViolation(path, f"stands beside {others[0]}; write one of them")


def _field_faults(value: object, field: FieldDescriptor, path: str) -> Iterator[FieldViolation]:
    if not field.is_repeated:
        yield from _value_faults(value, field, path)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _value_faults(item, field, f"{path}[{position}]")
    else:
        yield FieldViolation(path, "must be a list")


def _value_faults(value: object, field: FieldDescriptor, path: str) -> Iterator[FieldViolation]:
    message: Descriptor | None = field.message_type
    if message is None:
        yield from _plain_faults(value, field, path)
    elif message.full_name == DURATION:
        if not isinstance(value, str) or _SECONDS.fullmatch(value) is None:
            yield FieldViolation(path, 'must be seconds with an s, like "3600s"')
    elif message.full_name == TIMESTAMP:
        if not _is_moment(value):
            yield FieldViolation(path, 'must be an RFC 3339 time in quotes, like "2030-01-31T12:00:00Z"')
    else:
        yield from _message_faults(value, message, path)


def _plain_faults(value: object, field: FieldDescriptor, path: str) -> Iterator[FieldViolation]:
    choices: EnumDescriptor | None = field.enum_type
    if choices is not None:
        if not isinstance(value, str) or value not in choices.values_by_name:
            yield FieldViolation(path, f"must be one of {', '.join(list(choices.values_by_name)[1:])}")
    elif field.type == FieldDescriptor.TYPE_BOOL:
        if not isinstance(value, bool):
            yield FieldViolation(path, "must be true or false")
    elif field.type == FieldDescriptor.TYPE_STRING and not _is_text(value):
        yield FieldViolation(path, "must be text; put it in quotes when it looks like something else")
    elif field.type in _BITS and not _is_integer(value, _BITS[field.type]):
        yield FieldViolation(path, "must be a whole number")


def _is_integer(value: object, bits: int) -> bool:
    if isinstance(value, str) and bits > _BITS[FieldDescriptor.TYPE_INT32] and _DIGITS.fullmatch(value):
        value = int(value)
    # True is an int in Python, and no number in a document.
    return isinstance(value, int) and not isinstance(value, bool) and -(2**bits) <= value < 2**bits


def _is_moment(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        Timestamp().FromJsonString(value)
    except (ValueError, OverflowError):
        return False
    return True


def _is_text(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:  # a lone surrogate, written as an escape
        return False
    return True
