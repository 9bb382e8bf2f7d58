"""The bounds that the comments of the contract state, read from the .proto files: a descriptor holds no comments."""

import re
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor import Descriptor

from tests.contract.contract import METHODS

PROTOS = Path(__file__).parents[2] / "protos" / "authsvc" / "v1"

AT_APPLY = frozenset(
    {
        *("Scope", "Client", "IssueGrant", "ExtraClaims", "RateLimit"),
        *("TrustedIssuer", "ClaimMapping"),
        *("Tenant.scopes", "Tenant.clients", "Tenant.trusted_issuers"),
    }
)
"""Parts of the tenant document, messages and fields, whose bounds tests/unit/policy/test_stated_bounds.py holds, not cases."""

_MESSAGE = re.compile(r"message (\w+) \{")
_FIELD = re.compile(r"(repeated )?[\w.]+ (\w+) = \d+;")
_BOUND = re.compile(r"([\d,]+) to ([\d,]*\d)|[Aa]t most ([\d,]*\d)|(\d+) s or more")


@dataclass(frozen=True, order=True)
class Bound:
    """One number that bounds a field."""

    field: str
    """"Message.field"."""
    number: int
    has_outside: bool
    """False for the least length of a text that may be left out: an empty text is an absent one."""

    @property
    def edge(self) -> str:
        return f"{self.field} {self.number}"


def stated_bounds() -> set[Bound]:
    """Every bound of every field that an RPC's request can hold, but for those of document_bounds."""
    return {bound for bound in _all_bounds() if not _is_at_apply(bound)}


def document_bounds() -> set[Bound]:
    """The bounds of those parts of a tenant document that AT_APPLY names."""
    return {bound for bound in _all_bounds() if _is_at_apply(bound)}


def _is_at_apply(bound: Bound) -> bool:
    return not AT_APPLY.isdisjoint({bound.field, bound.field.partition(".")[0]})


def _all_bounds() -> set[Bound]:
    asked = set().union(*(_messages(method.input_type) for method in METHODS.values()))
    return {
        bound
        for path in PROTOS.glob("*.proto")
        for bound in _bounds(path.read_text(encoding="utf-8"))
        if bound.field.partition(".")[0] in asked
    }


def _messages(message: Descriptor) -> set[str]:
    """The names of a message and of all that its fields hold."""
    names = {message.name}
    for field in message.fields:
        held = field.message_type
        if held is not None and held.file.package == message.file.package:
            names |= _messages(held)
    return names


def _bounds(text: str) -> set[Bound]:
    bounds: set[Bound] = set()
    message, comment = "", ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("//"):
            comment += line.removeprefix("//")
            continue
        if opened := _MESSAGE.match(line):
            message = opened[1]
        elif declared := _FIELD.match(line):
            is_left_out = "Optional." in comment and not declared[1] and "page_size" not in line
            for found in _BOUND.finditer(comment):
                numbers = [int(number.replace(",", "")) for number in found.groups() if number]
                for number in numbers:
                    is_least = number <= 1 and found[1] is not None
                    bounds.add(Bound(f"{message}.{declared[2]}", number, not (is_least and is_left_out)))
        comment = ""
    return bounds
