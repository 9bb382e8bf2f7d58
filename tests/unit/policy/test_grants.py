"""What a client may issue: patterns for subjects, and what goes beyond a grant."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.policy.grants import IssueGrant, SubjectPattern

TEXT = st.text("ab*.é", max_size=12)


def oracle(pattern: str, subject: str) -> bool:
    """The pattern as a regular expression."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), subject, re.DOTALL) is not None


@given(TEXT, TEXT)
def test_a_pattern_matches_what_its_expression_matches(pattern: str, subject: str) -> None:
    assert SubjectPattern.of(pattern).matches(subject) is oracle(pattern, subject)


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=5), st.data())
def test_what_a_star_stands_for_may_be_anything(parts: list[str], data: st.DataObject) -> None:
    gaps = [data.draw(st.text("ab*", max_size=3)) for _ in parts[1:]]
    subject = parts[0] + "".join(gap + part for gap, part in zip(gaps, parts[1:], strict=True))
    assert SubjectPattern.of("*".join(parts)).matches(subject)


@pytest.mark.parametrize(
    ("pattern", "subject", "matches"),
    [
        ("alice", "alice", True),
        ("alice", "Alice", False),
        ("alice", "alice2", False),
        ("ci-*", "ci-", True),
        ("ci-*", "ci-7", True),
        ("ci-*", "xci-7", False),
        ("*@shop.example", "a@shop.example", True),
        ("*@shop.example", "a@shop.example.evil", False),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("*", "", True),
        ("**", "anything\n", True),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
    ],
)
def test_patterns(pattern: str, subject: str, *, matches: bool) -> None:
    assert SubjectPattern.of(pattern).matches(subject) is matches


def test_no_pattern_is_tried_in_every_way() -> None:
    # A regular expression would try every way to share 255 letters among 127 stars.
    assert not SubjectPattern.of("*a" * 127 + "b").matches("a" * 255)


def grant(**changes: object) -> IssueGrant:
    given_ = {
        "scopes": frozenset({"repo", "user"}),
        "audiences": frozenset({"api"}),
        "subjects": (SubjectPattern.of("u-*"), SubjectPattern.of("root")),
        "max_ttl": None,
        "max_live_tokens": 0,
        **changes,
    }
    return IssueGrant(**given_)  # type: ignore[arg-type]  # a table of kinds


def test_every_field_that_goes_beyond_is_named() -> None:
    asked = {"subject": "bob", "audiences": ["api", "x", "y"], "scopes": ["repo", "admin", "Repo"]}
    found = grant().violations(**asked)  # type: ignore[arg-type]  # a table of kinds
    assert [violation.field for violation in found] == ["subject", "audiences[1]", "audiences[2]", "scopes"]
    found = grant().violations(**asked, place_of=lambda scope: f"at {scope}")  # type: ignore[arg-type]  # likewise
    assert [violation.field for violation in found][3:] == ["at Repo", "at admin"]


def test_within_is_within() -> None:
    assert not list(grant().violations(subject="u-1", audiences=["api"], scopes=["user"]))
    assert not list(grant().violations(subject="root", audiences=["api"], scopes=[]))
    wide = grant(audiences=frozenset(), subjects=())
    assert not list(wide.violations(subject="anybody", audiences=["anything"], scopes=["repo"]))
    nothing = grant(scopes=frozenset())
    assert list(nothing.violations(subject="root", audiences=["api"], scopes=["repo"]))
