import json
from typing import Any

import grpc
import pytest

from authsvc.cli.exit_codes import ExitCode
from authsvc.v1.token_record_pb2 import TokenState
from authsvc.v1.token_service_pb2 import GetTokenResponse, ListTokensResponse
from tests.unit.cli import answers
from tests.unit.cli.conftest import CommandLine
from tests.unit.cli.fake_server import Failure, FakeTokenService

TOTAL = 5


def _page(request: Any) -> ListTokensResponse:
    """Two records a page at most."""
    begin = int(request.page_token or 0)
    end = min(begin + min(request.page_size, 2), TOTAL)
    records = [answers.record(f"t{number}") for number in range(begin, end)]
    return ListTokensResponse(records=records, next_page_token=str(end) if end < TOTAL else "")


@pytest.fixture(autouse=True)
def _answer(fake: FakeTokenService) -> None:
    fake.answers["ListTokens"] = _page


def test_list_follows_the_pages_with_the_filter_unchanged(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc(
        "tokens", "list", "--subject", "alice", "--client", "app", "--label", "laptop", "--state", "revoked"
    )
    assert outcome.code == ExitCode.OK
    assert not outcome.err
    lines = [line.split("\t") for line in outcome.out.splitlines()]
    assert lines[0] == [
        *("token_id", "state", "subject", "client", "scopes"),
        *("expires", "last_used", "parents", "label"),
    ]
    assert [line[0] for line in lines[1:]] == ["t0", "t1", "t2", "t3", "t4"]
    assert lines[1][1:] == ["live", "alice", "app", "public_repo repo", "2014-11-25T16:25:09Z", "", "", "laptop"]
    assert [request.page_token for request in fake.requests] == ["", "2", "4"]
    for request in fake.requests:
        assert (request.subject, request.client_id, request.label) == ("alice", "app", "laptop")
        assert request.state == TokenState.TOKEN_STATE_REVOKED


def test_without_a_filter(authsvc: CommandLine, fake: FakeTokenService) -> None:
    authsvc("tokens", "list")
    assert fake.requests[0].state == TokenState.TOKEN_STATE_UNSPECIFIED


@pytest.mark.parametrize(
    ("limit", "shown", "said"), [(1, 1, True), (3, 3, True), (4, 4, True), (5, 5, False), (0, 5, False)]
)
def test_a_limit_is_kept_and_said(authsvc: CommandLine, limit: int, shown: int, said: bool) -> None:
    outcome = authsvc("tokens", "list", "--limit", str(limit))
    assert len(outcome.out.splitlines()) == 1 + shown
    assert ("more follow" in outcome.err) == said


def test_list_json_is_one_document(authsvc: CommandLine) -> None:
    document = json.loads(authsvc("tokens", "list", "--json").out)
    assert [entry["token_id"] for entry in document["records"]] == ["t0", "t1", "t2", "t3", "t4"]
    assert document["records"][0]["state"] == "TOKEN_STATE_LIVE"


def test_list_of_nothing(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["ListTokens"] = ListTokensResponse()
    assert json.loads(authsvc("tokens", "list", "--json").out)["records"] == []
    assert len(authsvc("tokens", "list").out.splitlines()) == 1


def test_a_page_that_repeats_ends(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["ListTokens"] = ListTokensResponse(records=[answers.record()], next_page_token="same")
    outcome = authsvc("tokens", "list", "--limit", "0")
    assert outcome.code == ExitCode.INTERNAL
    assert "same page" in outcome.err


def test_wrong_filters(authsvc: CommandLine, fake: FakeTokenService) -> None:
    assert authsvc("tokens", "list", "--state", "dead").code == ExitCode.USAGE
    assert authsvc("tokens", "list", "--limit", "-1").code == ExitCode.USAGE
    assert not fake.requests


def test_a_terminal_gets_a_table(authsvc: CommandLine) -> None:
    code, screen = authsvc.in_terminal("tokens", "list")
    assert code == ExitCode.OK
    assert all(f"t{number}" in screen for number in range(TOTAL))
    assert "\x1b[32m" in screen


def test_get(authsvc: CommandLine, fake: FakeTokenService) -> None:
    record = answers.record(state=TokenState.TOKEN_STATE_REVOKED)
    record.revoke_time.FromSeconds(answers.ISSUE_TIME + 5)
    record.revoke_reason = "lost"
    fake.answers["GetToken"] = GetTokenResponse(record=record)
    outcome = authsvc("tokens", "get", "aa7f8d0a95c", "--tenant", "demo")
    assert outcome.code == ExitCode.OK
    lines = outcome.out.splitlines()
    assert lines[0] == "revoked"
    assert "revoked: 2014-11-25T15:25:14Z" in lines
    assert "revoked why: lost" in lines
    assert not any(line.startswith("not before") for line in lines)
    assert (fake.request.token_id, fake.request.tenant) == ("aa7f8d0a95c", "demo")
    assert json.loads(authsvc("tokens", "get", "x", "--json").out)["record"]["revoke_reason"] == "lost"


def test_get_of_an_unknown_token(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["GetToken"] = Failure(grpc.StatusCode.NOT_FOUND, "no record of that token", "TOKEN_NOT_FOUND")
    outcome = authsvc("tokens", "get", "x")
    assert outcome.code == ExitCode.NOT_FOUND
    assert "authsvc tokens list" in outcome.err
