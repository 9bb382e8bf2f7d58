"""Cases as data: read from cases/*.yaml, filled in, called, and held against what they expect.

A file is a mapping with an optional `rpc`, `caller` and `setup` for all its cases, and the list `cases`. A case:

    name, description   what it shows
    rpc                 the RPC
    caller              a name in callers.yaml, or admin
    setup               calls made before, each {rpc, caller, request, save: {NAME: path in the response}}
    request             the request in proto-JSON
    request_hex         or its bytes, for what proto-JSON cannot write
    pad_to              an unknown field brings the request to this many bytes
    edge                the bounds of the contract at whose edge it stands, each "Message.field NUMBER"
    expect              response: what must be in it; absent: paths that must not be set;
                        or status, reason, violations: [{field, rule}] (rule: a part of the text), info, retry

In a request and in a response to be expected, "$NAME" is a saved value, and one of these stands for a value:

    {$text: [unit, count]}       a text repeated
    {$list: [count, template]}   a list; {n} in the template is the position
    {$map: [count, key, value]}  an object; {n} in the key is the position
    {$secret: count}             so many random bytes, another time others
    {$time: seconds}             a time, so many seconds from now
    {$matches: pattern}          expected only: a text that matches
    {$length: count}             expected only: a list, an object or a text of that length
"""

import base64
import functools
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format
from google.protobuf.message import Message
from ruamel.yaml import YAML

from tests.contract.callers import Callers
from tests.contract.contract import METHODS, Refusal, call, request_type

DIRECTORY = Path(__file__).with_name("cases")
_FIELDS = {"name", "description", "rpc", "caller", "setup", "request", "request_hex", "pad_to", "edge", "expect"}
_EXPECTED = {"response", "absent", "status", "reason", "violations", "info", "retry"}
_PAD_FIELD = 15000
_PATTERNS = ({"$matches"}, {"$length"})
_NAME = re.compile(r"\$([a-z_]+)")


@dataclass(frozen=True)
class Case:
    """One case, as it stands in its file."""

    file: str
    name: str
    rpc: str
    caller: str
    expect: Mapping[str, Any]
    setup: Sequence[Mapping[str, Any]] = ()
    request: Mapping[str, Any] = field(default_factory=dict)
    request_hex: str | None = None
    pad_to: int = 0
    edge: Sequence[str] = ()

    @property
    def id(self) -> str:
        return f"{self.file}: {self.name}"

    @property
    def is_good(self) -> bool:
        """Whether the call must succeed."""
        return "status" not in self.expect

    @property
    def accepts(self) -> bool:
        """Whether what stands at the edge must be taken: a token that is answered as malformed is not."""
        return self.is_good and "REASON_MALFORMED" not in str(self.expect)


@functools.cache
def load_cases() -> tuple[Case, ...]:
    """Every case of every file. A field that nobody knows is a mistake, and so is a name that stands twice."""
    cases = tuple(case for path in sorted(DIRECTORY.glob("*.yaml")) for case in _read(path))
    names = [case.id for case in cases]
    assert len(names) == len(set(names)), "two cases of a file share a name"
    return cases


def _read(path: Path) -> list[Case]:
    document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    common = {name: document[name] for name in ("rpc", "caller") if name in document}
    cases = []
    for stated in document["cases"]:
        assert stated.keys() <= _FIELDS, f"{path.name}: {stated.keys() - _FIELDS}"
        assert stated["expect"].keys() <= _EXPECTED, f"{path.name}: {stated['expect'].keys() - _EXPECTED}"
        merged = {"caller": "demo", **common, **stated}
        merged.pop("description", None)
        merged["setup"] = [*document.get("setup", ()), *stated.get("setup", ())]
        edge = merged.get("edge", ())
        merged["edge"] = (edge,) if isinstance(edge, str) else edge
        assert merged["rpc"] in METHODS, f"{path.name}: {stated['name']}: no such RPC"
        cases.append(Case(file=path.stem, **merged))
    return cases


class Run:
    """One case on its way: the values that its setup saved."""

    def __init__(self, channel: grpc.Channel, callers: Callers) -> None:
        self._channel = channel
        self._callers = callers
        self.saved: dict[str, Any] = {}

    def answer(self, case: Case) -> Any:
        """The setup, then the call: its response or its refusal."""
        self.set_up(case)
        return call(self._channel, case.rpc, self._request(case), self._callers.named(case.caller))

    def set_up(self, case: Case) -> None:
        """The calls that go before."""
        for step in case.setup:
            self._set_up(step, case.caller)

    def _set_up(self, step: Mapping[str, Any], caller: str) -> None:
        request = json_format.ParseDict(self.fill(step["request"]), request_type(step["rpc"])())
        response = call(self._channel, step["rpc"], request, self._callers.named(step.get("caller", caller)))
        assert not isinstance(response, Refusal), f"the setup was refused: {response}"
        plain = plain_of(response)
        for name, path in step.get("save", {}).items():
            self.saved[name] = value_at(plain, path)

    def _request(self, case: Case) -> bytes:
        if case.request_hex is not None:
            return bytes.fromhex(case.request_hex)
        request = json_format.ParseDict(self.fill(case.request), request_type(case.rpc)())
        return padded(request.SerializeToString(), case.pad_to)

    def fill(self, value: Any) -> Any:
        """The value with every placeholder filled in."""
        if isinstance(value, str):
            whole = _NAME.fullmatch(value)
            return self.saved[whole[1]] if whole else _NAME.sub(lambda match: str(self.saved[match[1]]), value)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, dict) or value.keys() in _PATTERNS:
            return value
        if len(value) == 1 and (made := self._make(*next(iter(value.items())))) is not None:
            return made
        return {self.fill(name): self.fill(item) for name, item in value.items()}

    def _make(self, kind: str, given: Any) -> Any:
        if kind == "$text":
            unit, count = given
            return self.fill(unit) * count
        if kind == "$list":
            count, template = given
            return [numbered(self.fill(template), position) for position in range(count)]
        if kind == "$map":
            count, name, value = given
            return {numbered(name, position): numbered(self.fill(value), position) for position in range(count)}
        if kind == "$secret":
            return base64.b64encode(secrets.token_bytes(given)).decode()
        if kind == "$time":
            return (datetime.now(UTC) + timedelta(seconds=given)).isoformat().replace("+00:00", "Z")
        return None


def numbered(value: Any, position: int) -> Any:
    """The value with {n} replaced by the position."""
    if isinstance(value, str):
        return value.replace("{n}", str(position))
    if isinstance(value, list):
        return [numbered(item, position) for item in value]
    if isinstance(value, dict):
        return {numbered(name, position): numbered(item, position) for name, item in value.items()}
    return value


def padded(message: bytes, size: int) -> bytes:
    """The message with an unknown field that brings it to `size` bytes, if it is shorter."""
    if len(message) >= size:
        return message
    for overhead in range(4, 9):
        length = size - len(message) - overhead
        head = _varint(_PAD_FIELD << 3 | 2) + _varint(length)
        if len(head) == overhead:
            return message + head + bytes(length)
    raise ValueError(f"cannot be brought to {size} bytes")


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def plain_of(message: Message) -> Any:
    """A message as plain values, fields without presence shown even when they have their default."""
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def value_at(plain: Any, path: str) -> Any:
    """The value at a path: "records.0.token_id"."""
    for step in path.split("."):
        plain = plain[int(step)] if isinstance(plain, list) else plain[step]
    return plain


def has(plain: Any, path: str) -> bool:
    """Whether anything stands at a path."""
    try:
        value_at(plain, path)
    except (KeyError, IndexError):
        return False
    return True


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """Where what was found is not what was expected. Of an object only the expected members count."""
    if isinstance(expected, dict):
        if set(expected) == {"$matches"}:
            return (
                [] if isinstance(found, str) and re.fullmatch(expected["$matches"], found) else [f"{path}: {found!r}"]
            )
        if set(expected) == {"$length"}:
            return [] if len(found) == expected["$length"] else [f"{path}: {len(found)} long"]
        if not isinstance(found, dict):
            return [f"{path}: {found!r}"]
        return [
            line
            for name, value in expected.items()
            for line in (
                differences(value, found[name], f"{path}.{name}") if name in found else [f"{path}.{name}: absent"]
            )
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for place, (want, have) in pairs for line in differences(want, have, f"{path}[{place}]")]
    return [] if expected == found else [f"{path}: {found!r} is not {expected!r}"]
