"""Every bound that the contract states of a tenant document: what is just inside is taken, what is just outside is a fault.

The bounds of requests have cases, see tests/contract/test_bounds.py.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from authsvc.errors import InvalidFieldError
from authsvc.policy.document import tenant_policy
from authsvc.v1.tenant_pb2 import (
    Client,
    ExtraClaims,
    IssueGrant,
    RateLimit,
    Scope,
    SigningAlgorithm,
    Tenant,
    TrustedIssuer,
)
from tests.contract.bounds import document_bounds
from tests.unit.keys.jwks import ES256, jwk, jwks
from tests.unit.policy.documents import BASE

ALGORITHMS = [name for name, value in SigningAlgorithm.items() if value]
URL = "https://login.partner.example/"
FETCHED = {"TrustedIssuer.jwks_url 256"}
"""A bound of what comes from outside, held by tests/issuers."""

Making = Callable[[Any], Tenant]


def client(**members: Any) -> Tenant:
    return Tenant(name="acme", clients=[Client(**{"id": "app", **members})])


def issuing(**members: Any) -> Tenant:
    return client(issue=IssueGrant(**members))


def issuer(**members: Any) -> Tenant:
    said = {"issuer": "backend", "self_issued": True, "imported_keys": True, "algorithms": ALGORITHMS[:1], **members}
    return Tenant(name="acme", trusted_issuers=[TrustedIssuer(**said)])


def names(count: int) -> list[str]:
    return [f"name-{number}" for number in range(count)]


def key_set(count: int) -> str:
    return jwks(*(jwk(ES256, kid=f"key-{number}") for number in range(count))).decode()


def limit(calls: int) -> Tenant:
    return Tenant(name="acme", rate_limit=RateLimit(calls_per_second=calls))


def extra(claims: Sequence[str]) -> Tenant:
    return Tenant(name="acme", extra_claims=ExtraClaims(names=claims))


def bursting(burst: int) -> Tenant:
    return Tenant(name="acme", rate_limit=RateLimit(calls_per_second=10, burst=burst))


def scopes(catalogued: Sequence[str], description: str = "") -> Tenant:
    return Tenant(name="acme", scopes=[Scope(name=name, description=description) for name in catalogued])


EDGES: dict[str, tuple[Making, Any, Any, str]] = {
    "Client.audiences 64": (lambda count: client(audiences=names(count)), 64, 65, "clients[0].audiences"),
    "Client.description 1024": (lambda size: client(description="x" * size), 1024, 1025, "clients[0].description"),
    "Client.id 1": (lambda size: client(id="x" * size), 1, 0, "clients[0].id"),
    "Client.id 255": (lambda size: client(id="x" * size), 255, 256, "clients[0].id"),
    "Client.spiffe_ids 16": (
        lambda count: client(spiffe_ids=[f"spiffe://acme.example/{name}" for name in names(count)]),
        16,
        17,
        "clients[0].spiffe_ids",
    ),
    "ExtraClaims.names 1": (lambda size: extra(["x" * size]), 1, 0, "extra_claims.names[0]"),
    "ExtraClaims.names 64": (lambda count: extra(names(count)), 64, 65, "extra_claims.names"),
    "ExtraClaims.names 64, long": (lambda size: extra(["x" * size]), 64, 65, "extra_claims.names[0]"),
    "IssueGrant.audiences 64": (lambda count: issuing(audiences=names(count)), 64, 65, "clients[0].issue.audiences"),
    "IssueGrant.scopes 64": (lambda count: issuing(scopes=names(count)), 64, 65, "clients[0].issue.scopes"),
    "IssueGrant.subjects 64": (lambda count: issuing(subjects=names(count)), 64, 65, "clients[0].issue.subjects"),
    "IssueGrant.subjects 1": (lambda size: issuing(subjects=["x" * size]), 1, 0, "clients[0].issue.subjects[0]"),
    "IssueGrant.subjects 255": (lambda size: issuing(subjects=["x" * size]), 255, 256, "clients[0].issue.subjects[0]"),
    "RateLimit.burst 1": (bursting, 1, -1, "rate_limit.burst"),
    "RateLimit.burst 1000000": (bursting, 1_000_000, 1_000_001, "rate_limit.burst"),
    "RateLimit.calls_per_second 1": (limit, 1, 0, "rate_limit.calls_per_second"),
    "RateLimit.calls_per_second 1000000": (limit, 1_000_000, 1_000_001, "rate_limit.calls_per_second"),
    "Scope.description 1024": (lambda size: scopes(["read"], "x" * size), 1024, 1025, "scopes[0].description"),
    "Scope.name 1": (lambda size: scopes(["x" * size]), 1, 0, "scopes[0].name"),
    "Scope.name 128": (lambda size: scopes(["x" * size]), 128, 129, "scopes[0].name"),
    "Tenant.scopes 1000": (lambda count: scopes(names(count)), 1000, 1001, "scopes"),
    "Tenant.clients 1000": (
        lambda count: Tenant(name="acme", clients=[Client(id=name) for name in names(count)]),
        1000,
        1001,
        "clients",
    ),
    "Tenant.trusted_issuers 32": (
        lambda count: Tenant(
            name="acme",
            trusted_issuers=[
                TrustedIssuer(issuer=name, self_issued=True, imported_keys=True, algorithms=ALGORITHMS[:1])
                for name in names(count)
            ],
        ),
        32,
        33,
        "trusted_issuers",
    ),
    "TrustedIssuer.algorithms 1": (
        lambda count: issuer(algorithms=ALGORITHMS[:count]),
        1,
        0,
        "trusted_issuers[0].algorithms",
    ),
    # There are five, so a sixth is one of them again.
    "TrustedIssuer.algorithms 5": (
        lambda count: issuer(algorithms=(ALGORITHMS * 2)[:count]),
        5,
        6,
        "trusted_issuers[0].algorithms[5]",
    ),
    "TrustedIssuer.client_ids 64": (
        lambda count: issuer(client_ids=names(count)),
        64,
        65,
        "trusted_issuers[0].client_ids",
    ),
    "TrustedIssuer.issuer 1": (lambda size: issuer(issuer="x" * size), 1, 0, "trusted_issuers[0].issuer"),
    "TrustedIssuer.issuer 255": (lambda size: issuer(issuer="x" * size), 255, 256, "trusted_issuers[0].issuer"),
    "TrustedIssuer.jwks 64": (lambda count: issuer(jwks=key_set(count)), 64, 65, "trusted_issuers[0].jwks"),
    "TrustedIssuer.jwks 64, KiB": (
        lambda size: issuer(jwks=key_set(1).ljust(size)),
        64 * 1024,
        64 * 1024 + 1,
        "trusted_issuers[0].jwks",
    ),
    "TrustedIssuer.jwks_url 2048": (
        lambda size: issuer(jwks_url=URL.ljust(size, "x")),
        2048,
        2049,
        "trusted_issuers[0].jwks_url",
    ),
    "TrustedIssuer.scopes 64": (lambda count: issuer(scopes=names(count)), 64, 65, "trusted_issuers[0].scopes"),
    "TrustedIssuer.subjects 64": (lambda count: issuer(subjects=names(count)), 64, 65, "trusted_issuers[0].subjects"),
}


def test_every_stated_bound_is_here() -> None:
    stated = {bound.edge for bound in document_bounds()}
    assert len(stated) > 30, "the comments are no longer read"
    assert {edge.partition(",")[0] for edge in EDGES} | FETCHED == stated


@pytest.mark.parametrize("edge", EDGES)
def test_what_is_just_inside_is_taken_and_what_is_just_outside_is_a_fault(edge: str) -> None:
    document, inside, outside, path = EDGES[edge]
    tenant_policy(document(inside), BASE)
    with pytest.raises(InvalidFieldError) as caught:
        tenant_policy(document(outside), BASE)
    assert [violation.field for violation in caught.value.violations] == [path]
