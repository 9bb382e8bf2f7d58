"""The revocation index against plain sets: whatever is added, in whatever order, is found, and nothing else."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.revocation.index import SHARDS, RevocationIndex, _Shard, token_digest

tenants = st.sampled_from(("demo", "other"))
issuers = st.sampled_from(("https://a.example", "https://b.example"))
names = st.sampled_from(("x", "y", "z"))
seconds = st.integers(1, 40)

token_revocations = st.builds(
    lambda tenant, issuer, name, keep_until: Revocation(tenant, TargetKind.TOKEN, name, issuer, keep_until=keep_until),
    tenants,
    issuers,
    names,
    seconds,
)
cutoffs = st.builds(
    lambda tenant, kind, name, cutoff: Revocation(tenant, kind, name, cutoff=cutoff),
    tenants,
    st.sampled_from((TargetKind.SUBJECT, TargetKind.CLIENT)),
    names,
    seconds,
)
tenant_cutoffs = st.builds(
    lambda tenant, name, cutoff: Revocation(tenant, TargetKind.TENANT, name, cutoff=cutoff),
    tenants,
    st.sampled_from(("", "x")),
    seconds,
)
key_revocations = st.builds(lambda tenant, name: Revocation(tenant, TargetKind.KEY, name), tenants, names)
revocations = st.one_of(token_revocations, cutoffs, tenant_cutoffs, key_revocations)

ALL_TRIPLES = [
    (tenant, issuer, name)
    for tenant in ("demo", "other", "third")
    for issuer in ("https://a.example", "https://b.example", "")
    for name in ("x", "y", "z", "")
]
DIGESTS = {triple: token_digest(*triple) for triple in ALL_TRIPLES}


class Oracle:
    """What is revoked, as a set and as the latest of each cut-off."""

    def __init__(self, drawn: list[Revocation]) -> None:
        tokens = [each for each in drawn if each.kind is TargetKind.TOKEN]
        self.tokens = {(each.tenant, each.issuer, each.name) for each in tokens}
        self.keep_until = {
            triple: max(each.keep_until for each in tokens if (each.tenant, each.issuer, each.name) == triple)
            for triple in self.tokens
        }
        self.drawn = drawn

    def cutoff(self, tenant: str, subject: str, client_id: str) -> int:
        hits = [
            each.cutoff or 0
            for each in self.drawn
            if each.tenant == tenant
            and (
                each.kind is TargetKind.TENANT
                or (each.kind is TargetKind.SUBJECT and each.name == subject)
                or (each.kind is TargetKind.CLIENT and each.name == client_id)
            )
        ]
        return max(hits, default=0)


def assert_agrees(index: RevocationIndex, oracle: Oracle) -> None:
    for triple in ALL_TRIPLES:
        assert index.has_token(DIGESTS[triple]) == (triple in oracle.tokens)
    assert index.token_count == len(oracle.tokens)
    for tenant in ("demo", "other", "third"):
        for subject in ("x", "y", "z", ""):
            for client_id in ("x", "y", "z", ""):
                assert index.cutoff(tenant, subject, client_id) == oracle.cutoff(tenant, subject, client_id)


@settings(max_examples=60)
@given(st.lists(revocations, max_size=20), st.randoms(use_true_random=False))
def test_agrees_with_plain_sets_in_any_order(drawn: list[Revocation], shuffler: random.Random) -> None:
    again = [*drawn, *drawn]
    shuffler.shuffle(again)
    oracle = Oracle(drawn)
    assert_agrees(RevocationIndex(drawn), oracle)
    assert_agrees(RevocationIndex(again), oracle)


@settings(max_examples=40)
@given(st.lists(token_revocations, max_size=20), st.integers(0, 41))
def test_forgetting_drops_what_is_older_and_nothing_else(drawn: list[Revocation], time: int) -> None:
    oracle = Oracle(drawn)
    index = RevocationIndex(drawn)
    old = {triple for triple, until in oracle.keep_until.items() if until < time}
    assert index.forget_before(time, shards=SHARDS) == len(old)
    for triple in ALL_TRIPLES:
        assert index.has_token(DIGESTS[triple]) == (triple in oracle.tokens - old)
    assert index.token_count == len(oracle.tokens - old)
    assert index.forget_before(time, shards=SHARDS) == 0


def token(name: str, keep_until: int) -> Revocation:
    return Revocation("demo", TargetKind.TOKEN, name, "https://a.example", keep_until=keep_until)


def is_found(index: RevocationIndex, name: str) -> bool:
    return index.has_token(token_digest("demo", "https://a.example", name))


def test_the_last_second_is_kept() -> None:
    index = RevocationIndex([token("before", 99), token("at", 100), token("after", 101)])
    assert index.forget_before(100, shards=SHARDS) == 1
    assert [is_found(index, name) for name in ("before", "at", "after")] == [False, True, True]


def test_the_later_end_of_two_stands() -> None:
    for ends in ((50, 150), (150, 50)):
        index = RevocationIndex(token("x", end) for end in ends)
        assert index.token_count == 1
        assert index.forget_before(100, shards=SHARDS) == 0
        assert is_found(index, "x")


def test_the_default_round_goes_over_every_shard() -> None:
    count = 2000
    index = RevocationIndex(token(f"jti-{number}", 10 + number % 2) for number in range(count))
    dropped = [index.forget_before(11) for _ in range(SHARDS)]
    # Work is spread: no call does it all.
    assert max(dropped) < count / 8
    assert sum(dropped) == count / 2 == index.token_count
    assert all(is_found(index, f"jti-{number}") == (number % 2 == 1) for number in range(count))


def test_forgetting_leaves_cutoffs_alone() -> None:
    index = RevocationIndex([Revocation("demo", TargetKind.SUBJECT, "x", cutoff=50, keep_until=60)])
    assert index.forget_before(1000, shards=SHARDS) == 0
    assert index.cutoff("demo", "x", "any") == 50


def test_what_is_kept_beyond_the_range_of_the_table_is_never_forgotten() -> None:
    index = RevocationIndex([token("x", 2**40), token("y", 2**32 - 1)])
    assert index.forget_before(2**33, shards=SHARDS) == 0
    assert is_found(index, "x")
    assert is_found(index, "y")


def test_what_was_forgotten_can_be_revoked_again() -> None:
    index = RevocationIndex([token("x", 10)])
    index.forget_before(11, shards=SHARDS)
    assert not is_found(index, "x")
    index.add(token("x", 20))
    assert is_found(index, "x")


def test_a_cutoff_that_the_store_has_not_set_yet_says_nothing() -> None:
    index = RevocationIndex([Revocation("demo", TargetKind.SUBJECT, "x")])
    assert index.cutoff("demo", "x", "any") == 0


def test_an_earlier_cutoff_never_takes_a_later_one_back() -> None:
    later = Revocation("demo", TargetKind.CLIENT, "app", cutoff=90)
    for order in ((later, replace(later, cutoff=10)), (replace(later, cutoff=10), later)):
        assert RevocationIndex(order).cutoff("demo", "any", "app") == 90


@pytest.mark.parametrize("kind", [TargetKind.SUBJECT, TargetKind.CLIENT])
def test_a_subject_is_not_a_client(kind: TargetKind) -> None:
    index = RevocationIndex([Revocation("demo", kind, "x", cutoff=90)])
    hits = (index.cutoff("demo", "x", "y"), index.cutoff("demo", "y", "x"))
    assert hits == ((90, 0) if kind is TargetKind.SUBJECT else (0, 90))
    assert index.cutoff("other", "x", "x") == 0


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3), st.integers(0, 40)), max_size=30),
    st.integers(0, 41),
)
def test_digests_that_share_their_first_half_are_told_apart(drawn: list[tuple[int, int, int]], time: int) -> None:
    shard = _Shard()
    model: dict[tuple[int, int], int] = {}
    for first, second, keep_until in drawn:
        assert shard.add(first, second, keep_until) == ((first, second) not in model)
        model[first, second] = max(model.get((first, second), 0), keep_until)
    kept = {pair for pair, until in model.items() if until >= time}
    assert shard.forget_before(time) == len(model) - len(kept)
    found = {(first, second) for first in range(1, 6) for second in range(5) if shard.find(first, second) >= 0}
    assert found == kept
    assert {entry[:2] for entry in shard.entries()} == kept
    assert shard.count == len(kept)


@given(st.sets(st.integers(5040, 2**64 - 1), max_size=400), st.integers(1, 64))
def test_digests_that_crowd_one_place_are_all_found(drawn: set[int], few: int) -> None:
    # Multiples of a product of small numbers fall on few rows of a table of any size that these divide.
    crowded = [number // 5040 * 5040 for number in drawn]
    shard = _Shard()
    for number, first in enumerate(crowded):
        shard.add(first, number % few, 1)
    held = {(first, number % few) for number, first in enumerate(crowded)}
    assert {entry[:2] for entry in shard.entries()} == held
    assert all(shard.find(*digest) >= 0 for digest in held)
    assert all(shard.find(first, few) < 0 for first in crowded)
