"""What the commands do against a real server, beyond the article: refusals, retries, lists, keys, starts and ends."""

import base64
import datetime as dt
import ipaddress
import os
import secrets
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from authsvc.cli.exit_codes import ExitCode
from tests.e2e.command_line import ROOT, CommandLine
from tests.support.server import Server, running_server, start_server

API = "demo-api"
ISSUE = ("issue", "--subject", "alice", "--audience", API)


def _with(authsvc: CommandLine, **variables: str) -> CommandLine:
    """The same server, with other variables."""
    server = authsvc.server
    environment = {**server.environment, **variables}
    other = Server(server.process, server.address, server.admin_address, server.data_dir, environment, server.log_path)
    return CommandLine(other, authsvc.directory, variables.get("AUTHSVC_TENANT", authsvc.tenant))


@pytest.fixture
def narrow(authsvc: CommandLine) -> CommandLine:
    """A backend of `demo` that may verify and nothing else, with the key that an admin issued to it."""
    outcome = authsvc(
        *("issue", "--tenant", "authsvc", "--audience", "authsvc", "--subject", "billing", "--bound-tenant", "demo"),
        *("--scope", "verify:tokens", "--token-out", "billing.key"),
    )
    assert outcome.code == ExitCode.OK, outcome.err
    return _with(authsvc, AUTHSVC_API_KEY_FILE="billing.key", AUTHSVC_TENANT="")


def test_a_narrow_key_opens_what_it_says(authsvc: CommandLine, narrow: CommandLine) -> None:
    token = authsvc.issue(API, "--scope", "repo")
    assert narrow("verify", "--audience", API, stdin=token).code == ExitCode.OK
    refused = narrow(*ISSUE)
    assert refused.code == ExitCode.DENIED
    assert "(INSUFFICIENT_SCOPE)" in refused.err
    elsewhere = narrow("verify", "--audience", API, "--tenant", "list-form", stdin=token)
    assert elsewhere.code == ExitCode.DENIED
    assert "(TENANT_NOT_ALLOWED)" in elsewhere.err


def test_a_stranger_is_told_what_to_do(authsvc: CommandLine) -> None:
    (authsvc.directory / "nothing").mkdir()
    keyless = _with(authsvc, AUTHSVC_DATA_DIR="nothing")
    missing = keyless(*ISSUE)
    assert missing.code == ExitCode.DENIED
    assert "(MISSING_KEY)\nnext: set AUTHSVC_API_KEY_FILE" in missing.err
    for key in ("something", "a.b.c"):
        invalid = _with(keyless, AUTHSVC_API_KEY=key)(*ISSUE)
        assert invalid.code == ExitCode.DENIED
        assert "(INVALID_KEY)" in invalid.err
    # A token of a tenant is no key of the service.
    token = _with(keyless, AUTHSVC_API_KEY=authsvc.issue(API, "--scope", "admin:authsvc"))(*ISSUE)
    assert "(INVALID_KEY)" in token.err
    assert keyless("health").code == ExitCode.OK


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("--audience", API, "--subject", "x" * 300), "subject"),
        (("--audience", "unknown", "--subject", "alice"), "audiences"),
        (("--audience", API, "--subject", "alice", "--scope", 'a"b'), "scopes"),
        (("--audience", API, "--subject", "alice", "--ttl", "0"), "ttl"),
        (("--audience", API, "--subject", "alice", "--claims", '{"exp": 1}'), "claims"),
        (("--audience", API, "--subject", "alice", "--bound-tenant", "demo"), "bound_tenant"),
        (("--audience", API, "--subject", "alice", "--tenant", ""), "tenant"),
    ],
)
def test_the_field_at_fault_is_named(authsvc: CommandLine, arguments: tuple[str, ...], field: str) -> None:
    outcome = authsvc("issue", *arguments)
    assert outcome.code == ExitCode.USAGE, outcome
    assert any(line.startswith(f"  {field}") for line in outcome.err.splitlines()), outcome.err
    assert not outcome.out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("verify", "--audience", API, "--tenant", "nobody", "-"), "TENANT_NOT_FOUND"),
        (("check", "--audience", API, "--operation", "nothing", "-"), "OPERATION_NOT_FOUND"),
        (("tokens", "get", "nothing"), "TOKEN_NOT_FOUND"),
        (("revoke", "--signing-key", "nothing"), "KEY_NOT_FOUND"),
    ],
)
def test_what_does_not_exist(authsvc: CommandLine, arguments: tuple[str, ...], reason: str) -> None:
    outcome = authsvc(*arguments, stdin=authsvc.issue(API))
    assert outcome.code == ExitCode.NOT_FOUND, outcome
    assert f"({reason})\nnext: " in outcome.err


def test_a_retry_is_safe_and_a_reuse_is_a_conflict(authsvc: CommandLine) -> None:
    retry = (*ISSUE, "--request-id", f"retry-{secrets.token_hex(4)}", "--json")
    first, second = authsvc(*retry).document, authsvc(*retry).document
    assert first["token_id"] == second["token_id"]
    other = authsvc(*retry, "--scope", "repo")
    assert other.code == ExitCode.CONFLICT
    assert "(REQUEST_ID_REUSED)" in other.err
    assert authsvc("revoke", "--token-id", first["token_id"]).code == ExitCode.OK
    spent = authsvc(*retry)
    assert spent.code == ExitCode.CONFLICT
    assert "(REQUEST_ID_SPENT)" in spent.err


def test_not_before(authsvc: CommandLine) -> None:
    token = authsvc.issue(API, "--not-before", "+30m")
    assert authsvc("verify", "--audience", API, stdin=token).headline == "not valid: not yet valid"


def test_every_way_to_revoke(authsvc: CommandLine) -> None:
    emptied = _with(authsvc, AUTHSVC_TENANT="emptied")

    def is_revoked(token: str) -> bool:
        return emptied("verify", "--audience", API, stdin=token).headline == "not valid: revoked"

    by_text, by_subject, by_client, kept = (
        emptied.issue(API, "--client-id", client) for client in ("text", "subject", "client", "kept")
    )
    outcome = emptied("issue", "--subject", "bob", "--audience", API, "--client-id", "app")
    bob = outcome.out.strip()
    assert emptied("revoke", "-", stdin=by_text).code == ExitCode.OK
    assert is_revoked(by_text)
    assert emptied("revoke", "--client", "client").code == ExitCode.OK
    assert [is_revoked(token) for token in (by_client, by_subject, kept, bob)] == [True, False, False, False]
    assert emptied("revoke", "--subject", "alice", "--issued-before", "-1h").code == ExitCode.OK
    assert not is_revoked(kept)
    assert emptied("revoke", "--subject", "alice").code == ExitCode.OK
    assert [is_revoked(token) for token in (by_subject, kept, bob)] == [True, True, False]
    future = emptied("revoke", "--subject", "bob", "--issued-before", "+1h")
    assert future.code == ExitCode.USAGE
    assert "issued_before_time" in future.err

    assert emptied("revoke", "--all").code == ExitCode.USAGE
    assert not is_revoked(bob)
    assert emptied("revoke", "--all", "--yes", "--reason", "spring clean").code == ExitCode.OK
    assert is_revoked(bob)

    fresh = emptied.issue(API)
    assert emptied("verify", "--audience", API, stdin=fresh).code == ExitCode.OK
    key_id = emptied("inspect", "--json", stdin=fresh).document["unverified_header"]["kid"]
    assert emptied("revoke", "--signing-key", key_id).code == ExitCode.OK
    assert emptied("verify", "--audience", API, stdin=fresh).headline == "not valid: unknown key"
    assert emptied("verify", "--audience", API, stdin=emptied.issue(API)).code == ExitCode.OK


def test_what_was_never_a_token_here_cannot_be_revoked(authsvc: CommandLine) -> None:
    foreign = _with(authsvc, AUTHSVC_TENANT="list-form").issue(API)
    for text in ("not a token", foreign):
        outcome = authsvc("revoke", "-", stdin=text)
        assert outcome.code == ExitCode.USAGE
        assert "  token: " in outcome.err


def test_the_last_admin_key_takes_force(authsvc: CommandLine) -> None:
    admin = _with(authsvc, AUTHSVC_TENANT="authsvc")
    listed = admin("tokens list", "--label", "made by authsvc bootstrap", "--state", "live", "--json").document[
        "records"
    ]
    assert len(listed) == 1
    outcome = admin("revoke", "--token-id", listed[0]["token_id"])
    assert outcome.code == ExitCode.CONFLICT
    assert "(LAST_ADMIN_KEY)\nnext: " in outcome.err
    assert authsvc("health").code == ExitCode.OK
    assert authsvc(*ISSUE).code == ExitCode.OK


def test_lists_are_paged_filtered_and_newest_first(authsvc: CommandLine) -> None:
    label = f"list-{secrets.token_hex(4)}"
    made = [authsvc(*ISSUE, "--label", label, "--json").document["token_id"] for _ in range(5)]
    authsvc("revoke", "--token-id", made[1])

    def listed(*arguments: str) -> list[str]:
        document = authsvc("tokens list", "--label", label, "--json", *arguments).document
        return [record["token_id"] for record in document["records"]]

    assert listed() == made[::-1]
    assert listed("--limit", "2") == made[:2:-1]
    assert listed("--state", "revoked") == [made[1]]
    assert listed("--state", "live") == [made[4], made[3], made[2], made[0]]
    assert listed("--state", "expired") == []
    assert listed("--subject", "ALICE") == []
    lines = authsvc("tokens list", "--label", label).out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["token_id", *made[::-1]]
    one = authsvc("tokens get", made[1])
    assert one.headline == "revoked"
    assert f"label: {label}" in one.out


def test_a_revision_can_be_waited_for(authsvc: CommandLine) -> None:
    token = authsvc.issue(API)
    revision = authsvc("revoke", "-", "--json", stdin=token).document["revision"]
    for command in (("verify",), ("check", "--any-of", "repo"), ("inspect",)):
        answer = authsvc(*command, "--audience", API, "--min-revision", revision, "--json", stdin=token).document
        assert answer["reason"] == "REASON_REVOKED"
    nonsense = authsvc("verify", "--audience", API, "--min-revision", "nonsense", stdin=token)
    assert nonsense.code == ExitCode.USAGE
    assert "  min_revision: " in nonsense.err


def test_commands_join_in_a_pipe(authsvc: CommandLine) -> None:
    """`authsvc issue ... | authsvc verify ... -`: the token is seen nowhere."""
    command = [sys.executable, "-m", "authsvc.cli"]
    environment = authsvc.environment()
    issuing = subprocess.Popen([*command, *ISSUE], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    verifying = subprocess.run(
        [*command, "verify", "--audience", API, "-"],
        env=environment,
        stdin=issuing.stdout,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    _, err = issuing.communicate(timeout=60)
    assert (issuing.returncode, err) == (ExitCode.OK, b"")
    assert (verifying.returncode, verifying.stderr) == (ExitCode.OK, "")
    assert verifying.stdout.startswith("valid\n")
    assert "eyJ" not in verifying.stdout


def test_a_token_that_is_too_long_is_malformed(authsvc: CommandLine) -> None:
    outcome = authsvc("verify", "--audience", API, stdin="x" * 60_000)
    assert (outcome.code, outcome.headline) == (ExitCode.NO, "not valid: malformed")
    beyond = authsvc("verify", "--audience", API, stdin="x" * 65_530)
    assert beyond.code == ExitCode.USAGE
    assert "(MESSAGE_TOO_LARGE)" in beyond.err


def _typed(directory: Path, variables: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command in a process of its own, with no server to ask."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")}
    return subprocess.run(
        [sys.executable, "-m", "authsvc.cli", *arguments],
        env={**inherited, "PYTHONPATH": str(ROOT), **variables},
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _offline(directory: Path, order: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return _typed(directory, {"AUTHSVC_DATA_DIR": str(directory / "data")}, order, "--dev", *arguments)


def test_the_first_admin_key_and_the_one_after_all_are_lost(tmp_path: Path) -> None:
    first = _offline(tmp_path, "bootstrap")
    assert first.returncode == ExitCode.OK, first.stderr
    file = tmp_path / "data" / "bootstrap.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"file: {file}" in first.stdout
    key = file.read_text().strip()
    assert key not in first.stdout + first.stderr

    again = _offline(tmp_path, "bootstrap")
    assert again.returncode == ExitCode.CONFIGURATION
    assert "authsvc recover" in again.stderr
    assert file.read_text().strip() == key

    recovered = _offline(tmp_path, "recover", "--out", str(tmp_path / "recovered.key"))
    assert recovered.returncode == ExitCode.OK, recovered.stderr
    with running_server(tmp_path / "data", environment={"AUTHSVC_LAME_DUCK": "0s"}) as server:
        authsvc = CommandLine(server, tmp_path)
        for source in (file, tmp_path / "recovered.key"):
            assert authsvc(*ISSUE, "--api-key-file", str(source)).code == ExitCode.OK
        busy = _offline(tmp_path, "recover", "--print")
        assert busy.returncode in {ExitCode.CONFIGURATION, ExitCode.UNAVAILABLE}
        assert "Traceback" not in busy.stderr
        assert not busy.stdout
        admin = CommandLine(server, tmp_path, "authsvc")
        listed = admin("tokens list", "--json").document["records"]
        assert {record["subject"] for record in listed} == {"bootstrap", "recover"}
        lifetimes = {_seconds(record["expire_time"]) - _seconds(record["issue_time"]) for record in listed}
        assert lifetimes == {24 * 3600}


def _seconds(moment: str) -> float:
    return dt.datetime.fromisoformat(moment).timestamp()


def test_a_server_that_is_not_configured_says_what_to_set(tmp_path: Path) -> None:
    result = _typed(tmp_path, {}, "serve")
    assert result.returncode == ExitCode.CONFIGURATION
    assert "authsvc serve --dev" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


def test_an_address_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for name in ("AUTHSVC_ADMIN_ADDRESS", "AUTHSVC_GRPC_ADDRESS", "AUTHSVC_HTTP_ADDRESS"):
            temporary = tmp_path / f"temporary-{name}"
            temporary.mkdir()
            environment = {name: address, "TMPDIR": str(temporary)}
            server = start_server(tmp_path / name, environment=environment, wait=False)
            try:
                status = server.process.wait(60)
            finally:
                server.kill()
            assert status == ExitCode.CONFIGURATION, (name, server.log)
            assert "Traceback" not in server.log
            assert address in server.log
            # Nothing is left behind of a server that did not serve.
            assert list(temporary.iterdir()) == []


def test_ctrl_c_ends_the_server_cleanly(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", environment={"AUTHSVC_LAME_DUCK": "0s"})
    try:
        authsvc = CommandLine(server, tmp_path)
        assert authsvc("health").code == ExitCode.OK
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(40) == ExitCode.OK, server.log
        assert authsvc("health").code == ExitCode.UNAVAILABLE
    finally:
        server.kill()


def _authority(directory: Path) -> Mapping[str, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    local = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(local, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = {"certificate": directory / "tls.pem", "key": directory / "tls.key"}
    files["certificate"].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files["key"].touch(0o600)
    files["key"].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def test_for_real_with_tls_from_bootstrap_to_a_verdict(tmp_path: Path) -> None:
    files = _authority(tmp_path)
    sealing_key = tmp_path / "sealing.key"
    sealing_key.touch(0o600)
    sealing_key.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    tenants = tmp_path / "tenants.yaml"
    tenants.write_text("name: demo\n")
    settings = {
        "AUTHSVC_DATA_DIR": str(tmp_path / "data"),
        "AUTHSVC_ISSUER_URL": "https://tokens.example",
        "AUTHSVC_SEALING_KEY_FILE": str(sealing_key),
        "AUTHSVC_TENANTS_FILE": str(tenants),
        "AUTHSVC_TLS_CERT_FILE": str(files["certificate"]),
        "AUTHSVC_TLS_KEY_FILE": str(files["key"]),
        "AUTHSVC_LAME_DUCK": "0s",
    }
    made = _typed(tmp_path, settings, "bootstrap")
    assert made.returncode == ExitCode.OK, made.stderr
    server = start_server(tmp_path / "data", environment=settings, arguments=(), wait=False)
    try:
        authsvc = CommandLine(server, tmp_path)
        tls = ("--ca-file", str(files["certificate"]))
        assert authsvc.process("health", "--wait", "40", *tls).code == ExitCode.OK, server.log
        issued = authsvc(*ISSUE, "--scope", "repo", *tls)
        assert issued.code == ExitCode.OK, issued.err
        verified = authsvc("verify", "--audience", API, *tls, "--json", stdin=issued.out)
        assert verified.document["claims"]["issuer"] == "https://tokens.example/t/demo"
        # Without the CA, and in plain text.
        assert authsvc("health", "--tls").code == ExitCode.UNAVAILABLE
        assert authsvc("health", "--timeout", "2").code == ExitCode.UNAVAILABLE
        assert server.stop() == ExitCode.OK, server.log
    finally:
        server.kill()
