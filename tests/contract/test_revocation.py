"""Revoke: every target kills what it names and nothing else, at once, for good, and again without a word."""

import secrets
import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from authsvc.v1 import token_service_pb2 as pb
from authsvc.v1.token_record_pb2 import TokenState
from tests.contract.callers import Callers
from tests.contract.client import Client
from tests.contract.forge import Forge, good_payload
from tests.contract.test_scope_forms import parts_of

Target = Callable[[pb.IssueResponse, str, str], dict[str, Any]]
TARGETS: dict[str, Target] = {
    "token": lambda issued, _subject, _client: {"token": issued.token},
    "token_id": lambda issued, _subject, _client: {"token_id": pb.TokenTarget(token_id=issued.token_id)},
    "subject": lambda _issued, subject, _client: {"subject": pb.SubjectTarget(subject=subject)},
    "client": lambda _issued, _subject, client: {"client": pb.ClientTarget(client_id=client)},
}


def fresh() -> str:
    return f"r-{secrets.token_hex(8)}"


def at(seconds: int) -> Timestamp:
    return Timestamp(seconds=seconds)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_kills_what_it_names_and_nothing_else(client: Client, name: str) -> None:
    subject, other_subject, web, other_web = fresh(), fresh(), fresh(), fresh()
    hit = client.issue(subject=subject, client_id=web)
    spared = [client.issue(subject=other_subject, client_id=other_web).token]
    if name != "subject":
        spared.append(client.issue(subject=subject, client_id=other_web).token)
    if name != "client":
        spared.append(client.issue(subject=other_subject, client_id=web).token)
    elsewhere = client.issue("acme", subject=subject, client_id=web).token
    receipt = client.revoke(reason="because", **TARGETS[name](hit, subject, web))
    assert client.verdict(hit.token) == "REVOKED"
    assert [client.verdict(token) for token in spared] == ["OK"] * len(spared)
    assert client.verdict(elsewhere, "acme") == "OK"
    record = client.record(hit.token_id)
    assert (record.state, record.revoke_reason) == (TokenState.TOKEN_STATE_REVOKED, "because")
    assert record.revoke_time == receipt.revoke_time
    assert abs(receipt.revoke_time.seconds - time.time()) < 10


@pytest.mark.parametrize("name", ["token", "token_id"])
def test_revoking_again_keeps_the_first_time_and_reason(client: Client, name: str) -> None:
    issued = client.issue()
    first = client.revoke(reason="first", token=issued.token)
    again = client.revoke(reason="second", **TARGETS[name](issued, "", ""))
    assert again.revoke_time == first.revoke_time
    assert client.record(issued.token_id).revoke_reason == "first"


def test_the_same_cut_off_again_keeps_the_first_time(client: Client) -> None:
    subject, moment = fresh(), at(int(time.time()) - 5)
    target = pb.SubjectTarget(subject=subject, issued_before_time=moment)
    first = client.revoke(subject=target)
    assert client.revoke(subject=target).revoke_time == first.revoke_time
    # An earlier cut-off changes nothing either; a later one is a new revocation.
    earlier = pb.SubjectTarget(subject=subject, issued_before_time=at(moment.seconds - 100))
    assert client.revoke(subject=earlier).revoke_time == first.revoke_time
    assert client.revoke(subject=pb.SubjectTarget(subject=subject)).revoke_time != first.revoke_time


def test_an_id_that_nobody_knows_is_written_down(client: Client, forge: Forge) -> None:
    token_id = fresh()
    token = forge.sign("demo", good_payload("demo", jti=token_id))
    assert client.verdict(token) == "OK"
    client.revoke(token_id=pb.TokenTarget(token_id=token_id))
    assert client.verdict(token) == "REVOKED"


def test_a_token_is_named_by_its_tenant_its_issuer_and_its_id(client: Client) -> None:
    issued = client.issue()
    client.revoke(token_id=pb.TokenTarget(token_id=issued.token_id, issuer="https://elsewhere.example"))
    client.revoke("acme", token_id=pb.TokenTarget(token_id=issued.token_id))
    client.revoke(token_id=pb.TokenTarget(token_id=issued.token_id.upper()))
    client.revoke(token_id=pb.TokenTarget(token_id=issued.token_id[:-1]))
    assert client.verdict(issued.token) == "OK"
    client.revoke(token_id=pb.TokenTarget(token_id=issued.token_id, issuer="http://127.0.0.1:8080/t/demo"))
    assert client.verdict(issued.token) == "REVOKED"


def test_a_bad_signature_revokes_nothing(client: Client) -> None:
    issued = client.issue()
    head, _, signature = issued.token.rpartition(".")
    forged = f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    assert client.refused("Revoke", tenant="demo", token=forged).fields == ["token"]
    assert client.verdict(issued.token) == "OK"


def test_an_expired_token_may_be_revoked(client: Client, forge: Forge) -> None:
    now = int(time.time())
    token = forge.sign("demo", good_payload("demo", iat=now - 100, exp=now - 50))
    assert client.verdict(token) == "EXPIRED"
    client.revoke(token=token)
    assert client.verdict(token) == "EXPIRED"


def test_unknown_ids_are_limited_and_known_ones_are_not(client: Client) -> None:
    known = client.issue("floods").token_id
    refusals = []
    for number in range(150):
        answer = client.ask("Revoke", tenant="floods", token_id=pb.TokenTarget(token_id=f"unknown-{number}"))
        if hasattr(answer, "retry_seconds"):
            refusals.append(answer)
    assert refusals
    assert {(refusal.code, refusal.reason) for refusal in refusals} == {
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
    }
    assert all(0 < refusal.retry_seconds <= 0.2 for refusal in refusals)
    client.revoke("floods", token_id=pb.TokenTarget(token_id=known))
    # One tenant's flood is nobody else's.
    client.revoke("demo", token_id=pb.TokenTarget(token_id=fresh()))


CUT_OFFS: dict[str, Callable[[str, str, Timestamp | None], dict[str, Any]]] = {
    "subject": lambda subject, _web, moment: {"subject": pb.SubjectTarget(subject=subject, issued_before_time=moment)},
    "client": lambda _subject, web, moment: {"client": pb.ClientTarget(client_id=web, issued_before_time=moment)},
    "all": lambda _subject, _web, moment: {"all": pb.TenantTarget(issued_before_time=moment)},
}


@pytest.mark.parametrize("name", CUT_OFFS)
def test_a_cut_off_hits_its_very_second_and_never_what_is_issued_after(client: Client, name: str) -> None:
    subject, web = fresh(), fresh()
    before = client.issue("cutoffs", subject=subject, client_id=web)
    receipt = client.revoke("cutoffs", **CUT_OFFS[name](subject, web, None))
    after = [client.issue("cutoffs", subject=subject, client_id=web) for _ in range(3)]
    assert client.verdict(before.token, "cutoffs") == "REVOKED"
    assert [client.verdict(issued.token, "cutoffs") for issued in after] == ["OK"] * 3
    assert all(issued.issue_time.seconds > receipt.revoke_time.seconds for issued in after)
    assert client.record(after[0].token_id, "cutoffs").state == TokenState.TOKEN_STATE_LIVE
    # Again and again, within one second.
    for _ in range(3):
        client.revoke("cutoffs", **CUT_OFFS[name](subject, web, None))
        fresh_token = client.issue("cutoffs", subject=subject, client_id=web).token
        assert client.verdict(fresh_token, "cutoffs") == "OK"


@pytest.mark.parametrize("name", CUT_OFFS)
def test_a_cut_off_compares_with_the_time_of_issue_in_whole_seconds(client: Client, forge: Forge, name: str) -> None:
    moment = int(time.time()) - 1000
    subject, web = fresh(), fresh()
    tenant = "demo" if name != "all" else "lists"
    claims = {"sub": subject, "client_id": web}
    tokens = {
        offset: forge.sign(tenant, good_payload(tenant, iat=moment + offset, **claims))
        for offset in (-100, -1, 0, 1, 100)
    }
    cut = Timestamp(seconds=moment, nanos=999_999_999)
    client.revoke(tenant, **CUT_OFFS[name](subject, web, cut))
    verdicts = {offset: client.verdict(token, tenant) for offset, token in tokens.items()}
    assert verdicts == {-100: "REVOKED", -1: "REVOKED", 0: "REVOKED", 1: "OK", 100: "OK"}


def test_a_cut_off_in_the_very_present_is_taken(client: Client) -> None:
    client.revoke(subject=pb.SubjectTarget(subject=fresh(), issued_before_time=at(int(time.time()))))


def test_a_revocation_is_in_force_when_it_is_acknowledged(
    client: Client, channel: grpc.Channel, callers: Callers
) -> None:
    verifier = Client(channel, callers.bound("demo", ["verify:tokens"]))
    for _ in range(50):
        issued = client.issue()
        assert verifier.verdict(issued.token, "") == "OK"
        client.revoke(token_id=pb.TokenTarget(token_id=issued.token_id))
        assert verifier.verdict(issued.token, "") == "REVOKED"


@pytest.mark.parametrize("tenant", ["keys", "keys-hs256"])
def test_a_revoked_key_takes_its_tokens_with_it_and_another_takes_over(
    client: Client, forge: Forge, tenant: str
) -> None:
    first = client.issue(tenant, request_id="before")
    thief = forge.sign(tenant, good_payload(tenant, iat=int(time.time()) - 5))
    assert client.verdict(thief, tenant) == "OK"
    receipt = client.revoke(tenant, key=pb.KeyTarget(key_id=first.key_id), reason="stolen")
    # A key has no cut-off: whatever time of issue a thief writes, its tokens are gone.
    later = forge.sign(tenant, good_payload(tenant, iat=int(time.time()) + 2))
    assert [client.verdict(token, tenant) for token in (first.token, thief, later)] == ["UNKNOWN_KEY"] * 3
    record = client.record(first.token_id, tenant)
    assert (record.state, record.revoke_reason) == (TokenState.TOKEN_STATE_REVOKED, "stolen")
    assert record.revoke_time == receipt.revoke_time
    assert client.refused("Issue", **same_request(tenant, first)).reason == "REQUEST_ID_SPENT"
    second = client.issue(tenant)
    assert second.key_id != first.key_id
    assert client.verdict(second.token, tenant) == "OK"
    assert client.revoke(tenant, key=pb.KeyTarget(key_id=first.key_id)).revoke_time == receipt.revoke_time
    # Revoked again, it takes nothing from its successor.
    assert client.issue(tenant).key_id == second.key_id
    assert client.verdict(second.token, tenant) == "OK"


def same_request(tenant: str, issued: pb.IssueResponse) -> dict[str, Any]:
    _, payload = parts_of(issued.token)
    return {"tenant": tenant, "subject": payload["sub"], "audiences": payload["aud"], "request_id": "before"}
