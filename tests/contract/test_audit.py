"""ListAuditRecords over the wire: pages, their tokens, and who sees whose records."""

import secrets
from typing import Any

import grpc
import pytest

from authsvc.v1.tenant_pb2 import Tenant
from tests.contract.callers import Callers, bearer
from tests.contract.client import Client


def pages(client: Client, **fields: Any) -> list[list[Any]]:
    """The records, page by page."""
    found: list[list[Any]] = []
    token = ""
    while True:
        answer = client.do("ListAuditRecords", page_token=token, **fields)
        found.append(list(answer.records))
        token = answer.next_page_token
        if not token:
            return found


def records(client: Client, **fields: Any) -> list[Any]:
    return [record for page in pages(client, page_size=1000, **fields) for record in page]


@pytest.fixture(scope="module")
def issued(client: Client) -> list[str]:
    """The ids of ten tokens, newest first."""
    return [token.token_id for token in reversed([client.issue("lists") for _ in range(10)])]


@pytest.mark.parametrize("size", [1, 3, 9, 10, 11])
def test_pages_hold_every_record_once_newest_first(client: Client, issued: list[str], size: int) -> None:
    found = pages(client, tenant="lists", action="Issue", page_size=size)
    targets = [record.target for page in found for record in page]
    assert targets[:10] == issued
    assert len(targets) == len(set(targets))
    assert all(len(page) == size for page in found[:-1])
    positions = [record.position for page in found for record in page]
    assert positions == sorted(positions, reverse=True)


def test_a_listing_is_not_disturbed_by_what_is_written_meanwhile(client: Client, issued: list[str]) -> None:
    assert issued
    query: dict[str, Any] = {"tenant": "lists", "action": "Issue"}
    before = [record.target for record in records(client, **query)]
    first = client.do("ListAuditRecords", page_size=4, **query)
    client.issue("lists")
    second = client.do("ListAuditRecords", page_size=6, page_token=first.next_page_token, **query)
    found = [record.target for answer in (first, second) for record in answer.records]
    assert found[:10] == before[:10]


def test_a_page_token_is_of_its_own_listing(client: Client, issued: list[str]) -> None:
    assert issued
    query: dict[str, Any] = {"tenant": "lists", "action": "Issue", "page_size": 1}
    token = client.do("ListAuditRecords", **query).next_page_token
    others: list[dict[str, Any]] = [
        {"tenant": "demo"},
        {"tenant": "*"},
        {"action": ""},
        {"actor": "x"},
        {"target": "x"},
    ]
    for change in others:
        assert client.refused("ListAuditRecords", **{**query, **change, "page_token": token}).fields == ["page_token"]
    for spoilt in (token[:-4], token + "AAAA", token.swapcase(), f" {token}"):
        assert client.refused("ListAuditRecords", **{**query, "page_token": spoilt}).fields == ["page_token"]


def test_a_caller_sees_the_records_of_its_own_tenant_and_no_other(
    channel: grpc.Channel, callers: Callers, client: Client
) -> None:
    own = {}
    for tenant in ("demo", "acme"):
        client.issue(tenant)
        own[tenant] = records(Client(channel, callers.bound(tenant)))
        assert {record.tenant for record in own[tenant]} == {tenant}
    everything = records(client, tenant="*")
    for tenant, found in own.items():
        assert {record.position for record in found} <= {record.position for record in everything}
        assert len(found) == len([record for record in everything if record.tenant == tenant])
    assert "authsvc" not in {record.tenant for record in everything}
    assert "authsvc" in {record.tenant for record in records(Client(channel, callers.admin), tenant="*")}


def test_a_new_tenant_of_a_name_sees_nothing_of_the_one_before(
    channel: grpc.Channel, callers: Callers, client: Client
) -> None:
    name = f"again-{secrets.token_hex(4)}"
    document = Tenant(name=name, audiences=["demo-api"])
    client.do("ApplyTenant", tenant=document)
    old = client.issue(name).token_id
    client.do("DeleteTenant", tenant=name)
    client.do("ApplyTenant", tenant=document)
    new = client.issue(name).token_id
    # A key of its own: what was bound to the old one is gone with it.
    seen = [record.target for record in records(Client(channel, bearer(callers.fresh_key(name))))]
    assert new in seen
    assert old not in seen
    assert {old, new} <= {record.target for record in records(client, tenant=name)}
