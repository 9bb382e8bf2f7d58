"""What a misuse is told: every fault at once, and never more than the metadata of a stock client takes."""

from typing import Any

import grpc
import pytest
from google.protobuf.struct_pb2 import Struct

from authsvc.tokens.reserved import RESERVED_CLAIMS
from tests.contract.client import Client

SOFT_LIMIT = 8 * 1024


def struct(names: list[str]) -> Struct:
    made = Struct()
    made.update(dict.fromkeys(names, 1))
    return made


WORST: dict[str, dict[str, Any]] = {
    "reserved names": {"claims": struct(sorted(RESERVED_CLAIMS, key=len)[-32:])},
    "long names": {"claims": struct(["é" * 65 + str(number) for number in range(32)])},
    "audiences": {"audiences": ["\n" * 256 + str(number) for number in range(16)]},
}


@pytest.mark.parametrize("name", WORST)
def test_as_many_faults_are_named_as_an_answer_has_room_for(client: Client, name: str) -> None:
    fields: dict[str, Any] = {
        "tenant": "demo",
        "client_id": "\n",
        "label": "x" * 256,
        "request_id": "é",
        "audiences": ["x" * 256 + str(number) for number in range(16)],
        "scopes": [""],
        "bound_tenant": "demo",
        **WORST[name],
    }
    refusal = client.refused("Issue", **fields)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert refusal.fields[:4] == ["subject", "client_id", "label", "request_id"]
    assert len(refusal.message) < SOFT_LIMIT / 4
    if name == "reserved names":
        assert refusal.violations[-1][0] == "request"
        assert "more faults" in refusal.violations[-1][1]


def test_a_fault_that_many_names_share_is_named_once(client: Client) -> None:
    refusal = client.refused("Issue", tenant="demo", subject="s", audiences=["demo-api"], **WORST["long names"])
    assert refusal.fields == ["claims"]


def test_no_text_of_the_caller_comes_back(client: Client) -> None:
    canary = "c4n4ry-of-the-caller"
    refusals = [
        client.refused(
            "Issue", tenant="demo", subject=f"{canary}\n", audiences=[canary, canary], scopes=[f"{canary} \\"]
        ),
        client.refused("Issue", tenant="demo", subject="s", audiences=["demo-api"], claims=struct([canary * 10])),
        client.refused("Verify", tenant="demo", audience="x", min_revision=canary),
        client.refused("Verify", tenant=canary, audience="x"),
        client.refused("CheckScopes", tenant="demo", audience="x", operation=canary),
        client.refused("Revoke", tenant="demo", token=canary),
        client.refused("GetToken", tenant="demo", token_id=canary),
        client.refused("ListTokens", tenant="demo", page_token=canary),
    ]
    assert not [refusal for refusal in refusals if canary in repr(refusal)]
