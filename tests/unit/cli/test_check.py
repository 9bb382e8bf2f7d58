import json

import grpc
import pytest

from authsvc.cli.exit_codes import ExitCode
from tests.unit.cli import answers
from tests.unit.cli.conftest import TOKEN, CommandLine
from tests.unit.cli.fake_server import Failure, FakeTokenService

BASE = ("check", "--audience", "api")


@pytest.fixture(autouse=True)
def _answer(fake: FakeTokenService) -> None:
    fake.answers["CheckScopes"] = answers.allowed()


def test_scopes_repeat_or_stand_in_one_value(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc(
        *BASE, "--any-of", "repo public_repo", "--any-of", "gist", "--all-of", "a", "--all-of", "b  c", stdin=TOKEN
    )
    assert outcome.code == ExitCode.OK
    assert outcome.out.splitlines()[:2] == ["allowed", "matched: repo"]
    assert fake.request.WhichOneof("question") == "requirement"
    assert list(fake.request.requirement.any_of) == ["repo", "public_repo", "gist"]
    assert list(fake.request.requirement.all_of) == ["a", "b", "c"]


def test_an_operation(authsvc: CommandLine, fake: FakeTokenService) -> None:
    assert authsvc(*BASE, "--operation", "POST /user/repos", stdin=TOKEN).code == ExitCode.OK
    assert fake.request.operation == "POST /user/repos"


def test_scopes_that_do_not_suffice_have_their_own_code(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["CheckScopes"] = answers.insufficient()
    outcome = authsvc(*BASE, "--any-of", "gist", "--all-of", "delete:users", stdin=TOKEN)
    assert outcome.code == ExitCode.INSUFFICIENT_SCOPE
    assert outcome.out.splitlines()[0].startswith("not allowed: insufficient scope")
    assert "missing: all of delete:users and any of gist" in outcome.out
    document = json.loads(authsvc(*BASE, "--any-of", "gist", "--json", stdin=TOKEN).out)
    assert (document["valid"], document["allowed"]) == (True, False)
    assert document["missing"] == {"any_of": ["gist"], "all_of": ["delete:users"]}


def test_a_bad_token_is_a_plain_no(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["CheckScopes"] = answers.not_checked()
    outcome = authsvc(*BASE, "--any-of", "repo", stdin=TOKEN)
    assert outcome.code == ExitCode.NO
    assert outcome.out.splitlines()[0] == "not valid: revoked"


@pytest.mark.parametrize(
    "arguments",
    [(), ("--any-of", " "), ("--operation", "x", "--any-of", "repo"), ("--operation", "x", "--all-of", "repo")],
)
def test_exactly_one_question(authsvc: CommandLine, fake: FakeTokenService, arguments: tuple[str, ...]) -> None:
    outcome = authsvc(*BASE, *arguments, stdin=TOKEN)
    assert outcome.code == ExitCode.USAGE
    assert "what is asked for" in outcome.err
    assert not fake.requests


def test_an_unknown_operation(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["CheckScopes"] = Failure(grpc.StatusCode.NOT_FOUND, "no such operation", "OPERATION_NOT_FOUND")
    outcome = authsvc(*BASE, "--operation", "x", stdin=TOKEN)
    assert outcome.code == ExitCode.NOT_FOUND
    assert "tenant document" in outcome.err
