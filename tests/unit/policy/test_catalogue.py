"""The scope catalogue: what a scope implies, held against a plain search, and cycles refused with their path."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.errors import FieldViolation, InvalidFieldError
from authsvc.policy.catalogue import MAX_CATALOGUED, NO_CATALOGUE, Catalogue, walk
from authsvc.policy.document import load_policies, tenant_policy
from authsvc.scopes.requirement import Requirement
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Operation, Scope, Tenant
from tests.unit.policy.documents import BASE, operation

# As GitHub documents it: "repo" grants what "repo:status", "public_repo" and the others below it grant.
GITHUB = """
name: github
scopes:
  - {name: repo, includes: ["repo:status", repo_deployment, public_repo, "repo:invite", "security_events"]}
  - {name: "repo:status"}
  - {name: repo_deployment}
  - {name: public_repo}
  - {name: "repo:invite"}
  - {name: security_events}
  - {name: "admin:org", includes: ["write:org", "manage_runners:org"]}
  - {name: "write:org", includes: ["read:org"]}
  - {name: "read:org"}
  - {name: "manage_runners:org"}
  - {name: user, includes: ["read:user", "user:email", "user:follow"]}
  - {name: "read:user"}
  - {name: "user:email"}
  - {name: "user:follow"}
  - {name: delete_repo}
operations:
  - name: POST /repos/statuses
    requirement: {any_of: ["repo:status"]}
"""


def github() -> Catalogue:
    return load_policies(GITHUB, BASE).find("github").catalogue


@pytest.mark.parametrize(
    ("held", "asked", "passes"),
    [
        ("repo", "repo:status", True),
        ("repo", "public_repo", True),
        ("repo", "repo", True),
        ("repo:status", "repo", False),
        ("repo", "delete_repo", False),
        ("repo", "repo:", False),
        ("admin:org", "read:org", True),
        ("admin:org", "write:org", True),
        ("write:org", "manage_runners:org", False),
        ("read:org", "admin:org", False),
        ("user", "user:email", True),
        ("Repo", "repo:status", False),
        ("*", "repo:status", False),
    ],
)
def test_githubs_scopes(held: str, asked: str, *, passes: bool) -> None:
    expanded = github().expand(frozenset({held}))
    assert Requirement.of(any_of=[asked]).is_met_by(expanded) is passes
    assert Requirement.of(all_of=[asked, held]).is_met_by(expanded) is passes


def test_what_matched_and_what_is_missing_follow_what_is_implied() -> None:
    held = github().expand(frozenset({"write:org", "repo"}))
    requirement = Requirement.of(any_of=["public_repo", "user"], all_of=["read:org", "admin:org", "repo:status"])
    assert requirement.matched(held) == ["public_repo", "read:org", "repo:status"]
    assert requirement.missing(held) == Requirement((), ("admin:org",))


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Scopes in any order, each of which includes some that come later in another order: without a cycle."""
    names = draw(st.permutations([f"s{number}" for number in range(draw(st.integers(1, 12)))]))
    includes = {
        name: draw(st.lists(st.sampled_from(names[place + 1 :]), unique=True)) if names[place + 1 :] else []
        for place, name in enumerate(names)
    }
    return {name: includes[name] for name in draw(st.permutations(names))}


def reached(includes: Mapping[str, Sequence[str]], scopes: frozenset[str]) -> frozenset[str]:
    """The plain search: what the catalogue is held against."""
    found, ahead = set(scopes), list(scopes)
    while ahead:
        for name in includes.get(ahead.pop(), ()):
            if name not in found:
                found.add(name)
                ahead.append(name)
    return frozenset(found)


@given(graphs(), st.data())
def test_a_set_expands_to_what_can_be_reached(includes: dict[str, list[str]], data: st.DataObject) -> None:
    catalogue = Catalogue(includes)
    held = data.draw(st.frozensets(st.sampled_from([*includes, "unknown", "S0"])))
    expanded = catalogue.expand(held)
    assert expanded == reached(includes, held)
    assert catalogue.expand(expanded) == expanded
    assert all(catalogue.expand(held - {scope}) <= expanded for scope in held)


@given(st.dictionaries(st.sampled_from("abcdefg"), st.lists(st.sampled_from("abcdefg"), unique=True)))
def test_a_cycle_is_found_where_there_is_one(drawn: dict[str, list[str]]) -> None:
    includes = {name: [other for other in others if other in drawn] for name, others in drawn.items()}
    is_cyclic = any(name in reached(includes, frozenset(others)) for name, others in includes.items())
    order, cycles = walk(includes)
    assert bool(cycles) == is_cyclic
    for cycle in cycles:
        assert cycle[0] == cycle[-1]
        assert all(after in includes[before] for before, after in pairwise(cycle))
    assert sorted(order) == sorted(includes)
    if not cycles:
        assert all(order.index(other) < order.index(name) for name in includes for other in includes[name])


def test_a_tenant_without_a_catalogue_has_the_one_that_implies_nothing() -> None:
    assert tenant_policy(Tenant(name="a"), BASE).catalogue is NO_CATALOGUE
    held = frozenset({"repo", "x"})
    assert NO_CATALOGUE.expand(held) is held
    assert github().expand(frozenset({"public_repo"})) == {"public_repo"}


def test_a_thousand_scopes_in_one_line() -> None:
    names = [f"s{number}" for number in range(MAX_CATALOGUED)]
    includes = {name: names[place + 1 : place + 2] for place, name in enumerate(names)}
    assert Catalogue(includes).expand(frozenset({"s0"})) == frozenset(names)
    assert Catalogue(includes).expand(frozenset({"s999"})) == {"s999"}


def faults(*scopes: Scope, operations: Sequence[Operation] = ()) -> dict[str, str]:
    with pytest.raises(InvalidFieldError) as caught:
        tenant_policy(Tenant(name="a", scopes=scopes, operations=operations), BASE)
    return {violation.field: violation.rule for violation in caught.value.violations}


def scope(name: str, *includes: str, description: str = "") -> Scope:
    return Scope(name=name, includes=includes, description=description)


def test_a_cycle_is_refused_with_its_path() -> None:
    found = faults(scope("x"), scope("a", "x", "b"), scope("b", "x", "c"), scope("c", "a"), scope("d", "d"))
    assert found == {
        "scopes[3].includes[0]": "must not lead back: a > b > c > a",
        "scopes[4].includes[0]": "must not lead back: d > d",
    }


def test_a_long_cycle_is_shown_by_its_ends() -> None:
    names = [f"s{number}" for number in range(MAX_CATALOGUED)]
    found = faults(*(scope(name, names[(place + 1) % len(names)]) for place, name in enumerate(names)))
    assert found == {
        "scopes[999].includes[0]": "must not lead back: s0 > s1 > s2 > s3 > (993 more) > s997 > s998 > s999 > s0"
    }


def test_every_fault_of_a_scope_has_its_path() -> None:
    found = faults(
        scope("a", "b", "nowhere", "b"),
        scope("b", description="x" * 1025),
        scope("a"),
        scope(""),
        scope("x" * 129),
        scope("with space"),
        scope("\uff52epo"),
    )
    assert list(found) == [
        "scopes[0].includes[1]",
        "scopes[0].includes[2]",
        "scopes[1].description",
        "scopes[2].name",
        "scopes[3].name",
        "scopes[4].name",
        "scopes[5].name",
        "scopes[6].name",
    ]
    assert faults(*(scope(f"s{number}") for number in range(MAX_CATALOGUED + 1))) == {
        "scopes": "must hold at most 1,000 entries, has 1,001"
    }


def test_operations_ask_for_catalogued_scopes_alone() -> None:
    asked = Operation(name="y", requirement=ScopeRequirement(any_of=["repo", "other"], all_of=["Repo", "not one"]))
    found = faults(scope("repo"), operations=[operation("x"), asked])
    assert {field: rule.partition(":")[0] for field, rule in found.items()} == {
        "operations[1].requirement.any_of[1]": "must be a scope of the catalogue",
        "operations[1].requirement.all_of[0]": "must be a scope of the catalogue",
        "operations[1].requirement.all_of[1]": found["operations[1].requirement.all_of[1]"],
    }
    assert "printable ASCII" in found["operations[1].requirement.all_of[1]"]


def test_faults_of_the_catalogue_are_no_faults_of_what_names_it() -> None:
    found = faults(scope("repo", "nowhere"), operations=[operation("x")])
    assert list(found) == ["scopes[0].includes[0]"]


def test_cycles_are_told_and_not_all_of_them() -> None:
    names = [f"s{number}" for number in range(60)]
    everything = [scope(name, *names) for name in names]
    with pytest.raises(InvalidFieldError) as caught:
        tenant_policy(Tenant(name="a", scopes=everything), BASE)
    assert 1 <= len(caught.value.violations) <= 16
    assert all(isinstance(fault, FieldViolation) and "lead back" in fault.rule for fault in caught.value.violations)
