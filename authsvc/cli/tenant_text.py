"""A tenant document as people write it: its proto-JSON as YAML, without what the service writes into it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import MessageToDict

from authsvc.v1.tenant_pb2 import Tenant

_OUTPUTS = ("etag", "uid", "create_time", "update_time")
# What no reader of YAML takes for anything but text.
_PLAIN = re.compile(r"[A-Za-z_/](?:[A-Za-z0-9_./-]|:(?=[A-Za-z0-9_/]))*(?: [A-Za-z0-9_./-]+)*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def write_document(document: Tenant) -> str:
    """The document in YAML, and in a comment before it what the service says of it."""
    plain = Tenant()
    plain.CopyFrom(document)
    for name in _OUTPUTS:
        plain.ClearField(name)
    about = f"# etag {document.etag}, uid {document.uid}\n" if document.etag else ""
    return about + "".join(f"{line}\n" for line in _mapping(to_plain(plain)))


def to_plain(document: Tenant) -> dict[str, Any]:
    """The document's proto-JSON, names as in the proto, fields in their order."""
    return MessageToDict(document, preserving_proto_field_name=True)


def _mapping(members: dict[str, Any]) -> Iterator[str]:
    for name, value in members.items():
        yield from _entry(f"{_scalar(name)}:", value)


def _entry(head: str, value: Any) -> Iterator[str]:  # noqa: ANN401 (whatever JSON can hold)
    if isinstance(value, dict) and value:
        yield head
        yield from (f"  {line}" for line in _mapping(value))
    elif isinstance(value, list) and value and not any(isinstance(item, dict) for item in value):
        yield f"{head} [{', '.join(_scalar(item, in_list=True) for item in value)}]"
    elif isinstance(value, list) and value:
        yield head
        for item in value:
            lines = list(_mapping(item))
            # An entry without members is an empty mapping.
            yield f"  - {lines[0] if lines else '{}'}"
            yield from (f"    {line}" for line in lines[1:])
    else:
        yield f"{head} {_scalar(value)}"


def _scalar(value: Any, *, in_list: bool = False) -> str:  # noqa: ANN401 (whatever JSON can hold)
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = _PLAIN.fullmatch(value) is not None and value.lower() not in _WORDS
    if is_plain and not (in_list and ":" in value):
        return value
    return _quoted(value)


def _quoted(text: str) -> str:
    """The text in double quotes: what JSON writes, and what YAML may not hold as it is in codes."""
    written = json.dumps(text, ensure_ascii=False)
    return "".join(character if character.isprintable() else _code(character) for character in written)


def _code(character: str) -> str:
    number = ord(character)
    return f"\\U{number:08x}" if number > 0xFFFF else f"\\u{number:04x}"  # noqa: PLR2004 (four hex digits hold no more)
