"""The differences of two documents: each named by its path, none missed, and no more than there is room for."""

import json
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from authsvc.policy.changes import MAX_VALUE, FieldChange, document_changes
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import (
    Client,
    ExtraClaims,
    IssueGrant,
    Operation,
    RateLimit,
    Scope,
    Tenant,
    TrustedIssuer,
)

ROOM = 10**6


def changes(before: Tenant, after: Tenant, room: int = ROOM) -> list[tuple[str, str, str]]:
    return [(change.path, change.before, change.after) for change in document_changes(before, after, room)]


def client(**fields: Any) -> Tenant:
    return Tenant(clients=[Client(id="c", **fields)])


CHANGES: dict[str, tuple[Tenant, Tenant, list[tuple[str, str, str]]]] = {
    "nothing": (Tenant(name="a"), Tenant(name="a"), []),
    "a text": (Tenant(description="x"), Tenant(description="y"), [("description", '"x"', '"y"')]),
    "a text that goes": (Tenant(description="x"), Tenant(), [("description", '"x"', "")]),
    "letters as they are": (Tenant(), Tenant(description="日本"), [("description", "", '"日本"')]),
    "a span": (Tenant(), Tenant(max_ttl=Duration(seconds=5)), [("max_ttl", "", '"5s"')]),
    "a span of nothing": (Tenant(), Tenant(max_ttl=Duration()), [("max_ttl", "", '"0s"')]),
    "a choice": (
        Tenant(),
        Tenant(algorithm="SIGNING_ALGORITHM_RS256"),
        [("algorithm", "", '"SIGNING_ALGORITHM_RS256"')],
    ),
    "a yes": (Tenant(omit_records=True), Tenant(), [("omit_records", "true", "")]),
    "texts": (Tenant(audiences=["a", "b"]), Tenant(audiences=["b", "a"]), [("audiences", '["a", "b"]', '["b", "a"]')]),
    "texts that go": (Tenant(audiences=["a"]), Tenant(), [("audiences", '["a"]', "")]),
    "an empty part": (Tenant(), Tenant(extra_claims=ExtraClaims()), [("extra_claims", "", "{}")]),
    "within a part": (
        Tenant(extra_claims=ExtraClaims(names=["a"])),
        Tenant(extra_claims=ExtraClaims(names=["a", "b"])),
        [("extra_claims.names", '["a"]', '["a", "b"]')],
    ),
    "an entry": (Tenant(), Tenant(scopes=[Scope(name="s")]), [('scopes["s"]', "", '{"name": "s"}')]),
    "within an entry": (
        client(issue=IssueGrant(max_live_tokens=1)),
        client(issue=IssueGrant(max_live_tokens=2), rate_limit=RateLimit(calls_per_second=1)),
        [
            ('clients["c"].issue.max_live_tokens', '"1"', '"2"'),
            ('clients["c"].rate_limit', "", '{"calls_per_second": 1}'),
        ],
    ),
    "another kind of keys": (
        Tenant(trusted_issuers=[TrustedIssuer(issuer='a"b', jwks="x")]),
        Tenant(trusted_issuers=[TrustedIssuer(issuer='a"b', imported_keys=True)]),
        [
            ('trusted_issuers["a\\"b"].jwks', '"x"', ""),
            ('trusted_issuers["a\\"b"].imported_keys', "", "true"),
        ],
    ),
    "another order": (
        Tenant(scopes=[Scope(name="a"), Scope(name="b")]),
        Tenant(scopes=[Scope(name="b"), Scope(name="a"), Scope(name="c")]),
        [('scopes["c"]', "", '{"name": "c"}'), ("scopes", '["a", "b"]', '["b", "a"]')],
    ),
    "outputs": (Tenant(etag="a", uid="u"), Tenant(etag="b", create_time=Timestamp(seconds=1)), []),
}


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES.values(), ids=CHANGES)
def test_each_difference_is_named(before: Tenant, after: Tenant, expected: list[tuple[str, str, str]]) -> None:
    assert changes(before, after) == expected


names = st.sampled_from(["a", "b", "c", "d"])
texts = st.lists(names, max_size=3)


@st.composite
def documents(draw: st.DrawFn) -> Tenant:
    def unique() -> list[str]:
        return draw(st.lists(names, unique=True, max_size=4))

    return Tenant(
        name="x",
        description=draw(st.text(max_size=3)),
        audiences=draw(texts),
        omit_records=draw(st.booleans()),
        max_ttl=draw(st.none() | st.builds(Duration, seconds=st.integers(0, 2))),
        operations=[
            Operation(name=name, requirement=ScopeRequirement(any_of=draw(texts)), description=draw(names))
            for name in unique()
        ],
        scopes=[Scope(name=name, includes=draw(texts)) for name in unique()],
        clients=[
            Client(id=name, permissions=draw(texts), issue=draw(st.none() | st.builds(IssueGrant, scopes=texts)))
            for name in unique()
        ],
    )


@given(documents(), documents())
def test_there_is_a_difference_exactly_when_there_is_one(before: Tenant, after: Tenant) -> None:
    found = changes(before, after)
    assert (found == []) == (before == after)
    assert len({path for path, _, _ in found}) == len(found)
    for _, old, new in found:
        assert old != new
        for value in (old, new):
            assert value == "" or json.loads(value) is not None
    # The other way round it is the same, the other way round.
    assert sorted(changes(after, before)) == sorted((path, new, old) for path, old, new in found)


@pytest.mark.parametrize("room", [0, 1, 100, 1000])
def test_no_more_is_told_than_has_room(room: int) -> None:
    after = Tenant(
        description="x", operations=[Operation(name=f"op{number}", description="d" * 20) for number in range(50)]
    )
    found = document_changes(Tenant(), after, room)
    *told, last = found
    assert sum(change.size for change in told) <= room
    assert last == FieldChange("…", "", f"{51 - len(told)} more")


def test_a_long_value_is_cut_off() -> None:
    (change,) = document_changes(Tenant(), Tenant(description="é" * 9000), ROOM)
    assert len(change.after) == MAX_VALUE
    assert change.after.endswith("é…")
