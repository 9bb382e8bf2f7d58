"""A batch is its single calls: the same verdicts, the same claims, by position, and Inspect agrees with both."""

import os
import random
import secrets
import time
from typing import Any

import pytest
from google.protobuf.message import Message

from authsvc.v1 import token_service_pb2 as pb
from authsvc.v1.scopes_pb2 import ScopeRequirement
from tests.contract.client import Client
from tests.contract.forge import Forge, good_payload

SEED = int(os.environ.get("AUTHSVC_TEST_SEED") or secrets.randbits(32))
ROUNDS = 12
SCOPES = ["a", "b", "c", "read:a", "read:b", "do:all"]
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n"


@pytest.fixture(scope="module")
def chance() -> random.Random:
    print(f"AUTHSVC_TEST_SEED={SEED}")
    return random.Random(SEED)


@pytest.fixture(scope="module")
def pool(client: Client, forge: Forge, chance: random.Random) -> list[str]:
    """Tokens of every kind of good and bad."""
    now = int(time.time())
    tokens = [client.issue("mutants", scopes=chance.sample(SCOPES, chance.randint(0, 6))).token for _ in range(12)]
    revoked = [client.issue("mutants", scopes=["a"]) for _ in range(3)]
    for issued in revoked:
        client.revoke("mutants", token_id=pb.TokenTarget(token_id=issued.token_id))
    forged: list[dict[str, Any]] = [
        {"exp": now - 5, "iat": now - 50},
        {"nbf": now + 500},
        {"iat": now + 500, "exp": now + 900},
        {"aud": ["other"]},
        {"iss": "https://x.example"},
        {"sub": None},
        {"exp": "never"},
        {"scope": "a  b"},
        {"scopes": {"users": {"actions": ["read"]}}, "scope": None},
    ]
    tokens += [forge.sign("mutants", good_payload("mutants", **changes)) for changes in forged]
    others = [client.issue(tenant).token for tenant in ("demo", "acme", "brief")]
    spoilt = [spoil(chance, token) for token in tokens[:12] for _ in range(2)]
    return [*tokens, *(issued.token for issued in revoked), *others, *spoilt, "", ".", "..", "x" * 4097]


def spoil(chance: random.Random, token: str) -> str:
    """The token with one character put in, taken out or changed."""
    place = chance.randrange(len(token))
    return token[:place] + chance.choice(["", chance.choice(ALPHABET)]) + token[place + chance.choice([0, 1]) :]


def requirement(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.3:
        return {"operation": "do"}
    any_of, all_of = (chance.sample([*SCOPES, "unheld"], chance.randint(0, 3)) for _ in range(2))
    return {"requirement": ScopeRequirement(any_of=any_of or ([] if all_of else ["a"]), all_of=all_of)}


def fields_of(message: Message) -> dict[str, Any]:
    """What a verdict says, without the revision."""
    return {
        field.name: message.HasField(field.name) and value.SerializeToString(deterministic=True)
        if field.message_type is not None and not field.is_repeated
        else (list(value) if field.is_repeated else value)
        for field in message.DESCRIPTOR.fields
        if field.name != "revision"
        for value in (getattr(message, field.name),)
    }


def test_batch_verify_is_its_single_calls(client: Client, pool: list[str], chance: random.Random) -> None:
    head = {"tenant": "mutants", "audience": "demo-api"}
    for _ in range(ROUNDS):
        tokens = chance.choices(pool, k=chance.randint(1, 60))
        batch = client.do("BatchVerify", **head, tokens=tokens)
        single = [client.do("Verify", **head, token=token) for token in tokens]
        assert [fields_of(result) for result in batch.results] == [fields_of(answer) for answer in single]
        assert batch.revision == single[-1].revision


def test_batch_check_scopes_is_its_single_calls(client: Client, pool: list[str], chance: random.Random) -> None:
    head = {"tenant": "mutants", "audience": "demo-api"}
    for _ in range(ROUNDS):
        asked = [{"token": token, **requirement(chance)} for token in chance.choices(pool, k=chance.randint(1, 60))]
        batch = client.do("BatchCheckScopes", **head, items=[pb.CheckScopesItem(**item) for item in asked])
        single = [client.do("CheckScopes", **head, **item) for item in asked]
        assert [fields_of(result) for result in batch.results] == [fields_of(answer) for answer in single]


def test_check_scopes_and_inspect_agree_with_verify(client: Client, pool: list[str], chance: random.Random) -> None:
    head = {"tenant": "mutants", "audience": "demo-api"}
    for token in pool:
        verified = client.do("Verify", **head, token=token)
        inspected = client.do("Inspect", **head, token=token)
        checked = client.do("CheckScopes", **head, token=token, **requirement(chance))
        assert (inspected.valid, inspected.reason) == (verified.valid, verified.reason)
        assert inspected.claims == checked.claims == verified.claims
        assert checked.valid == verified.valid
        assert checked.reason == verified.reason or verified.valid
        failed = [step.reason for step in inspected.steps if step.outcome == pb.STEP_OUTCOME_FAILED]
        assert failed == ([] if verified.valid else [verified.reason])


def test_a_misused_item_leaves_no_half_a_batch(client: Client, pool: list[str]) -> None:
    good = pb.CheckScopesItem(token=pool[0], requirement=ScopeRequirement(any_of=["a"]))
    bad = pb.CheckScopesItem(token=pool[0])
    for position in (0, 50, 99):
        items = [good] * 100
        items[position] = bad
        refusal = client.refused("BatchCheckScopes", tenant="mutants", audience="demo-api", items=items)
        assert refusal.fields == [f"items[{position}].requirement"]
