"""Clients in a tenant document: everything that is said of them, every bound, and every fault with its path."""

from collections.abc import Sequence
from typing import Any

import pytest

from authsvc.access.service_scopes import ADMIN_SCOPE, SERVICE_SCOPES
from authsvc.errors import InvalidFieldError
from authsvc.policy.bounds import LIFETIME_CEILING
from authsvc.policy.clients import OPEN_REGISTRY, Client
from authsvc.policy.document import TenantDocumentError, load_policies, tenant_policy
from authsvc.policy.grants import SubjectPattern
from authsvc.policy.limits import RateLimit
from authsvc.policy.spiffe import is_spiffe_id
from authsvc.policy.tenant import TenantPolicy
from authsvc.v1 import tenant_pb2
from authsvc.v1.tenant_pb2 import ExtraClaims, IssueGrant, Scope, Tenant
from tests.unit.policy.documents import BASE, span

DOCUMENT = """
name: shop
audiences: [api, web, ops]
scopes:
  - {name: repo, includes: [public_repo]}
  - {name: public_repo}
  - {name: user}
clients:
  - id: backend
    description: The shop itself
    spiffe_ids: [spiffe://shop.example/backend, "spiffe://shop.example/ns/prod/sa/Backend_2.x"]
    permissions: ["issue:tokens", "revoke:tokens"]
    issue:
      scopes: [repo]
      audiences: [api, web]
      subjects: ["u-*", root]
      max_ttl: 3600s
      max_live_tokens: 5
    rate_limit: {calls_per_second: 100, burst: 500}
  - id: gateway
    permissions: ["verify:tokens", "check:tokens"]
    audiences: [api]
    rate_limit: {calls_per_second: 7}
  - id: idle
extra_claims: {names: [plan, region]}
rate_limit: {calls_per_second: 1000}
"""


def test_everything_that_is_said_is_taken_over() -> None:
    policy = load_policies(DOCUMENT, BASE).find("shop")
    backend, gateway, idle = policy.registry
    assert backend.issue is not None
    assert backend.issue.scopes == {"repo", "public_repo"}
    assert backend.issue.audiences == {"api", "web"}
    assert backend.issue.subjects == (SubjectPattern.of("u-*"), SubjectPattern.of("root"))
    assert (backend.issue.max_ttl, backend.issue.max_live_tokens) == (3600, 5)
    assert backend.permissions == {"issue:tokens", "revoke:tokens"}
    assert backend.rate_limit == RateLimit(100, 500)
    assert gateway == Client(
        "gateway",
        permissions=frozenset({"verify:tokens", "check:tokens"}),
        audiences=frozenset({"api"}),
        rate_limit=RateLimit(7, 7),
    )
    assert idle == Client("idle")
    assert policy.registry.rate_limit == RateLimit(1000, 1000)
    assert policy.extra_claims == frozenset({"plan", "region"})
    assert policy.registry.find("backend") is backend
    assert policy.registry.find("Backend") is None
    assert policy.registry.find_by_spiffe_id("spiffe://shop.example/ns/prod/sa/Backend_2.x") is backend


def test_a_tenant_that_says_nothing_is_open() -> None:
    policy = tenant_policy(Tenant(name="a"), BASE)
    assert policy.registry is OPEN_REGISTRY
    assert not policy.registry.lists_clients
    assert policy.extra_claims is None
    assert tenant_policy(Tenant(name="a", extra_claims=ExtraClaims()), BASE).extra_claims == frozenset()


def test_the_services_own_scopes_are_those_that_its_rpcs_ask_for() -> None:
    assert {"issue:tokens", "apply:tenants", "rotate:keys", "verify:audit", ADMIN_SCOPE} <= SERVICE_SCOPES


SPIFFE_IDS = {
    "spiffe://example.org/a": True,
    "spiffe://a/b": True,
    "spiffe://10.0.0.1/a": True,
    "spiffe://my_domain-1.x/A-b_c.d/0": True,
    "spiffe://" + "a" * 255 + "/x": True,
    "spiffe://a/..b/.c/d..": True,
    "spiffe://a/" + "x" * (2048 - 11): True,
    "spiffe://a/" + "x" * (2049 - 11): False,
    "spiffe://" + "a" * 256 + "/x": False,
    "spiffe://example.org": False,
    "spiffe://example.org/": False,
    "spiffe://example.org/a/": False,
    "spiffe://example.org//a": False,
    "spiffe://example.org/./a": False,
    "spiffe://example.org/a/..": False,
    "spiffe://example.org/a?x": False,
    "spiffe://example.org/a#x": False,
    "spiffe://example.org:443/a": False,
    "spiffe://user@example.org/a": False,
    "spiffe://Example.org/a": False,
    "spiffe://example.org/%61": False,
    "spiffe://example.org/a b": False,
    "spiffe://example.org/\u00e9": False,
    "spiffe://example.org/a\n": False,
    "SPIFFE://example.org/a": False,
    "spiffe:///a": False,
    "https://example.org/a": False,
    "spiffe://ex*mple.org/a": False,
    "": False,
}


@pytest.mark.parametrize(("text", "is_one"), SPIFFE_IDS.items())
def test_spiffe_ids(text: str, *, is_one: bool) -> None:
    assert is_spiffe_id(text) is is_one


def faults(*clients: tenant_pb2.Client, **fields: Any) -> list[str]:
    with pytest.raises(InvalidFieldError) as caught:
        tenant_policy(Tenant(name="a", clients=clients, **fields), BASE)
    assert all(violation.rule for violation in caught.value.violations)
    return [violation.field for violation in caught.value.violations]


def client(name: str = "c", **fields: Any) -> tenant_pb2.Client:
    return tenant_pb2.Client(id=name, **fields)


def issuing(**fields: Any) -> tenant_pb2.Client:
    return client(issue=IssueGrant(**fields))


def limited(calls: int, burst: int = 0) -> tenant_pb2.RateLimit:
    return tenant_pb2.RateLimit(calls_per_second=calls, burst=burst)


def many(count: int, form: str = "x{}") -> list[str]:
    return [form.format(number) for number in range(count)]


ONE = "spiffe://a/b"
BAD: dict[str, tuple[Sequence[tenant_pb2.Client], list[str]]] = {
    "no id": ([client("")], ["clients[0].id"]),
    "an id that is too long": ([client("x" * 256)], ["clients[0].id"]),
    "an id with a control character": ([client("a\nb")], ["clients[0].id"]),
    "an id twice": ([client("a"), client("b"), client("a")], ["clients[2].id"]),
    "1,001 clients": ([client(name) for name in many(1001)], ["clients"]),
    "a long description": ([client(description="x" * 1025)], ["clients[0].description"]),
    "a name that is no SPIFFE id": ([client(spiffe_ids=[ONE, "https://a/b"])], ["clients[0].spiffe_ids[1]"]),
    "17 SPIFFE ids": ([client(spiffe_ids=many(17, "spiffe://a/{}"))], ["clients[0].spiffe_ids"]),
    "a SPIFFE id twice": ([client(spiffe_ids=[ONE, ONE])], ["clients[0].spiffe_ids[1]"]),
    "a SPIFFE id of two clients": (
        [client("a", spiffe_ids=[ONE]), client("b", spiffe_ids=[ONE])],
        ["clients[1].spiffe_ids[0]"],
    ),
    "an unknown permission": ([client(permissions=["verify:tokens", "verify"])], ["clients[0].permissions[1]"]),
    "the admin's permission": ([client(permissions=["admin:authsvc"])], ["clients[0].permissions[0]"]),
    "a permission twice": ([client(permissions=["verify:tokens"] * 2)], ["clients[0].permissions[1]"]),
    "the service's audience": ([client(audiences=["x", "authsvc"])], ["clients[0].audiences[1]"]),
    "65 audiences": ([client(audiences=many(65))], ["clients[0].audiences"]),
    "an audience twice": ([client(audiences=["x", "x"])], ["clients[0].audiences[1]"]),
    "no calls": ([client(rate_limit=limited(0))], ["clients[0].rate_limit.calls_per_second"]),
    "too many calls": ([client(rate_limit=limited(1_000_001))], ["clients[0].rate_limit.calls_per_second"]),
    "too many at once": ([client(rate_limit=limited(1, 1_000_001))], ["clients[0].rate_limit.burst"]),
    "less than none at once": ([client(rate_limit=limited(1, -1))], ["clients[0].rate_limit.burst"]),
    "65 scopes": ([issuing(scopes=many(65))], ["clients[0].issue.scopes"]),
    "no scope": ([issuing(scopes=["a b"])], ["clients[0].issue.scopes[0]"]),
    "a scope twice": ([issuing(scopes=["a", "a"])], ["clients[0].issue.scopes[1]"]),
    "an audience to issue for": ([issuing(audiences=["authsvc"])], ["clients[0].issue.audiences[0]"]),
    "65 audiences to issue for": ([issuing(audiences=many(65))], ["clients[0].issue.audiences"]),
    "65 patterns": ([issuing(subjects=many(65))], ["clients[0].issue.subjects"]),
    "an empty pattern": ([issuing(subjects=["a", ""])], ["clients[0].issue.subjects[1]"]),
    "a long pattern": ([issuing(subjects=["x" * 256])], ["clients[0].issue.subjects[0]"]),
    "a pattern with a control character": ([issuing(subjects=["x\0"])], ["clients[0].issue.subjects[0]"]),
    "a pattern twice": ([issuing(subjects=["x", "x"])], ["clients[0].issue.subjects[1]"]),
    "no lifetime": ([issuing(max_ttl=span(0))], ["clients[0].issue.max_ttl"]),
    "half a second": ([issuing(max_ttl=span(1, 500_000_000))], ["clients[0].issue.max_ttl"]),
    "a lifetime above the ceiling": ([issuing(max_ttl=span(LIFETIME_CEILING + 1))], ["clients[0].issue.max_ttl"]),
    "fewer tokens than none": ([issuing(max_live_tokens=-1)], ["clients[0].issue.max_live_tokens"]),
}


@pytest.mark.parametrize(("clients", "expected"), BAD.values(), ids=BAD)
def test_bad(clients: Sequence[tenant_pb2.Client], expected: list[str]) -> None:
    assert faults(*clients) == expected


BAD_TENANTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "an audience that the tenant does not have": (
        {"audiences": ["api"], "clients": [client(audiences=["web"], issue=IssueGrant(audiences=["api", "ops"]))]},
        ["clients[0].audiences[0]", "clients[0].issue.audiences[1]"],
    ),
    "a grant outside the catalogue": (
        {"scopes": [Scope(name="repo")], "clients": [issuing(scopes=["repo", "user"])]},
        ["clients[0].issue.scopes[1]"],
    ),
    "live tokens that nobody counts": (
        {"omit_records": True, "clients": [issuing(max_live_tokens=1)]},
        ["clients[0].issue.max_live_tokens"],
    ),
    "a limit of none": ({"rate_limit": limited(0)}, ["rate_limit.calls_per_second"]),
    "65 claims": ({"extra_claims": ExtraClaims(names=many(65))}, ["extra_claims.names"]),
    "a reserved claim": ({"extra_claims": ExtraClaims(names=["plan", "exp"])}, ["extra_claims.names[1]"]),
    "an empty claim": ({"extra_claims": ExtraClaims(names=[""])}, ["extra_claims.names[0]"]),
    "a long claim": ({"extra_claims": ExtraClaims(names=["x" * 65])}, ["extra_claims.names[0]"]),
    "a claim twice": ({"extra_claims": ExtraClaims(names=["x", "x"])}, ["extra_claims.names[1]"]),
}


@pytest.mark.parametrize(("fields", "expected"), BAD_TENANTS.values(), ids=BAD_TENANTS)
def test_bad_tenants(fields: dict[str, Any], expected: list[str]) -> None:
    clients = fields.get("clients", ())
    assert faults(*clients, **{name: value for name, value in fields.items() if name != "clients"}) == expected


GOOD: dict[str, Tenant] = {
    "1,000 clients": Tenant(name="a", clients=[client(name) for name in many(1000)]),
    "16 SPIFFE ids": Tenant(name="a", clients=[client(spiffe_ids=many(16, "spiffe://a/{}"))]),
    "every permission": Tenant(name="a", clients=[client(permissions=sorted(SERVICE_SCOPES - {ADMIN_SCOPE}))]),
    "64 of each": Tenant(
        name="a",
        clients=[
            client(audiences=many(64), issue=IssueGrant(scopes=many(64), audiences=many(64), subjects=many(64, "*{}*")))
        ],
        extra_claims=ExtraClaims(names=many(64)),
    ),
    "the longest of each": Tenant(
        name="a",
        clients=[client("\u00e9" * 255, issue=IssueGrant(subjects=["\u00e9" * 255], max_ttl=span(LIFETIME_CEILING)))],
        extra_claims=ExtraClaims(names=["\u00e9" * 64]),
    ),
    "the least and the most calls": Tenant(
        name="a", clients=[client(rate_limit=limited(1, 1_000_000))], rate_limit=limited(1_000_000, 1)
    ),
    "a cap above the tenant's": Tenant(name="a", max_ttl=span(60), clients=[issuing(max_ttl=span(3600))]),
}


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_good(document: Tenant) -> None:
    assert isinstance(tenant_policy(document, BASE), TenantPolicy)


def test_no_two_tenants_share_a_spiffe_id() -> None:
    text = "".join(f"---\nname: {name}\nclients: [{{id: c, spiffe_ids: [{ONE}]}}]\n" for name in ("a", "b"))
    with pytest.raises(TenantDocumentError) as caught:
        load_policies(text, BASE)
    assert [violation.field for violation in caught.value.violations] == ["document 2 (tenant b) clients.spiffe_ids"]
