"""Every case of cases/*.yaml, against the running server."""

import grpc
import pytest

from authsvc.transport.grpc.status import DOMAIN
from tests.contract.callers import Callers
from tests.contract.case import Case, Run, differences, has, load_cases, plain_of
from tests.contract.contract import METHODS, Refusal

CASES = load_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_case_holds(case: Case, channel: grpc.Channel, callers: Callers) -> None:
    run = Run(channel, callers)
    answer = run.answer(case)
    if case.is_good:
        assert not isinstance(answer, Refusal), answer
        plain = plain_of(answer)
        assert not differences(run.fill(dict(case.expect.get("response", {}))), plain)
        assert [path for path in case.expect.get("absent", ()) if has(plain, path)] == []
    else:
        assert isinstance(answer, Refusal), answer
        check_refusal(case, answer)


def check_refusal(case: Case, refusal: Refusal) -> None:
    expect = case.expect
    assert (refusal.code.name, refusal.reason) == (expect["status"], expect["reason"]), refusal
    assert refusal.domain == DOMAIN
    assert refusal.message
    wanted = expect.get("violations", ())
    assert refusal.fields == [violation["field"] for violation in wanted]
    for violation, (_, rule) in zip(wanted, refusal.violations, strict=True):
        assert violation["rule"] in rule
    assert expect.get("info", {}).items() <= refusal.metadata.items()
    assert (refusal.retry_seconds is not None) == expect.get("retry", False)


@pytest.mark.parametrize("rpc", METHODS)
def test_every_rpc_has_good_and_bad_cases(rpc: str) -> None:
    assert {case.is_good for case in CASES if case.rpc == rpc} == {True, False}


def test_every_invalid_field_names_its_violations() -> None:
    assert [
        case.id for case in CASES if case.expect.get("reason") == "INVALID_FIELD" and "violations" not in case.expect
    ] == []
