import base64
import json

import pytest

from authsvc.cli.commands.inspect import unverified_audience
from authsvc.cli.exit_codes import ExitCode
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.token_service_pb2 import InspectResponse
from tests.unit.cli import answers
from tests.unit.cli.conftest import TOKEN, CommandLine
from tests.unit.cli.fake_server import FakeTokenService


@pytest.fixture(autouse=True)
def _answer(fake: FakeTokenService) -> None:
    fake.answers["Inspect"] = answers.opened()


def test_it_shows_header_payload_and_each_step(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc("inspect", "--audience", "web", stdin=TOKEN)
    assert outcome.code == ExitCode.OK
    assert not outcome.err
    assert fake.request.audience == "web"
    lines = outcome.out.splitlines()
    assert lines[0] == "not valid: expired"
    assert '    "kid": "k1",' in lines
    assert '    "iat": 1416929109,' in lines
    steps = [line.split() for line in lines[lines.index("steps:") + 1 :]]
    assert [step[:2] for step in steps] == [
        ["ok", "form"],
        ["ok", "key"],
        ["ok", "signature"],
        ["ok", "claims"],
        ["ok", "issuer"],
        ["ok", "audience"],
        ["ok", "begin"],
        ["failed", "end:"],
        ["skipped", "revocation"],
    ]
    assert "failed  end: expired: exp must lie in the future (claims.exp)" in outcome.out


def test_the_audience_is_taken_from_the_token_and_that_is_said(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc("inspect", stdin=TOKEN)
    assert fake.request.audience == "api"
    assert "judged for api" in outcome.err


def test_a_token_without_a_readable_audience_asks_for_one(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc("inspect", stdin="not a token")
    assert outcome.code == ExitCode.USAGE
    assert "--audience" in outcome.err
    assert not fake.requests


def test_what_cannot_be_read_is_said(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["Inspect"] = InspectResponse(reason=Reason.REASON_MALFORMED)
    outcome = authsvc("inspect", "--audience", "api", stdin="x")
    assert outcome.code == ExitCode.OK
    assert outcome.out.count("cannot be read") == 2


def test_control_characters_of_the_payload_stay_harmless(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["Inspect"].unverified_payload.update({"sub": "a\x9b2J\u2028b\x1b"})
    outcome = authsvc("inspect", "--audience", "api", stdin=TOKEN)
    assert "\x9b" not in outcome.out
    assert r"a\x9b2J\u2028b\u001b" in outcome.out


def test_json(authsvc: CommandLine) -> None:
    document = json.loads(authsvc("inspect", "--json", stdin=TOKEN).out)
    assert document["unverified_payload"] == {"sub": "alice", "iat": 1416929109, "scope": "public_repo repo"}
    assert document["steps"][7] == {
        "reason": "REASON_EXPIRED",
        "outcome": "STEP_OUTCOME_FAILED",
        "check": "claims.exp",
        "detail": "exp must lie in the future",
    }
    assert document["valid"] is False


def test_a_terminal_marks_the_steps_in_colour(authsvc: CommandLine) -> None:
    code, screen = authsvc.in_terminal("inspect", AUTHSVC_TOKEN=TOKEN)
    assert code == ExitCode.OK
    assert "\x1b[32m" in screen
    assert "\x1b[1;31m" in screen
    assert "revocation" in screen


def _token(payload: object) -> str:
    text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return f"x.{base64.urlsafe_b64encode(text).decode().rstrip('=')}.y"


@pytest.mark.parametrize(
    ("token", "audience"),
    [
        (_token({"aud": "api"}), "api"),
        (_token({"aud": ["web", "api"]}), "web"),
        (_token({"aud": []}), None),
        (_token({"aud": [7]}), None),
        (_token({"aud": ""}), None),
        (_token({}), None),
        (_token([]), None),
        (_token(b"\xff"), None),
        (_token(b"[" * 100_000), None),
        ("a.b.c", None),
        ("a.\u00e9.c", None),
        ("", None),
    ],
)
def test_unverified_audience(token: str, audience: str | None) -> None:
    assert unverified_audience(token) == audience
