"""The escalation oracle: whatever is asked of Exchange and RotateToken, no token conveys more than the one it came from."""

import os
import secrets
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from authsvc.api import exchange
from authsvc.errors import AuthsvcError
from tests.unit.api.life import HOUR, TENANT, Life, payload_of_text

SEED = int(os.environ.get("AUTHSVC_TEST_SEED") or secrets.randbits(32))
REQUESTS = 10_000
SCOPES = ("read", "read:users", "read:users:all", "write:users", "repo", "repo:status", "admin:authsvc", "*")
AUDIENCES = ("api", "web", "API", "authsvc", "other")
SPANS = (1, 60, HOUR, 10 * HOUR, 10**9)
SAME = ("iss", "sub", "client_id", "tenant", "plan", "bound_tenant")
POOL = 40


def a_root(life: Life, chance: Random) -> str:
    return life.issue(
        scopes=tuple(sorted(chance.sample(SCOPES, chance.randint(0, 4)))),
        audiences=tuple(chance.sample(("api", "web", "other"), chance.randint(1, 3))),
        expire_time=int(life.now) + chance.choice([2, 60, 600, HOUR]),
        claims={"plan": chance.choice(["gold", "silver"])},
        subject=chance.choice("abc"),
    )


def a_request(chance: Random) -> dict[str, Any]:
    """What an attacker might ask for."""
    fields: dict[str, Any] = {}
    if chance.random() < 0.7:
        fields["scopes"] = chance.sample(SCOPES, chance.randint(1, 3))
    if chance.random() < 0.5:
        fields["audiences"] = chance.sample(AUDIENCES, chance.randint(1, 3))
    if chance.random() < 0.6:
        fields["ttl"] = Duration(seconds=chance.choice(SPANS))
    return fields


def scopes_of(payload: dict[str, Any]) -> set[str]:
    return set(payload.get("scope", "").split())


def line_of(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The ancestors, without the key ids: a token does not say which key signed it."""
    return [{name: value for name, value in one.items() if name != "kid"} for one in payload.get("anc", [])]


def widenings(parent: dict[str, Any], child: dict[str, Any], *, is_rotated: bool) -> Iterator[str]:
    """What the child conveys beyond its parent, told from nothing but the two texts."""
    own = {name: parent[name] for name in ("iss", "jti", "iat", "sub", "client_id")}
    line = line_of(parent) if is_rotated else [own, *line_of(parent)]
    lifetime = parent["exp"] - parent["iat"] if is_rotated else TENANT.max_ttl
    found = {
        "scopes": not scopes_of(child) <= scopes_of(parent),
        "audience": not set(child["aud"]) <= set(parent["aud"]) or "authsvc" in child["aud"],
        "issued before": child["iat"] < parent["iat"],
        "family end": child["exp"] > child["family_end"] or child["family_end"] > parent.get("family_end", 10**12),
        "family": child["family_id"] != parent.get("family_id", parent["jti"]),
        "lifetime": child["exp"] - child["iat"] > lifetime,
        "ancestors": line_of(child) != line or len(line) > 3,
        "end": not is_rotated and child["exp"] > parent["exp"],
        **{name: child.get(name) != parent.get(name) for name in SAME},
    }
    yield from (name for name, is_wider in found.items() if is_wider)


def is_within(payload: dict[str, Any], fields: dict[str, Any]) -> bool:
    """The small oracle: whether Exchange may grant it."""
    return (
        set(fields.get("scopes", ())) <= scopes_of(payload)
        and set(fields.get("audiences", ())) <= set(payload["aud"])
        and len(payload.get("anc", ())) < 3
    )


def attack(seed: int, count: int) -> tuple[Counter[str], Counter[str], int]:
    """The answers, the escalations by what was widened, and how often the oracle and the service differ."""
    chance, life = Random(seed), Life()
    pool: list[str] = []
    answers: Counter[str] = Counter()
    escalations: Counter[str] = Counter()
    differences = 0
    while answers.total() < count:
        life.now += chance.choice([0, 0, 0, 0, 1, 10])
        if not pool or (len(pool) < POOL and chance.random() < 0.5):
            pool.append(a_root(life, chance))
        token = chance.choice(pool)
        parent = payload_of_text(token)
        if life.check_of(token, parent["aud"][0]):
            pool.remove(token)
            continue
        is_rotated, fields = chance.random() < 0.3, a_request(chance)
        try:
            if is_rotated:
                made = life.rotate(token, overlap=Duration(seconds=chance.choice([0, 60]))).token
            else:
                made = life.exchange(token, **fields).token
        except (AuthsvcError, RuntimeError) as error:
            # A RuntimeError is the fresh token's own check: a second line that good code never meets.
            answers[type(error).__name__] += 1
            differences += not is_rotated and is_within(parent, fields)
            continue
        answers["granted"] += 1
        differences += not is_rotated and not is_within(parent, fields)
        escalations.update(set(widenings(parent, payload_of_text(made), is_rotated=is_rotated)))
        if len(pool) < POOL:
            pool.append(made)
    return answers, escalations, differences


def test_no_token_conveys_more_than_the_one_it_came_from() -> None:
    print(f"AUTHSVC_TEST_SEED={SEED}")
    answers, escalations, differences = attack(SEED, REQUESTS)
    print(f"{answers.total()} requests: {dict(answers)}; {escalations.total()} escalations, {differences} differences")
    assert answers["granted"] > REQUESTS / 10
    assert answers["GrantExceededError"] > REQUESTS / 10
    assert not escalations
    assert differences == 0
    assert "RuntimeError" not in answers


def test_a_planted_escalation_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_refuse_more", lambda *_arguments: None)
    _, escalations, differences = attack(1, 300)
    assert escalations["scopes"]
    assert escalations["audience"]
    assert differences
