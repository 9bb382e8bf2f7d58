"""Reading requests: each fault becomes one violation that names the field and its rule."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from authsvc.errors import FieldViolation, InvalidFieldError, MalformedRequestError
from authsvc.policy.bounds import is_plain
from authsvc.scopes.grammar import ScopeError
from authsvc.scopes.requirement import Requirement
from authsvc.tokens.claims import MAX_NAME_LENGTH
from authsvc.v1.scopes_pb2 import ScopeRequirement

MAX_FAULT_TEXT = 1500
"""Characters of all violations together. They travel in metadata, twice, and stock clients take 8 KiB of that."""

_REQUEST_ID = re.compile(r"[\x20-\x7E]{1,128}")
_KNOWN_REQUIREMENTS = 1024
_SHORT = 512
"""Bytes of a requirement that is worth remembering: it bounds the memory that callers can fill."""

MessageT = TypeVar("MessageT", bound=Message)


def parse(message_type: type[MessageT], request: bytes) -> MessageT:
    """The request message.

    Raises:
        MalformedRequestError: the bytes are no such message.
    """
    try:
        return message_type.FromString(request)
    except DecodeError:
        raise MalformedRequestError("the request is not a well-formed protobuf message of its type") from None


class FieldFaults:
    """Collects the faults of a request, so that a caller sees all of them at once, or as many as an answer has room for."""

    def __init__(self) -> None:
        self._violations: list[FieldViolation] = []
        self._text = 0
        self._unlisted = 0

    def add(self, field: str, rule: str) -> None:
        """Note a fault; the same one again is one."""
        violation = FieldViolation(field, rule)
        if violation in self._violations:
            return
        self._text += len(field) + len(rule)
        if self._text > MAX_FAULT_TEXT:
            self._unlisted += 1
        else:
            self._violations.append(violation)

    def text(self, field: str, value: str, *, required: bool = True, limit: int = MAX_NAME_LENGTH) -> None:
        """A text of 1 to `limit` characters without control characters."""
        if not value:
            if required:
                self.add(field, "is required")
        elif len(value) > limit:
            self.add(field, f"must be at most {limit} characters, has {len(value)}")
        elif not is_plain(value):
            self.add(field, "must have no control characters")

    def request_id(self, value: str, *, is_kept: bool = True) -> None:
        """What makes a retry safe; optional, and only where records are kept."""
        if value and not _REQUEST_ID.fullmatch(value):
            self.add("request_id", "must be 1 to 128 printable ASCII characters")
        if value and not is_kept:
            self.add("request_id", "must be left out: the tenant keeps no records, so there is nothing to repeat")

    def count(self, field: str, values: Sequence[object], limit: int) -> None:
        """A list of 1 to `limit` entries."""
        if not values:
            self.add(field, "is required")
        elif len(values) > limit:
            self.add(field, f"must hold at most {limit} entries, has {len(values)}")

    def refuse(self) -> None:
        """End the reading.

        Raises:
            InvalidFieldError: there were faults.
        """
        if self._unlisted:
            self._violations.append(FieldViolation("request", f"has {self._unlisted} more faults than are listed here"))
        if self._violations:
            raise InvalidFieldError(self._violations)


def check_audience(audience: str) -> None:
    """The expected audience is required, always: an audience that is not asked for would not be checked.

    Raises:
        InvalidFieldError: it is missing or too long.
    """
    if not audience or len(audience) > MAX_NAME_LENGTH:
        raise InvalidFieldError.of("audience", f"is required, 1 to {MAX_NAME_LENGTH} characters")


def _read(serialized: bytes) -> Requirement:
    message = ScopeRequirement.FromString(serialized)
    return Requirement.of(message.any_of, message.all_of)


# Callers ask for the same few requirements over and over, and reading one takes as long as deciding on a token.
_read_known = lru_cache(_KNOWN_REQUIREMENTS)(_read)


def read_requirement(message: ScopeRequirement, field: str) -> Requirement:
    """The requirement in a request.

    Raises:
        InvalidFieldError: it asks for nothing, or breaks the grammar of scopes.
    """
    serialized = message.SerializeToString()
    try:
        return (_read_known if len(serialized) <= _SHORT else _read)(serialized)
    except ScopeError as error:
        raise InvalidFieldError.of(field, str(error)) from None
