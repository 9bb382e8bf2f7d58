"""The gate: another document is in force at the next call, certificates name one client of one tenant, budgets are shared."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf import json_format

from authsvc.api.methods import path_of
from authsvc.errors import (
    AuthsvcError,
    ClientNotRegisteredError,
    InsufficientScopeError,
    MissingKeyError,
    RateLimitedError,
)
from authsvc.v1.tenant_pb2 import Tenant
from tests.rights.office import Office

VERIFY, ISSUE = path_of("Verify"), path_of("Issue")
ALICE, BOB = "spiffe://example.org/alice", "spiffe://example.org/bob"


def document(name: str, *clients: dict[str, Any], **fields: Any) -> Tenant:
    return json_format.ParseDict({"name": name, "clients": list(clients), **fields}, Tenant())


def client(name: str, *permissions: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "permissions": list(permissions), **fields}


@pytest.fixture
def office() -> Iterator[Office]:
    made = Office([document("shop", client("a", "verify:tokens")), document("open")])
    yield made
    made.close()


def refusal(office: Office, method: str, key: str) -> type[AuthsvcError] | None:
    try:
        office.gate.admit(method, key)
    except AuthsvcError as error:
        return type(error)
    return None


def test_another_document_is_in_force_at_the_next_call(office: Office) -> None:
    key = office.key("a", ["verify:tokens", "issue:tokens"], "shop")
    both = (VERIFY, ISSUE)
    assert [refusal(office, method, key) for method in both] == [None, InsufficientScopeError]
    office.replace(document("shop", client("a", "issue:tokens")))
    assert [refusal(office, method, key) for method in both] == [InsufficientScopeError, None]
    office.replace(document("shop", client("b", "verify:tokens", "issue:tokens")))
    assert [refusal(office, method, key) for method in both] == [ClientNotRegisteredError] * 2
    office.replace(document("shop"))
    assert [refusal(office, method, key) for method in both] == [None, None]


def test_a_caller_is_told_once_for_each_document(office: Office) -> None:
    key = office.key("a", ["verify:tokens"], "shop")
    first = office.gate.admit(VERIFY, key)
    assert office.gate.admit(VERIFY, key) is first
    office.replace(document("open"))
    assert office.gate.admit(VERIFY, key) is first
    office.replace(document("shop", client("a", "verify:tokens")))
    assert office.gate.admit(VERIFY, key) is not first


def test_a_list_is_no_concern_of_other_tenants_and_of_callers_for_all(office: Office) -> None:
    assert refusal(office, VERIFY, office.key("x", ["verify:tokens"], "open")) is None
    assert refusal(office, VERIFY, office.key("x", ["verify:tokens"], "*")) is None
    assert refusal(office, VERIFY, office.key("x", ["admin:authsvc"], "*")) is None
    assert refusal(office, VERIFY, office.key("x", ["verify:tokens"], "shop")) is ClientNotRegisteredError
    assert refusal(office, VERIFY, office.key("A", ["verify:tokens"], "shop")) is ClientNotRegisteredError


def test_no_key_bound_to_a_tenant_that_lists_clients_holds_the_admins_right(office: Office) -> None:
    assert refusal(office, ISSUE, office.key("a", ["admin:authsvc"], "shop")) is InsufficientScopeError


def certified(office: Office, spiffe_id: str | None, method: str = VERIFY) -> str:
    try:
        caller = office.gate.admit_certified(method, spiffe_id)
    except AuthsvcError as error:
        return type(error).__name__
    return f"{caller.client_id} of {caller.bound_tenant}"


def test_a_certificate_stands_for_one_client_of_one_tenant(office: Office) -> None:
    nobody = MissingKeyError.__name__
    assert certified(office, ALICE) == nobody
    office.replace(document("shop", client("a", "verify:tokens", spiffe_ids=[ALICE]), client("b", spiffe_ids=[BOB])))
    assert certified(office, ALICE) == "a of shop"
    assert certified(office, ALICE, ISSUE) == InsufficientScopeError.__name__
    assert certified(office, BOB) == InsufficientScopeError.__name__
    assert [certified(office, name) for name in (None, "", f"{ALICE}/", ALICE.upper())] == [nobody] * 4
    # Two tenants name it: it says no more who calls.
    office.replace(document("open", client("c", "verify:tokens", spiffe_ids=[ALICE])))
    assert certified(office, ALICE) == nobody
    office.replace(document("shop"))
    assert certified(office, ALICE) == "c of open"


def spend(office: Office, key: str, calls: int) -> int:
    """How many of so many calls are let in."""
    return sum(refusal(office, VERIFY, key) is not RateLimitedError for _ in range(calls))


def test_all_keys_of_a_client_share_its_budget(office: Office) -> None:
    slow = {"calls_per_second": 1, "burst": 6}
    office.replace(document("shop", client("a", "verify:tokens", rate_limit=slow), client("b", "verify:tokens")))
    one, two = (office.key("a", ["verify:tokens"], "shop") for _ in range(2))
    assert spend(office, one, 4) + spend(office, two, 10) == 6
    assert spend(office, office.key("b", ["verify:tokens"], "shop"), 50) == 50
    with pytest.raises(RateLimitedError) as caught:
        office.gate.admit(VERIFY, one)
    assert 0 < caught.value.retry_after.total_seconds() <= 1


def test_all_clients_of_a_tenant_share_its_budget_and_no_stranger_spends_it(office: Office) -> None:
    limit = {"calls_per_second": 1, "burst": 8}
    office.replace(document("shop", client("a", "verify:tokens"), client("b", "verify:tokens"), rate_limit=limit))
    assert spend(office, office.key("stranger", ["verify:tokens"], "shop"), 20) == 20
    first, second = (office.key(name, ["verify:tokens"], "shop") for name in ("a", "b"))
    assert spend(office, first, 5) + spend(office, second, 10) == 8
    assert spend(office, office.key("x", ["verify:tokens"], "open"), 50) == 50
    assert spend(office, office.key("x", ["verify:tokens"], "*"), 50) == 50


def test_another_limit_keeps_what_is_spent(office: Office) -> None:
    key = office.key("a", ["verify:tokens"], "shop")
    for calls, burst, expected in ((10, 5, 5), (10, 50, 0)):
        limit = {"calls_per_second": 1, "burst": burst}
        office.replace(document("shop", client("a", "verify:tokens", rate_limit=limit)))
        assert spend(office, key, calls) == expected
    office.replace(document("shop", client("a", "verify:tokens")))
    assert spend(office, key, 100) == 100
