"""min_revision: an answer is decided at that state or a later one, or it is not given."""

import base64
from typing import Any

import grpc
import pytest

from authsvc.v1 import token_service_pb2 as pb
from authsvc.v1.scopes_pb2 import ScopeRequirement
from tests.contract.client import Client


def ahead(revision: str, steps: int) -> str:
    """A revision of the same store, so many changes later: what a replica that lags behind would be asked for."""
    raw = bytearray(base64.urlsafe_b64decode(revision + "=="))
    raw[8:] = (int.from_bytes(raw[8:], "big") + steps).to_bytes(8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


CALLS: dict[str, dict[str, Any]] = {
    "Verify": {"token": "x"},
    "CheckScopes": {"token": "x", "requirement": ScopeRequirement(any_of=["a"])},
    "BatchVerify": {"tokens": ["x"]},
    "BatchCheckScopes": {"items": [pb.CheckScopesItem(token="x", requirement=ScopeRequirement(any_of=["a"]))]},
    "Inspect": {"token": "x"},
}


@pytest.mark.parametrize("rpc", CALLS)
def test_what_an_answer_returned_is_reached(client: Client, rpc: str) -> None:
    issued = client.issue()
    revoked = client.revoke(token=issued.token)
    for revision in (issued.revision, revoked.revision):
        answer = client.do(rpc, tenant="demo", audience="demo-api", min_revision=revision, **CALLS[rpc])
        assert answer.revision
        client.do(rpc, tenant="demo", audience="demo-api", min_revision=answer.revision, **CALLS[rpc])


@pytest.mark.parametrize("rpc", CALLS)
@pytest.mark.parametrize("steps", [1, 10**6, 2**62])
def test_what_the_store_has_not_reached_is_unavailable(client: Client, rpc: str, steps: int) -> None:
    revision = ahead(client.revoke(token=client.issue().token).revision, steps)
    refusal = client.refused(rpc, tenant="demo", audience="demo-api", min_revision=revision, **CALLS[rpc])
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "REVISION_NOT_REACHED")


def test_a_revocation_is_known_at_its_revision(client: Client) -> None:
    issued = client.issue()
    receipt = client.revoke(token=issued.token)
    assert client.verdict(issued.token, min_revision=receipt.revision) == "REVOKED"


def test_a_revision_changes_when_something_that_decides_does(client: Client) -> None:
    first, second = (client.revoke(token=client.issue().token).revision for _ in range(2))
    assert first != second
