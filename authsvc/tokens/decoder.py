"""The strict decoder: one token has one text, one form and one meaning, or it is malformed.

It stands in front of the signature and trusts nothing: what it returns is still unverified. RFC 7515 (JWS compact
serialization), RFC 8725 (best current practice), RFC 9068 section 2.1 (typ).
"""

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from authsvc.keys.sealed_key import Algorithm
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.strict_json import STRICT_JSON, StrictJson, StrictJsonError
from authsvc.v1.reason_pb2 import Reason

MAX_TOKEN_LENGTH = 4096
MAX_KEY_ID_LENGTH = 64
_MAX_KNOWN = 1024
_MAX_KNOWN_LENGTH = 256
"""Headers that are remembered, and the longest text of one: they take 300 KiB at the most."""
TOKEN_TYPE = "at+jwt"  # noqa: S105 (a media type)
HEADER_MEMBERS = frozenset({"alg", "kid", "typ"})

_SEGMENTS = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TO_BASE64 = bytes.maketrans(b"-_", b"+/")
# By the length's rest: whole groups end in anything, one character is never left over, two leave 4 bits unused, three 2.
_LAST_CHARACTERS: tuple[str, ...] = (_BASE64URL, "", _BASE64URL[::16], _BASE64URL[::4])
_ALGORITHMS: frozenset[str] = frozenset(Algorithm)


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A token of the right form. Nothing in it may be believed before its signature is verified."""

    algorithm: str
    key_id: str
    unverified_header: dict[str, Any]
    unverified_payload: dict[str, Any]
    signing_input: bytes
    signature: bytes


@dataclass(slots=True)
class Draft:
    """A token on its way through the checks."""

    text: str
    segments: list[str] = field(default_factory=list)
    header: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the text or the header: its name, what it asks for, and whether a draft passes."""

    name: str
    rule: str
    passes: Callable[[Draft], bool]


def decode_segment(segment: str) -> bytes:
    """The bytes of a base64url segment without padding (RFC 7515 section 2)."""
    # Twice as fast as the module base64, which asks for types and validates, as the checks in front of this have done.
    return binascii.a2b_base64(segment.encode("ascii").translate(_TO_BASE64) + b"=" * (-len(segment) % 4))


def _is_canonical(segment: str) -> bool:
    """Whether no other text decodes to the same bytes: no stray length, no unused bit set (RFC 4648 section 3.5)."""
    return segment[-1:] in _LAST_CHARACTERS[len(segment) % 4]


TEXT_CHECKS: tuple[Check, ...] = (
    Check(
        "text.length",
        f"must be at most {MAX_TOKEN_LENGTH} characters",
        lambda draft: len(draft.text) <= MAX_TOKEN_LENGTH,
    ),
    Check(
        "text.segments",
        "must be three segments with dots between them",
        lambda draft: draft.text.count(".") == 2,  # noqa: PLR2004 (header.payload.signature)
    ),
    Check(
        "text.alphabet",
        "must be of the base64url alphabet without padding, no segment empty",
        lambda draft: _SEGMENTS.fullmatch(draft.text) is not None,
    ),
    Check(
        "text.canonical",
        "must be canonical base64url: no unused bit set",
        lambda draft: all(map(_is_canonical, draft.text.split("."))),
    ),
)

HEADER_CHECKS: tuple[Check, ...] = (
    Check(
        "header.members",
        "must have the members alg, kid and typ and no other",
        lambda draft: draft.header.keys() <= HEADER_MEMBERS,
    ),
    Check(
        "header.alg",
        "alg must be one of " + ", ".join(Algorithm),
        # The type comes first: a list or an object is not hashable.
        lambda draft: isinstance(draft.header.get("alg"), str) and draft.header["alg"] in _ALGORITHMS,
    ),
    Check(
        "header.kid",
        "kid must be a string",
        lambda draft: isinstance(draft.header.get("kid"), str),
    ),
    Check(
        "header.typ",
        f"typ must be {TOKEN_TYPE}",
        lambda draft: draft.header.get("typ") == TOKEN_TYPE,
    ),
)


def _refusal(check: str, rule: str) -> Refusal:
    return Refusal(Reason.REASON_MALFORMED, check, rule)


@dataclass(frozen=True, slots=True)
class Decoder:
    """The checks in their order. Tests take them out one by one; the service uses the default."""

    text_checks: tuple[Check, ...] = TEXT_CHECKS
    header_checks: tuple[Check, ...] = HEADER_CHECKS
    header_json: StrictJson = STRICT_JSON
    payload_json: StrictJson = STRICT_JSON
    _good_headers: dict[str, dict[str, Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def decode(self, text: str) -> UnverifiedToken | Refusal:
        """The parts of a token, or why it is malformed. Never raises."""
        draft = Draft(text)
        for check in self.text_checks:
            if not check.passes(draft):
                return _refusal(check.name, check.rule)
        draft.segments = text.split(".")
        header = self._good_headers.get(draft.segments[0])
        if header is None:
            refusal = self._read_header(draft)
            if refusal is not None:
                return refusal
            header = draft.header
        try:
            payload = self.payload_json.parse_object(decode_segment(draft.segments[1]))
        except StrictJsonError as error:
            return _refusal(f"payload.{error.check}", f"the payload {error}")
        return UnverifiedToken(
            algorithm=header["alg"],
            key_id=header.get("kid", ""),
            unverified_header=header,
            unverified_payload=payload,
            signing_input=text.rpartition(".")[0].encode("ascii"),
            signature=decode_segment(draft.segments[2]),
        )

    def _read_header(self, draft: Draft) -> Refusal | None:
        segment = draft.segments[0]
        try:
            draft.header = self.header_json.parse_object(decode_segment(segment))
        except StrictJsonError as error:
            return _refusal(f"header.{error.check}", f"the header {error}")
        for check in self.header_checks:
            if not check.passes(draft):
                return _refusal(check.name, check.rule)
        # All tokens of a key have one header: what was read once is read.
        if len(segment) <= _MAX_KNOWN_LENGTH:
            if len(self._good_headers) >= _MAX_KNOWN:
                self._good_headers.clear()
            self._good_headers[segment] = draft.header
        return None

    def peek(self, text: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Header and payload for people to look at, each None when it cannot be read. Never to be decided by."""
        parts: list[dict[str, Any] | None] = []
        segments = text.split(".") if len(text) <= MAX_TOKEN_LENGTH else []
        for segment in (*segments[:2], "", "")[:2]:
            try:
                parts.append(self.payload_json.parse_object(decode_segment(segment)))
            except ValueError:
                parts.append(None)
        return parts[0], parts[1]
