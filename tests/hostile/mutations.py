"""Random edits of good tokens: of their characters, their segments, their JSON and their signature."""

import base64
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from tests.hostile.build import build
from tests.hostile.cases import World
from tests.hostile.derived_keys import b64

BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
ODD = " \t\r\n\0=+/.,;:!*~%&#'\"\\()[]{}<>|$@`^\x7f\u00a0\u00e9\u200b\u2024\u3002\uff0e\uff21\u0430\u202e\U0001f511"
KEYS = ("acme-es256", "acme-rs256", "acme-ps256", "acme-eddsa", "acme-hs256")
FOREIGN: tuple[dict[str, Any], ...] = (
    {"key": "partner-es256"},
    {"key": "partner-rs256", "payload": {"scope": ["read:users", "repo"], "sub": "a@partner.example"}},
    {"key": "strict-eddsa", "payload": {"aud": ["https://api.example", "https://partner-api.example"]}},
    {
        "key": "backend-es256",
        "header": {"typ": "JWT"},
        "header_without": ["kid"],
        "payload": {"perms": ["read:users"], "azp": "worker"},
        "payload_without": ["client_id", "scope"],
    },
)
"""Recipes of tokens from elsewhere."""
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.5, 2**53, 10**15, 4102444800, "", "x", "*", "authsvc", "acme", "none", "HS256"),
    *("admin:all", "https://api.example", "../../dev/null", [], {}, [[]], ["authsvc"], {"a": {"actions": ["b"]}}),
)
NAMES = (
    "alg",
    "kid",
    "typ",
    "crit",
    "jwk",
    "jku",
    "b64",
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "scope",
    "scopes",
)

Edit = Callable[[Random, str, str], str]
"""Makes another text of a token; the third argument is another good token."""


def good_tokens(world: World, per_key: int) -> list[str]:
    """Good tokens of every algorithm and of every issuer, all for acme and the default audience, and all different."""
    payloads: list[dict[str, Any]] = [
        {},
        {"scope": ["read:users", "repo"]},
        {"nbf": world.now - 5, "aud": ["https://api.example", "https://other.example"]},
        {"tenant": "acme", "email": "a@example.com", "nested": {"a": [1, 2.5, None, "\u00e9"]}},
        {"sub": "Zo\u00eb", "client_id": "c" * 40},
        {"exp": world.now + 7000000, "amr": ["pwd"], "pad": "x" * 300},
    ]
    own = [
        build({"key": key, "payload": payloads[number % len(payloads)]}, world.now, f"mutated:{key}:{number}")
        for key in KEYS
        for number in range(per_key)
    ]
    foreign = [
        build(recipe, world.now, f"mutated:foreign:{number}:{again}")
        for number, recipe in enumerate(FOREIGN)
        for again in range(per_key)
    ]
    return own + foreign


def _position(random: Random, text: str) -> int:
    return random.randrange(len(text)) if text else 0


def _replace(text: str, start: int, end: int, by: str) -> str:
    return text[:start] + by + text[end:]


def replace_character(random: Random, text: str, _other: str) -> str:
    at = _position(random, text)
    return _replace(text, at, at + 1, random.choice(BASE64URL))


def flip_bit(random: Random, text: str, _other: str) -> str:
    at = _position(random, text)
    return _replace(text, at, at + 1, chr(ord(text[at]) ^ (1 << random.randrange(7)))) if text else text


def insert_character(random: Random, text: str, _other: str) -> str:
    at = random.randrange(len(text) + 1)
    return _replace(text, at, at, random.choice(random.choice((BASE64URL, ODD))))


def delete_character(random: Random, text: str, _other: str) -> str:
    at = _position(random, text)
    return _replace(text, at, at + 1, "")


def delete_range(random: Random, text: str, _other: str) -> str:
    at = _position(random, text)
    return _replace(text, at, at + random.randrange(1, 40), "")


def repeat_range(random: Random, text: str, _other: str) -> str:
    at = _position(random, text)
    return _replace(text, at, at, text[at : at + random.randrange(1, 40)])


def swap_characters(random: Random, text: str, _other: str) -> str:
    first, second = sorted((_position(random, text), _position(random, text)))
    if first == second:
        return text
    return text[:first] + text[second] + text[first + 1 : second] + text[first] + text[second + 1 :]


def swap_case(random: Random, text: str, _other: str) -> str:
    start = _position(random, text)
    end = start + random.choice((1, 1, 4, 40, len(text)))
    return _replace(text, start, end, text[start:end].swapcase())


def move_dot(random: Random, text: str, other: str) -> str:
    at = text.find(".", _position(random, text))
    return insert_character(random, _replace(text, at, at + 1, ""), other) if at >= 0 else text + "."


def splice(random: Random, text: str, other: str) -> str:
    at = _position(random, text)
    return text[:at] + other[random.choice((at, _position(random, other))) :]


def mix_segments(random: Random, text: str, other: str) -> str:
    pairs = zip(text.split("."), other.split("."), strict=False)
    return ".".join(random.choice(pair) for pair in pairs)


def reorder_segments(random: Random, text: str, _other: str) -> str:
    segments = text.split(".")
    random.shuffle(segments)
    return ".".join(segments)


def pad(random: Random, text: str, _other: str) -> str:
    segments = text.split(".")
    segments[random.randrange(len(segments))] += random.choice(("=", "==", "===", "\n", " ", "A", "AA", "%3D", "."))
    return ".".join(segments)


def set_unused_bits(random: Random, text: str, _other: str) -> str:
    segments = text.split(".")
    index = random.randrange(len(segments))
    last = segments[index][-1:]
    if last and last in BASE64URL:
        segments[index] = segments[index][:-1] + BASE64URL[BASE64URL.index(last) ^ random.choice((1, 2, 3))]
    return ".".join(segments)


def _segment_bytes(text: str, index: int) -> bytes:
    segments = text.split(".")
    if index >= len(segments) or not segments[index].isascii():
        return b""
    try:
        return base64.urlsafe_b64decode(segments[index] + "=" * (-len(segments[index]) % 4))
    except ValueError:
        return b""


def _with_segment(text: str, index: int, raw: bytes) -> str:
    segments = text.split(".")
    if index < len(segments):
        segments[index] = b64(raw)
    return ".".join(segments)


def edit_json(random: Random, text: str, _other: str) -> str:
    """Another header or payload, the signature kept."""
    index = random.randrange(2)
    try:
        members = json.loads(_segment_bytes(text, index))
    except ValueError:
        return text + "A"
    if not isinstance(members, dict):
        return text + "A"
    name = random.choice((*NAMES, *members))
    match random.randrange(4):
        case 0:
            members.pop(name, None)
        case 1:
            members = dict(random.sample(sorted(members.items()), len(members)))
        case _:
            members[name] = random.choice(VALUES)
    return _with_segment(text, index, json.dumps(members, separators=(",", ":")).encode())


def edit_json_text(random: Random, text: str, _other: str) -> str:
    """Another octet in the raw header or payload, the signature kept."""
    index = random.randrange(2)
    raw = bytearray(_segment_bytes(text, index))
    at = random.randrange(len(raw) + 1)
    raw[at : at + random.randrange(2)] = random.choice(
        (b"", b" ", b"}", b"{", b'"', b",", b"\\", bytes([random.randrange(256)]))
    )
    return _with_segment(text, index, bytes(raw))


def edit_signature(random: Random, text: str, _other: str) -> str:
    """Other octets in the signature."""
    raw = bytearray(_segment_bytes(text, 2))
    at = random.randrange(len(raw) + 1)
    match random.randrange(5):
        case 0 if raw:
            raw[at % len(raw)] ^= 1 << random.randrange(8)
        case 1:
            raw = raw[:at] + bytes(len(raw) - at)
        case 2:
            raw = raw[len(raw) // 2 :] + raw[: len(raw) // 2]
        case 3:
            raw = raw[:at]
        case _:
            raw.insert(at, random.randrange(256))
    return _with_segment(text, 2, bytes(raw))


EDITS: tuple[Edit, ...] = (
    replace_character,
    flip_bit,
    insert_character,
    delete_character,
    delete_range,
    repeat_range,
    swap_characters,
    swap_case,
    move_dot,
    splice,
    mix_segments,
    reorder_segments,
    pad,
    set_unused_bits,
    edit_json,
    edit_json_text,
    edit_signature,
)


def mutate(random: Random, tokens: Sequence[str]) -> tuple[str, str]:
    """A token with one to three edits, and the name of the first."""
    text = random.choice(tokens)
    edits = random.choices(EDITS, k=random.choice((1, 1, 1, 2, 3)))
    for edit in edits:
        text = edit(random, text, random.choice(tokens))
    return text, edits[0].__name__


def mutate_message(random: Random, raw: bytes) -> bytes:
    """A serialized message with one or two octets changed, put in, taken out, cut or repeated."""
    octets = bytearray(raw)
    for _ in range(random.randrange(1, 3)):
        at = random.randrange(len(octets) + 1)
        match random.randrange(6):
            case 0 if octets:
                octets[at % len(octets)] ^= 1 << random.randrange(8)
            case 1:
                octets.insert(at, random.randrange(256))
            case 2:
                del octets[at : at + random.randrange(1, 9)]
            case 3:
                del octets[at:]
            case 4:
                octets[at:at] = octets[at : at + random.randrange(1, 60)]
            case _:
                octets[at:at] = random.choice(
                    (b"\xff" * 10, b"\x80" * 11 + b"\x01", b"\x0a\xff\xff\xff\xff\x0f", b"\x0b", b"\x0c")
                )
    return bytes(octets)
