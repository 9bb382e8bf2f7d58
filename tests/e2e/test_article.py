"""The article's examples, one by one, from the command line, in all three forms of scopes."""

import re
from pathlib import Path

import pytest

from authsvc.cli.exit_codes import ExitCode
from tests.e2e.command_line import CommandLine, words
from tests.support.server import await_true

API = "demo-api"
CREATE_REPOSITORY = ("--operation", "POST /user/repos")

TREE = "{users: {actions: [read, create]}, users_app_metadata: {actions: [read, create]}}"
TREE_AS_SCOPES = ["create:users", "create:users_app_metadata", "read:users", "read:users_app_metadata"]
TREE_AS_CLAIM = {
    "users": {"actions": ["create", "read"]},
    "users_app_metadata": {"actions": ["create", "read"]},
}


def _at(authsvc: CommandLine, tenant: str) -> CommandLine:
    return CommandLine(authsvc.server, authsvc.directory, tenant)


def test_the_walk(authsvc: CommandLine, tmp_path: Path) -> None:
    """Each command a process, the token in a file: what a person types who reads the article."""
    meant = ("--audience", API)
    issued = authsvc.process("issue", *meant, "--subject", "alice", "--scope", "repo", "--scope", "public_repo")
    assert issued.code == ExitCode.OK, issued.err
    (tmp_path / "token").write_text(issued.out)
    token = ("--token-file", "token")
    assert authsvc.process("check", *meant, *CREATE_REPOSITORY, *token).headline == "allowed"
    refused = authsvc.process("check", *meant, "--any-of", "delete_repo", *token)
    assert (refused.code, refused.headline) == (ExitCode.INSUFFICIENT_SCOPE, "not allowed: insufficient scope")
    inspected = authsvc.process("inspect", *token, "--json")
    payload = inspected.document["unverified_payload"]
    assert payload["scope"] == "public_repo repo"
    assert authsvc.process("revoke", "--token-id", payload["jti"]).code == ExitCode.OK
    verified = authsvc.process("verify", *meant, "-", stdin=issued.out)
    assert (verified.code, verified.headline) == (ExitCode.NO, "not valid: revoked")

    tree = authsvc.process("issue", *meant, "--subject", "alice", "--scope-tree", TREE, "--token-out", "tree.jwt")
    assert tree.code == ExitCode.OK, tree.err
    assert "eyJ" not in tree.out
    assert f"scopes: {' '.join(TREE_AS_SCOPES)}" in tree.out
    device = ("--token-file", "tree.jwt")
    assert authsvc.process("check", *meant, "--any-of", "read:users", *device).code == ExitCode.OK
    assert authsvc.process("check", *meant, "--any-of", "delete:users", *device).code == ExitCode.INSUFFICIENT_SCOPE


@pytest.mark.parametrize("tenant", ["demo", "list-form", "tree-form"])
def test_any_one_of_the_scopes_creates_repositories(authsvc: CommandLine, tenant: str) -> None:
    authsvc = _at(authsvc, tenant)
    for scopes in (["repo", "public_repo"], ["repo"], ["public_repo"]):
        assert authsvc.check(authsvc.issue(API, *words("--scope", scopes)), API, *CREATE_REPOSITORY) == ExitCode.OK
    for others in (["gist"], ["repository"], ["repo:status"], ["read:repo"], []):
        token = authsvc.issue(API, *words("--scope", others))
        outcome = authsvc("check", "--audience", API, *CREATE_REPOSITORY, "--json", stdin=token)
        assert outcome.code == ExitCode.INSUFFICIENT_SCOPE, others
        assert outcome.document["reason"] == "REASON_INSUFFICIENT_SCOPE"
        assert (outcome.document["valid"], outcome.document["allowed"]) == (True, False)
        assert set(outcome.document["missing"]["any_of"]) == {"repo", "public_repo"}


def test_the_payload_has_time_id_and_scopes(authsvc: CommandLine) -> None:
    """`iat`, `jti` and `scopes: ["repo", "public_repo"]`."""
    authsvc = _at(authsvc, "list-form")
    answer = authsvc(
        *("issue", "--subject", "alice", "--audience", API, "--scope", "repo", "--scope", "public_repo", "--json")
    )
    issued = answer.document
    payload = authsvc.payload(issued["token"])
    assert payload["jti"] == issued["token_id"]
    assert isinstance(payload["iat"], int)
    assert payload["scopes"] == ["public_repo", "repo"]
    assert payload["exp"] > payload["iat"]


@pytest.mark.parametrize("tenant", ["demo", "list-form", "tree-form"])
@pytest.mark.parametrize(
    "form",
    [
        words("--scope", ["read:users", "create:users", "read:users_app_metadata", "create:users_app_metadata"]),
        ["--scope", "create:users_app_metadata read:users_app_metadata create:users read:users"],
        ["--scope-tree", TREE],
    ],
    ids=["list", "string", "tree"],
)
def test_three_forms_one_meaning(authsvc: CommandLine, tenant: str, form: list[str]) -> None:
    authsvc = _at(authsvc, tenant)
    token = authsvc.issue(API, *form)
    for allowed in TREE_AS_SCOPES:
        assert authsvc.check(token, API, "--any-of", allowed) == ExitCode.OK
    assert authsvc.check(token, API, "--all-of", " ".join(TREE_AS_SCOPES)) == ExitCode.OK
    for refused in ("delete:users", "users", "read", "read:user", "users:read"):
        assert authsvc.check(token, API, "--any-of", refused) == ExitCode.INSUFFICIENT_SCOPE
    assert authsvc.check(token, API, "--all-of", "read:users delete:users") == ExitCode.INSUFFICIENT_SCOPE

    verified = authsvc("verify", "--audience", API, "--json", stdin=token)
    assert verified.document["claims"]["scopes"] == TREE_AS_SCOPES
    payload = authsvc.payload(token)
    written = {
        "demo": {"scope": " ".join(TREE_AS_SCOPES)},
        "list-form": {"scopes": TREE_AS_SCOPES},
        "tree-form": {"scopes": TREE_AS_CLAIM},
    }
    assert {name: payload[name] for name in ("scope", "scopes") if name in payload} == written[tenant]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("list", '["create:users", "read:users", "repo"]'),
        ("string", "create:users read:users repo"),
        ("tree", '{"repo": {}, "users": {"actions": ["create", "read"]}}'),
    ],
)
def test_people_see_scopes_in_the_form_they_like(authsvc: CommandLine, form: str, text: str) -> None:
    token = authsvc.issue(API, "--scope-tree", "{users: {actions: [read, create]}, repo: {}}")
    for command in ("verify", "inspect"):
        outcome = authsvc(command, "--audience", API, "--scopes-as", form, stdin=token)
        assert f"scopes: {text}" in outcome.out.splitlines()


def test_a_tree_that_is_none_is_refused_with_its_place(authsvc: CommandLine) -> None:
    for tree in ("{users: {actions: []}}", "{users: {verbs: [read]}}", "{users: [read]}"):
        outcome = authsvc("issue", "--subject", "alice", "--audience", API, "--scope-tree", tree)
        assert outcome.code == ExitCode.USAGE, tree
        assert re.search(r"^  scope_tree\S*: ", outcome.err, re.MULTILINE), outcome.err
        assert not outcome.out
    both = authsvc(
        *("issue", "--subject", "a", "--audience", API, "--scope", "users read:users", "--scopes-as", "tree")
    )
    assert both.code == ExitCode.OK


def test_a_tenant_of_trees_refuses_a_set_without_one(authsvc: CommandLine) -> None:
    outcome = _at(authsvc, "tree-form")("issue", "--subject", "alice", "--audience", API, "--scope", "users read:users")
    assert outcome.code == ExitCode.USAGE
    assert "users" in outcome.err


def test_each_tenant_signs_with_a_key_of_its_own(authsvc: CommandLine) -> None:
    token = authsvc.issue(API, "--scope", "repo")
    outcome = _at(authsvc, "list-form")("verify", "--audience", API, stdin=token)
    assert (outcome.code, outcome.headline) == (ExitCode.NO, "not valid: unknown key")
    header = _at(authsvc, "tree-form")(
        "inspect", "--json", stdin=_at(authsvc, "tree-form").issue(API, "--scope", "repo")
    ).document["unverified_header"]
    assert (header["alg"], header["typ"]) == ("HS256", "at+jwt")


def test_nobody_changes_the_scopes(authsvc: CommandLine) -> None:
    """The signature covers them: the payload of one token with the signature of another is refused."""
    header, _, signature = authsvc.issue(API, "--scope", "gist").split(".")
    _, payload, _ = authsvc.issue(API, "--scope", "repo").split(".")
    outcome = authsvc("verify", "--audience", API, stdin=f"{header}.{payload}.{signature}")
    assert (outcome.code, outcome.headline) == (ExitCode.NO, "not valid: bad signature")


def test_revocation_by_jti(authsvc: CommandLine) -> None:
    token, other = (authsvc.issue(API, "--scope", "repo") for _ in range(2))
    token_id = authsvc.payload(token)["jti"]
    assert authsvc.check(token, API, *CREATE_REPOSITORY) == ExitCode.OK

    revoked = authsvc("revoke", "--token-id", token_id, "--reason", "laptop lost", "--json")
    assert revoked.code == ExitCode.OK, revoked.err
    outcome = authsvc("verify", "--audience", API, "--min-revision", revoked.document["revision"], stdin=token)
    assert (outcome.code, outcome.headline) == (ExitCode.NO, "not valid: revoked")
    assert authsvc.check(token, API, *CREATE_REPOSITORY) == ExitCode.NO
    assert authsvc("verify", "--audience", API, stdin=other).code == ExitCode.OK

    again = authsvc("revoke", "--token-id", token_id, "--json")
    assert again.document["revoke_time"] == revoked.document["revoke_time"]
    record = authsvc("tokens get", token_id, "--json").document["record"]
    assert (record["state"], record["revoke_reason"]) == ("TOKEN_STATE_REVOKED", "laptop lost")
    steps = authsvc("inspect", "--json", stdin=token).document["steps"]
    assert steps[-1]["reason"] == "REASON_REVOKED"
    assert [step["outcome"] for step in steps] == ["STEP_OUTCOME_PASSED"] * (len(steps) - 1) + ["STEP_OUTCOME_FAILED"]


def test_expiration(authsvc: CommandLine) -> None:
    token = authsvc.issue(API, "--scope", "repo", "--ttl", "2s")
    payload = authsvc.payload(token)
    assert payload["exp"] - payload["iat"] == 2

    def is_expired() -> bool:
        return authsvc("verify", "--audience", API, stdin=token).headline == "not valid: expired"

    await_true(is_expired, "the token expires", 20)
    assert authsvc.check(token, API, *CREATE_REPOSITORY) == ExitCode.NO


def test_the_tenant_caps_the_life(authsvc: CommandLine) -> None:
    outcome = authsvc("issue", "--subject", "alice", "--audience", API, "--ttl", "365d", "--json")
    assert outcome.code == ExitCode.OK
    assert "after 90d and not 365d" in outcome.err
    payload = authsvc.payload(outcome.document["token"])
    assert payload["exp"] - payload["iat"] == 90 * 86_400


def test_debugging(authsvc: CommandLine) -> None:
    """One can look inside: header, payload, and each step, without naming an audience."""
    token = authsvc.issue(API, "--scope", "repo", "--claims", '{"plan": "gold"}')
    outcome = authsvc("inspect", stdin=token)
    assert outcome.code == ExitCode.OK
    assert outcome.headline == "valid"
    assert f"judged for {API}" in outcome.err
    for text in (
        '"sub": "alice"',
        '"scope": "repo"',
        '"plan": "gold"',
        '"alg": "ES256"',
        '"typ": "at+jwt"',
        '"jti": "',
    ):
        assert text in outcome.out
    steps = outcome.out.partition("steps:\n")[2].splitlines()
    assert len(steps) == 9
    assert all(step.split()[0] == "ok" for step in steps)

    wrong = authsvc("inspect", "--audience", "https://api.demo.example", stdin=token)
    assert wrong.headline == "not valid: wrong audience"
    marks = [step.split()[0] for step in wrong.out.partition("steps:\n")[2].splitlines()]
    assert marks == ["ok"] * 5 + ["failed"] + ["skipped"] * 3
    assert "cannot be read" in authsvc("inspect", "--audience", API, stdin="no token at all").out


def test_a_device_gets_less(authsvc: CommandLine) -> None:
    """What lies on a phone may read, for an hour, and can be taken back alone."""
    full = authsvc.issue(API, "--scope-tree", "{users: {actions: [read, create, delete]}}", "--ttl", "30d")
    device = authsvc.issue(
        *(API, "--scope", "read:users", "--ttl", "1h", "--client-id", "phone", "--label", "alice's phone")
    )
    assert authsvc.check(device, API, "--operation", "list users") == ExitCode.OK
    for operation in ("create a user", "delete a user"):
        assert authsvc.check(device, API, "--operation", operation) == ExitCode.INSUFFICIENT_SCOPE
        assert authsvc.check(full, API, "--operation", operation) == ExitCode.OK

    listed = authsvc("tokens list", "--client", "phone", "--state", "live", "--json").document["records"]
    assert [record["label"] for record in listed] == ["alice's phone"]
    assert authsvc("revoke", "--client", "phone").code == ExitCode.OK
    assert authsvc("verify", "--audience", API, stdin=device).headline == "not valid: revoked"
    assert authsvc("verify", "--audience", API, stdin=full).code == ExitCode.OK
