import json
from pathlib import Path

import grpc
import pytest

from authsvc.cli.exit_codes import ExitCode
from authsvc.v1.reason_pb2 import Reason
from tests.unit.cli import answers
from tests.unit.cli.conftest import TOKEN, CommandLine
from tests.unit.cli.fake_server import Failure, FakeTokenService

BASE = ("verify", "--audience", "api", "--tenant", "demo")


@pytest.fixture(autouse=True)
def _answer(fake: FakeTokenService) -> None:
    fake.answers["Verify"] = answers.good()


def test_a_good_token(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc(*BASE, "--min-revision", "r3", stdin=f"{TOKEN}\n")
    assert outcome.code == ExitCode.OK
    assert outcome.out.splitlines()[0] == "valid"
    assert "scopes: public_repo repo" in outcome.out
    assert 'claims: {"plan": "gold", "seats": 5}' in outcome.out
    request = fake.request
    assert (request.token, request.audience, request.tenant, request.min_revision) == (TOKEN, "api", "demo", "r3")


@pytest.mark.parametrize("reason", [reason for reason in Reason.values() if reason > Reason.REASON_OK])
def test_a_bad_token_is_a_no_with_its_reason(authsvc: CommandLine, fake: FakeTokenService, reason: Reason) -> None:
    fake.answers["Verify"] = answers.bad(reason)
    outcome = authsvc(*BASE, stdin=TOKEN)
    assert outcome.code == ExitCode.NO
    text = Reason.Name(reason).removeprefix("REASON_").lower().replace("_", " ")
    assert outcome.out.splitlines()[0] == f"not valid: {text}"
    assert not outcome.err


def test_json_says_false_and_names_the_reason(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["Verify"] = answers.bad()
    outcome = authsvc(*BASE, "--json", stdin=TOKEN)
    assert outcome.code == ExitCode.NO
    assert json.loads(outcome.out) == {"valid": False, "reason": "REASON_EXPIRED", "revision": "r8"}


def test_json_keeps_whole_numbers_whole_and_is_stable(authsvc: CommandLine) -> None:
    outcome = authsvc(*BASE, "--json", stdin=TOKEN)
    assert '"seats": 5' in outcome.out
    document = json.loads(outcome.out)
    assert outcome.out == json.dumps(document, indent=2, sort_keys=True) + "\n"
    assert document["claims"]["issue_time"] == "2014-11-25T15:25:09Z"


def test_where_a_token_may_come_from(
    authsvc: CommandLine, fake: FakeTokenService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text(f"  {TOKEN}-file\n")
    assert authsvc(*BASE, "--token-file", str(file)).code == ExitCode.OK
    assert authsvc(*BASE, "--token-file", "-", stdin=f"{TOKEN}-dash").code == ExitCode.OK
    assert authsvc(*BASE, "-", stdin=f"{TOKEN}-argument\n").code == ExitCode.OK
    assert authsvc(*BASE, stdin=f"{TOKEN}-pipe").code == ExitCode.OK
    monkeypatch.setenv("AUTHSVC_TOKEN", f"{TOKEN}-environment")
    assert authsvc(*BASE, stdin="what a loop happens to read").code == ExitCode.OK
    assert authsvc(*BASE, "-", stdin=f"{TOKEN}-asked").code == ExitCode.OK
    sources = [request.token.removeprefix(f"{TOKEN}-") for request in fake.requests]
    assert sources == ["file", "dash", "argument", "pipe", "environment", "asked"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "text"),
    [
        ((), "", "empty"),
        ((), "   \n", "empty"),
        ((), b"\xff\xfe", "not text"),
        ((), "x" * 70_000, "longer than 64 KiB"),
        (("--token-file", "missing"), "", "cannot be read"),
        (("--token-file", "missing", "-"), TOKEN, "not both"),
        (("some.other.text",), "", "not taken from the command line"),
    ],
)
def test_no_token_no_call(
    authsvc: CommandLine, fake: FakeTokenService, arguments: tuple[str, ...], stdin: str | bytes, text: str
) -> None:
    outcome = authsvc(*BASE, *arguments, stdin=stdin)
    assert outcome.code == ExitCode.USAGE
    assert text in outcome.err
    assert not fake.requests


def test_a_terminal_without_a_token_says_how_to_give_one(authsvc: CommandLine, fake: FakeTokenService) -> None:
    code, screen = authsvc.in_terminal(*BASE)
    assert code == ExitCode.USAGE
    assert "no token was given" in screen
    assert "--token-file" in screen
    assert not fake.requests


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("list", 'scopes: ["public_repo", "read:users"]'),
        ("string", "scopes: public_repo read:users"),
        ("tree", 'scopes: {"public_repo": {}, "users": {"actions": ["read"]}}'),
    ],
)
def test_scopes_in_every_form(authsvc: CommandLine, fake: FakeTokenService, form: str, text: str) -> None:
    fake.answers["Verify"] = answers.good(["public_repo", "read:users"])
    assert text in authsvc(*BASE, "--scopes-as", form, stdin=TOKEN).out.splitlines()


def test_scopes_without_a_tree_are_listed(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["Verify"] = answers.good(["read:users", "users"])
    outcome = authsvc(*BASE, "--scopes-as", "tree", stdin=TOKEN)
    assert outcome.code == ExitCode.OK
    assert 'scopes: ["read:users", "users"]' in outcome.out
    assert "users" in outcome.err


def test_what_a_token_says_cannot_drive_the_terminal(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["Verify"] = answers.good(subject="a\x1b[2Jb\nvalid\u202ec[bold]d")
    outcome = authsvc(*BASE, stdin=TOKEN)
    assert r"subject: a\x1b[2Jb\nvalid\u202ec[bold]d" in outcome.out
    assert "\x1b" not in authsvc(*BASE, "--json", stdin=TOKEN).out


def test_a_call_without_a_key_says_how_to_get_one(
    authsvc: CommandLine, fake: FakeTokenService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUTHSVC_API_KEY")
    fake.answers["Verify"] = Failure(grpc.StatusCode.UNAUTHENTICATED, "the call carries no key", "MISSING_KEY")
    outcome = authsvc(*BASE, stdin=TOKEN)
    assert outcome.code == ExitCode.DENIED
    assert "authorization" not in fake.metadata[0]
    assert outcome.err.splitlines() == [
        "error: the call carries no key (MISSING_KEY)",
        "next: set AUTHSVC_API_KEY_FILE, or run `authsvc bootstrap` beside the server's data",
    ]


def test_a_terminal_gets_colours_unless_told_otherwise(authsvc: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    code, screen = authsvc.in_terminal(*BASE, "--token-file", str(file))
    assert code == ExitCode.OK
    assert "\x1b[32m" in screen
    _, screen = authsvc.in_terminal(*BASE, "--token-file", str(file), NO_COLOR="1")
    assert "valid" in screen
    assert "\x1b[32m" not in screen
    _, screen = authsvc.in_terminal(*BASE, "--token-file", str(file), TERM="dumb")
    assert "\x1b" not in screen
