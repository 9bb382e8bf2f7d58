"""What a tenant document says: every default, every bound, every fault with its path."""

from collections.abc import Callable

import pytest
from authsvc.v1 import tenant_pb2
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Operation, Tenant
from google.protobuf.duration_pb2 import Duration

from authsvc.errors import InvalidFieldError
from authsvc.keys.sealed_key import Algorithm
from authsvc.policy.document import tenant_policy
from authsvc.policy.tenant import LIFETIME_CEILING, TenantPolicy
from authsvc.scopes.claim import ScopeClaimShape
from authsvc.scopes.requirement import Requirement

BASE = "https://tokens.example"
HOUR = 3600
DAY = 24 * HOUR


def span(seconds: int, nanos: int = 0) -> Duration:
    return Duration(seconds=seconds, nanos=nanos)


def operation(name: str = "op", *, any_of: tuple[str, ...] = ("repo",), description: str = "") -> Operation:
    return Operation(name=name, requirement=ScopeRequirement(any_of=any_of), description=description)


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


def named(name: str) -> Tenant:
    return Tenant(name=name)


def issued_by(issuer: str) -> Tenant:
    return Tenant(name="a", issuer=issuer)


BAD_NAMES = [
    "",
    "authsvc",
    "A",
    "aB",
    "-a",
    "a-",
    "-",
    "a_b",
    "a.b",
    "a b",
    " a",
    "a ",
    "a\n",
    "a\0",
    "a/b",
    "../a",
    "a" * 64,
    "é",
    "\uff41",
    "a\u200b",
    "\u0430",
    "*",
    "authsvc ",
    "a\u0301",
]
BAD_ISSUERS = [
    "issuer.example",
    "//issuer.example",
    "/t/a",
    "https://",
    "https:///t/a",
    "https:issuer.example",
    "https:/issuer",
    "ftp://issuer.example",
    "HTTPS://issuer.example",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "urn:issuer",
    "https://issuer.example?x",
    "https://issuer.example/?",
    "https://issuer.example/t?x=1",
    "https://issuer.example#",
    "https://issuer.example/#t",
    "https://user@issuer.example",
    "https://user:pass@issuer.example/",
    "https://issuer.example/a b",
    " https://issuer.example",
    "https://issuer.example\n",
    "https://issuer.example/\t",
    "https://issuer.example/\0",
    "https://issu\u00e9r.example",
    "https://issuer.example/\u200b",
    "https://[::1",
    "https://issuer.example:port",
    "https://issuer.example:0",
    "https://issuer.example:65536",
    "https://:443",
    "https://issuer.example/" + "x" * 490,
    f"{BASE}/t/authsvc",
]


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_bad_names(name: str) -> None:
    assert faults(named(name)) == ["name"]


@pytest.mark.parametrize("issuer", BAD_ISSUERS, ids=range(len(BAD_ISSUERS)))
def test_bad_issuers(issuer: str) -> None:
    assert faults(issued_by(issuer)) == ["issuer"]


def faults(document: Tenant) -> list[str]:
    with pytest.raises(InvalidFieldError) as caught:
        tenant_policy(document, BASE)
    assert all(violation.rule for violation in caught.value.violations)
    return [violation.field for violation in caught.value.violations]


BAD: dict[str, tuple[Callable[[], Tenant], list[str]]] = {
    "no lifetime": (lambda: Tenant(name="a", max_ttl=span(0)), ["max_ttl"]),
    "a negative lifetime": (lambda: Tenant(name="a", max_ttl=span(-1)), ["max_ttl"]),
    "a lifetime above the ceiling": (lambda: Tenant(name="a", max_ttl=span(LIFETIME_CEILING + 1)), ["max_ttl"]),
    "half a second": (lambda: Tenant(name="a", max_ttl=span(0, 500_000_000)), ["max_ttl"]),
    "an hour and a bit": (lambda: Tenant(name="a", max_ttl=span(HOUR, 1)), ["max_ttl"]),
    "no default lifetime": (lambda: Tenant(name="a", default_ttl=span(0)), ["default_ttl"]),
    "a negative default": (lambda: Tenant(name="a", default_ttl=span(-5)), ["default_ttl"]),
    "a default with a fraction": (lambda: Tenant(name="a", default_ttl=span(1, 1)), ["default_ttl"]),
    "a default above the longest": (
        lambda: Tenant(name="a", default_ttl=span(61), max_ttl=span(60)),
        ["default_ttl"],
    ),
    "a default above the longest by default": (
        lambda: Tenant(name="a", default_ttl=span(90 * DAY + 1)),
        ["default_ttl"],
    ),
    "both out of bounds": (
        lambda: Tenant(name="a", default_ttl=span(LIFETIME_CEILING + 1), max_ttl=span(-1)),
        ["max_ttl", "default_ttl"],
    ),
    "an unknown algorithm": (lambda: Tenant(name="a", algorithm=77), ["algorithm"]),  # type: ignore[arg-type]
    "an unknown shape": (lambda: Tenant(name="a", scope_claim_shape=77), ["scope_claim_shape"]),  # type: ignore[arg-type]
    "the service's audience": (lambda: Tenant(name="a", audiences=["api", "authsvc"]), ["audiences[1]"]),
    "an empty audience": (lambda: Tenant(name="a", audiences=[""]), ["audiences[0]"]),
    "an audience that is too long": (lambda: Tenant(name="a", audiences=["x" * 256]), ["audiences[0]"]),
    "an audience twice": (lambda: Tenant(name="a", audiences=["x", "y", "x"]), ["audiences[2]"]),
    "65 audiences": (lambda: Tenant(name="a", audiences=[f"api{number}" for number in range(65)]), ["audiences"]),
    "a description that is too long": (lambda: Tenant(name="a", description="x" * 1025), ["description"]),
    "an operation without a name": (lambda: Tenant(name="a", operations=[operation("")]), ["operations[0].name"]),
    "an operation name that is too long": (
        lambda: Tenant(name="a", operations=[operation("x" * 256)]),
        ["operations[0].name"],
    ),
    "an operation name with a line feed": (
        lambda: Tenant(name="a", operations=[operation("x"), operation("x\ny")]),
        ["operations[1].name"],
    ),
    "an operation name with a zero width space": (
        lambda: Tenant(name="a", operations=[operation("x\u200b")]),
        ["operations[0].name"],
    ),
    "an operation name twice": (
        lambda: Tenant(name="a", operations=[operation("x"), operation("y"), operation("x")]),
        ["operations[2].name"],
    ),
    "an operation description that is too long": (
        lambda: Tenant(name="a", operations=[operation(description="x" * 1025)]),
        ["operations[0].description"],
    ),
    "no requirement": (lambda: Tenant(name="a", operations=[Operation(name="x")]), ["operations[0].requirement"]),
    "an empty requirement": (
        lambda: Tenant(name="a", operations=[Operation(name="x", requirement=ScopeRequirement())]),
        ["operations[0].requirement"],
    ),
    "65 scopes": (
        lambda: Tenant(name="a", operations=[operation(any_of=tuple(f"s{number}" for number in range(65)))]),
        ["operations[0].requirement.any_of"],
    ),
    "a scope with a blank": (
        lambda: Tenant(name="a", operations=[operation(), operation("y", any_of=("repo", "a b"))]),
        ["operations[1].requirement.any_of[1]"],
    ),
    "an empty scope": (
        lambda: Tenant(name="a", operations=[operation(any_of=("",))]),
        ["operations[0].requirement.any_of[0]"],
    ),
    "a look-alike": (
        lambda: Tenant(name="a", operations=[operation(any_of=("repo", "\uff52epo"))]),
        ["operations[0].requirement.any_of[1]"],
    ),
    "a fault in each part": (
        lambda: Tenant(
            name="a",
            operations=[Operation(name="x", requirement=ScopeRequirement(any_of=["a", " "], all_of=["b", "c", '"']))],
        ),
        ["operations[0].requirement.any_of[1]", "operations[0].requirement.all_of[2]"],
    ),
}


@pytest.mark.parametrize(("make", "expected"), BAD.values(), ids=BAD)
def test_bad(make: Callable[[], Tenant], expected: list[str]) -> None:
    assert faults(make()) == expected


def test_every_fault_is_named_at_once() -> None:
    document = Tenant(
        name="A",
        issuer="nowhere",
        default_ttl=span(-1),
        max_ttl=span(-1),
        algorithm=77,  # type: ignore[arg-type]
        audiences=["", "authsvc"],
        scope_claim_shape=77,  # type: ignore[arg-type]
        operations=[Operation(name="", requirement=ScopeRequirement(any_of=[""]), description="x" * 1025)],
        description="x" * 1025,
    )
    assert faults(document) == [
        "name",
        "issuer",
        "max_ttl",
        "default_ttl",
        "algorithm",
        "scope_claim_shape",
        "audiences[0]",
        "audiences[1]",
        "operations[0].name",
        "operations[0].requirement.any_of[0]",
        "operations[0].description",
        "description",
    ]
