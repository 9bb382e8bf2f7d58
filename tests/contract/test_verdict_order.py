"""The first failure wins, in the order of the enum Reason: over every set of faults that a token can have together."""

import secrets
import time
from collections.abc import Iterator
from itertools import chain, combinations
from typing import Any

import pytest

from authsvc.v1 import token_service_pb2 as pb
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.scopes_pb2 import ScopeRequirement
from tests.contract.client import Client, name_of
from tests.contract.contract import Refusal
from tests.contract.forge import Forge, good_payload

NOW = int(time.time())
REVOKED_ID = f"revoked-{secrets.token_hex(8)}"
CLAIM_FAULTS: dict[str, dict[str, Any]] = {
    "INVALID_CLAIMS": {"client_id": None},
    "WRONG_ISSUER": {"iss": "https://elsewhere.example"},
    "WRONG_AUDIENCE": {"aud": ["other"]},
    "NOT_YET_VALID": {"nbf": NOW + 10_000},
    "EXPIRED": {"iat": NOW - 2_000, "exp": NOW - 1_000},
    "REVOKED": {"jti": REVOKED_ID},
}
FAULTS = ("MALFORMED", "UNKNOWN_KEY", "BAD_SIGNATURE", *CLAIM_FAULTS)
BATCH = 64


def sets_of_faults() -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(FAULTS, count) for count in range(len(FAULTS) + 1))


def faulty_token(forge: Forge, faults: tuple[str, ...]) -> str:
    changes: dict[str, Any] = {}
    for fault in faults:
        changes |= CLAIM_FAULTS.get(fault, {})
    token = forge.sign("demo", good_payload("demo", **changes), key_id="nobody" if "UNKNOWN_KEY" in faults else None)
    if "BAD_SIGNATURE" in faults:
        head, _, signature = token.rpartition(".")
        token = f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    return token + "=" if "MALFORMED" in faults else token


@pytest.fixture(scope="module")
def tokens(client: Client, forge: Forge) -> list[tuple[str, str]]:
    """Every set of faults as a token, with the reason that it must get."""
    client.revoke(token_id=pb.TokenTarget(token_id=REVOKED_ID))
    made = [(faulty_token(forge, faults), faults[0] if faults else "OK") for faults in sets_of_faults()]
    assert len(made) == 2 ** len(FAULTS) == 512
    return made


def test_the_faults_stand_in_the_order_of_the_reasons() -> None:
    numbers = [Reason.Value(f"REASON_{fault}") for fault in FAULTS]
    assert numbers == list(range(2, 11))


def test_verify(client: Client, tokens: list[tuple[str, str]]) -> None:
    assert [client.verdict(token) for token, _ in tokens] == [reason for _, reason in tokens]


def test_batch_verify(client: Client, tokens: list[tuple[str, str]]) -> None:
    for start in range(0, len(tokens), BATCH):
        part = tokens[start : start + BATCH]
        answer = client.do("BatchVerify", tenant="demo", audience="demo-api", tokens=[token for token, _ in part])
        assert [name_of(result.reason) for result in answer.results] == [reason for _, reason in part]
        assert all(result.valid == (reason == "OK") for result, (_, reason) in zip(answer.results, part, strict=True))


def test_check_scopes_looks_at_scopes_last(client: Client, tokens: list[tuple[str, str]]) -> None:
    for start in range(0, len(tokens), BATCH):
        part = tokens[start : start + BATCH]
        items = [pb.CheckScopesItem(token=token, requirement=ScopeRequirement(any_of=["unheld"])) for token, _ in part]
        answer = client.do("BatchCheckScopes", tenant="demo", audience="demo-api", items=items)
        assert [name_of(result.reason) for result in answer.results] == [
            "INSUFFICIENT_SCOPE" if reason == "OK" else reason for _, reason in part
        ]
        assert not any(result.allowed for result in answer.results)
        assert all(result.valid == (reason == "OK") for result, (_, reason) in zip(answer.results, part, strict=True))


def test_inspect_shows_the_steps_that_lead_there(client: Client, tokens: list[tuple[str, str]]) -> None:
    passed, failed, skipped = pb.STEP_OUTCOME_PASSED, pb.STEP_OUTCOME_FAILED, pb.STEP_OUTCOME_SKIPPED
    for token, reason in tokens:
        answer = client.do("Inspect", tenant="demo", token=token, audience="demo-api")
        assert (name_of(answer.reason), answer.valid) == (reason, reason == "OK")
        assert [name_of(step.reason) for step in answer.steps] == list(FAULTS)
        position = FAULTS.index(reason) if reason != "OK" else len(FAULTS)
        outcomes = [passed] * position + [failed] * (reason != "OK")
        outcomes += [skipped] * (len(FAULTS) - len(outcomes))
        assert [step.outcome for step in answer.steps] == outcomes
        assert [bool(step.check and step.detail) for step in answer.steps] == [
            outcome == failed for outcome in outcomes
        ]


def test_revoke_takes_a_token_that_was_good_once_and_no_other(client: Client, forge: Forge) -> None:
    for faults in (("EXPIRED",), ("WRONG_AUDIENCE",), ("NOT_YET_VALID",), ("EXPIRED", "REVOKED")):
        assert not isinstance(client.ask("Revoke", tenant="demo", token=faulty_token(forge, faults)), Refusal)
    for fault in FAULTS[:5]:
        refusal = client.refused("Revoke", tenant="demo", token=faulty_token(forge, (fault,)))
        assert (refusal.reason, refusal.fields) == ("INVALID_FIELD", ["token"])
