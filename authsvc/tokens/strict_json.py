"""JSON as a token may hold it (RFC 8259, RFC 7515 section 4).

UTF-8, each member once, finite numbers, bounded integers and depth.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MAX_DEPTH = 8
MAX_INTEGER_DIGITS = 16

# A string that never closes is one match to the end, so that no text is scanned twice: the parser refuses it later.
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)


class StrictJsonError(ValueError):
    """The text breaks a rule; `check` names it and the message states it."""

    def __init__(self, check: str, rule: str) -> None:
        super().__init__(rule)
        self.check = check


def utf8_text(raw: bytes) -> str:
    """The text of the bytes, in the one encoding that JSON has (RFC 8259 section 8.1)."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise StrictJsonError("utf8", "must be UTF-8") from None


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, unless it has a member twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise StrictJsonError("duplicates", "must not have a member twice")
    return members


def no_constant(_name: str) -> Any:  # noqa: ANN401 (it never returns)
    """NaN and Infinity are not JSON (RFC 8259 section 6)."""
    raise StrictJsonError("constants", "must not hold NaN or Infinity")


def bounded_integer(text: str) -> int:
    """An integer of at most 16 digits: longer ones cost quadratic time and hold no time or count."""
    if len(text) > MAX_INTEGER_DIGITS + text.startswith("-"):
        raise StrictJsonError("integers", f"must not hold integers of more than {MAX_INTEGER_DIGITS} digits")
    return int(text)


def finite_float(text: str) -> float:
    """A number that does not overflow."""
    number = float(text)
    if not math.isfinite(number):
        raise StrictJsonError("floats", "must not hold numbers that overflow")
    return number


def bounded_depth(text: str) -> None:
    """Refuse more than 8 levels before the parser recurses."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for character in _STRINGS.sub("", text):
        if character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise StrictJsonError("depth", f"must not be nested more than {MAX_DEPTH} levels deep")
        elif character in "]}":
            depth -= 1


def whole_characters(text: str, value: Any) -> None:  # noqa: ANN401 (any JSON)
    """Refuse lone surrogates, which an escape can write though UTF-8 cannot hold them."""
    if "\\u" not in text:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise StrictJsonError("surrogates", "must not hold lone surrogates") from None


def json_object(value: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    """The value, unless it is anything but an object."""
    if not isinstance(value, dict):
        raise StrictJsonError("object", "must be a JSON object")
    return value


@dataclass(frozen=True, slots=True)
class StrictJson:
    """The parser, made of its checks. Tests take them out one by one; the service uses the default."""

    members: Callable[[list[tuple[str, Any]]], dict[str, Any]] = unique_members
    constant: Callable[[str], Any] = no_constant
    integer: Callable[[str], int] = bounded_integer
    floating: Callable[[str], float] = finite_float
    depth: Callable[[str], None] = bounded_depth
    characters: Callable[[str, Any], None] = whole_characters
    encoding: Callable[[bytes], str] = utf8_text
    top: Callable[[Any], dict[str, Any]] = json_object
    _parser: json.JSONDecoder = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Made once: json.loads would make one for each text.
        parser = json.JSONDecoder(
            object_pairs_hook=self.members,
            parse_constant=self.constant,
            parse_int=self.integer,
            parse_float=self.floating,
        )
        object.__setattr__(self, "_parser", parser)

    def parse_object(self, raw: bytes) -> dict[str, Any]:
        """The object that the bytes write.

        Raises:
            StrictJsonError: with the check that failed: "utf8", "json", "object", "duplicates", "constants", "integers",
                "floats", "depth" or "surrogates".
        """
        text = self.encoding(raw)
        self.depth(text)
        try:
            value = self._parser.decode(text)
        except StrictJsonError:
            raise
        except (ValueError, RecursionError):
            raise StrictJsonError("json", "must be JSON without a byte order mark") from None
        members = self.top(value)
        self.characters(text, members)
        return members


STRICT_JSON = StrictJson()
"""The parser with all of its checks."""
