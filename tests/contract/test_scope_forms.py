"""Every algorithm with every form of the scope claim: one canonical set inside, whatever goes in and comes out."""

import base64
import json
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct

from authsvc.v1.scopes_pb2 import ScopeRequirement
from tests.contract.client import Client
from tests.contract.tenants import ALGORITHMS, SHAPES, crossed_name

SCOPES = ["create:users", "read:users", "repo"]
TREE = {"users": {"actions": ["read", "create"]}, "repo": {}}
CLAIMS: dict[str, dict[str, Any]] = {
    "STRING": {"scope": "create:users read:users repo"},
    "ARRAY": {"scopes": ["create:users", "read:users", "repo"]},
    "TREE": {"scopes": {"repo": {}, "users": {"actions": ["create", "read"]}}},
}


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload as they stand in a token."""
    header, payload = (
        json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in token.split(".")[:2]
    )
    return header, payload


def struct(members: dict[str, Any]) -> Struct:
    made = Struct()
    made.update(members)
    return made


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_three_forms_go_in_and_the_tenants_comes_out(client: Client, algorithm: str, shape: str) -> None:
    tenant = crossed_name(algorithm, shape)
    asked: list[dict[str, Any]] = [
        {"scopes": ["repo", "read:users", "create:users", "repo"]},
        {"scopes": ["repo read:users create:users"]},
        {"scope_tree": struct(TREE)},
    ]
    for fields in asked:
        issued = client.issue(tenant, **fields)
        assert list(issued.scopes) == SCOPES
        header, payload = parts_of(issued.token)
        assert header == {"alg": "EdDSA" if algorithm == "EDDSA" else algorithm, "typ": "at+jwt", "kid": issued.key_id}
        assert {name: payload[name] for name in payload.keys() & {"scope", "scopes"}} == CLAIMS[shape]
        assert list(client.claims(issued.token, tenant).scopes) == SCOPES
        checked = client.do(
            "CheckScopes",
            tenant=tenant,
            token=issued.token,
            audience="demo-api",
            requirement=ScopeRequirement(any_of=["repo"], all_of=["read:users"]),
        )
        assert checked.allowed


@pytest.mark.parametrize("shape", SHAPES)
def test_no_scopes_are_no_claim(client: Client, shape: str) -> None:
    tenant = crossed_name("ES256", shape)
    issued = client.issue(tenant)
    assert not parts_of(issued.token)[1].keys() & {"scope", "scopes"}
    assert not client.claims(issued.token, tenant).scopes


def test_a_set_without_a_tree_is_refused_by_name_where_a_tree_is_written(client: Client) -> None:
    asked: dict[str, Any] = {"subject": "s", "audiences": ["a"], "scopes": ["users", "read:users"]}
    refusal = client.refused("Issue", tenant=crossed_name("ES256", "TREE"), **asked)
    assert refusal.fields == ["scopes"]
    assert "users" in refusal.violations[0][1]
    for shape in ("STRING", "ARRAY"):
        assert list(client.do("Issue", tenant=crossed_name("ES256", shape), **asked).scopes) == ["read:users", "users"]


def test_claims_are_those_of_rfc_9068_and_the_tenant(client: Client) -> None:
    issued = client.issue(subject="s", client_id="c", audiences=["demo-api"], scopes=["repo"])
    _, payload = parts_of(issued.token)
    assert payload.keys() == {"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope", "tenant"}
    assert payload["jti"] == issued.token_id
    assert (payload["iat"], payload["exp"]) == (issued.issue_time.seconds, issued.expire_time.seconds)
    assert payload["exp"] - payload["iat"] == 3600


def test_whole_numbers_among_the_claims_become_integers(client: Client) -> None:
    extra = {
        "whole": 5,
        "negative": -7,
        "half": 0.5,
        "huge": 1e300,
        "edge": 2**53 - 1,
        "list": [1, [2.0]],
        "o": {"n": 3},
    }
    issued = client.issue(claims=struct(extra))
    text = base64.urlsafe_b64decode(issued.token.split(".")[1] + "==").decode()
    payload = json.loads(text)
    assert {name: payload[name] for name in extra} == extra
    for name in ("whole", "negative", "edge"):
        assert isinstance(payload[name], int)
    assert isinstance(payload["list"][1][0], int)
    assert isinstance(payload["o"]["n"], int)
    assert client.claims(issued.token).extra["whole"] == 5
    assert client.record(issued.token_id).claims["o"]["n"] == 3


def test_two_tokens_never_share_an_id(client: Client) -> None:
    ids = {client.issue(subject="same").token_id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(token_id) == 32 and int(token_id, 16) for token_id in ids)
