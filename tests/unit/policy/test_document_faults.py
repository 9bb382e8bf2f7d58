"""Every fault of a tenant document, each with its path."""

from collections.abc import Callable

import pytest

from authsvc.errors import InvalidFieldError
from authsvc.policy.bounds import LIFETIME_CEILING
from authsvc.policy.document import tenant_policy
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Operation, Tenant
from tests.unit.policy.documents import BASE, DAY, HOUR, operation, span


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
