"""The programs notice what is wrong, and call as clients/README.md says that callers should."""

import datetime as dt
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.clients.fake_service import Fault, Running, fake_service
from tests.clients.programs import LAST_LINE, Ended, Program, call

# A fresh machine fetches and compiles first.
pytestmark = pytest.mark.timeout(900)

# The programs' own limit, in seconds.
DEADLINE = 5

FAULTS = {
    "a good token is refused": (Fault(refuses_good=True), "verify"),
    "the scopes do not suffice": (Fault(refuses_scopes=True), "check"),
    "a revoked token is let in": (Fault(forgets_revocation=True), "verify after revoke"),
    "a revoked token is refused as expired": (Fault(gives_other_reason=True), "verify after revoke"),
    "no audience is demanded": (Fault(accepts_no_audience=True), "issue without audiences"),
    "the error comes from somebody else": (Fault(error_domain="elsewhere"), "issue without audiences"),
    "the service stays unreachable": (Fault(unavailable=100), ""),
}


@contextmanager
def running(directory: Path, fault: Fault, tls: grpc.ServerCredentials | None = None) -> Iterator[Running]:
    with fake_service(fault, tls) as fake:
        (directory / "caller.key").write_text(f"{fake.key}\n")
        yield fake


def assert_passed(ended: Ended) -> None:
    assert (ended.code, ended.errors) == (0, "")
    assert ended.output.splitlines()[-1] == LAST_LINE


def test_every_call_has_the_key_and_a_deadline_and_the_calls_are_spread(program: Program, tmp_path: Path) -> None:
    with running(tmp_path, Fault()) as fake:
        ended = call(program, fake.address, tmp_path / "caller.key")
    assert_passed(ended)
    assert fake.service.calls == {"Issue": 2, "Verify": 2, "CheckScopes": 1, "Revoke": 1}
    assert all(0 < left < DEADLINE + 1 for left in fake.service.deadlines), fake.service.deadlines
    assert len(fake.service.connections) == 4, "one connection reaches one worker only"
    everything = ended.output + ended.errors
    assert fake.key not in everything
    assert not [token for token in fake.service.issued if token in everything]


def test_calls_that_meet_an_unreachable_service_are_sent_again(program: Program, tmp_path: Path) -> None:
    with running(tmp_path, Fault(unavailable=2)) as fake:
        ended = call(program, fake.address, tmp_path / "caller.key")
    assert_passed(ended)
    assert fake.service.calls == {"Issue": 4, "Verify": 4, "CheckScopes": 3, "Revoke": 3}
    assert fake.service.request_ids[0], "a repeated Issue without request_id makes two tokens"


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_is_noticed(program: Program, name: str, tmp_path: Path) -> None:
    fault, step = FAULTS[name]
    with running(tmp_path, fault) as fake:
        ended = call(program, fake.address, tmp_path / "caller.key")
        assert ended.code == 1, ended
        assert LAST_LINE not in ended.output
        assert ended.errors.startswith(f"failed: {step}"), ended.errors
        everything = ended.output + ended.errors
        assert not [secret for secret in [fake.key, *fake.service.issued] if secret in everything]


@pytest.mark.parametrize("name", ["AUTHSVC_ADDRESS", "AUTHSVC_API_KEY_FILE"])
def test_a_missing_setting_is_named(program: Program, name: str, tmp_path: Path) -> None:
    (tmp_path / "caller.key").write_text("key\n")
    ended = call(program, "127.0.0.1:1", tmp_path / "caller.key", **{name: ""})
    assert ended.code == 1
    assert name in ended.errors


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority, its file, and what a server that it vouches for presents."""

    file: Path
    server: grpc.ServerCredentials


def authority(directory: Path, name: str) -> Authority:
    """Make a self-signed certificate for this machine, which is its own authority."""
    directory.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "ca.pem").write_bytes(pem)
    return Authority(directory / "ca.pem", grpc.ssl_server_credentials([(private, pem)]))


def test_with_a_ca_file_the_program_speaks_tls(program: Program, tmp_path: Path) -> None:
    trusted = authority(tmp_path / "trusted", "trusted")
    with running(tmp_path, Fault(), trusted.server) as fake:
        ended = call(program, fake.address, tmp_path / "caller.key", AUTHSVC_CA_FILE=str(trusted.file))
    assert_passed(ended)


def test_a_server_of_another_ca_never_sees_the_key(program: Program, tmp_path: Path) -> None:
    trusted = authority(tmp_path / "trusted", "trusted")
    other = authority(tmp_path / "other", "other")
    with running(tmp_path, Fault(), other.server) as fake:
        ended = call(program, fake.address, tmp_path / "caller.key", AUTHSVC_CA_FILE=str(trusted.file))
    assert ended.code == 1
    assert not fake.service.calls
