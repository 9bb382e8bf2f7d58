"""Every bound that the contract states has a case just inside and one just outside."""

from collections import defaultdict

from authsvc.tokens.decoder import MAX_TOKEN_LENGTH
from tests.contract.bounds import stated_bounds
from tests.contract.case import load_cases

OTHERWISE = {
    "GetTokenRequest.token_id 1": {True},
    "GetTokenRequest.token_id 255": {True},
    "KeyTarget.key_id 1": {True},
    "KeyTarget.key_id 64": {True},
}
"""Edges whose inside is shown by an answer other than success: NOT_FOUND, since nothing has that name."""


def test_every_bound_has_a_case_on_each_side() -> None:
    sides: dict[str, set[bool]] = defaultdict(set)
    for case in load_cases():
        for edge in case.edge:
            sides[edge].add(case.accepts)
    bounds = stated_bounds()
    assert len(bounds) > 40, "the comments are no longer read"
    wanted = {bound.edge: {True, False} if bound.has_outside else {True} for bound in bounds}
    lacking = {edge: side - sides[edge] - OTHERWISE.get(edge, set()) for edge, side in wanted.items()}
    assert {edge: side for edge, side in lacking.items() if side} == {}
    assert sides.keys() <= wanted.keys(), "an edge that the contract does not state"


def test_the_longest_token_is_4_kib() -> None:
    assert MAX_TOKEN_LENGTH == 4096
