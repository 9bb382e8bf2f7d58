"""`authsvc exchange`, `rotate` and `report`."""

import shlex
import stat
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from authsvc.cli.exit_codes import ExitCode
from authsvc.v1.token_record_pb2 import TokenRecord
from authsvc.v1.token_service_pb2 import (
    ExchangeResponse,
    ListTokenUsageResponse,
    RotateTokenResponse,
    ScopeUsage,
    TokenUsage,
)
from tests.unit.cli import answers
from tests.unit.cli.answers import ISSUE_TIME, SCOPES
from tests.unit.cli.conftest import TOKEN, CommandLine
from tests.unit.cli.fake_server import Failure, FakeTokenService

NEW_TOKEN = "eyJhbGciOiJFUzI1NiIsImtpZCI6Im5ldyJ9" + ".eyJzdWIiOiJib2IifQ" + ".c2ln"


def at(seconds: int) -> Timestamp:
    return Timestamp(seconds=ISSUE_TIME + seconds)


def usage(token_id: str, *used: str) -> TokenUsage:
    record = answers.record(token_id)
    if used:
        record.last_used_time.seconds = ISSUE_TIME + 60
    return TokenUsage(
        record=record,
        used_scopes=[ScopeUsage(scope=scope, last_used_time=at(60)) for scope in used],
        unused_scopes=[scope for scope in SCOPES if scope not in used],
    )


def _page(request: Any) -> ListTokenUsageResponse:
    """One token a page."""
    every = [usage("t0", "repo"), usage("t1", "public_repo", "repo"), usage("t2")]
    begin = int(request.page_token or 0)
    end = begin + 1
    return ListTokenUsageResponse(
        usages=every[begin:end], next_page_token=str(end) if end < len(every) else "", is_noted=True
    )


@pytest.fixture(autouse=True)
def _answer(fake: FakeTokenService) -> None:
    common: dict[str, Any] = {
        "token": NEW_TOKEN,
        "token_id": "new",
        "key_id": "k1",
        "revision": "r7",
        "scopes": ["repo"],
    }
    fake.answers["Exchange"] = ExchangeResponse(**common, issue_time=at(0), expire_time=at(900), audiences=["api"])
    fake.answers["RotateToken"] = RotateTokenResponse(
        **common,
        issue_time=at(0),
        expire_time=at(3600),
        family_id="first",
        family_end_time=at(7200),
        old_token_end_time=at(60),
    )
    fake.answers["ListTokenUsage"] = _page


@pytest.mark.parametrize("command", ["exchange", "rotate"])
def test_a_pipe_gets_the_token_alone_and_no_key_is_sent(
    authsvc: CommandLine, fake: FakeTokenService, command: str
) -> None:
    outcome = authsvc(command, "--tenant", "demo", stdin=TOKEN)
    assert outcome.code == ExitCode.OK, outcome.err
    assert outcome.out == f"{NEW_TOKEN}\n"
    assert (fake.request.tenant, fake.request.token) == ("demo", TOKEN)
    assert "authorization" not in fake.metadata[0]


def test_every_option_of_an_exchange_reaches_the_request(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc(
        *("exchange", "-", "--scope", "repo", "--scope", "read:users create:users", "--audience", "api"),
        *("--ttl", "15m", "--label", "phone", "--request-id", "r-1"),
        stdin=TOKEN,
    )
    assert outcome.code == ExitCode.OK, outcome.err
    request = fake.request
    assert list(request.scopes) == ["repo", "read:users create:users"]
    assert list(request.audiences) == ["api"]
    assert (request.ttl.seconds, request.label, request.request_id) == (900, "phone", "r-1")


def test_what_is_not_asked_for_stays_absent(authsvc: CommandLine, fake: FakeTokenService) -> None:
    authsvc("exchange", stdin=TOKEN)
    authsvc("rotate", stdin=TOKEN)
    exchange, rotate = fake.requests
    assert not exchange.HasField("ttl")
    assert not rotate.HasField("overlap")
    assert [request.request_id for request in fake.requests] == ["", ""]


@pytest.mark.parametrize(("overlap", "seconds"), [("0", 0), ("60", 60), ("24h", 86400)])
def test_an_overlap_reaches_the_request(
    authsvc: CommandLine, fake: FakeTokenService, overlap: str, seconds: int
) -> None:
    outcome = authsvc("rotate", "--overlap", overlap, "--request-id", "r", stdin=TOKEN)
    assert fake.request.HasField("overlap")
    assert (fake.request.overlap.seconds, fake.request.request_id) == (seconds, "r")
    assert "the old token is good until 2014-11-25T15:26:09Z" in outcome.err


@pytest.mark.parametrize("command", ["exchange", "rotate"])
def test_token_out_is_a_private_file_and_the_only_place(authsvc: CommandLine, tmp_path: Path, command: str) -> None:
    target = tmp_path / "new"
    outcome = authsvc(command, "--token-out", str(target), stdin=TOKEN)
    assert outcome.code == ExitCode.OK
    assert target.read_text() == f"{NEW_TOKEN}\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert NEW_TOKEN not in outcome.out + outcome.err
    assert "token id: new" in outcome.out


@pytest.mark.parametrize("command", ["exchange", "rotate"])
def test_a_token_that_is_not_good_is_denied(authsvc: CommandLine, fake: FakeTokenService, command: str) -> None:
    for name in ("Exchange", "RotateToken"):
        fake.answers[name] = Failure(grpc.StatusCode.UNAUTHENTICATED, "not valid here", "TOKEN_NOT_GOOD")
    outcome = authsvc(command, stdin=TOKEN)
    assert outcome.code == ExitCode.DENIED
    assert "next: " in outcome.err


@pytest.mark.parametrize("command", ["exchange", "rotate"])
def test_a_token_on_the_command_line_is_refused(authsvc: CommandLine, fake: FakeTokenService, command: str) -> None:
    assert authsvc(command, TOKEN).code == ExitCode.USAGE
    assert not fake.requests


def test_the_report_tells_used_and_unused_scopes_and_the_narrower_command(
    authsvc: CommandLine, fake: FakeTokenService
) -> None:
    outcome = authsvc("report", "--subject", "alice", "--client", "app", "--label", "laptop")
    assert outcome.code == ExitCode.OK, outcome.err
    assert not outcome.err
    assert outcome.out.splitlines() == [
        "3 live tokens, 2 with scopes that never met a check",
        "token t0:",
        "  subject alice, client app, laptop",
        "  last used: 2014-11-25T15:26:09Z",
        "  used: repo, last at 2014-11-25T15:26:09Z",
        "  never used: public_repo",
        (
            "  narrower: authsvc issue --tenant demo --subject alice --client-id app --audience api --scope repo"
            " --label laptop --ttl 3600"
        ),
        "token t1:",
        "  subject alice, client app, laptop",
        "  last used: 2014-11-25T15:26:09Z",
        "  used: public_repo, last at 2014-11-25T15:26:09Z",
        "  used: repo, last at 2014-11-25T15:26:09Z",
        "token t2:",
        "  subject alice, client app, laptop",
        "  last used: not yet",
        "  never used: public_repo repo",
    ]
    assert {(request.subject, request.client_id, request.label) for request in fake.requests} == {
        ("alice", "app", "laptop")
    }
    assert [request.page_token for request in fake.requests] == ["", "1", "2"]


def test_the_narrower_command_is_safe_to_paste(authsvc: CommandLine, fake: FakeTokenService) -> None:
    hostile = "a'; rm -rf ~; echo 'b"
    answer = ListTokenUsageResponse(usages=[usage("t0", "repo")], is_noted=True)
    answer.usages[0].record.MergeFrom(TokenRecord(subject=hostile, label="two words"))
    fake.answers["ListTokenUsage"] = answer
    outcome = authsvc("report")
    (line,) = [line for line in outcome.out.splitlines() if "narrower: " in line]
    words = shlex.split(line.partition("narrower: ")[2])
    assert words[words.index("--subject") + 1] == hostile
    assert words[words.index("--label") + 1] == "two words"


@pytest.mark.parametrize(("limit", "shown", "said"), [(1, 1, True), (2, 2, True), (3, 3, False), (0, 3, False)])
def test_a_limit_is_kept_and_said(authsvc: CommandLine, limit: int, shown: int, said: bool) -> None:
    outcome = authsvc("report", "--limit", str(limit))
    assert sum(line.startswith("token ") for line in outcome.out.splitlines()) == shown
    assert ("more follow" in outcome.err) == said


def test_usage_that_is_not_noted_is_said(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["ListTokenUsage"] = ListTokenUsageResponse(is_noted=False)
    outcome = authsvc("report")
    assert outcome.code == ExitCode.OK
    assert "AUTHSVC_USAGE=off" in outcome.err


def test_a_family_is_revoked_by_its_id(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["Revoke"] = answers.receipt()
    assert authsvc("revoke", "--family", "first", "--reason", "stolen").code == ExitCode.OK
    assert (fake.request.family.family_id, fake.request.reason) == ("first", "stolen")
