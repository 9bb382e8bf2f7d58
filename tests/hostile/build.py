"""From a recipe to the text of a token. A recipe is data: a good token, and what is done to it.

Members of a recipe, all optional, in the order in which they act:

- key: the derived key that signs; the header's alg and kid follow it
- header, payload: members to set. Values may be {"$now": 60}, {"$text": TEMPLATE}, {"$repeat": "a", "times": 300},
  {"$series": "scope", "count": 65} or {"$jwk": KEY}
- header_without, payload_without: members to take out
- header_text, payload_text: a TEMPLATE of the raw JSON; {{members}} are the members made so far
- header_encoding, payload_encoding: how the text becomes bytes, by default UTF-8; latin-1 writes any bytes
- length: pads the payload until the whole text has that many characters
- sign: one source of a signature, {"key", "alg"}, {"public_of", "form", "alg"}, {"secret": hex, "alg"}, {"bytes": hex},
  {"pkcs1": parts} or {"pss": options}; "over" is a TEMPLATE of what is signed, by default {{h}}.{{p}}
- edits: edits of the signature, [["append", "00"], ...]
- text: a TEMPLATE of the token, by default {{h}}.{{p}}.{{s}}
- with: further recipes by name, for {{name}}, {{name.h}}, {{name.p}} and {{name.s}}; "good" is the unedited token of the key

A TEMPLATE holds {{now+60}}, {{repeat X 300}}, {{series "c#":#, 300}} and names, each name with filters: {{h|first 10}},
{{s|unused_bit}}.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.hostile.derived_keys import b64, derived_key, public_form, public_jwk
from tests.hostile.signatures import EDITS, forge_pkcs1, forge_pss, hmac_sign, sign

Recipe = Mapping[str, Any]

MEMBERS = frozenset(
    {
        "key",
        "header",
        "header_without",
        "header_text",
        "header_encoding",
        "payload",
        "payload_without",
        "payload_text",
        "payload_encoding",
        "length",
        "sign",
        "edits",
        "text",
        "with",
    }
)
DEFAULT_KEY = "acme-es256"
ISSUER_BASE = "https://issuer.example"
AUDIENCE = "https://api.example"

FOREIGN_ISSUERS = {
    "partner": "https://login.partner.example",
    "strict": "https://strict.partner.example",
    "rival": "https://login.rival.example",
    "backend": "backend",
    "legacy": "https://legacy.partner.example",
}
"""By the beginning of a key's name: whose tokens it signs, where it is none of this service's tenants."""

_PLACEHOLDER = re.compile(r"\{\{(?!\{)((?:(?!\}\}).)+)\}\}", re.DOTALL)
_NOW = re.compile(r"now([+-]\d+(?:\.\d+)?)?")
_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class RecipeError(ValueError):
    """A recipe says something that the builder does not know."""


def _unused_bit(segment: str) -> str:
    """The same bytes in another text: the lowest unused bit of the last character set."""
    if len(segment) % 4 not in {2, 3}:
        raise RecipeError("this segment has no unused bits")
    return segment[:-1] + _BASE64URL[_BASE64URL.index(segment[-1]) | 1]


FILTERS: dict[str, Callable[[str, str], str]] = {
    "first": lambda text, count: text[: int(count)],
    "after": lambda text, count: text[int(count) :],
    "unused_bit": lambda text, _: _unused_bit(text),
    "standard": lambda text, _: text.translate(str.maketrans("-_", "+/")),
    "padded": lambda text, _: text + "=" * (-len(text) % 4),
    "upper": lambda text, _: text.upper(),
    "swapcase": lambda text, _: text.swapcase(),
    "reverse": lambda text, _: text[::-1],
    "percent": lambda text, _: "".join(f"%{ord(character):02X}" for character in text),
    "base64": lambda text, _: b64(text.encode()),
    "wide": lambda text, _: "".join(chr(ord(character) + 0xFEE0) for character in text),
    "stray": lambda text, _: text + "A" * ((1 - len(text)) % 4 or 4),
}


def _time(expression: str, now: int) -> int | float | None:
    match = _NOW.fullmatch(expression)
    if match is None:
        return None
    offset = match[1] or "0"
    return now + (float(offset) if "." in offset else int(offset))


def render(template: str, names: Callable[[str], str], now: int) -> str:
    """A template with its placeholders filled in."""

    def fill(match: re.Match[str]) -> str:
        expression = match[1]
        if (time := _time(expression, now)) is not None:
            return str(time)
        if expression.startswith("repeat "):
            text, _, times = expression.removeprefix("repeat ").rpartition(" ")
            return text * int(times)
        if expression.startswith("series "):
            text, _, count = expression.removeprefix("series ").rpartition(" ")
            return "".join(text.replace("#", str(number)) for number in range(int(count)))
        name, *filters = expression.split("|")
        value = names(name)
        for entry in filters:
            filter_name, _, argument = entry.partition(" ")
            value = FILTERS[filter_name](value, argument)
        return value

    return _PLACEHOLDER.sub(fill, template)


def compact(value: Any) -> str:
    """JSON in its shortest form."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class _Build:
    """One recipe on its way to a text."""

    def __init__(self, recipe: Recipe, now: int, token_id: str) -> None:
        unknown = recipe.keys() - MEMBERS
        if unknown:
            raise RecipeError(f"unknown members: {sorted(unknown)}")
        self.recipe = recipe
        self.now = now
        self.token_id = token_id
        self.key = derived_key(recipe.get("key", DEFAULT_KEY))
        self.known: dict[str, str] = {}
        self.markers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "$now": lambda value: now + value["$now"],
            "$text": lambda value: self.render(value["$text"]),
            "$repeat": lambda value: value["$repeat"] * value["times"],
            "$series": lambda value: [f"{value['$series']}{number}" for number in range(value["count"])],
            "$jwk": lambda value: public_jwk(value["$jwk"]),
        }

    def name(self, name: str) -> str:
        """The value of a placeholder."""
        if name not in self.known:
            other, _, part = name.partition(".")
            recipes = {"good": {"key": self.key.name}, **self.recipe.get("with", {})}
            if other not in recipes:
                raise RecipeError(f"unknown placeholder {name}")
            text = build(recipes[other], self.now, f"{self.token_id}:{other}")
            self.known[name] = text.split(".")["hps".index(part)] if part else text
        return self.known[name]

    def render(self, template: str) -> str:
        return render(template, self.name, self.now)

    def value(self, value: Any) -> Any:
        """A member's value with its markers resolved."""
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, dict):
            return value
        for marker, resolve in self.markers.items():
            if marker in value:
                return resolve(value)
        return {name: self.value(member) for name, member in value.items()}

    def part(self, part: str, members: dict[str, Any]) -> str:
        """The raw text of the header or the payload."""
        members |= self.value(self.recipe.get(part, {}))
        for name in self.recipe.get(f"{part}_without", ()):
            del members[name]
        text = compact(members)
        self.known["members"] = text[1:-1]
        template: str | None = self.recipe.get(f"{part}_text")
        return text if template is None else self.render(template)

    def encode(self, part: str, text: str) -> str:
        encoding = self.recipe.get(f"{part}_encoding", "utf-8")
        return b64(text.encode(encoding, "surrogatepass" if encoding == "utf-8" else "strict"))

    def base_payload(self) -> dict[str, Any]:
        tenant = self.key.name.partition("-")[0]
        own = f"{ISSUER_BASE}/t/{'acme' if tenant == 'attacker' else tenant}"
        return {
            "iss": FOREIGN_ISSUERS.get(tenant, own),
            "sub": "user-1",
            "aud": "authsvc" if tenant == "authsvc" else AUDIENCE,
            "client_id": "client-1",
            "iat": self.now - 60,
            "exp": self.now + 3540,
            "jti": self.token_id,
            "scope": "create:users read:users",
            **({"bound_tenant": "*"} if tenant == "authsvc" else {}),
        }

    def signature(self) -> bytes:
        options: Mapping[str, Any] = self.recipe.get("sign", {})
        data = self.render(options.get("over", "{{h}}.{{p}}")).encode("utf-8", "surrogatepass")
        algorithm = options.get("alg", self.key.algorithm)
        key = derived_key(options["key"]) if "key" in options else self.key
        if "bytes" in options:
            raw = bytes.fromhex(options["bytes"])
        elif "public_of" in options:
            raw = hmac_sign(public_form(options["public_of"], options["form"]), algorithm, data)
        elif "secret" in options:
            raw = hmac_sign(bytes.fromhex(options["secret"]), algorithm, data)
        elif "pkcs1" in options:
            raw = forge_pkcs1(key, data, options["pkcs1"])
        elif "pss" in options:
            raw = forge_pss(key, data, options["pss"])
        else:
            raw = sign(key, options.get("alg", key.algorithm), data)
        for name, argument in self.recipe.get("edits", ()):
            raw = EDITS[name](raw, key, argument)
        return raw

    def text(self, padding: int = 0) -> str:
        header = self.part("header", {"alg": self.key.algorithm, "typ": "at+jwt", "kid": self.key.name})
        self.known["header"] = header
        self.known["h"] = self.encode("header", header)
        payload = self.part("payload", self.base_payload() | ({"pad": "x" * padding} if padding else {}))
        self.known["payload"] = payload
        self.known["p"] = self.encode("payload", payload)
        self.known["s"] = b64(self.signature())
        return self.render(self.recipe.get("text", "{{h}}.{{p}}.{{s}}"))


def build(recipe: Recipe, now: int, token_id: str) -> str:
    """The text that a recipe makes at a time, with that jti unless it says another.

    The same arguments make the same text, but for the salt of PSS.

    Raises:
        RecipeError: a member, placeholder or length that cannot be.
    """
    wanted: int | None = recipe.get("length")
    if wanted is None:
        return _Build(recipe, now, token_id).text()
    bare = len(_Build(recipe, now, token_id).text())
    for padding in range(max(1, (wanted - bare) * 3 // 4 - 20), wanted):
        text = _Build(recipe, now, token_id).text(padding)
        if len(text) == wanted:
            return text
        if len(text) > wanted:
            break
    raise RecipeError(f"no padding gives {wanted} characters")
