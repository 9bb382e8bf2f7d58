"""What a tenant document says: every default, and every bound from within."""

import pytest

from authsvc.keys.sealed_key import Algorithm
from authsvc.policy.bounds import LIFETIME_CEILING
from authsvc.policy.document import tenant_policy
from authsvc.policy.tenant import TenantPolicy
from authsvc.scopes.claim import ScopeClaimShape
from authsvc.scopes.requirement import Requirement
from authsvc.v1 import tenant_pb2
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Operation, Tenant
from tests.unit.policy.documents import BASE, DAY, HOUR, operation, span


def test_a_name_alone_gets_every_default() -> None:
    assert tenant_policy(Tenant(name="shop"), BASE) == TenantPolicy(
        name="shop",
        issuer="https://tokens.example/t/shop",
        default_ttl=HOUR,
        max_ttl=90 * DAY,
        algorithm=Algorithm.ES256,
        audiences=frozenset(),
        scope_claim_shape=ScopeClaimShape.STRING,
        operations={},
        description="",
    )


def test_everything_that_is_said_is_taken_over() -> None:
    document = Tenant(
        name="shop",
        issuer="https://id.shop.example/",
        default_ttl=span(60),
        max_ttl=span(DAY),
        algorithm=tenant_pb2.SIGNING_ALGORITHM_PS256,
        audiences=["api", "https://api.shop.example"],
        scope_claim_shape=tenant_pb2.SCOPE_CLAIM_SHAPE_ARRAY,
        operations=[
            Operation(name="GET /x", requirement=ScopeRequirement(any_of=["b", "a"], all_of=["c"])),
            operation("/pkg.Service/Do"),
        ],
        description="A shop",
    )
    assert tenant_policy(document, BASE) == TenantPolicy(
        name="shop",
        issuer="https://id.shop.example/",
        default_ttl=60,
        max_ttl=DAY,
        algorithm=Algorithm.PS256,
        audiences=frozenset({"api", "https://api.shop.example"}),
        scope_claim_shape=ScopeClaimShape.ARRAY,
        operations={"GET /x": Requirement(("b", "a"), ("c",)), "/pkg.Service/Do": Requirement(("repo",), ())},
        description="A shop",
    )


@pytest.mark.parametrize("name", tenant_pb2.SigningAlgorithm.DESCRIPTOR.values_by_name)
def test_every_algorithm_is_known(name: str) -> None:
    policy = tenant_policy(Tenant(name="a", algorithm=name), BASE)
    assert policy.algorithm.value.upper() == name.removeprefix("SIGNING_ALGORITHM_").replace("UNSPECIFIED", "ES256")


@pytest.mark.parametrize("name", tenant_pb2.ScopeClaimShape.DESCRIPTOR.values_by_name)
def test_every_shape_is_known(name: str) -> None:
    policy = tenant_policy(Tenant(name="a", scope_claim_shape=name), BASE)
    assert policy.scope_claim_shape.value.upper() == name.removeprefix("SCOPE_CLAIM_SHAPE_").replace(
        "UNSPECIFIED", "STRING"
    )


@pytest.mark.parametrize(
    ("default_ttl", "max_ttl", "expected"),
    [
        (None, None, (HOUR, 90 * DAY)),
        (None, 60, (60, 60)),
        (None, HOUR, (HOUR, HOUR)),
        (None, DAY, (HOUR, DAY)),
        (90 * DAY, None, (90 * DAY, 90 * DAY)),
        (1, 1, (1, 1)),
        (LIFETIME_CEILING, LIFETIME_CEILING, (LIFETIME_CEILING, LIFETIME_CEILING)),
    ],
)
def test_lifetimes(default_ttl: int | None, max_ttl: int | None, expected: tuple[int, int]) -> None:
    document = Tenant(
        name="a",
        default_ttl=None if default_ttl is None else span(default_ttl),
        max_ttl=None if max_ttl is None else span(max_ttl),
    )
    policy = tenant_policy(document, BASE)
    assert (policy.default_ttl, policy.max_ttl) == expected


GOOD: dict[str, Tenant] = {
    "a name of one letter": Tenant(name="a"),
    "a name of one digit": Tenant(name="7"),
    "a name of 63 characters": Tenant(name="a" * 63),
    "hyphens within a name": Tenant(name="a--b-7"),
    "a name that begins like the service's": Tenant(name="authsvc-2"),
    "an issuer with a port and a path": Tenant(name="a", issuer="http://127.0.0.1:8080/t/x/"),
    "an issuer in brackets": Tenant(name="a", issuer="https://[::1]:8443"),
    "an issuer of 512 characters": Tenant(name="a", issuer="https://issuer.example/" + "x" * 489),
    "an at sign in the path": Tenant(name="a", issuer="https://issuer.example/@team"),
    "64 audiences": Tenant(name="a", audiences=[f"api{number}" for number in range(64)]),
    "an audience of 255 characters": Tenant(name="a", audiences=["é" * 255]),
    "audiences that differ by case": Tenant(name="a", audiences=["api", "API", "Authsvc"]),
    "an operation name of 255 characters": Tenant(name="a", operations=[operation("é" * 255)]),
    "operations that differ by case": Tenant(name="a", operations=[operation("x"), operation("X")]),
    "64 scopes": Tenant(name="a", operations=[operation(any_of=tuple(f"s{number}" for number in range(64)))]),
    "a scope of 128 characters": Tenant(name="a", operations=[operation(any_of=("s" * 128,))]),
    "a star for a scope": Tenant(name="a", operations=[operation(any_of=("*",))]),
    "descriptions of 1024 characters": Tenant(
        name="a", description="é" * 1024, operations=[operation(description="é" * 1024)]
    ),
}


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_good(document: Tenant) -> None:
    policy = tenant_policy(document, BASE)
    assert policy.name == document.name
    assert policy.issuer == (document.issuer or f"{BASE}/t/{document.name}")
