"""Puts answers together from parts that are serialized already.

A serialized message is its fields one after the other, so a part that many answers share is written once and then copied.
"""

from google.protobuf.message import Message

_VARINT = 0
_LENGTH_DELIMITED = 2
_CONTINUED = 0x80
_USUAL_SIZES = 1024


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= _CONTINUED:
        out.append(value % _CONTINUED | _CONTINUED)
        value //= _CONTINUED
    out.append(value)
    return bytes(out)


class Field:
    """A field of a message that holds a message or a text."""

    def __init__(self, message_type: type[Message], name: str) -> None:
        number = message_type.DESCRIPTOR.fields_by_name[name].number
        self._tag = _varint(number << 3 | _LENGTH_DELIMITED)
        self._heads = [self._tag + _varint(size) for size in range(_USUAL_SIZES)]

    def of(self, content: bytes) -> bytes:
        """The field with this content: a serialized message, or a text in UTF-8."""
        size = len(content)
        if size < _USUAL_SIZES:
            return self._heads[size] + content
        return self._tag + _varint(size) + content


class Number:
    """A field of a message that holds a whole number that is not negative, or a value of an enum."""

    def __init__(self, message_type: type[Message], name: str) -> None:
        number = message_type.DESCRIPTOR.fields_by_name[name].number
        self._tag = _varint(number << 3 | _VARINT)

    def of(self, value: int) -> bytes:
        """The field with this value; nothing for 0, which says nothing."""
        return self._tag + _varint(value) if value else b""
