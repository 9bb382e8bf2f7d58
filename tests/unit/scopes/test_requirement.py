"""Requirements, held against an oracle that is short enough to be believed."""

import os
import random
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.scopes.grammar import MAX_SCOPES, ScopeError
from authsvc.scopes.requirement import Requirement
from tests.unit.scopes.strategies import POOL, scopes

PAIRS = 100_000
SEED = int(os.environ.get("AUTHSVC_TEST_SEED") or secrets.randbits(32))

Answer = tuple[bool, list[str], list[str], list[str]]


def oracle(any_of: list[str], all_of: list[str], held: list[str]) -> Answer:
    """Whether it is met, what matched, and what is missing of each part."""
    one_is_held = len(any_of) == 0
    matched: list[str] = []
    for scope in any_of:
        for other in held:
            if scope == other:
                one_is_held = True
                matched.append(scope)
    lacking: list[str] = []
    for scope in all_of:
        if held.count(scope) > 0:
            matched.append(scope)
        elif lacking.count(scope) == 0:
            lacking.append(scope)
    missing_any = [] if one_is_held else any_of
    matched = [scope for position, scope in enumerate(sorted(matched)) if scope not in sorted(matched)[:position]]
    return one_is_held and len(lacking) == 0, matched, missing_any, lacking


def answer(requirement: Requirement, held: frozenset[str]) -> Answer:
    missing = requirement.missing(held)
    any_of, all_of = (missing.any_of, missing.all_of) if missing else ((), ())
    return requirement.is_met_by(held), requirement.matched(held), list(any_of), list(all_of)


def test_random_pairs_agree_with_the_oracle() -> None:
    print(f"AUTHSVC_TEST_SEED={SEED}")
    draw = random.Random(SEED)
    met = 0
    for _ in range(PAIRS):
        pool = draw.sample(POOL, draw.randint(1, 8))
        any_of = draw.choices(pool, k=draw.randint(0, 4))
        all_of = draw.choices(pool, k=draw.randint(0 if any_of else 1, 3))
        held = draw.sample(pool, draw.randint(0, len(pool)))
        expected = oracle(any_of, all_of, held)
        assert answer(Requirement.of(any_of, all_of), frozenset(held)) == expected, (any_of, all_of, held)
        met += expected[0]
    # Both answers must be common, or the agreement says little.
    print(f"{PAIRS} pairs, {met} met")
    assert PAIRS / 5 < met < PAIRS * 4 / 5


parts = st.lists(scopes, max_size=6)


@given(parts, parts, st.frozensets(scopes, max_size=8))
def test_missing_is_exactly_what_makes_the_difference(
    any_of: list[str], all_of: list[str], held: frozenset[str]
) -> None:
    if not any_of and not all_of:
        return
    requirement = Requirement.of(any_of, all_of)
    missing = requirement.missing(held)
    assert (missing is None) == requirement.is_met_by(held)
    if missing is not None:
        assert missing == Requirement.of(missing.any_of, missing.all_of)
        assert missing.missing(held) == missing
        assert requirement.is_met_by(held | set(missing.all_of) | set(missing.any_of[:1]))


@given(parts, parts, st.frozensets(scopes, max_size=8), st.frozensets(scopes, max_size=8))
def test_more_scopes_never_take_a_right_away(
    any_of: list[str], all_of: list[str], held: frozenset[str], more: frozenset[str]
) -> None:
    if any_of or all_of:
        requirement = Requirement.of(any_of, all_of)
        assert requirement.is_met_by(held | more) >= requirement.is_met_by(held)


def test_missing_keeps_the_order_of_the_request() -> None:
    requirement = Requirement.of(any_of=["z", "y"], all_of=["d", "b", "c", "b"])
    assert requirement.missing(frozenset({"c"})) == Requirement(("z", "y"), ("d", "b"))
    assert requirement.missing(frozenset({"y", "d"})) == Requirement((), ("b", "c"))
    assert requirement.missing(frozenset({"b", "c", "d"})) == Requirement(("z", "y"), ())
    assert requirement.missing(frozenset({"b", "c", "d", "z"})) is None


def test_matched_is_sorted_and_names_each_scope_once() -> None:
    requirement = Requirement.of(any_of=["b", "a", "x"], all_of=["b", "c"])
    assert requirement.matched(frozenset({"c", "b", "a", "other"})) == ["a", "b", "c"]


def test_both_parts_must_hold() -> None:
    requirement = Requirement.of(any_of=["a", "b"], all_of=["c"])
    assert requirement.is_met_by({"a", "c"})
    assert not requirement.is_met_by({"a", "b"})
    assert not requirement.is_met_by({"c"})
    assert not requirement.is_met_by(set())


@pytest.mark.parametrize("held", ["a", "ab", "a:bc", "A:B", "*", "a:*", "*:*", "a:b:c", "b", ":b", "a:"])
def test_a_scope_grants_itself_alone(held: str) -> None:
    assert not Requirement.of(any_of=["a:b"]).is_met_by({held})
    assert not Requirement.of(all_of=["a:b"]).is_met_by({held})


def test_an_empty_requirement_is_refused_and_never_met_for_free() -> None:
    with pytest.raises(ScopeError, match="at least one scope"):
        Requirement.of()


@pytest.mark.parametrize("part", ["any_of", "all_of"])
def test_a_part_has_its_bounds(part: str) -> None:
    full = [f"scope{number}" for number in range(MAX_SCOPES)]
    Requirement.of(**{part: full})
    with pytest.raises(ScopeError, match="at most 64"):
        Requirement.of(**{part: [*full, "a"]})
    for bad in ("", "a b", "a" * 129):
        with pytest.raises(ScopeError):
            Requirement.of(**{part: ["a", bad]})
