import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from authsvc.cli.exit_codes import ExitCode
from tests.unit.cli import answers
from tests.unit.cli.conftest import TOKEN, CommandLine
from tests.unit.cli.fake_server import Failure, FakeTokenService


@pytest.fixture(autouse=True)
def _answer(fake: FakeTokenService) -> None:
    fake.answers["Revoke"] = answers.receipt()


def test_each_target(authsvc: CommandLine, fake: FakeTokenService, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    moment = ("--issued-before", "2020-01-01T00:00:00Z")
    for arguments in (
        ("-",),
        ("--token-file", str(file)),
        ("--token-file", "-"),
        ("--token-id", "j1"),
        ("--token-id", "j1", "--issuer", "https://issuer.example"),
        ("--subject", "alice", *moment),
        ("--client", "app", *moment),
        ("--all", "--yes", *moment),
        ("--signing-key", "k1"),
    ):
        outcome = authsvc("revoke", *arguments, "--tenant", "demo", "--reason", "lost", stdin=TOKEN)
        assert outcome.code == ExitCode.OK, (arguments, outcome.err)
        assert outcome.out.splitlines() == ["revoked", "since: 2014-11-25T15:26:09Z", "revision: r10"]
    requests = fake.requests
    assert {(request.tenant, request.reason, request.force) for request in requests} == {("demo", "lost", False)}
    assert [request.WhichOneof("target") for request in requests] == [
        *["token"] * 3,
        *["token_id"] * 2,
        "subject",
        "client",
        "all",
        "key",
    ]
    assert {request.token for request in requests[:3]} == {TOKEN}
    assert [request.token_id.issuer for request in requests[3:5]] == ["", "https://issuer.example"]
    assert (requests[5].subject.subject, requests[6].client.client_id) == ("alice", "app")
    for target in (requests[5].subject, requests[6].client, requests[7].all):
        assert target.issued_before_time.ToJsonString() == "2020-01-01T00:00:00Z"
    assert requests[8].key.key_id == "k1"


def test_no_cut_off_is_left_to_the_service(authsvc: CommandLine, fake: FakeTokenService) -> None:
    authsvc("revoke", "--all", "--yes")
    assert fake.request.WhichOneof("target") == "all"
    assert not fake.request.all.HasField("issued_before_time")


def test_a_cut_off_before_now(authsvc: CommandLine, fake: FakeTokenService) -> None:
    authsvc("revoke", "--subject", "alice", "--issued-before", "-1h")
    asked = fake.request.subject.issued_before_time.ToDatetime(UTC)
    assert timedelta(hours=1) <= datetime.now(UTC) - asked < timedelta(hours=1, minutes=1)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "exactly one"),
        (("--token-id", "a", "--subject", "b"), "exactly one"),
        (("-", "--subject", "b"), "exactly one"),
        (("--all", "--signing-key", "k"), "exactly one"),
        (("-", "--token-file", "x"), "not both"),
        (("--subject", "a", "--issuer", "i"), "--issuer belongs"),
        (("--token-id", "a", "--issued-before", "now"), "--issued-before belongs"),
        (("--signing-key", "a", "--issued-before", "now"), "--issued-before belongs"),
        (("--subject", "a", "--issued-before", "yesterday"), "not a moment"),
        (("some.text",), "not taken from the command line"),
        (("--all",), "every token of the tenant"),
    ],
)
def test_anything_unclear_revokes_nothing(
    authsvc: CommandLine, fake: FakeTokenService, arguments: tuple[str, ...], text: str
) -> None:
    # What is piped in is not taken for a target unless it is asked for.
    outcome = authsvc("revoke", *arguments, stdin=TOKEN)
    assert outcome.code == ExitCode.USAGE
    assert text in outcome.err
    assert not fake.requests


@pytest.mark.parametrize(
    ("typed", "code", "calls"),
    [
        ("y\n", ExitCode.OK, 1),
        ("n\n", ExitCode.NO, 0),
        ("\n", ExitCode.NO, 0),
        ("\x04", ExitCode.INTERRUPTED, 0),
    ],
)
def test_a_terminal_is_asked_before_everything_goes(
    authsvc: CommandLine, fake: FakeTokenService, typed: str, code: ExitCode, calls: int
) -> None:
    actual, screen = authsvc.in_terminal("revoke", "--all", typed=typed)
    assert "Revoke every token of the tenant?" in screen
    assert (actual, len(fake.requests)) == (code, calls), screen
    assert "Traceback" not in screen


def test_the_last_admin_key_takes_force(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["Revoke"] = Failure(
        grpc.StatusCode.FAILED_PRECONDITION,
        "no admin key would be left",
        "LAST_ADMIN_KEY",
        metadata={"next_step": "issue another admin key first"},
    )
    outcome = authsvc("revoke", "--token-id", "a")
    assert outcome.code == ExitCode.CONFLICT
    assert outcome.err.splitlines()[1] == "next: issue another admin key first"
    fake.answers["Revoke"] = answers.receipt()
    assert authsvc("revoke", "--token-id", "a", "--force", "--json").code == ExitCode.OK
    assert fake.requests[-1].force


def test_json(authsvc: CommandLine) -> None:
    outcome = authsvc("revoke", "--token-id", "a", "--json")
    assert json.loads(outcome.out) == {"revision": "r10", "revoke_time": "2014-11-25T15:26:09Z"}
