"""Every case of the corpus against the pure decision: signature cache on and off, cold and hot."""

import json
from collections import Counter

import pytest

from authsvc.v1.reason_pb2 import Reason
from tests.hostile.cases import World, answer, deciding, fixed_vectors, fixed_world, load_cases

MIN_HOSTILE = 400
ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA", "HS256")


@pytest.mark.parametrize("cache_size", [0, 1, 10_000], ids=["cache off", "cache of one", "cache on"])
@pytest.mark.parametrize("rounds", [1, 2], ids=["cold", "hot"])
def test_every_case_gets_its_reason_and_its_check(cache_size: int, rounds: int) -> None:
    decision, world = deciding(cache_size), fixed_world()
    wrong: list[str] = []
    accepted = 0
    for round_number in range(rounds):
        for vector in fixed_vectors():
            case = vector.case
            got = answer(decision, world, vector)
            accepted += got[0] == Reason.REASON_OK and not case.is_good
            if got != (case.reason, case.check):
                expected = f"{Reason.Name(case.reason)} {case.check}"
                wrong.append(
                    f"{case.topic}/{case.name}, round {round_number}: {expected}, got {Reason.Name(got[0])} {got[1]}"
                )
    print(f"{len(fixed_vectors())} tokens, {rounds} rounds, cache of {cache_size}: {accepted} accepted that may not be")
    assert accepted == 0
    assert not wrong, "\n".join(wrong)


def test_a_refusal_holds_nothing_of_the_token() -> None:
    decision, world = deciding(0), fixed_world()
    rules: dict[tuple[Reason, str], set[str]] = {}
    for vector in fixed_vectors():
        verdict = decision.decide(vector.text, world.question(vector.case), world.ring)
        if not vector.case.is_valid:
            rules.setdefault((verdict.reason, verdict.check), set()).add(verdict.rule)  # type: ignore[union-attr]
    # One check, one sentence, whatever the token: the sentence follows from the check alone.
    assert all(len(sentences) == 1 for sentences in rules.values()), rules


def test_the_corpus_is_what_it_says() -> None:
    cases = load_cases()
    names = Counter((case.topic, case.name) for case in cases)
    assert not [name for name, count in names.items() if count > 1]
    hostile = [case for case in cases if not case.is_valid]
    good = [case for case in cases if case.is_good]
    topics = Counter(case.topic for case in cases)
    reasons = Counter(Reason.Name(case.reason) for case in cases)
    print(f"{len(cases)} cases: {len(hostile)} refused, {len(good)} controls that must be accepted")
    print("by topic: ", ", ".join(f"{topic} {count}" for topic, count in sorted(topics.items())))
    print("by reason:", ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items())))
    assert len(hostile) >= MIN_HOSTILE
    assert {Reason.Name(case.reason) for case in cases} == set(Reason.keys()) - {"REASON_UNSPECIFIED"}
    for algorithm in ALGORITHMS:
        assert any(f"plain-{algorithm.lower()}" == case.name for case in good)


def test_no_case_is_there_twice() -> None:
    seen: dict[str, str] = {}
    twins: list[str] = []
    for case in load_cases():
        made = json.dumps([case.recipe, case.tenant, case.audience, repr(case.requirement)], sort_keys=True)
        name = f"{case.topic}/{case.name}"
        if made in seen:
            twins.append(f"{seen[made]} = {name}")
        seen[made] = name
    assert not twins, "\n".join(twins)


def test_the_runner_can_fail() -> None:
    """A decision that knows no revocation and no time accepts cases that may not be accepted."""
    world = fixed_world()
    careless = World(world.now - 1000, world.tenants, world.keys, (), world.ring, type(world.index)())
    accepted = sum(
        answer(deciding(0), careless, vector)[0] == Reason.REASON_OK and not vector.case.is_good
        for vector in fixed_vectors()
    )
    assert accepted > 0
