"""Tenant documents over the wire: what they leave out, what they keep, who wins, and what a deletion takes along."""

import secrets
import threading
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration

from authsvc.v1 import key_service_pb2 as key_pb
from authsvc.v1 import tenant_service_pb2 as tenant_pb
from authsvc.v1 import token_service_pb2 as pb
from authsvc.v1.key_service_pb2_grpc import KeyServiceStub
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Client as ClientEntry
from authsvc.v1.tenant_pb2 import IssueGrant, Operation, SigningAlgorithm, Tenant
from tests.contract.callers import Callers, bearer
from tests.contract.client import Client
from tests.contract.contract import Refusal, call
from tests.support.server import Server


@pytest.fixture
def name() -> str:
    """The name of a tenant of the test's own."""
    return f"doc-{secrets.token_hex(6)}"


def apply(client: Client, document: Tenant, **fields: Any) -> tenant_pb.ApplyTenantResponse:
    answer = call(client.channel, "ApplyTenant", tenant_pb.ApplyTenantRequest(tenant=document, **fields), client.caller)
    assert not isinstance(answer, Refusal), answer
    response: tenant_pb.ApplyTenantResponse = answer
    return response


def refused(client: Client, rpc: str, request: Any, caller: Any = None) -> Refusal:
    answer = call(client.channel, rpc, request, client.caller if caller is None else caller)
    assert isinstance(answer, Refusal), answer
    return answer


def delete(client: Client, name: str) -> None:
    answer = call(client.channel, "DeleteTenant", tenant_pb.DeleteTenantRequest(tenant=name), client.caller)
    assert not isinstance(answer, Refusal), answer


def test_the_same_document_again_makes_no_revision_and_no_audit_row(client: Client, name: str, server: Server) -> None:
    document = Tenant(name=name, operations=[Operation(name="x", requirement=ScopeRequirement(any_of=["a"]))])
    first = apply(client, document)
    again = [apply(client, document, dry_run=dry_run) for dry_run in (False, True, False)]
    assert {answer.tenant.etag for answer in again} == {first.tenant.etag}
    assert [list(answer.changes) for answer in again] == [[], [], []]
    assert again[0].revision == again[2].revision == first.revision
    assert again[1].revision == ""
    # With the outputs of the one in place, and with an etag that is long gone.
    assert apply(client, first.tenant).tenant == first.tenant
    stale = Tenant()
    stale.CopyFrom(document)
    stale.etag = "0" * 16
    assert not apply(client, stale).changes
    assert audit_rows(server, name) == 1


def audit_rows(server: Server, name: str) -> int:
    import sqlite3  # noqa: PLC0415 (the store's own file, read from outside)

    connection = sqlite3.connect(server.data_dir / "authsvc.db")
    try:
        (count,) = connection.execute(
            "SELECT count(*) FROM audit_records WHERE tenant = ? AND action = 'ApplyTenant'", (name,)
        ).fetchone()
    finally:
        connection.close()
    return int(count)


def test_a_dry_run_changes_nothing(client: Client, name: str) -> None:
    answer = apply(client, Tenant(name=name, algorithm=SigningAlgorithm.SIGNING_ALGORITHM_RS256), dry_run=True)
    assert [change.path for change in answer.changes] == ["name", "algorithm"]
    request = tenant_pb.GetTenantRequest(tenant=name)
    assert refused(client, "GetTenant", request).reason == "TENANT_NOT_FOUND"


@pytest.mark.parametrize("algorithm", ["RS256", "HS256", "EDDSA"])
def test_the_key_of_another_algorithm_is_published_before_it_signs_and_the_old_tokens_stay_good(
    client: Client, callers: Callers, channel: grpc.Channel, name: str, algorithm: str
) -> None:
    apply(client, Tenant(name=name))
    old = client.issue(name)
    apply(client, Tenant(name=name, algorithm=f"SIGNING_ALGORITHM_{algorithm}"))
    assert client.issue(name).key_id == old.key_id
    stub = KeyServiceStub(channel)
    listed = stub.ListKeys(key_pb.ListKeysRequest(tenant=name), metadata=callers.admin, timeout=10).keys
    (prepared,) = [key for key in listed if key.state == key_pb.KEY_STATE_PREPARED]
    assert prepared.algorithm == SigningAlgorithm.Value(f"SIGNING_ALGORITHM_{algorithm}")
    activation = key_pb.ActivateKeyRequest(tenant=name, key_id=prepared.key_id, force=True)
    stub.ActivateKey(activation, metadata=callers.admin, timeout=10)
    new = client.issue(name)
    assert new.key_id == prepared.key_id
    assert [client.verdict(token.token, name) for token in (old, new)] == ["OK", "OK"]


def test_fields_that_the_service_does_not_know_are_refused(client: Client, name: str) -> None:
    serialized = Tenant(name=name).SerializeToString() + b"\xc2\x3e\x01x"
    request = b"\x0a" + bytes([len(serialized)]) + serialized
    answer = refused(client, "ApplyTenant", request)
    assert (answer.reason, answer.fields) == ("INVALID_FIELD", ["tenant"])


def test_a_document_that_is_too_large_is_refused(client: Client, name: str) -> None:
    operations = [
        Operation(name=f"op{number}", requirement=ScopeRequirement(any_of=["a"]), description="x" * 1000)
        for number in range(3200)
    ]
    answer = refused(
        client, "ApplyTenant", tenant_pb.ApplyTenantRequest(tenant=Tenant(name=name, operations=operations))
    )
    assert (answer.reason, answer.fields) == ("INVALID_FIELD", ["tenant"])
    assert "3145728" in answer.message
    largest = Tenant(name=name, operations=operations[:3000])
    assert "…" in {change.path for change in apply(client, largest, dry_run=True).changes}


def test_as_many_faults_are_named_as_an_answer_has_room_for(client: Client, name: str) -> None:
    document = Tenant(name=name, operations=[Operation(name=f"op{number}") for number in range(500)])
    answer = refused(client, "ApplyTenant", tenant_pb.ApplyTenantRequest(tenant=document))
    assert answer.fields[0] == "tenant.operations[0].requirement"
    assert "more faults" in answer.violations[-1][1]
    assert len(answer.message) < 2048


def test_of_writers_with_one_etag_exactly_one_wins(client: Client, name: str) -> None:
    etag = apply(client, Tenant(name=name)).tenant.etag
    for round_ in range(5):
        answers: list[Any] = []
        barrier = threading.Barrier(8)

        def write(
            number: int, round_: int = round_, etag: str = etag, barrier: Any = barrier, told: Any = answers
        ) -> None:
            barrier.wait()
            document = Tenant(name=name, description=f"{round_}.{number}", etag=etag)
            request = tenant_pb.ApplyTenantRequest(tenant=document)
            told.append(call(client.channel, "ApplyTenant", request, client.caller))

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won = [answer for answer in answers if not isinstance(answer, Refusal)]
        lost = {(answer.code, answer.reason) for answer in answers if isinstance(answer, Refusal)}
        assert len(won) == 1
        assert lost == {(grpc.StatusCode.ABORTED, "ETAG_MISMATCH")}
        current = call(client.channel, "GetTenant", tenant_pb.GetTenantRequest(tenant=name), client.caller).tenant
        assert current == won[0].tenant
        etag = current.etag


def test_pages_hold_every_tenant_once_by_name(client: Client, name: str) -> None:
    made = sorted(f"{name}-{number}" for number in range(7))
    for each in made:
        apply(client, Tenant(name=each))
    for size in (1, 2, 3, 1000):
        found: list[str] = []
        token = ""
        while True:
            request = tenant_pb.ListTenantsRequest(page_size=size, page_token=token)
            answer = call(client.channel, "ListTenants", request, client.caller)
            assert len(answer.tenants) <= size
            found += [tenant.name for tenant in answer.tenants]
            token = answer.next_page_token
            if not token:
                break
        assert found == sorted(found)
        assert len(found) == len(set(found))
        assert set(made) <= set(found)


def test_records_that_are_left_out(client: Client, name: str, server: Server) -> None:
    apply(client, Tenant(name=name, omit_records=True))
    first, second = client.issue(name, subject="s"), client.issue(name, subject="t")
    assert client.verdict(first.token, name) == "OK"
    assert client.refused("GetToken", tenant=name, token_id=first.token_id).reason == "TOKEN_NOT_FOUND"
    assert not client.do("ListTokens", tenant=name).records
    client.revoke(name, token_id=pb.TokenTarget(token_id=first.token_id))
    client.revoke(name, subject=pb.SubjectTarget(subject="t"))
    assert [client.verdict(token.token, name) for token in (first, second)] == ["REVOKED", "REVOKED"]
    # A token of the cut-off's own second lives all the same.
    assert client.verdict(client.issue(name, subject="t").token, name) == "OK"
    answer = client.refused("Issue", tenant=name, subject="s", audiences=["a"], request_id="r")
    assert answer.fields == ["request_id"]
    assert issued_rows(server, name) == 3


def issued_rows(server: Server, name: str) -> int:
    import sqlite3  # noqa: PLC0415 (the store's own file, read from outside)

    connection = sqlite3.connect(server.data_dir / "authsvc.db")
    try:
        (count,) = connection.execute(
            "SELECT count(*) FROM audit_records WHERE tenant = ? AND action = 'Issue'", (name,)
        ).fetchone()
    finally:
        connection.close()
    return int(count)


SCOPES = ["issue:tokens", "verify:tokens", "read:tenants", "apply:tenants"]


def test_a_deleted_tenant_takes_everything_along_and_a_later_one_inherits_nothing(
    client: Client, callers: Callers, name: str
) -> None:
    lives: list[tuple[str, str, pb.IssueResponse]] = []
    for _ in range(3):
        uid = apply(client, Tenant(name=name, audiences=["demo-api"])).tenant.uid
        key = callers.fresh_key(name, SCOPES)
        own = Client(client.channel, bearer(key))
        token = own.issue(name)
        assert own.verdict(token.token, name) == "OK"
        for _, old_key, old_token in lives:
            assert client.verdict(old_token.token, name) == "UNKNOWN_KEY"
            request = pb.VerifyRequest(token=token.token, audience="demo-api")
            assert refused(client, "Verify", request, bearer(old_key)).reason == "INVALID_KEY"
        lives.append((uid, key, token))
        delete(client, name)
        request = pb.VerifyRequest(tenant=name, token=token.token, audience="demo-api")
        assert refused(client, "Verify", request).reason == "TENANT_NOT_FOUND"
        # Its own key is no key any more: it is not even told that the tenant is gone.
        assert refused(client, "Verify", request, bearer(key)).reason == "INVALID_KEY"
    assert len({uid for uid, _, _ in lives}) == 3


def test_a_removed_client_loses_its_tokens_and_keys_for_good(client: Client, callers: Callers, name: str) -> None:
    def listed(*ids: str) -> Tenant:
        grant = IssueGrant(max_ttl=Duration(seconds=600))
        return Tenant(name=name, clients=[ClientEntry(id=one, permissions=SCOPES, issue=grant) for one in ids])

    apply(client, listed("app", "other"))
    keys = {one: callers.fresh_key(name, SCOPES, client_id=one) for one in ("app", "other")}
    tokens = {one: Client(client.channel, bearer(key)).issue(name) for one, key in keys.items()}
    apply(client, listed("other"))
    assert client.verdict(tokens["app"].token, name) == "REVOKED"
    assert client.verdict(tokens["other"].token, name) == "OK"
    request = pb.VerifyRequest(token=tokens["other"].token, audience="demo-api")
    for document in (listed("other"), listed("app", "other"), Tenant(name=name)):
        apply(client, document)
        assert refused(client, "Verify", request, bearer(keys["app"])).reason == "INVALID_KEY"
        assert client.verdict(tokens["app"].token, name) == "REVOKED"
    apply(client, listed("app"))
    fresh = Client(client.channel, bearer(callers.fresh_key(name, SCOPES, client_id="app")))
    assert fresh.verdict(fresh.issue(name).token, name) == "OK"


def test_a_bound_caller_keeps_to_its_own_document(client: Client, callers: Callers, name: str) -> None:
    apply(client, Tenant(name=name))
    own = Client(client.channel, callers.bound(name, SCOPES))
    assert apply(own, Tenant(name=name, description="mine")).tenant.description == "mine"
    for other in ("demo", f"{name}-absent"):
        answer = refused(own, "ApplyTenant", tenant_pb.ApplyTenantRequest(tenant=Tenant(name=other)))
        assert (answer.reason, answer.message) == ("TENANT_NOT_ALLOWED", "the call's key is bound to another tenant")
