"""A file of tenants as a whole: unique names and issuers, the service's own tenant beside them, and the demo."""

import pytest

from authsvc.errors import OperationNotFoundError, TenantNotFoundError
from authsvc.policy.demo import DEMO_DOCUMENT, DEMO_TENANT
from authsvc.policy.document import TenantDocumentError, load_policies
from authsvc.policy.tenant import Tenants, service_tenant
from authsvc.scopes.requirement import Requirement
from authsvc.scopes.tree import parse_tree

BASE = "https://tokens.example"


def places(text: str) -> list[str]:
    with pytest.raises(TenantDocumentError) as caught:
        load_policies(text, BASE)
    return [violation.field for violation in caught.value.violations]


def test_the_service_is_a_tenant_without_a_document() -> None:
    tenants = load_policies("", BASE)
    assert list(tenants) == [service_tenant(BASE)]
    own = tenants.find("authsvc")
    assert own.is_service
    assert own.audiences == {"authsvc"}
    assert own.issuer == "https://tokens.example/t/authsvc"
    assert own.operations == {}


def test_every_document_is_a_tenant() -> None:
    tenants = load_policies("name: a\n---\nname: b\nissuer: https://b.example\n", BASE)
    assert len(tenants) == 3
    assert {tenant.name: tenant.issuer for tenant in tenants} == {
        "authsvc": f"{BASE}/t/authsvc",
        "a": f"{BASE}/t/a",
        "b": "https://b.example",
    }
    assert [tenant.name for tenant in tenants if tenant.is_service] == ["authsvc"]


@pytest.mark.parametrize("name", ["", "A", "a ", " a", "a\0", "\uff41", "*", "c"])
def test_a_tenant_is_found_by_its_very_name(name: str) -> None:
    tenants = load_policies("name: a\n---\nname: b\n", BASE)
    with pytest.raises(TenantNotFoundError) as caught:
        tenants.find(name)
    assert str(caught.value) == "there is no tenant of that name"


SHARED = {
    "a name twice": ("name: a\n---\nname: b\n---\nname: a", ["document 3 (tenant a) name"]),
    "a name twice, the first one faulty": (
        "name: a\nmax_ttl: 0s\n---\nname: a",
        ["document 1 (tenant a) max_ttl", "document 2 (tenant a) name"],
    ),
    "an issuer twice": (
        "name: a\nissuer: https://x.example\n---\nname: b\nissuer: https://x.example",
        ["document 2 (tenant b) issuer"],
    ),
    "the default issuer of an earlier tenant": (
        f"name: a\n---\nname: b\nissuer: {BASE}/t/a",
        ["document 2 (tenant b) issuer"],
    ),
    "the default issuer of a later tenant": (
        f"name: b\nissuer: {BASE}/t/a\n---\nname: a",
        ["document 1 (tenant b) issuer"],
    ),
    "the service's issuer": (f"name: a\nissuer: {BASE}/t/authsvc", ["document 1 (tenant a) issuer"]),
    "the service's name": ("name: authsvc", ["document 1 (tenant authsvc) name"]),
    "empty documents count": ("---\n---\nname: A", ["document 2 name"]),
    "faults everywhere": (
        "name: a\naudiences: [authsvc]\n---\nname: b\noperations: [{name: x}]\n---\nissuer: x",
        [
            "document 1 (tenant a) audiences[0]",
            "document 2 (tenant b) operations[0].requirement",
            "document 3 name",
            "document 3 issuer",
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), SHARED.values(), ids=SHARED)
def test_faults_are_named_with_document_and_tenant(text: str, expected: list[str]) -> None:
    assert places(text) == expected


def demo() -> Tenants:
    return load_policies(DEMO_DOCUMENT, BASE)


def test_the_demo_is_one_tenant() -> None:
    assert [tenant.name for tenant in demo()] == ["authsvc", DEMO_TENANT]
    tenant = demo().find(DEMO_TENANT)
    assert tenant.audiences == {"https://api.demo.example", "demo-api"}


ALLOWED = {
    "POST /user/repos": [{"repo"}, {"public_repo"}, {"repo", "public_repo"}],
    "GET /user/repos": [{"repo"}, {"public_repo"}],
    "DELETE /repos": [{"delete_repo"}],
    "list users": [set(parse_tree({"users": {"actions": ["read", "create"]}}))],
    "create a user": [{"create:users"}],
    "update app metadata": [
        {"update:users", "update:users_app_metadata"},
        {"create:users", "update:users_app_metadata"},
    ],
}
REFUSED = {
    "POST /user/repos": [set(), {"Repo"}, {"repos"}, {"delete_repo"}],
    "DELETE /repos": [{"repo", "public_repo"}],
    "list users": [{"create:users"}, {"read:users_app_metadata"}, {"users"}],
    "create a user": [{"read:users"}],
    "update app metadata": [
        {"update:users"},
        {"update:users_app_metadata"},
        {"read:users", "update:users_app_metadata"},
    ],
}


@pytest.mark.parametrize("operation", ALLOWED)
def test_the_demo_lets_in(operation: str) -> None:
    requirement = demo().find(DEMO_TENANT).requirement_of(operation)
    assert all(requirement.is_met_by(held) for held in ALLOWED[operation])


@pytest.mark.parametrize("operation", REFUSED)
def test_the_demo_keeps_out(operation: str) -> None:
    requirement = demo().find(DEMO_TENANT).requirement_of(operation)
    assert not any(requirement.is_met_by(held) for held in REFUSED[operation])


def test_the_demo_has_all_three_kinds_of_requirement() -> None:
    requirements = demo().find(DEMO_TENANT).operations.values()
    kinds = {(bool(requirement.any_of), bool(requirement.all_of)) for requirement in requirements}
    assert kinds == {(True, False), (False, True), (True, True)}
    assert all(isinstance(requirement, Requirement) for requirement in requirements)


def test_an_operation_is_found_by_its_very_name() -> None:
    tenant = demo().find(DEMO_TENANT)
    for name in ("", "list user", "List users", "list users ", "POST /user/repos/", "authsvc"):
        with pytest.raises(OperationNotFoundError):
            tenant.requirement_of(name)
