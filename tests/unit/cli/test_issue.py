import json
import stat
from pathlib import Path

import grpc
import pytest

from authsvc.cli.exit_codes import ExitCode
from tests.unit.cli import answers
from tests.unit.cli.conftest import API_KEY, TOKEN, CommandLine
from tests.unit.cli.fake_server import Failure, FakeTokenService

BASE = ("issue", "--subject", "alice", "--audience", "api")


@pytest.fixture(autouse=True)
def _answer(fake: FakeTokenService) -> None:
    fake.answers["Issue"] = answers.issued()


def test_a_pipe_gets_the_token_alone(authsvc: CommandLine) -> None:
    outcome = authsvc(*BASE)
    assert outcome.code == ExitCode.OK
    assert outcome.out == f"{TOKEN}\n"
    assert not outcome.err


def test_every_option_reaches_the_request(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc(
        *BASE,
        *("--audience", "web", "--scope", "repo", "--scope", "read:users create:users", "--ttl", "1h30m"),
        *("--not-before", "2030-01-31T12:00:00+02:00", "--client-id", "app", "--label", "laptop"),
        *("--request-id", "r-1", "--bound-tenant", "demo", "--tenant", "authsvc"),
        *("--claims", '{"plan": "gold", "seats": 5, "nested": {"list": [1, true, null]}}'),
    )
    assert outcome.code == ExitCode.OK, outcome.err
    request = fake.request
    assert (request.tenant, request.subject, request.client_id) == ("authsvc", "alice", "app")
    assert list(request.audiences) == ["api", "web"]
    # A value with spaces is an OAuth scope string, which the service itself takes apart.
    assert list(request.scopes) == ["repo", "read:users create:users"]
    assert not request.HasField("scope_tree")
    assert request.ttl.seconds == 5400
    assert request.not_before_time.ToJsonString() == "2030-01-31T10:00:00Z"
    assert (request.label, request.request_id, request.bound_tenant) == ("laptop", "r-1", "demo")
    assert request.claims["seats"] == 5
    assert request.claims["nested"]["list"][1] is True


def test_absent_options_stay_absent(authsvc: CommandLine, fake: FakeTokenService) -> None:
    assert authsvc(*BASE).code == ExitCode.OK
    for name in ("ttl", "not_before_time", "claims", "scope_tree"):
        assert not fake.request.HasField(name)


def test_the_key_travels_as_bearer(authsvc: CommandLine, fake: FakeTokenService) -> None:
    authsvc(*BASE)
    assert fake.metadata[0]["authorization"] == f"Bearer {API_KEY}"


@pytest.mark.parametrize(
    "tree",
    [
        "{users: {actions: [read, create]}, repo: {}}",
        '{"users": {"actions": ["read", "create"]}, "repo": {}}',
        "users:\n  actions:\n    - read\n    - create\nrepo: {}\n",
    ],
)
def test_a_tree_is_json_or_yaml_or_a_file(
    authsvc: CommandLine, fake: FakeTokenService, tmp_path: Path, tree: str
) -> None:
    file = tmp_path / "tree.yaml"
    file.write_text(tree)
    assert authsvc(*BASE, "--scope-tree", tree).code == ExitCode.OK
    assert authsvc(*BASE, "--scope-tree", f"@{file}").code == ExitCode.OK
    for request in fake.requests:
        assert list(request.scope_tree["users"]["actions"]) == ["read", "create"]
        assert "repo" in request.scope_tree


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--scope", "a", "--scope-tree", "{a: {}}"), "not both"),
        (("--scope-tree", "[a, b]"), "not an object"),
        (("--scope-tree", "{a: {}, a: {}}"), "neither JSON nor YAML"),
        (("--scope-tree", "{1: {}}"), "must be a string"),
        (("--scope-tree", "{a: 2020-01-01}"), "not a JSON value"),
        (("--scope-tree", "@missing.yaml"), "cannot be read"),
        (("--claims", "{"), "neither JSON nor YAML"),
        (("--claims", "{a: .inf}"), "JSON does not know"),
        (("--ttl", "soon"), "not a span"),
        (("--ttl", "-5"), "not a span"),
        (("--not-before", "2030-01-31T12:00:00"), "not a moment"),
        (("--scopes-as", "tree", "--json"), "--scopes-as"),
    ],
)
def test_wrong_options_are_named_and_nothing_is_sent(
    authsvc: CommandLine, fake: FakeTokenService, arguments: tuple[str, ...], text: str
) -> None:
    outcome = authsvc(*BASE, *arguments)
    assert outcome.code == ExitCode.USAGE
    assert text in outcome.err
    assert not outcome.out
    assert not fake.requests


@pytest.mark.parametrize("missing", ["--subject", "--audience"])
def test_required_options(authsvc: CommandLine, missing: str) -> None:
    position = BASE.index(missing)
    outcome = authsvc(*BASE[:position], *BASE[position + 2 :])
    assert outcome.code == ExitCode.USAGE
    assert missing in outcome.err


def test_json_is_the_whole_answer(authsvc: CommandLine) -> None:
    outcome = authsvc(*BASE, "--json")
    assert json.loads(outcome.out) == {
        "token": TOKEN,
        "token_id": "aa7f8d0a95c",
        "key_id": "k1",
        "issue_time": "2014-11-25T15:25:09Z",
        "expire_time": "2014-11-25T16:25:09Z",
        "scopes": ["public_repo", "repo"],
        "revision": "r7",
    }


def test_token_out_is_a_private_file_and_the_only_place(authsvc: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("something older that all may read")
    file.chmod(0o644)
    for arguments in ((), ("--json",)):
        outcome = authsvc(*BASE, "--token-out", str(file), *arguments)
        assert outcome.code == ExitCode.OK
        assert file.read_text() == f"{TOKEN}\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert TOKEN not in outcome.out
        assert "aa7f8d0a95c" in outcome.out
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


def test_token_out_that_cannot_be_written(authsvc: CommandLine, tmp_path: Path) -> None:
    outcome = authsvc(*BASE, "--token-out", str(tmp_path / "missing" / "token"))
    assert outcome.code == ExitCode.USAGE
    assert "--token-out" in outcome.err


def test_a_shorter_life_than_asked_is_said(authsvc: CommandLine) -> None:
    outcome = authsvc(*BASE, "--ttl", "30d")
    assert outcome.out == f"{TOKEN}\n"
    assert "2014-11-25T16:25:09Z" in outcome.err
    assert "1h and not 30d" in outcome.err
    assert not authsvc(*BASE, "--ttl", "1h").err


def test_a_refusal_names_each_field(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["Issue"] = Failure(
        grpc.StatusCode.INVALID_ARGUMENT,
        "audiences[0]: must be known; ttl: must be 1 s or more",
        "INVALID_FIELD",
        [("audiences[0]", "must be known"), ("ttl", "must be 1 s or more")],
    )
    outcome = authsvc(*BASE)
    assert outcome.code == ExitCode.USAGE
    assert outcome.err.splitlines() == [
        "error: the request breaks the rules of its fields (INVALID_FIELD)",
        "  audiences[0]: must be known",
        "  ttl: must be 1 s or more",
        "next: correct the fields named above",
    ]


def test_a_terminal_gets_a_picture_and_the_token_unbroken_below(authsvc: CommandLine) -> None:
    code, screen = authsvc.in_terminal(*BASE, COLUMNS="60")
    assert code == ExitCode.OK
    assert "\x1b[" in screen
    assert screen.splitlines()[-1] == TOKEN
    assert "aa7f8d0a95c" in screen
