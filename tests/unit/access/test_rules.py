"""The access option: read from the service's own RPCs, and refused wherever it is missing or says nothing."""

import pytest
from google.protobuf import descriptor_pb2

from authsvc.access.rules import Access, AccessRules, UndeclaredAccessError, method_path, read_rule, read_rules
from authsvc.scopes.requirement import Requirement
from authsvc.v1 import token_service_pb2
from authsvc.v1.options_pb2 import AccessRule
from authsvc.v1.scopes_pb2 import ScopeRequirement
from tests.unit.access.descriptors import declaring, method, raw_declaring, service

TOKEN_SERVICE = token_service_pb2.DESCRIPTOR.services_by_name["TokenService"]
SCOPES_OF = {
    "Issue": "issue:tokens",
    "Verify": "verify:tokens",
    "CheckScopes": "check:tokens",
    "Revoke": "revoke:tokens",
    "BatchVerify": "verify:tokens",
    "BatchCheckScopes": "check:tokens",
    "Inspect": "inspect:tokens",
    "GetToken": "read:tokens",
    "ListTokens": "read:tokens",
    "ListTokenUsage": "read:tokens",
}
HOLDERS = {f"/authsvc.v1.TokenService/{name}" for name in ("Exchange", "RotateToken")}


def test_every_rpc_of_the_token_service_asks_for_its_scope() -> None:
    rules = read_rules([TOKEN_SERVICE])
    assert rules.rules == {
        f"/authsvc.v1.TokenService/{name}": Requirement.of(any_of=[scope, "admin:authsvc"])
        for name, scope in SCOPES_OF.items()
    } | dict.fromkeys(HOLDERS, Access.HOLDER)


def test_the_scope_of_one_rpc_opens_no_other() -> None:
    rules = read_rules([TOKEN_SERVICE])
    for held in {*SCOPES_OF.values(), "admin:tokens", "authsvc", "admin", "tokens", "*", "Admin:authsvc"}:
        opened = {name for name in SCOPES_OF if rules.permits(f"/authsvc.v1.TokenService/{name}", {held})}
        assert opened == {name for name, scope in SCOPES_OF.items() if scope == held}
    assert not any(rules.permits(path, set()) for path in rules.rules.keys() - HOLDERS)
    assert all(rules.permits(path, {"admin:authsvc"}) for path in rules.rules)


def test_a_method_without_the_option_is_refused() -> None:
    for options in (None, b"", descriptor_pb2.MethodOptions(deprecated=True).SerializeToString()):
        with pytest.raises(UndeclaredAccessError, match=r"/made\.up\.Service/Do declares no access"):
            read_rule(method(options))


EMPTY = {
    "an empty rule": declaring(AccessRule()),
    "holder that is false": declaring(AccessRule(holder=False)),
    "public that is false": declaring(AccessRule(public=False)),
    "a kind of rule that is not known yet": raw_declaring(b"\x78\x01"),
}


@pytest.mark.parametrize("options", EMPTY.values(), ids=EMPTY)
def test_an_empty_rule_is_refused(options: bytes) -> None:
    with pytest.raises(UndeclaredAccessError, match=r"/made\.up\.Service/Do declares an empty access"):
        read_rule(method(options))


IMPOSSIBLE = {
    "no scopes": ScopeRequirement(),
    "an empty scope": ScopeRequirement(any_of=[""]),
    "a blank": ScopeRequirement(all_of=["read users"]),
    "a look-alike": ScopeRequirement(any_of=["verify:tokens", "verify\uff1atokens"]),
    "a scope that is too long": ScopeRequirement(all_of=["a" * 129]),
    "too many scopes": ScopeRequirement(any_of=[f"scope{number}" for number in range(65)]),
}


@pytest.mark.parametrize("scopes", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_requirement_is_refused(scopes: ScopeRequirement) -> None:
    with pytest.raises(UndeclaredAccessError, match=r"/made\.up\.Service/Do declares an impossible access"):
        read_rule(method(declaring(AccessRule(scopes=scopes))))


def test_each_kind_of_rule_is_read() -> None:
    scopes = ScopeRequirement(any_of=["b", "a"], all_of=["c"])
    assert read_rule(method(declaring(AccessRule(scopes=scopes)))) == Requirement(("b", "a"), ("c",))
    assert read_rule(method(declaring(AccessRule(holder=True)))) is Access.HOLDER
    assert read_rule(method(declaring(AccessRule(public=True)))) is Access.PUBLIC


def test_one_undeclared_method_among_many_refuses_the_whole() -> None:
    undeclared = service(None, package="other", methods=("Forgotten",))
    declared = service(declaring(AccessRule(public=True)), methods=("One", "Two"))
    assert set(read_rules([declared]).rules) == {"/made.up.Service/One", "/made.up.Service/Two"}
    for order in ([declared, undeclared], [undeclared, declared], [TOKEN_SERVICE, undeclared]):
        with pytest.raises(UndeclaredAccessError, match=r"/other\.Service/Forgotten"):
            read_rules(order)


def test_fixed_rules_stand_beside_the_declared_ones_and_never_over_them() -> None:
    declared = service(declaring(AccessRule(scopes=ScopeRequirement(all_of=["a"]))))
    fixed = {"/grpc.health.v1.Health/Check": Access.PUBLIC, "/made.up.Service/Do": Access.PUBLIC}
    rules = read_rules([declared], fixed)
    assert rules.permits("/grpc.health.v1.Health/Check", set())
    assert not rules.permits("/made.up.Service/Do", set())
    assert rules.permits("/made.up.Service/Do", {"a"})


def test_a_method_without_a_rule_is_never_permitted() -> None:
    rules = AccessRules({"/a.B/C": Access.PUBLIC, "/a.B/D": Access.HOLDER})
    everything = {*SCOPES_OF.values(), "admin:authsvc", "*"}
    assert rules.permits("/a.B/C", set())
    assert rules.permits("/a.B/D", set())
    for path in ("", "/", "a.B/C", "/a.B/c", "/a.B/C/", "//a.B/C", "/a.B/C\0", "/a.B/E", "/A.B/C", "/a.B"):
        assert not rules.permits(path, everything)


def test_a_path_is_that_of_the_call() -> None:
    assert method_path(TOKEN_SERVICE.methods_by_name["Issue"]) == "/authsvc.v1.TokenService/Issue"
    assert method_path(method(None)) == "/made.up.Service/Do"
