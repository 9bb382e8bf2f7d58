"""Random payloads, most of them good, and ways to write them down as JSON."""

import json
from random import Random
from typing import Any

from tests.hostile.build import AUDIENCE, ISSUER_BASE
from tests.hostile.cases import World

_TEXTS = (
    "a",
    "user-1",
    "Zoë",
    "東京",
    "🗝",
    "\u2028",
    "\x7f",
    "a b",
    "\\ud83d",
    '"',
    "\\",
    "/",
    "</script>",
    "x" * 200,
    "é" * 60,
)
_SCOPES = ("repo", "read:users", "create:users", "a:b:c", "!", "~", "*")


def random_value(random: Random, depth: int = 0) -> Any:
    """Any JSON, seldom deeper than a token may hold it."""
    match random.randrange(9 if depth < 5 else 7):
        case 0:
            return random.choice((None, True, False))
        case 1:
            return random.randrange(-(10**16) + 1, 10**16)
        case 2:
            return random.choice((0.1, -0.0, 1e300, 5e-324, 1.5, random.random()))
        case 3 | 4 | 5 | 6:
            return random.choice(_TEXTS)
        case 7:
            return [random_value(random, depth + 1) for _ in range(random.randrange(4))]
        case _:
            return {random.choice(_TEXTS): random_value(random, depth + 1) for _ in range(random.randrange(4))}


def random_payload(random: Random, world: World) -> dict[str, Any]:
    """A payload that acme could have signed, in one of the many shapes that are allowed."""
    payload: dict[str, Any] = {
        "iss": f"{ISSUER_BASE}/t/acme",
        "sub": random.choice(_TEXTS),
        "client_id": random.choice(_TEXTS),
        "jti": f"{random.choice(_TEXTS)[:100]}{random.randrange(10**9)}",
        "aud": random.choice((AUDIENCE, [AUDIENCE], ["https://other.example", AUDIENCE])),
        "iat": world.now - random.randrange(0, 5000),
        "exp": world.now + random.randrange(1, 5000),
    }
    if random.random() < 0.3:
        payload["nbf"] = world.now - random.randrange(-5, 100)
    if random.random() < 0.2:
        payload["tenant"] = "acme"
    scopes = random.choices(_SCOPES, k=random.randrange(1, 4))
    name, value = random.choice(
        (
            ("scope", " ".join(scopes)),
            ("scope", scopes),
            ("scopes", scopes),
            ("scopes", {"users": {"actions": ["read", "create"]}, "repo": {}}),
        )
    )
    payload[name] = value
    for _ in range(random.randrange(3)):
        payload[f"x-{random.choice(_TEXTS)}"] = random_value(random)
    members = list(payload.items())
    random.shuffle(members)
    return dict(members)


def written(random: Random, payload: dict[str, Any]) -> str:
    """The payload as JSON, in one of its many texts."""
    separators = random.choice(((",", ":"), (", ", ": "), (" ,\n", "\t:")))
    return json.dumps(payload, ensure_ascii=random.random() < 0.5, separators=separators)
