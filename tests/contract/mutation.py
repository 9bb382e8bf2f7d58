"""Requests that no client of good manners sends: messages changed byte by byte, and messages with values of every extreme."""

import random
import struct
from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

TEXTS = (
    "",
    " ",
    "\0",
    "\n",
    "\u202e\u2066",
    "\ufeff",
    "\U0010ffff",
    "a" * 255,
    "a" * 256,
    "é" * 5000,
    "*",
    "authsvc",
    "mutants",
    "admin:authsvc",
    "' OR 1=1 --",
    "%s%n{}",
    "../../etc/passwd",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
    "....",
    "AAAAAAAAAAAAAAAAAAAAAA",
)
NUMBERS = (0, 1, -1, 99, 101, 999_999_999, 10**9, 2**31 - 1, -(2**31), 2**32, 2**53, 2**62, 2**63 - 1, -(2**63))
DOUBLES = (0.0, -0.0, 1.5, 1e308, -1e308, 5e-324, float("nan"), float("inf"), float("-inf"), 2.0**53, 1e22)
_DEPTH = 4
_LEVELS = 400


def varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def delimited(field: int, content: bytes) -> bytes:
    """A length-delimited field (wire type 2)."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def nested(field: int, levels: int) -> bytes:
    """Messages in messages, each in the same field."""
    content = b""
    for _ in range(levels):
        content = delimited(field, content)
    return content


def groups(levels: int) -> bytes:
    """Groups in groups, which no field of the contract is (wire types 3 and 4)."""
    return b"\x7b" * levels + b"\x7c" * levels


def place(chance: random.Random, message: bytes) -> int:
    return chance.randrange(len(message) + 1)


def flip(chance: random.Random, message: bytes) -> bytes:
    changed = bytearray(message or b"\0")
    for _ in range(chance.randint(1, 4)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(chance: random.Random, message: bytes) -> bytes:
    start, end = sorted((place(chance, message), place(chance, message)))
    return message[:start] + message[end:]


def insert(chance: random.Random, message: bytes) -> bytes:
    at = place(chance, message)
    return message[:at] + chance.randbytes(chance.randint(1, 12)) + message[at:]


def repeat(chance: random.Random, message: bytes) -> bytes:
    start, end = sorted((place(chance, message), place(chance, message)))
    return message[:end] + message[start:end] * chance.randint(1, 3) + message[end:]


def append_field(chance: random.Random, message: bytes) -> bytes:
    number = chance.choice([*range(1, 20), 1000, 2**29 - 1])
    value = chance.choice(
        [
            varint(number << 3) + varint(chance.choice([0, 1, 2**31, 2**63, 2**64 - 1])),
            varint(number << 3 | 1) + chance.randbytes(8),
            varint(number << 3 | 5) + chance.randbytes(4),
            delimited(number, chance.randbytes(chance.randint(0, 40))),
            delimited(number, chance.choice(TEXTS).encode()),
            delimited(number, b"\xed\xa0\x80"),
            nested(number, chance.choice([1, 50, 99, 101, _LEVELS])),
            groups(chance.choice([1, 50, _LEVELS])),
            varint(number << 3 | chance.choice([3, 4, 6, 7])),
            varint(number << 3 | 2) + varint(chance.choice([2**31, 2**32, 2**63])),
            b"\xff" * chance.randint(1, 12),
        ]
    )
    return message + value if chance.random() < 0.7 else value + message


def spoil_double(chance: random.Random, message: bytes) -> bytes:
    at = place(chance, message)
    return message[:at] + struct.pack("<d", chance.choice(DOUBLES)) + message[at + 8 :]


BYTE_BY_BYTE: Sequence[Callable[[random.Random, bytes], bytes]] = (
    flip,
    cut,
    insert,
    repeat,
    append_field,
    append_field,
    spoil_double,
)


def changed_bytes(chance: random.Random, message: bytes) -> bytes:
    """The message with one to three changes."""
    for _ in range(chance.randint(1, 3)):
        message = chance.choice(BYTE_BY_BYTE)(chance, message)
    return message


def changed_values(chance: random.Random, message: Message) -> bytes:
    """The message with some fields set to extremes."""
    changed = type(message)()
    changed.CopyFrom(message)
    for _ in range(chance.randint(1, 3)):
        _set(chance, changed, chance.choice(_fields(changed)), _DEPTH)
    return changed.SerializeToString()


def _fields(message: Message) -> list[FieldDescriptor]:
    return [*message.DESCRIPTOR.fields]


def _set(chance: random.Random, message: Message, field: FieldDescriptor, depth: int) -> None:
    name, values = field.name, getattr(message, field.name)
    held = field.message_type
    if held is not None and held.GetOptions().map_entry:
        for _ in range(chance.choice([1, 1, 33])):
            _fill(chance, values[chance.choice(TEXTS) + str(chance.random())], depth - 1)
    elif held is not None:
        target = values.add() if field.is_repeated else values
        target.SetInParent()
        _fill(chance, target, depth - 1)
    elif field.is_repeated:
        values.extend([_scalar(chance, field) for _ in range(chance.choice([1, 2, 65, 101]))])
    else:
        setattr(message, name, _scalar(chance, field))


def _fill(chance: random.Random, message: Message, depth: int) -> None:
    if depth > 0:
        for field in chance.choices(_fields(message), k=chance.randint(1, 2)):
            _set(chance, message, field, depth)


def _scalar(chance: random.Random, field: FieldDescriptor) -> Any:
    if field.type in {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES}:
        is_text = field.type == FieldDescriptor.TYPE_STRING
        return chance.choice(TEXTS) if is_text else chance.randbytes(chance.choice([0, 1, 31, 32, 1024, 1025]))
    if field.type == FieldDescriptor.TYPE_BOOL:
        return chance.random() < 0.5
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return chance.choice(DOUBLES)
    if field.type == FieldDescriptor.TYPE_INT64:
        return chance.choice(NUMBERS)
    if field.type == FieldDescriptor.TYPE_ENUM and field.enum_type is not None and field.enum_type.name == "NullValue":
        return 0
    return chance.choice([number for number in NUMBERS if -(2**31) <= number < 2**31])
