"""Exchange, rotation and usage over a server of two workers: what one worker acknowledges, every worker knows."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration

from authsvc.v1 import token_service_pb2 as pb
from authsvc.v1.token_record_pb2 import TokenState
from tests.contract.callers import Callers
from tests.contract.client import Client
from tests.contract.contract import Refusal
from tests.contract.tenants import document
from tests.support.server import Server, await_true, running_server

CONNECTIONS = 6


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two workers that write usage down every fifth of a second."""
    place = tmp_path_factory.mktemp("life")
    tenants = place / "tenants.yaml"
    tenants.write_text(document(), encoding="utf-8")
    environment = {
        "AUTHSVC_TENANTS_FILE": str(tenants),
        "AUTHSVC_WORKERS": "2",
        "AUTHSVC_USAGE_INTERVAL": "0.2",
    }
    with running_server(place / "data", environment=environment) as server:
        yield server


@pytest.fixture(scope="module")
def everywhere(pair: Server) -> list[Client]:
    """One caller on several connections, which the kernel spreads over the workers."""
    caller = Callers(pair).bound("*")
    return [Client(pair.channel(fresh=True), caller) for _ in range(CONNECTIONS)]


def verdicts(clients: list[Client], token: str) -> set[str]:
    return {client.verdict(token) for client in clients}


def fresh(client: Client, **fields: Any) -> pb.IssueResponse:
    return client.issue(subject=f"life-{secrets.token_hex(6)}", scopes=["repo", "read:user"], **fields)


def exchange(client: Client, token: str, **fields: Any) -> pb.ExchangeResponse:
    response: pb.ExchangeResponse = client.do("Exchange", tenant="demo", token=token, **fields)
    return response


def rotate(client: Client, token: str, **fields: Any) -> pb.RotateTokenResponse:
    response: pb.RotateTokenResponse = client.do("RotateToken", tenant="demo", token=token, **fields)
    return response


def test_what_hits_the_parent_hits_the_child_on_every_worker(everywhere: list[Client]) -> None:
    client = everywhere[0]
    for number in range(6):
        parent = fresh(client)
        child = exchange(everywhere[number % CONNECTIONS], parent.token, scopes=["repo"])
        grandchild = exchange(client, child.token)
        assert verdicts(everywhere, grandchild.token) == {"OK"}
        everywhere[-number].revoke(token_id=pb.TokenTarget(token_id=parent.token_id), reason="lost")
        for token in (parent.token, child.token, grandchild.token):
            assert verdicts(everywhere, token) == {"REVOKED"}
        record = client.record(grandchild.token_id)
        assert (record.state, record.revoke_reason) == (TokenState.TOKEN_STATE_REVOKED, "lost")
        assert [ancestor.token_id for ancestor in record.ancestors] == [child.token_id, parent.token_id]
        assert record.family_id == parent.token_id


def test_the_claims_tell_the_line(everywhere: list[Client]) -> None:
    client = everywhere[0]
    parent = fresh(client)
    child = exchange(client, parent.token)
    claims = client.claims(child.token)
    assert [ancestor.token_id for ancestor in claims.ancestors] == [parent.token_id]
    assert claims.ancestors[0].key_id == parent.key_id
    assert claims.ancestors[0].issue_time == parent.issue_time
    assert claims.family_id == parent.token_id
    assert claims.family_end_time == parent.expire_time
    assert not claims.HasField("extra")
    plain = client.claims(parent.token)
    assert (len(plain.ancestors), plain.family_id, plain.HasField("family_end_time")) == (0, "", False)


def test_a_rotation_without_overlap_is_in_force_on_every_worker(everywhere: list[Client]) -> None:
    for number in range(10):
        old = fresh(everywhere[0])
        new = rotate(everywhere[number % CONNECTIONS], old.token, overlap=Duration())
        assert verdicts(everywhere, old.token) == {"REVOKED"}
        assert verdicts(everywhere, new.token) == {"OK"}
        record = everywhere[0].record(new.token_id)
        assert (record.rotated_from_token_id, record.family_id) == (old.token_id, old.token_id)
        assert record.family_end_time == new.family_end_time


def test_an_overlap_ends_on_every_worker(everywhere: list[Client]) -> None:
    old = fresh(everywhere[0])
    child = exchange(everywhere[1], old.token)
    new = rotate(everywhere[2], old.token, overlap=Duration(seconds=2))
    assert verdicts(everywhere, old.token) | verdicts(everywhere, child.token) == {"OK"}
    await_true(lambda: verdicts(everywhere, old.token) == {"REVOKED"}, "the overlap ends")
    assert verdicts(everywhere, child.token) == {"REVOKED"}
    assert verdicts(everywhere, new.token) == {"OK"}
    record = everywhere[0].record(old.token_id)
    assert (record.state, record.revoke_reason) == (TokenState.TOKEN_STATE_REVOKED, "rotated")
    assert record.revoke_time == new.old_token_end_time


def test_a_family_dies_whole_on_every_worker(everywhere: list[Client]) -> None:
    client = everywhere[0]
    root = fresh(client)
    child = exchange(client, root.token)
    second = rotate(client, root.token)
    of_child = rotate(client, child.token)
    client.revoke(family=pb.FamilyTarget(family_id=second.family_id))
    for token in (root.token, child.token, second.token, of_child.token):
        assert verdicts(everywhere, token) == {"REVOKED"}
        for rpc in ("Exchange", "RotateToken"):
            refusal = client.refused(rpc, tenant="demo", token=token)
            assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_NOT_GOOD")


def test_a_cut_off_of_the_subject_hits_what_was_exchanged_later(everywhere: list[Client]) -> None:
    client = everywhere[0]
    parent = fresh(client)
    claims = client.claims(parent.token)
    client.revoke(subject=pb.SubjectTarget(subject=claims.subject))
    assert client.refused("Exchange", tenant="demo", token=parent.token).reason == "TOKEN_NOT_GOOD"


def test_the_use_of_a_token_is_written_down(everywhere: list[Client]) -> None:
    client = everywhere[0]
    used, idle = fresh(client), fresh(client)
    for one in everywhere:
        one.do(
            "CheckScopes",
            tenant="demo",
            token=used.token,
            audience="demo-api",
            requirement={"any_of": ["repo", "other"]},
        )
    await_true(lambda: client.record(used.token_id).HasField("last_used_time"), "the use is written down")
    assert not client.record(idle.token_id).HasField("last_used_time")
    subject = client.claims(used.token).subject

    def usage() -> Any:
        (found,) = client.do("ListTokenUsage", tenant="demo", subject=subject).usages
        return found

    await_true(lambda: bool(usage().used_scopes), "the scope is written down")
    assert [entry.scope for entry in usage().used_scopes] == ["repo"]
    assert list(usage().unused_scopes) == ["read:user"]
    assert usage().record.last_used_time.seconds >= used.issue_time.seconds


def test_the_pages_of_usage_hold_each_token_once(everywhere: list[Client]) -> None:
    client = everywhere[0]
    label = f"pages-{secrets.token_hex(4)}"
    made = [fresh(client, label=label).token_id for _ in range(5)]
    found, page = [], ""
    while True:
        answer = client.do("ListTokenUsage", tenant="demo", label=label, page_size=2, page_token=page)
        found += [usage.record.token_id for usage in answer.usages]
        page = answer.next_page_token
        if not page:
            break
    assert found == made[::-1]
    refusal = client.refused("ListTokenUsage", tenant="demo", label="another", page_token="AAAA")
    assert refusal.fields == ["page_token"]


def test_the_use_of_a_key_of_the_service_is_written_down(pair: Server, everywhere: list[Client]) -> None:
    admin = Client(everywhere[0].channel, Callers(pair).admin)

    def of_platform() -> list[Any]:
        usages = admin.do("ListTokenUsage", tenant="authsvc", client_id="client of *").usages
        return [usage for usage in usages if usage.record.HasField("last_used_time")]

    everywhere[0].verdict("x")
    await_true(lambda: bool(of_platform()), "the use is written down")
    (usage,) = of_platform()
    assert "verify:tokens" in [entry.scope for entry in usage.used_scopes]
    assert "inspect:tokens" in usage.unused_scopes


@pytest.mark.parametrize("stopped", [True, False], ids=["a clean stop", "a kill"])
def test_what_was_noted_last_is_written_at_a_clean_stop(tmp_path: Path, stopped: bool) -> None:
    data = tmp_path / "data"
    environment = {"AUTHSVC_USAGE_INTERVAL": "1h"}
    with running_server(data, environment=environment) as server:
        client = Client(server.channel(), Callers(server).bound("*"))
        issued = client.issue()
        assert client.verdict(issued.token) == "OK"
        if not stopped:
            server.kill()
            server.process.returncode = 0
    with running_server(data, environment=environment) as server:
        client = Client(server.channel(), Callers(server).bound("*"))
        assert client.record(issued.token_id).HasField("last_used_time") is stopped


def test_nothing_is_noted_when_it_is_off(tmp_path: Path) -> None:
    environment = {"AUTHSVC_USAGE": "off", "AUTHSVC_USAGE_INTERVAL": "0.05"}
    with running_server(tmp_path / "data", environment=environment) as server:
        client = Client(server.channel(), Callers(server).bound("*"))
        issued = client.issue()
        assert client.verdict(issued.token) == "OK"
    with running_server(tmp_path / "data", environment=environment) as server:
        client = Client(server.channel(), Callers(server).bound("*"))
        assert not client.record(issued.token_id).HasField("last_used_time")
        assert client.do("ListTokenUsage", tenant="demo").is_noted is False


def test_a_refusal_is_no_answer(everywhere: list[Client]) -> None:
    answer = everywhere[0].ask("Exchange", tenant="demo", token="x")
    assert isinstance(answer, Refusal)
    assert answer.message == "the token of this call is not valid here"
