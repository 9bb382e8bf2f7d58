"""Policies: each follows its document, keeps its identity while that stands, and none holds up the others."""

from typing import Any

import pytest

from authsvc.errors import OperationNotFoundError, TenantNotFoundError
from authsvc.policy.document import stored_policy, tenant_policy
from authsvc.replica.policies import Policies
from authsvc.scopes.requirement import Requirement
from authsvc.store.tenant_contract import StoredTenant, TenantChange
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Operation, Tenant

BASE = "https://tokens.example"


def stored(name: str, etag: str = "e1", uid: str = "u1", **fields: Any) -> StoredTenant:
    return StoredTenant(name, uid, etag, Tenant(name=name, **fields).SerializeToString(), 1.0, 1.0)


def test_the_service_is_always_there() -> None:
    tenants = Policies(BASE).tenants()
    assert [tenant.name for tenant in tenants] == ["authsvc"]
    assert tenants.find("authsvc").is_service


def test_a_policy_keeps_its_identity_while_its_document_stands() -> None:
    policies = Policies(BASE).all_of([stored("a"), stored("b")])
    first = policies.tenants()
    policies.put(TenantChange("b", stored("b", "e2", description="new")))
    second = policies.tenants()
    assert second.find("a") is first.find("a")
    assert second.find("b") is not first.find("b")
    assert (first.find("b").description, second.find("b").description) == ("", "new")
    third = policies.all_of([stored("a"), stored("b", "e2"), stored("c")]).tenants()
    assert third.find("a") is first.find("a")
    assert third.find("b") is second.find("b")


@pytest.mark.parametrize("later", [stored("a", uid="u2"), stored("a", etag="e2")])
def test_another_life_or_version_is_another_policy(later: StoredTenant) -> None:
    policies = Policies(BASE).all_of([stored("a")])
    before = policies.tenants().find("a")
    policies.put(TenantChange("a", later))
    assert policies.tenants().find("a") is not before


def test_what_is_gone_is_not_found() -> None:
    policies = Policies(BASE).all_of([stored("a"), stored("b")])
    policies.put(TenantChange("a", None))
    policies.put(TenantChange("never", None))
    assert {tenant.name for tenant in policies.tenants()} == {"authsvc", "b"}
    assert len(policies.all_of([]).tenants()) == 1
    with pytest.raises(TenantNotFoundError):
        policies.tenants().find("a")


def test_a_document_by_other_rules_holds_up_nobody() -> None:
    # Put in place by a release with other rules, or damaged by hand.
    odd = Tenant(name="odd", audiences=["", "authsvc"], operations=[Operation(name="")], algorithm=99)  # type: ignore[arg-type]
    tenants = Policies(BASE).all_of([StoredTenant("odd", "u", "e", odd.SerializeToString(), 1.0, 1.0), stored("a")])
    assert {tenant.name for tenant in tenants.tenants()} == {"authsvc", "odd", "a"}


def test_operations_are_those_of_the_document() -> None:
    operations = [
        Operation(name=f"op{number}", requirement=ScopeRequirement(any_of=[f"a{number}"], all_of=["b"]))
        for number in range(100)
    ]
    document = Tenant(name="a", operations=operations)
    lazy, checked = stored_policy(document, BASE), tenant_policy(document, BASE)
    assert list(lazy.operations) == list(checked.operations)
    assert len(lazy.operations) == 100
    assert "op7" in lazy.operations
    for name in checked.operations:
        assert lazy.requirement_of(name) == checked.requirement_of(name)
    assert lazy.requirement_of("op7") is lazy.requirement_of("op7")
    assert lazy.requirement_of("op7") == Requirement(("a7",), ("b",))
    for policy in (lazy, checked):
        with pytest.raises(OperationNotFoundError):
            policy.requirement_of("op100")
    assert len(lazy.operations) == 100
