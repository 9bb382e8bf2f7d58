"""What a client of a tenant may call, issue and verify for, on a running server."""

import json
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct

from authsvc.v1 import token_service_pb2 as pb
from authsvc.v1.scopes_pb2 import ScopeRequirement
from tests.contract.callers import ALL_SCOPES, Callers, bearer
from tests.contract.client import Client, name_of
from tests.contract.contract import Refusal
from tests.support.server import Server


@pytest.fixture(scope="session")
def admin(channel: grpc.Channel, callers: Callers) -> Client:
    return Client(channel, callers.admin)


@pytest.fixture(scope="session")
def keys(admin: Client) -> dict[str, str]:
    """A key for each client of the shop, with all that the client may use."""
    permissions = {
        "backend": ["issue:tokens", "revoke:tokens", "read:tokens"],
        "counted": ["issue:tokens", "revoke:tokens"],
        "gateway": ["verify:tokens", "check:tokens", "inspect:tokens"],
        "two-doors": ["verify:tokens", "check:tokens", "inspect:tokens"],
        "free": ["verify:tokens", "check:tokens"],
        "mute": ["issue:tokens"],
        "slow": ["verify:tokens"],
    }
    return {name: issue_key(admin, name, scopes).token for name, scopes in permissions.items()}


def issue_key(admin: Client, client_id: str, scopes: Sequence[str], tenant: str = "shop") -> Any:
    return admin.ask(
        "Issue",
        tenant="authsvc",
        subject="test",
        client_id=client_id,
        audiences=["authsvc"],
        scopes=scopes,
        bound_tenant=tenant,
    )


@pytest.fixture(scope="session")
def clients(channel: grpc.Channel, keys: dict[str, str]) -> dict[str, Client]:
    return {name: Client(channel, bearer(key)) for name, key in keys.items()}


def order(**changes: Any) -> dict[str, Any]:
    return {"subject": "u-1", "audiences": ["shop-api"], "scopes": ["repo"], **changes}


def struct(**members: Any) -> Struct:
    made = Struct()
    made.update(members)
    return made


def rows(server: Server, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(server.data_dir / "authsvc.db")) as connection:
        return connection.execute(query).fetchall()


def test_a_key_for_a_listed_client_fits_its_permissions(admin: Client) -> None:
    beyond = issue_key(admin, "gateway", ["verify:tokens", "issue:tokens"])
    assert (beyond.reason, beyond.fields) == ("INVALID_FIELD", ["scopes[1]"])
    stranger = issue_key(admin, "nobody", ["verify:tokens"])
    assert (stranger.reason, stranger.fields) == ("INVALID_FIELD", ["client_id"])
    unnamed = issue_key(admin, "", ["verify:tokens"])
    assert unnamed.fields == ["client_id"]
    assert not isinstance(issue_key(admin, "nobody", ALL_SCOPES, tenant="open"), Refusal)


def test_a_client_calls_what_it_has_permission_for(clients: dict[str, Client]) -> None:
    assert clients["gateway"].refused("Issue", **order()).reason == "INSUFFICIENT_SCOPE"
    assert clients["backend"].refused("Verify", token="x", audience="shop-api").reason == "INSUFFICIENT_SCOPE"
    assert name_of(clients["free"].do("Verify", token="x", audience="any").reason) == "MALFORMED"


def test_an_open_tenant_takes_any_client(channel: grpc.Channel, callers: Callers) -> None:
    client = Client(channel, callers.bound("open"))
    issued = client.do("Issue", subject="anybody", audiences=["open-api"], scopes=["anything"], client_id="other")
    assert client.verdict(issued.token, "open", "open-api") == "OK"


def test_a_caller_for_all_tenants_is_above_the_list(channel: grpc.Channel, callers: Callers) -> None:
    platform = Client(channel, callers.bound("*"))
    issued = platform.do("Issue", tenant="shop", **order(subject="root", client_id="web", audiences=["shop-web"]))
    assert platform.verdict(issued.token, "shop", "shop-web") == "OK"


BEYOND: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a scope": ({"scopes": ["repo", "user:email"]}, ["scopes[1]"]),
    "a scope in a string": ({"scopes": ["repo user", "public_repo"]}, ["scopes[0]"]),
    "a scope in a tree": ({"scopes": [], "scope_tree": struct(user={})}, ["scope_tree"]),
    "an audience": ({"audiences": ["shop-api", "shop-web"]}, ["audiences[1]"]),
    "a subject": ({"subject": "root"}, ["subject"]),
    "another client": ({"client_id": "gateway"}, ["client_id"]),
    "everything": (
        {"client_id": "x", "subject": "root", "audiences": ["shop-web"], "scopes": ["user"]},
        ["client_id", "subject", "audiences[0]", "scopes[0]"],
    ),
}


@pytest.mark.parametrize(("changes", "fields"), BEYOND.values(), ids=BEYOND)
def test_what_goes_beyond_the_grant_is_refused_and_leaves_one_audit_row(
    server: Server, clients: dict[str, Client], changes: dict[str, Any], fields: list[str]
) -> None:
    count = "SELECT (SELECT count(*) FROM token_records), (SELECT count(*) FROM audit_records), (SELECT max(revision) FROM changes)"
    (before,) = rows(server, count)
    refusal = clients["backend"].refused("Issue", **order(**changes))
    (after,) = rows(server, count)
    assert (refusal.code, refusal.reason, refusal.fields) == (
        grpc.StatusCode.PERMISSION_DENIED,
        "GRANT_EXCEEDED",
        fields,
    )
    assert after == (before[0], before[1] + 1, before[2])
    action, actor, tenant, target, detail = rows(
        server, "SELECT action, actor, tenant, target, detail FROM audit_records ORDER BY position DESC LIMIT 1"
    )[0]
    assert (action, actor, tenant, target) == ("Issue", "backend", "shop", "")
    assert json.loads(detail)["refused"] == "GRANT_EXCEEDED"


def test_what_breaks_a_rule_of_the_tenant_is_invalid_for_everybody(clients: dict[str, Client], admin: Client) -> None:
    changes = {"scopes": ["repo", "nowhere"], "audiences": ["other"], "claims": struct(plan="x", region="y")}
    for client in (clients["backend"], admin):
        refusal = client.refused("Issue", tenant="shop", **order(**changes))
        assert (refusal.reason, refusal.fields) == ("INVALID_FIELD", ["audiences[0]", "scopes[1]", "claims.region"])


def test_a_stranger_leaves_no_audit_row(server: Server, channel: grpc.Channel) -> None:
    before = rows(server, "SELECT count(*) FROM audit_records")
    for metadata in ((), bearer("not-a-key")):
        assert Client(channel, metadata).refused("Issue", **order(subject="root")).code.name == "UNAUTHENTICATED"
    assert rows(server, "SELECT count(*) FROM audit_records") == before


def test_within_the_grant_lives_are_cut(clients: dict[str, Client], admin: Client) -> None:
    for ttl, expected in ((None, 600), (60, 60), (86_400, 600)):
        issued = clients["backend"].do("Issue", **order(ttl=None if ttl is None else Duration(seconds=ttl)))
        assert issued.expire_time.seconds - issued.issue_time.seconds == expected
    claims = admin.claims(issued.token, "shop", "shop-api")
    assert (claims.client_id, list(claims.scopes)) == ("backend", ["repo"])
    implied = clients["backend"].do("Issue", **order(scopes=["public_repo", "repo:status"]))
    assert list(implied.scopes) == ["public_repo", "repo:status"]


def test_a_client_without_a_grant_issues_nothing(clients: dict[str, Client]) -> None:
    assert clients["mute"].refused("Issue", **order(scopes=[])).reason == "GRANT_EXCEEDED"


def test_a_check_passes_by_what_is_implied(clients: dict[str, Client]) -> None:
    token = clients["backend"].do("Issue", **order()).token
    passed = clients["gateway"].do("CheckScopes", token=token, operation="POST /repos/statuses")
    assert (passed.allowed, list(passed.matched), list(passed.claims.scopes)) == (True, ["repo:status"], ["repo"])
    asked = ScopeRequirement(any_of=["user", "public_repo"], all_of=["repo", "user:email"])
    refused = clients["gateway"].do("CheckScopes", token=token, requirement=asked)
    assert (refused.allowed, list(refused.matched)) == (False, ["public_repo", "repo"])
    assert refused.missing == ScopeRequirement(all_of=["user:email"])
    batch = clients["gateway"].do(
        "BatchCheckScopes",
        items=[
            pb.CheckScopesItem(token=token, operation="POST /repos/statuses"),
            pb.CheckScopesItem(token=token, requirement=asked),
        ],
    )
    assert [item.allowed for item in batch.results] == [True, False]
    narrow = clients["backend"].do("Issue", **order(scopes=["public_repo"])).token
    assert not clients["gateway"].do("CheckScopes", token=narrow, operation="POST /repos/statuses").allowed


AUDIENCES = (
    # client, audience of the request, reason of a refusal
    ("gateway", "shop-api", ""),
    ("gateway", "", ""),
    ("gateway", "shop-web", "GRANT_EXCEEDED"),
    ("gateway", "authsvc", "GRANT_EXCEEDED"),
    ("gateway", "x" * 256, "INVALID_FIELD"),
    ("two-doors", "shop-web", ""),
    ("two-doors", "", "INVALID_FIELD"),
    ("two-doors", "Shop-api", "GRANT_EXCEEDED"),
)
VERIFYING: dict[str, dict[str, Any]] = {
    "Verify": {"token": "x"},
    "Inspect": {"token": "x"},
    "BatchVerify": {"tokens": ["x"]},
    "CheckScopes": {"token": "x", "operation": "POST /repos/statuses"},
    "BatchCheckScopes": {"items": [pb.CheckScopesItem(token="x", operation="POST /repos/statuses")]},
}


@pytest.mark.parametrize("rpc", VERIFYING)
@pytest.mark.parametrize(("name", "audience", "reason"), AUDIENCES)
def test_the_audience_is_that_of_the_registration(
    clients: dict[str, Client], rpc: str, name: str, audience: str, reason: str
) -> None:
    answer = clients[name].ask(rpc, audience=audience, **VERIFYING[rpc])
    if reason:
        assert (answer.reason, answer.fields) == (reason, ["audience"])
    else:
        assert not isinstance(answer, Refusal), answer


def test_a_token_for_another_audience_is_refused_without_naming_one(clients: dict[str, Client], admin: Client) -> None:
    token = admin.do("Issue", tenant="shop", **order(audiences=["shop-web"])).token
    assert name_of(clients["gateway"].do("Verify", token=token).reason) == "WRONG_AUDIENCE"
    assert name_of(clients["two-doors"].do("Verify", token=token, audience="shop-web").reason) == "OK"


def test_as_many_live_tokens_as_allowed_however_many_ask_at_once(
    server: Server, keys: dict[str, str], clients: dict[str, Client]
) -> None:
    asking = [Client(server.channel(fresh=True), bearer(keys["counted"])) for _ in range(8)]
    with ThreadPoolExecutor(len(asking)) as threads:
        answers = list(threads.map(lambda number: asking[number % 8].ask("Issue", **order()), range(40)))
    issued = [answer for answer in answers if not isinstance(answer, Refusal)]
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    print(f"40 at once under a cap of 10: {len(issued)} issued")
    assert len(issued) == 10
    assert {(answer.code, answer.reason) for answer in refused} == {
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_LIVE_TOKENS")
    }
    clients["counted"].do("Revoke", token_id=pb.TokenTarget(token_id=issued[0].token_id))
    again = clients["counted"].do("Issue", **order(request_id="one more"))
    assert clients["counted"].refused("Issue", **order()).reason == "TOO_MANY_LIVE_TOKENS"
    # A retry is no further token.
    assert clients["counted"].do("Issue", **order(request_id="one more")).token_id == again.token_id


def test_a_client_that_calls_too_often_is_told_when_to_come_again(clients: dict[str, Client]) -> None:
    answers = [clients["slow"].ask("Verify", token="x", audience="y") for _ in range(20)]
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert 10 <= len(refused) <= 15
    assert {(answer.code.name, answer.reason) for answer in refused} == {("RESOURCE_EXHAUSTED", "RATE_LIMITED")}
    assert all(answer.retry_seconds is not None and 0 < answer.retry_seconds <= 1 for answer in refused)
    assert not isinstance(clients["free"].ask("Verify", token="x", audience="y"), Refusal)


def test_a_tenant_that_keeps_no_records_revokes_all_the_same(
    server: Server, channel: grpc.Channel, callers: Callers
) -> None:
    client = Client(channel, callers.bound("forgetful"))
    asked = {"subject": "u", "audiences": ["forgetful-api"]}
    issued, other = (client.do("Issue", **asked) for _ in range(2))
    assert client.refused("GetToken", token_id=issued.token_id).reason == "TOKEN_NOT_FOUND"
    assert not client.do("ListTokens").records
    assert rows(server, "SELECT count(*) FROM audit_records WHERE tenant = 'forgetful' AND action = 'Issue'") == [(2,)]
    assert client.refused("Issue", **asked, request_id="x").fields == ["request_id"]
    client.do("Revoke", token_id=pb.TokenTarget(token_id=issued.token_id))
    assert client.verdict(issued.token, "", "forgetful-api") == "REVOKED"
    assert client.verdict(other.token, "", "forgetful-api") == "OK"
    client.do("Revoke", subject=pb.SubjectTarget(subject="u"))
    assert client.verdict(other.token, "", "forgetful-api") == "REVOKED"
