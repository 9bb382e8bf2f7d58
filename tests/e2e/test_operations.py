"""Operations go from a server's own protos into a tenant document, and decide there."""

from pathlib import Path

from authsvc.cli.exit_codes import ExitCode
from tests.e2e.command_line import CommandLine

ROOT = Path(__file__).resolve().parents[2]
VERIFY = "/authsvc.v1.TokenService/Verify"
API = "demo-api"


def test_a_running_server_tells_its_operations(authsvc: CommandLine) -> None:
    printed = authsvc("operations", "--reflection", authsvc.server.address)
    assert printed.code == ExitCode.OK, printed.err
    assert f"  - name: {VERIFY}\n    requirement:\n      any_of: " in printed.out
    (authsvc.directory / "reflected.yaml").write_text(f"name: reflected\n{printed.out}")
    assert authsvc("apply", "-f", "reflected.yaml").code == ExitCode.OK
    token = authsvc(
        "issue", "--tenant", "reflected", "--audience", API, "--subject", "s", "--scope", "verify:tokens"
    ).out
    asked = ("--tenant", "reflected", "--audience", API, "--operation")
    assert authsvc("check", *asked, VERIFY, stdin=token).code == ExitCode.OK
    refused = authsvc("check", *asked, "/authsvc.v1.TokenService/Issue", stdin=token)
    assert refused.code == ExitCode.INSUFFICIENT_SCOPE


def test_they_are_put_into_a_document_that_keeps_its_own(authsvc: CommandLine) -> None:
    landed = str(ROOT / "protos" / "landed.binpb")
    (authsvc.directory / "own.yaml").write_text(
        "name: own-operations\n"
        f"operations: [{{name: own, requirement: {{any_of: [x]}}}}, {{name: {VERIFY}, requirement: {{any_of: [y]}}}}]\n"
    )
    assert authsvc("apply", "-f", "own.yaml").code == ExitCode.OK
    into = ("operations", "--descriptor-set", landed, "--into", "own-operations")
    assert authsvc(*into, "--dry-run").code == ExitCode.OK
    assert len(_operations(authsvc)) == 2
    assert authsvc(*into).code == ExitCode.OK
    found = _operations(authsvc)
    assert found["own"] == {"any_of": ["x"]}
    assert found[VERIFY] == {"any_of": ["verify:tokens", "admin:authsvc"]}
    assert len(found) > 9
    again = authsvc(*into)
    assert (again.code, again.headline) == (ExitCode.OK, "unchanged")


def _operations(authsvc: CommandLine) -> dict[str, dict[str, list[str]]]:
    document = authsvc("get tenants", "own-operations", "-o", "json").document["tenant"]
    requirements = {operation["name"]: operation["requirement"] for operation in document["operations"]}
    return {name: {part: scopes for part, scopes in lists.items() if scopes} for name, lists in requirements.items()}


def test_where_from_has_to_be_said(authsvc: CommandLine) -> None:
    assert authsvc("operations").code == ExitCode.USAGE
    assert authsvc("operations", "--descriptor-set", "nowhere.binpb").code == ExitCode.USAGE
    assert authsvc("operations", "--reflection", "127.0.0.1:1").code == ExitCode.UNAVAILABLE
