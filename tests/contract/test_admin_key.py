"""The last admin key goes only by force, and a development server makes a new one at its next start."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from authsvc.v1 import token_service_pb2 as pb
from tests.contract.callers import Callers, bearer
from tests.contract.client import Client
from tests.contract.contract import Refusal
from tests.support.server import Server, running_server

Target = Callable[[pb.IssueResponse], dict[str, Any]]
TARGETS: dict[str, Target] = {
    "token": lambda key: {"token": key.token},
    "token_id": lambda key: {"token_id": pb.TokenTarget(token_id=key.token_id)},
    "subject": lambda _: {"subject": pb.SubjectTarget(subject="the last")},
    "client": lambda _: {"client": pb.ClientTarget(client_id="the last")},
    "all": lambda _: {"all": pb.TenantTarget()},
    "key": lambda key: {"key": pb.KeyTarget(key_id=key.key_id)},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("admin") / "data"


@pytest.fixture(scope="module")
def lonely(place: Path) -> Iterator[Server]:
    """A server of its own: its admin keys are taken away."""
    with running_server(place) as server:
        yield server


@pytest.fixture(scope="module")
def last(lonely: Server) -> pb.IssueResponse:
    """The only admin key that is left."""
    bootstrap = Client(lonely.channel(), lonely.metadata())
    made = admin_key(bootstrap, subject="the last", client_id="the last")
    # While another one lives, an admin key may go, the caller's own too.
    bootstrap.revoke("authsvc", subject=pb.SubjectTarget(subject="bootstrap"))
    assert bootstrap.refused("ListTokens", tenant="authsvc").reason == "INVALID_KEY"
    return made


@pytest.fixture(scope="module")
def admin(lonely: Server, last: pb.IssueResponse) -> Client:
    return Client(lonely.channel(), bearer(last.token))


def admin_key(client: Client, **fields: Any) -> pb.IssueResponse:
    wanted = {"audiences": ["authsvc"], "scopes": ["admin:authsvc"], "bound_tenant": "*", **fields}
    return client.issue("authsvc", **wanted)


def refused_as_last(admin: Client, **target: Any) -> None:
    refusal = admin.refused("Revoke", tenant="authsvc", **target)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "LAST_ADMIN_KEY")
    assert "authsvc recover" in refusal.metadata["next_step"]


@pytest.mark.parametrize("name", TARGETS)
def test_the_last_admin_key_cannot_be_revoked(admin: Client, last: pb.IssueResponse, name: str) -> None:
    refused_as_last(admin, **TARGETS[name](last))
    # Nothing was written: the key still opens everything.
    assert admin.record(last.token_id, "authsvc").state == 1
    assert admin.verdict(last.token, "authsvc", "authsvc") == "OK"


def test_what_is_no_admin_does_not_count(admin: Client, last: pb.IssueResponse) -> None:
    # Not good yet, without the scope, already revoked: none of them could administer anything now.
    later = Timestamp(seconds=int(time.time()) + 600)
    admin_key(admin, not_before_time=later)
    admin_key(admin, scopes=["issue:tokens", "revoke:tokens", "admin"])
    revoked = admin_key(admin)
    admin.revoke("authsvc", token=revoked.token)
    refused_as_last(admin, token=last.token)


def test_other_keys_of_the_service_go_without_force(admin: Client) -> None:
    callers_key = admin.issue("authsvc", audiences=["authsvc"], scopes=["verify:tokens"], bound_tenant="demo")
    admin.revoke("authsvc", token=callers_key.token)
    assert admin.verdict(callers_key.token, "authsvc", "authsvc") == "REVOKED"


def test_a_cut_off_from_before_the_last_admin_key_goes_without_force(admin: Client, last: pb.IssueResponse) -> None:
    before = Timestamp(seconds=last.issue_time.seconds - 1)
    admin.revoke("authsvc", all=pb.TenantTarget(issued_before_time=before))
    assert admin.verdict(last.token, "authsvc", "authsvc") == "OK"


def test_by_force_it_goes_and_the_next_start_makes_another(
    lonely: Server, place: Path, admin: Client, last: pb.IssueResponse
) -> None:
    demo = Client(lonely.channel(), bearer(admin.issue("authsvc", **demo_key()).token))
    token = demo.issue("").token
    admin.revoke("authsvc", force=True, key=pb.KeyTarget(key_id=last.key_id))
    # The key that signed them is gone, so every key of the service is, but no token of a tenant.
    for client in (admin, demo):
        refusal = client.ask("Verify", tenant="demo", token=token, audience="demo-api")
        assert isinstance(refusal, Refusal)
        assert refusal.reason == "INVALID_KEY"
    before = lonely.admin_key
    assert lonely.stop() == 0
    with running_server(place) as again:
        assert again.admin_key != before
        callers = Callers(again)
        anew = Client(again.channel(), callers.admin)
        assert anew.verdict(token) == "OK"
        assert anew.verdict(last.token, "authsvc", "authsvc") == "UNKNOWN_KEY"
        assert anew.record(last.token_id, "authsvc").state == 3
        assert Client(again.channel(), callers.bound("demo")).verdict(token, "") == "OK"


def demo_key() -> dict[str, Any]:
    return {"audiences": ["authsvc"], "scopes": ["issue:tokens", "verify:tokens"], "bound_tenant": "demo"}
