import datetime as dt
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from authsvc.cli.errors import CommandError, SettingsError, UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.target import Target
from tests.unit.cli import answers
from tests.unit.cli.conftest import API_KEY, TOKEN, CommandLine
from tests.unit.cli.fake_server import FakeServer

VERIFY = ("verify", "--audience", "api")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:1", "127.8.8.8:1", "localhost:1", "[::1]:1", "0.0.0.0:1", "[::]:1", "unix:/run/authsvc.sock"],
)
def test_plain_text_stays_on_this_machine(address: str) -> None:
    Target(address).open().close()


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1:1", "192.0.2.7:1", "[2001:db8::1]:1", "authsvc.example:1", "localhost.example:1", "127.0.0.1.example:1"],
)
def test_plain_text_to_another_machine_must_be_asked_for(address: str) -> None:
    with pytest.raises(UsageError, match="not on this machine"):
        Target(address).open()
    Target(address, insecure=True).open().close()
    Target(address, tls=True).open().close()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "host",
        "host:",
        ":50051",
        "host:port",
        "dns:///host:1",
        "http://host:1",
        "host:\u0661",
        "https://127.0.0.1:1",
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UsageError, match="--address"):
        Target(address, insecure=True).open()


@pytest.mark.parametrize(
    ("target", "error"),
    [
        (Target("h:1", tls=True, insecure=True), UsageError),
        (Target("h:1", cert_file=Path("x")), UsageError),
        (Target("h:1", key_file=Path("x")), UsageError),
        (Target("h:1", ca_file=Path("missing.pem")), SettingsError),
        (Target("h:1", cert_file=Path("missing.pem"), key_file=Path("missing.pem")), SettingsError),
    ],
)
def test_tls_options_that_do_not_fit(target: Target, error: type[CommandError]) -> None:
    with pytest.raises(error):
        target.open()


def test_the_key_never_leaves_in_plain_text(authsvc: CommandLine) -> None:
    outcome = authsvc(*VERIFY, "--address", "192.0.2.7:50051", stdin=TOKEN)
    assert outcome.code == ExitCode.USAGE
    assert "--tls" in outcome.err


class Authority:
    """A CA that lives for one test session, with a certificate for 127.0.0.1 that serves both sides."""

    def __init__(self, directory: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM)
        self.key = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.certificate_file = directory / "certificate.pem"
        self.key_file = directory / "key.pem"
        self.certificate_file.write_bytes(self.certificate)
        self.key_file.write_bytes(self.key)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls_server(authority: Authority) -> Iterator[FakeServer]:
    server = FakeServer(
        grpc.ssl_server_credentials(
            [(authority.key, authority.certificate)],
            root_certificates=authority.certificate,
            require_client_auth=True,
        )
    )
    server.tokens.answers["Verify"] = answers.good()
    yield server
    server.stop()


def test_tls_with_a_client_certificate(authsvc: CommandLine, tls_server: FakeServer, authority: Authority) -> None:
    tls = ("--address", tls_server.address, "--ca-file", str(authority.certificate_file))
    client = ("--cert-file", str(authority.certificate_file), "--key-file", str(authority.key_file))
    assert authsvc(*VERIFY, *tls, *client, stdin=TOKEN).code == ExitCode.OK
    assert tls_server.tokens.metadata[0]["authorization"] == f"Bearer {API_KEY}"
    assert authsvc(*VERIFY, *tls, stdin=TOKEN).code == ExitCode.UNAVAILABLE


def test_a_server_of_another_authority_is_not_trusted(
    authsvc: CommandLine, tls_server: FakeServer, authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path)
    client = ("--cert-file", str(authority.certificate_file), "--key-file", str(authority.key_file))
    outcome = authsvc(
        *VERIFY, "--address", tls_server.address, "--ca-file", str(other.certificate_file), *client, stdin=TOKEN
    )
    assert outcome.code == ExitCode.UNAVAILABLE
    assert not tls_server.tokens.requests
