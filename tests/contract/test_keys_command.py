"""`authsvc keys …` against a server: what each prints, in lines and as JSON, and how each ends."""

import json
import os
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authsvc.cli.exit_codes import ExitCode
from tests.support.server import Server


def run(server: Server, *words: str, tenant: str = "keys", stdin: str = "") -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")}
    return subprocess.run(
        [sys.executable, "-m", "authsvc.cli", "keys", *words],
        env=inherited
        | {
            "AUTHSVC_GRPC_ADDRESS": server.address,
            "AUTHSVC_DATA_DIR": str(server.data_dir),
            "AUTHSVC_TENANT": tenant,
        },
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def done(server: Server, *words: str, **options: str) -> str:
    finished = run(server, *words, **options)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_a_key_is_rotated_activated_and_tainted(server: Server) -> None:
    prepared = json.loads(done(server, "rotate", "--prepare-for", "1h", "--json"))["key"]
    assert prepared["state"] == "KEY_STATE_PREPARED"
    key_id = prepared["key_id"]
    early = run(server, "activate", key_id)
    assert early.returncode == ExitCode.CONFLICT
    assert "--force" in early.stderr
    assert done(server, "activate", key_id, "--force").splitlines()[0] == "active"
    assert done(server, "taint", key_id, "--reason", "stolen").splitlines()[0] == "tainted"
    rows = [line.split("\t") for line in done(server, "list", "--limit", "0").splitlines()]
    assert rows[0] == ["key_id", "state", "algorithm", "made", "next", "issuer"]
    assert [row[1:3] for row in rows if row[0] == key_id] == [["tainted", "EdDSA"]]
    assert key_id not in done(server, "jwks")
    other = json.loads(done(server, "rotate", "--json"))["key"]["key_id"]
    assert done(server, "retire", other).splitlines()[0] == "retired"
    assert run(server, "retire", "nothing").returncode == ExitCode.NOT_FOUND


def test_a_key_is_brought_over_standard_input(server: Server) -> None:
    # A key of its own: another test may have brought any that is written down.
    fresh = Ed25519PrivateKey.generate().public_key()
    pem = fresh.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    words = ("import", "--algorithm", "eddsa", "--pem-file", "-", "--issuer", "https://brought.example", "--json")
    key = json.loads(done(server, *words, stdin=pem))["key"]
    assert (key["purpose"], key["state"]) == ("KEY_PURPOSE_TRUSTED_ISSUER", "KEY_STATE_VERIFY_ONLY")
    refused = run(server, "import", "--algorithm", "EdDSA", "--jwk-file", "-", stdin='{"kty":"OKP","crv":"X25519"}')
    assert refused.returncode == ExitCode.USAGE
    assert "key agreement" in refused.stderr


@pytest.mark.parametrize(
    "words", [("import", "--algorithm", "ES256"), ("import", "--algorithm", "ES256", "--pem-file", "-", "--base64")]
)
def test_it_says_where_a_key_may_come_from(server: Server, words: tuple[str, ...]) -> None:
    assert run(server, *words, stdin="x").returncode == ExitCode.USAGE
