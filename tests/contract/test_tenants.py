"""A token belongs to the tenant of its key, and nothing opens this service but a key of the reserved tenant."""

import time
from typing import Any

import grpc
import pytest

from authsvc.v1 import token_service_pb2 as pb
from tests.contract.callers import ALL_SCOPES, Callers, bearer
from tests.contract.client import Client, name_of
from tests.contract.contract import Refusal, call
from tests.contract.forge import Forge, good_payload

ACME_ISSUER = "https://login.acme.example/tokens"


def test_a_token_of_another_tenant_reads_like_one_with_an_unknown_key(client: Client) -> None:
    token = client.issue("acme").token
    assert client.verdict(token, "acme") == "OK"
    unknown = client.do("Verify", tenant="demo", token=token, audience="demo-api")
    assert name_of(unknown.reason) == "UNKNOWN_KEY"
    assert not unknown.HasField("claims")
    inspected = client.do("Inspect", tenant="demo", token=token, audience="demo-api")
    assert {step.check for step in inspected.steps if step.check} == {"key.known"}


@pytest.mark.parametrize(
    ("signed_by", "changes", "asked_of", "reason"),
    [
        ("acme", {}, "demo", "UNKNOWN_KEY"),
        ("acme", {"tenant": "demo"}, "demo", "UNKNOWN_KEY"),
        ("acme", {"tenant": "demo", "iss": "http://127.0.0.1:8080/t/demo"}, "demo", "UNKNOWN_KEY"),
        ("acme", {"iss": "http://127.0.0.1:8080/t/demo"}, "acme", "WRONG_ISSUER"),
        ("acme", {"iss": "http://127.0.0.1:8080/t/acme"}, "acme", "WRONG_ISSUER"),
        ("acme", {"iss": ACME_ISSUER, "tenant": "demo"}, "acme", "INVALID_CLAIMS"),
        ("acme", {"iss": ACME_ISSUER, "tenant": "acme"}, "acme", "OK"),
        ("acme", {"iss": ACME_ISSUER}, "acme", "OK"),
        ("acme", {"iss": f"{ACME_ISSUER}/"}, "acme", "WRONG_ISSUER"),
        ("demo", {"bound_tenant": "*"}, "demo", "INVALID_CLAIMS"),
        ("demo", {"aud": ["demo-api", "authsvc"]}, "demo", "WRONG_AUDIENCE"),
        ("demo", {"aud": "demo-api"}, "demo", "OK"),
        ("demo", {"exp": int(time.time()) + 91 * 86400}, "demo", "INVALID_CLAIMS"),
    ],
)
def test_key_issuer_and_tenant_must_agree(
    client: Client, forge: Forge, signed_by: str, changes: dict[str, Any], asked_of: str, reason: str
) -> None:
    assert client.verdict(forge.sign(signed_by, good_payload(signed_by, **changes)), asked_of) == reason


def test_the_kid_of_another_tenant_finds_nothing(client: Client, forge: Forge) -> None:
    token = forge.sign("demo", good_payload("demo"), key_id=forge.key("acme").key_id)
    assert client.verdict(token) == "UNKNOWN_KEY"
    assert client.verdict(token, "acme") == "BAD_SIGNATURE"


KEY = {"aud": ["authsvc"], "scope": "verify:tokens", "bound_tenant": "demo", "tenant": "authsvc"}
BAD_KEYS: dict[str, tuple[str, dict[str, Any]]] = {
    "of another tenant": ("demo", {}),
    "of another tenant, with the issuer of the service": ("demo", {"iss": "http://127.0.0.1:8080/t/authsvc"}),
    "for two audiences": ("authsvc", {"aud": ["authsvc", "demo-api"]}),
    "for the audience twice": ("authsvc", {"aud": ["authsvc", "authsvc"]}),
    "for another audience": ("authsvc", {"aud": ["demo-api"]}),
    "bound to nothing": ("authsvc", {"bound_tenant": None}),
    "bound to an empty name": ("authsvc", {"bound_tenant": ""}),
    "of another issuer": ("authsvc", {"iss": "http://127.0.0.1:8080/t/demo"}),
    "of another tenant's claim": ("authsvc", {"tenant": "demo"}),
    "expired": ("authsvc", {"iat": int(time.time()) - 20, "exp": int(time.time()) - 10}),
    "not good yet": ("authsvc", {"nbf": int(time.time()) + 600}),
    "from the future": ("authsvc", {"iat": int(time.time()) + 600, "exp": int(time.time()) + 700}),
    "of too long a life": ("authsvc", {"exp": int(time.time()) + 91 * 86400}),
    "without an id": ("authsvc", {"jti": None}),
}


def test_a_good_key_is_good(channel: grpc.Channel, forge: Forge) -> None:
    key = forge.sign("authsvc", good_payload("authsvc", **KEY))
    answer = call(channel, "Verify", pb.VerifyRequest(token="x", audience="y"), bearer(key))
    assert name_of(answer.reason) == "MALFORMED"


def test_every_bad_key_gets_the_same_answer(channel: grpc.Channel, callers: Callers, forge: Forge) -> None:
    keys = [forge.sign(tenant, good_payload(tenant, **{**KEY, **changes})) for tenant, changes in BAD_KEYS.values()]
    admin = Client(channel, callers.admin)
    for target in ("token", "token_id", "subject", "client"):
        issued = admin.issue(
            "authsvc",
            client_id=f"revoked by {target}",
            subject=f"revoked by {target}",
            audiences=["authsvc"],
            scopes=ALL_SCOPES,
            bound_tenant="demo",
        )
        name = f"revoked by {target}"
        assert not isinstance(call(channel, "Verify", pb.VerifyRequest(audience="y"), bearer(issued.token)), Refusal)
        targets: dict[str, Any] = {
            "token": issued.token,
            "token_id": pb.TokenTarget(token_id=issued.token_id),
            "subject": pb.SubjectTarget(subject=name),
            "client": pb.ClientTarget(client_id=name),
        }
        admin.revoke("authsvc", **{target: targets[target]})
        keys.append(issued.token)
    answers = [call(channel, "Verify", pb.VerifyRequest(token="x", audience="y"), bearer(key)) for key in keys]
    assert {(answer.code.name, answer.reason, answer.message, str(answer.metadata)) for answer in answers} == {
        ("UNAUTHENTICATED", "INVALID_KEY", "the call's key is not valid here", "{}")
    }


def test_only_the_admin_verifies_a_key(client: Client, channel: grpc.Channel, callers: Callers) -> None:
    key = dict(callers.bound("demo"))["authorization"].removeprefix("Bearer ")
    admin = Client(channel, callers.admin)
    assert admin.verdict(key, "authsvc", "authsvc") == "OK"
    assert client.refused("Verify", tenant="authsvc", token=key, audience="authsvc").reason == "TENANT_NOT_ALLOWED"
    # In any other tenant it is a token of another tenant.
    assert admin.verdict(key, "demo", "authsvc") == "UNKNOWN_KEY"


def test_an_admin_bound_to_one_tenant_is_no_admin(channel: grpc.Channel, forge: Forge) -> None:
    key = forge.sign("authsvc", good_payload("authsvc", **{**KEY, "scope": "admin:authsvc"}))
    asked = {"tenant": "authsvc", "subject": "a", "audiences": ["authsvc"], "bound_tenant": "*"}
    answer = call(channel, "Issue", pb.IssueRequest(**asked), bearer(key))  # type: ignore[arg-type]  # a table of kinds
    assert isinstance(answer, Refusal)
    assert answer.reason == "TENANT_NOT_ALLOWED"


def test_no_rpc_names_what_is_another_tenants(client: Client, channel: grpc.Channel, callers: Callers) -> None:
    theirs = client.issue("acme", subject="theirs", label="theirs", request_id="theirs-1")
    ours = Client(channel, callers.bound("demo"))
    nobody = f"{theirs.token_id[:-1]}{'1' if theirs.token_id[-1] == '0' else '0'}"
    for rpc, field in (("GetToken", "token_id"),):
        assert ours.refused(rpc, **{field: theirs.token_id}) == ours.refused(rpc, **{field: nobody})
    assert not ours.do("ListTokens", subject="theirs", label="theirs").records
    # Revoking it under our own name writes a revocation that hits nothing of theirs.
    ours.do("Revoke", token_id=pb.TokenTarget(token_id=theirs.token_id))
    ours.do("Revoke", token_id=pb.TokenTarget(token_id=theirs.token_id, issuer=ACME_ISSUER))
    ours.do("Revoke", subject=pb.SubjectTarget(subject="theirs"))
    assert ours.refused("Revoke", key=pb.KeyTarget(key_id=theirs.key_id)).reason == "KEY_NOT_FOUND"
    assert client.verdict(theirs.token, "acme") == "OK"
    # The same request_id is another one.
    assert ours.issue("", subject="theirs", request_id="theirs-1").token_id != theirs.token_id
