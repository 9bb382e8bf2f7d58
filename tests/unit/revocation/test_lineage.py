"""Families and rotations in the index: what they hit, and from which second on."""

import pytest

from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.revocation.index import SHARDS, RevocationIndex, family_digest, token_digest

NOW = 1_900_000_000
ISSUER = "https://tokens.example/t/acme"
TOKEN = token_digest("acme", ISSUER, "a")


def rotation(end: int, name: str = "a", keep_until: int = NOW + 10_000_000) -> Revocation:
    return Revocation("acme", TargetKind.ROTATION, name, ISSUER, cutoff=end, keep_until=keep_until)


def family(name: str = "a", **changes: str) -> Revocation:
    values = {"tenant": "acme", "issuer": ISSUER, **changes}
    return Revocation(values["tenant"], TargetKind.FAMILY, name, values["issuer"], keep_until=NOW + 1000)


def test_a_family_hits_its_members_and_its_first_token() -> None:
    index = RevocationIndex([family()])
    assert index.has_token(family_digest("acme", ISSUER, "a"))
    assert index.has_token(TOKEN)


@pytest.mark.parametrize("other", [family("b"), family(tenant="globex"), family(issuer="https://other.example")])
def test_another_family_hits_nothing_of_it(other: Revocation) -> None:
    index = RevocationIndex([other])
    assert not index.has_token(family_digest("acme", ISSUER, "a"))
    assert not index.has_token(TOKEN)


def test_a_token_is_no_family() -> None:
    index = RevocationIndex([Revocation("acme", TargetKind.TOKEN, "a", ISSUER, keep_until=NOW + 1000)])
    assert not index.has_token(family_digest("acme", ISSUER, "a"))


def test_the_earliest_end_counts_in_whatever_order() -> None:
    for ends in ((5, 9), (9, 5), (5, 5)):
        assert RevocationIndex([rotation(NOW + end) for end in ends]).ends == {TOKEN: NOW + 5}


def test_an_end_long_past_becomes_an_id_like_any_other() -> None:
    index = RevocationIndex([rotation(NOW + 60), rotation(NOW + 70, "b"), rotation(NOW + 80, "b")])
    assert not index.has_token(TOKEN)
    index.forget_before(NOW + 60)
    assert TOKEN in index.ends
    index.forget_before(NOW + 61)
    assert index.ends == {token_digest("acme", ISSUER, "b"): NOW + 70}
    assert index.has_token(TOKEN)
    assert index.token_count == 1
    for _ in range(SHARDS):
        index.forget_before(NOW + 71)
    assert index.ends == {}
    assert index.has_token(token_digest("acme", ISSUER, "b"))


def test_an_end_that_outlived_its_token_is_forgotten() -> None:
    index = RevocationIndex([rotation(NOW + 60, keep_until=NOW + 70)])
    index.forget_before(NOW + 100)
    assert index.ends == {}
    assert index.token_count == 0
