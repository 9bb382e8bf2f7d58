"""A tenant's own backend signs its tokens itself: from the document to the revocation, by the command line."""

import json
import secrets
import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from authsvc.cli.exit_codes import ExitCode
from tests.e2e.command_line import CommandLine
from tests.support.server import Server

AUDIENCE = "demo-api"
DOCUMENT = """\
name: {tenant}
operations:
  - name: POST /user/repos
    requirement: {{any_of: [repo]}}
trusted_issuers:
  - issuer: {tenant}-backend
    self_issued: true
    jwks: |
      {jwks}
    algorithms: [SIGNING_ALGORITHM_ES256]
    claim_mapping: {{scopes: scp, client_id: azp, default_client_id: backend, token_type: JWT}}
    scopes: [repo, "read:user"]
    max_ttl: 3600s
    subjects: ["user-*"]
"""


class Backend:
    """The tenant's backend: it has a private key, and a JWT library that knows nothing of us."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.key = ECKey.generate_key("P-256")

    @property
    def document(self) -> str:
        """The tenant's document, which trusts this backend."""
        jwks = json.dumps({"keys": [self.key.as_dict(private=False)]})
        return DOCUMENT.format(tenant=self.tenant, jwks=jwks)

    def token(self, **claims: Any) -> str:
        """A token as such libraries make them by default: typ JWT, no kid."""
        now = int(time.time())
        payload = {
            "iss": f"{self.tenant}-backend",
            "sub": "user-1",
            "aud": AUDIENCE,
            "iat": now - 5,
            "exp": now + 600,
            "scp": ["repo", "admin:org"],
            **claims,
        }
        return jwt.encode({"alg": "ES256", "typ": "JWT"}, payload, self.key)


@pytest.fixture(scope="module")
def backend() -> Backend:
    return Backend("self-issuing")


@pytest.fixture
def authsvc(walked_server: Server, backend: Backend, tmp_path: Path) -> CommandLine:
    """The command line for a tenant whose document was applied by it."""
    line = CommandLine(walked_server, tmp_path, backend.tenant)
    (tmp_path / "tenant.yaml").write_text(backend.document)
    applied = line("apply -f tenant.yaml")
    assert applied.code == ExitCode.OK, applied.err
    return line


def test_its_token_is_good_within_its_caps(authsvc: CommandLine, backend: Backend) -> None:
    verified = authsvc("verify --json", "--audience", AUDIENCE, stdin=backend.token(jti="first"))
    assert verified.code == ExitCode.OK, verified.err
    claims = verified.document["claims"]
    assert (claims["origin"], claims["issuer"]) == ("ORIGIN_SELF_ISSUED", "self-issuing-backend")
    assert (claims["client_id"], claims["token_id"], claims["scopes"]) == ("backend", "first", ["repo"])
    assert authsvc.check(backend.token(), AUDIENCE, "--operation", "POST /user/repos") == ExitCode.OK
    assert authsvc.check(backend.token(), AUDIENCE, "--any-of", "admin:org") == ExitCode.INSUFFICIENT_SCOPE


def test_people_read_where_it_comes_from(authsvc: CommandLine, backend: Backend) -> None:
    shown = authsvc("inspect", "--audience", AUDIENCE, stdin=backend.token())
    assert shown.code == ExitCode.OK, shown.err
    assert "self" in shown.out.lower()


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "admin"},
        {"exp": int(time.time()) + 9000},
        {"aud": "other"},
        {"iss": "another-backend"},
        {"aud": "authsvc"},
    ],
    ids=["subject", "lifetime", "audience", "issuer", "service"],
)
def test_what_is_beyond_its_caps_is_refused(authsvc: CommandLine, backend: Backend, claims: dict[str, Any]) -> None:
    assert authsvc("verify", "--audience", AUDIENCE, stdin=backend.token(**claims)).code == ExitCode.NO


def test_another_key_is_refused(authsvc: CommandLine) -> None:
    stranger = Backend("self-issuing")
    assert authsvc("verify", "--audience", AUDIENCE, stdin=stranger.token()).code == ExitCode.NO


def test_its_tokens_are_no_keys_of_the_service(authsvc: CommandLine, backend: Backend, tmp_path: Path) -> None:
    (tmp_path / "forged.key").write_text(backend.token(aud="authsvc", bound_tenant="*", scp=["admin:authsvc"]))
    forged = {**authsvc.server.environment, "AUTHSVC_API_KEY_FILE": "forged.key"}
    server = authsvc.server
    other = Server(server.process, server.address, server.admin_address, server.data_dir, forged, server.log_path)
    refused = CommandLine(other, tmp_path, "self-issuing")("verify", "--audience", AUDIENCE, stdin=backend.token())
    assert refused.code == ExitCode.DENIED
    assert "(INVALID_KEY)" in refused.err


@pytest.mark.parametrize("has_id", [True, False], ids=["with an id", "without an id"])
def test_it_is_revoked_by_token_and_by_id(authsvc: CommandLine, backend: Backend, has_id: bool) -> None:
    ids: list[dict[str, Any]] = [{"jti": "one"}, {"jti": "two"}] if has_id else [{"n": 1}, {"n": 2}]
    first, second = (backend.token(**claims) for claims in ids)
    assert authsvc("revoke", "-", stdin=first).code == ExitCode.OK
    assert authsvc("verify", "--audience", AUDIENCE, stdin=first).code == ExitCode.NO
    said = authsvc("verify --json", "--audience", AUDIENCE, stdin=second).document["claims"]
    by_id = authsvc("revoke", "--token-id", said["token_id"], "--issuer", said["issuer"])
    assert by_id.code == ExitCode.OK, by_id.err
    assert authsvc("verify", "--audience", AUDIENCE, stdin=second).code == ExitCode.NO


def test_it_is_revoked_by_subject_and_by_client(authsvc: CommandLine, backend: Backend) -> None:
    for claims, option, name in (
        ({"sub": "user-gone"}, "--subject", "user-gone"),
        ({"azp": "client-gone"}, "--client", "client-gone"),
    ):
        token = backend.token(**claims)
        assert authsvc("verify", "--audience", AUDIENCE, stdin=token).code == ExitCode.OK
        assert authsvc("revoke", option, name).code == ExitCode.OK
        assert authsvc("verify", "--audience", AUDIENCE, stdin=token).code == ExitCode.NO


def test_a_changed_document_is_in_force_for_tokens_that_were_good(
    authsvc: CommandLine, backend: Backend, tmp_path: Path
) -> None:
    token = backend.token()
    assert authsvc.check(token, AUDIENCE, "--any-of", "repo") == ExitCode.OK
    (tmp_path / "less.yaml").write_text(backend.document.replace('[repo, "read:user"]', '["read:user"]'))
    assert authsvc("apply -f less.yaml").code == ExitCode.OK
    assert authsvc.check(token, AUDIENCE, "--any-of", "repo") == ExitCode.INSUFFICIENT_SCOPE
    (tmp_path / "none.yaml").write_text("name: self-issuing\n")
    assert authsvc("apply -f none.yaml").code == ExitCode.OK
    assert authsvc("verify", "--audience", AUDIENCE, stdin=token).code == ExitCode.NO


def test_a_fault_is_named_with_its_path(authsvc: CommandLine, backend: Backend, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(backend.document.replace("ES256]", "HS256]").replace("3600s", "0s"))
    refused = authsvc("apply -f bad.yaml")
    assert refused.code == ExitCode.USAGE
    for path in ("trusted_issuers[0].algorithms[0]", "trusted_issuers[0].max_ttl"):
        assert path in refused.err


SECRET_DOCUMENT = """\
name: secretive
algorithm: SIGNING_ALGORITHM_HS256
trusted_issuers:
  - issuer: https://backend.secretive.example
    self_issued: true
    imported_keys: true
    algorithms: [SIGNING_ALGORITHM_HS256]
    claim_mapping: {default_client_id: backend, token_type: JWT}
    scopes: [repo]
    max_ttl: 3600s
"""


class SecretiveBackend(Backend):
    """A backend with a shared secret, of a tenant that signs with HS256 here too."""

    def __init__(self) -> None:
        super().__init__("secretive")
        self.secret = secrets.token_urlsafe(32)

    def token(self, **claims: Any) -> str:
        now = int(time.time())
        payload = {"sub": "user-1", "aud": AUDIENCE, "iat": now - 5, "exp": now + 600, "scope": "repo admin:org"}
        issuer = {"iss": "https://backend.secretive.example"}
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, issuer | payload | claims, OctKey.import_key(self.secret))


def test_a_shared_secret_is_imported_and_ends_when_it_is_tainted(walked_server: Server, tmp_path: Path) -> None:
    line, backend = CommandLine(walked_server, tmp_path, "secretive"), SecretiveBackend()
    (tmp_path / "tenant.yaml").write_text(SECRET_DOCUMENT)
    assert line("apply -f tenant.yaml").code == ExitCode.OK
    token = walked_server.secret(backend.token())
    assert line("verify", "--audience", AUDIENCE, stdin=token).code == ExitCode.NO
    imported = line(
        *("keys import --algorithm HS256 --secret-file - --json", "--issuer", "https://backend.secretive.example"),
        stdin=walked_server.secret(backend.secret),
    )
    assert imported.code == ExitCode.OK, imported.err
    verified = line("verify --json", "--audience", AUDIENCE, stdin=token)
    assert verified.code == ExitCode.OK, verified.err
    claims = verified.document["claims"]
    assert (claims["origin"], claims["scopes"], claims["client_id"]) == ("ORIGIN_SELF_ISSUED", ["repo"], "backend")
    # The backend's secret signs nothing in the name of this service, whose secret is another one.
    own = line.issue(AUDIENCE, "--scope", "repo")
    assert line("verify", "--audience", AUDIENCE, stdin=own).code == ExitCode.OK
    forged = backend.token(iss=line.payload(own)["iss"], client_id="alice")
    assert line("verify", "--audience", AUDIENCE, stdin=forged).code == ExitCode.NO
    tainted = line("keys taint", imported.document["key"]["key_id"])
    assert tainted.code == ExitCode.OK, tainted.err
    assert line("verify", "--audience", AUDIENCE, stdin=token).code == ExitCode.NO
    assert line("verify", "--audience", AUDIENCE, stdin=own).code == ExitCode.OK
