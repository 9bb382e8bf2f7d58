"""The mutation run: each check of the decoder and the decision is taken out in turn, and the corpus must notice.

A table says for each check how many vectors fail, and how: the token is accepted, refused for another reason, refused by
another check for the same reason, or the decision raises.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from authsvc.keys.fetched_keys import FetchedKeys
from authsvc.tokens import verdict
from authsvc.tokens.decoder import HEADER_CHECKS, TEXT_CHECKS, Decoder, UnverifiedToken
from authsvc.tokens.foreign import ForeignTokens
from authsvc.tokens.jose import signature_is_valid
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.verdict import Decision
from authsvc.v1.reason_pb2 import Reason
from tests.hostile.cases import answer, fixed_vectors, fixed_world
from tests.hostile.weakened import JSON_REMOVALS, Weakening, laxities, removals

ACCEPTED, OTHER_REASON, OTHER_CHECK, RAISED = "accepted", "other reason", "other check", "raised"
OUTCOMES = (ACCEPTED, OTHER_REASON, OTHER_CHECK, RAISED)

LONGEST = 100_000
"""Characters. The few longer texts take time to hash and show nothing more of a check than the shorter ones."""

SECOND_LINE = {"header.constants", "header.integers", "header.floats", "header.depth"}
"""Checks of the header that another one stands behind: its members are three and their values strings, so nothing that
these let through could be a header. They stay because one parser reads header and payload, and because they bound what a
stranger's header may cost before any key is looked up."""

_verified: dict[tuple[int, bytes, bytes], bool] = {}


@pytest.fixture(autouse=True)
def remembered_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verifies each signature once for all runs: they differ in other checks."""

    def check(algorithm: Any, key: Any, signing_input: bytes, signature: bytes) -> bool:
        name = (id(key), signing_input, signature)
        if name not in _verified:
            _verified[name] = signature_is_valid(algorithm, key, signing_input, signature)
        return _verified[name]

    monkeypatch.setattr(verdict, "signature_is_valid", check)


class RememberingDecoder(Decoder):
    """The true decoder, which decodes each text once for all runs that leave it alone."""

    __slots__ = ()
    decoded: ClassVar[dict[str, UnverifiedToken | Refusal]] = {}

    def decode(self, text: str) -> UnverifiedToken | Refusal:
        if text not in self.decoded:
            self.decoded[text] = super().decode(text)
        return self.decoded[text]


def outcomes(weakening: Weakening) -> Counter[str]:
    """How the vectors fail with a weakened decision."""
    world = fixed_world()
    if weakening.keys is not None:
        world = replace(world, ring=weakening.keys(world))
    if weakening.world is not None:
        world = weakening.world(world)
    decision = Decision(
        0,
        decoder=weakening.decoder or RememberingDecoder(),
        claim_checks=weakening.claim_checks,
        steps=weakening.steps,
        elsewhere=weakening.foreign or ForeignTokens(FetchedKeys()),
        lineage_steps=weakening.lineage_steps,
    )
    counted: Counter[str] = Counter()
    for vector in fixed_vectors():
        case = vector.case
        if len(vector.text) > LONGEST:
            continue
        try:
            reason, check = answer(decision, world, vector)
        except Exception:  # noqa: BLE001 (whatever it raises, the vector has noticed)
            counted[RAISED] += 1
            continue
        if reason != case.reason:
            refused_before = not case.is_valid
            passes_now = reason in {Reason.REASON_OK, Reason.REASON_INSUFFICIENT_SCOPE}
            counted[ACCEPTED if refused_before and passes_now else OTHER_REASON] += 1
        elif check != case.check:
            counted[OTHER_CHECK] += 1
    return counted


def run(weakenings: Iterable[Weakening], monkeypatch: pytest.MonkeyPatch) -> dict[str, Counter[str]]:
    """The outcomes of each weakening, printed as a table."""
    table: dict[str, Counter[str]] = {}
    for weakening in weakenings:
        with monkeypatch.context() as patch:
            if weakening.signature is not None:
                patch.setattr(verdict, "signature_is_valid", weakening.signature)
            assert weakening.name not in table
            table[weakening.name] = outcomes(weakening)
    width = max(map(len, table))
    print(f"{'taken out or made lax':{width}}  fail  " + "  ".join(OUTCOMES))
    for name, counted in table.items():
        row = "  ".join(f"{counted[outcome]:{len(outcome)}}" for outcome in OUTCOMES)
        print(f"{name:{width}}  {counted.total():4}  {row}")
    return table


def test_with_every_check_in_place_no_vector_fails() -> None:
    assert outcomes(Weakening("nothing")).total() == 0


def test_taking_out_any_check_makes_a_vector_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    table = run(removals(), monkeypatch)
    assert not [name for name, counted in table.items() if counted.total() == 0]
    weak = [name for name, counted in table.items() if counted.total() == counted[OTHER_CHECK]]
    print("refused by the next check for the same reason:", ", ".join(weak))
    assert set(weak) == SECOND_LINE


def test_making_a_check_lax_makes_a_vector_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    table = run(laxities(), monkeypatch)
    assert not [name for name, counted in table.items() if counted.total() == counted[OTHER_CHECK]]


def test_every_check_that_a_case_names_is_taken_out_once() -> None:
    named = {vector.case.check for vector in fixed_vectors()} - {"", "scopes"}
    taken_out = {weakening.name.partition(" ")[0] for weakening in removals()}
    assert named == taken_out
    assert len(TEXT_CHECKS) + len(HEADER_CHECKS) + 2 * len(JSON_REMOVALS) < len(taken_out)
