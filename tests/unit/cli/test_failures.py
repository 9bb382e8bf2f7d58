import threading

import grpc
import pytest

from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.failures import EXIT_CODES, NEXT_STEPS
from authsvc.v1.error_reason_pb2 import ErrorReason
from tests.unit.cli.conftest import TOKEN, CommandLine
from tests.unit.cli.fake_server import Failure, FakeTokenService

PREFIX = "ERROR_REASON_"
REASONS = [
    name.removeprefix(PREFIX) for name in ErrorReason.DESCRIPTOR.values_by_name if name != f"{PREFIX}UNSPECIFIED"
]
VERIFY = ("verify", "--audience", "api")


def test_every_reason_has_a_next_step() -> None:
    assert set(NEXT_STEPS) == set(REASONS)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_named_with_its_next_step(authsvc: CommandLine, fake: FakeTokenService, reason: str) -> None:
    fake.answers["Verify"] = Failure(grpc.StatusCode.FAILED_PRECONDITION, "what happened", reason)
    outcome = authsvc(*VERIFY, stdin=TOKEN)
    assert outcome.err.splitlines() == [f"error: what happened ({reason})", f"next: {NEXT_STEPS[reason]}"]
    assert not outcome.out


@pytest.mark.parametrize("status", [status for status in grpc.StatusCode if status is not grpc.StatusCode.OK])
def test_every_status_has_an_exit_code(authsvc: CommandLine, fake: FakeTokenService, status: grpc.StatusCode) -> None:
    fake.answers["Verify"] = Failure(status)
    outcome = authsvc(*VERIFY, stdin=TOKEN)
    assert outcome.code == EXIT_CODES.get(status, ExitCode.INTERNAL)
    assert outcome.code not in {ExitCode.OK, ExitCode.NO, ExitCode.INSUFFICIENT_SCOPE}
    assert status.name in outcome.err


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ExitCode.USAGE),
        (grpc.StatusCode.UNAUTHENTICATED, "INVALID_KEY", ExitCode.DENIED),
        (grpc.StatusCode.PERMISSION_DENIED, "INSUFFICIENT_SCOPE", ExitCode.DENIED),
        (grpc.StatusCode.NOT_FOUND, "TENANT_NOT_FOUND", ExitCode.NOT_FOUND),
        (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED", ExitCode.CONFLICT),
        (grpc.StatusCode.FAILED_PRECONDITION, "REQUEST_ID_SPENT", ExitCode.CONFLICT),
        (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE", ExitCode.UNAVAILABLE),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "STORE_FULL", ExitCode.UNAVAILABLE),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE", ExitCode.USAGE),
        (grpc.StatusCode.INTERNAL, "INTERNAL", ExitCode.INTERNAL),
    ],
)
def test_what_scripts_branch_on(
    authsvc: CommandLine, fake: FakeTokenService, status: grpc.StatusCode, reason: str, code: ExitCode
) -> None:
    fake.answers["Verify"] = Failure(status, "x", reason)
    assert authsvc(*VERIFY, stdin=TOKEN).code == code


def test_a_busy_server_says_when_to_come_back(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["Verify"] = Failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "slow down", "RATE_LIMITED", retry_seconds=90)
    outcome = authsvc(*VERIFY, stdin=TOKEN)
    assert outcome.code == ExitCode.UNAVAILABLE
    assert outcome.err.splitlines()[1] == "next: try again in 1m 30s"


def test_an_unavailable_store_is_not_taken_for_an_absent_server(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["Verify"] = Failure(grpc.StatusCode.UNAVAILABLE, "the store is locked", "STORE_UNAVAILABLE")
    outcome = authsvc(*VERIFY, stdin=TOKEN)
    assert "cannot be reached" not in outcome.err
    assert outcome.err.startswith("error: the store is locked")


def test_a_reason_of_a_later_release(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["Verify"] = Failure(grpc.StatusCode.FAILED_PRECONDITION, "something new", "SOMETHING_NEW")
    outcome = authsvc(*VERIFY, stdin=TOKEN)
    assert outcome.code == ExitCode.CONFLICT
    assert outcome.err == "error: something new (SOMETHING_NEW)\n"


def test_a_token_in_the_servers_words_is_not_repeated(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["Verify"] = Failure(
        grpc.StatusCode.INVALID_ARGUMENT, f"bad {TOKEN}", "INVALID_FIELD", [("token", TOKEN)]
    )
    outcome = authsvc(*VERIFY, stdin=TOKEN)
    assert "  token: [token]" in outcome.err
    assert "eyJ" not in outcome.err


def test_a_server_that_does_not_answer(authsvc: CommandLine, fake: FakeTokenService) -> None:
    go_on = threading.Event()
    fake.answers["Verify"] = lambda _: go_on.wait(30)
    try:
        outcome = authsvc(*VERIFY, "--timeout", "0.2", stdin=TOKEN)
    finally:
        go_on.set()
    assert outcome.code == ExitCode.UNAVAILABLE
    assert "did not answer in time (DEADLINE_EXCEEDED)" in outcome.err
    assert "--timeout" in outcome.err
