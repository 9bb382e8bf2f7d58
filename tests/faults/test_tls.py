"""TLS and mutual TLS: who gets a connection, that a certificate is no key, and who is told which worker answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import grpc
import pytest

from authsvc.app.admin_key import bootstrap
from authsvc.app.files import write_private
from authsvc.config import load_settings
from authsvc.errors import ConfigurationError
from authsvc.keys.sealing import generate_sealing_key
from authsvc.policy.demo import DEMO_DOCUMENT
from authsvc.transport.grpc.tls import TlsCredentials, TlsFiles
from authsvc.v1 import token_service_pb2 as messages
from tests.faults.certificates import CERTIFICATE, CLIENT_CA, KEY, Authority, Pair, tls_settings
from tests.faults.network import start_on_network
from tests.faults.support import AUDIENCE, TENANT, Caller, kill_all, refusal
from tests.support.server import Server

SECONDS = 10.0
UNAVAILABLE = (grpc.StatusCode.UNAVAILABLE, "")


@dataclass
class World:
    """The authorities of one installation, and one that has nothing to do with it."""

    servers: Authority = field(default_factory=lambda: Authority.make("servers"))
    clients: Authority = field(default_factory=lambda: Authority.make("clients"))
    foreign: Authority = field(default_factory=lambda: Authority.make("foreign"))

    def credentials(self, *, trusted: Authority | None = None, own: Pair | None = None) -> grpc.ChannelCredentials:
        """What a client brings: whom it trusts, the right one by default, and its own certificate, none by default."""
        root = (trusted or self.servers).pem
        if own is None:
            return grpc.ssl_channel_credentials(root)
        return grpc.ssl_channel_credentials(root, own.key, own.certificate)

    def start_development(self, directory: Path) -> Server:
        """A development server with TLS, whose clients show nothing."""
        self.servers.issue("localhost").write(directory)
        return start_on_network(
            directory / "data", environment=tls_settings(directory, mutual=False), credentials=self.credentials()
        )

    def start_mutual(self, directory: Path, fault: str = "none") -> Server:
        """A server for real, whose clients have to show a certificate."""
        self.servers.issue("localhost").write(directory)
        (directory / CLIENT_CA).write_bytes(self.clients.pem)
        write_private(directory / "sealing.key", generate_sealing_key())
        (directory / "tenants.yaml").write_text(DEMO_DOCUMENT)
        environment = {
            **tls_settings(directory, mutual=True),
            "AUTHSVC_DEV": "false",
            "AUTHSVC_ISSUER_URL": "https://issuer.example",
            "AUTHSVC_SEALING_KEY_FILE": str(directory / "sealing.key"),
            "AUTHSVC_TENANTS_FILE": str(directory / "tenants.yaml"),
            "AUTHSVC_DATA_DIR": str(directory / "data"),
        }
        overrides = {name.removeprefix("AUTHSVC_").lower(): value for name, value in environment.items()}
        (directory / "data").mkdir(mode=0o700)
        (directory / "data" / "bootstrap.key").write_text(bootstrap(load_settings(**overrides)).key)
        credentials = self.credentials(own=self.clients.issue("tests"))
        return start_on_network(directory / "data", fault, environment=environment, credentials=credentials)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, world: World) -> Iterator[Server]:
    server = world.start_development(tmp_path_factory.mktemp("tls"))
    yield server
    kill_all(server)


@pytest.fixture(scope="module")
def lax(tmp_path_factory: pytest.TempPathFactory, world: World) -> Iterator[Server]:
    faults = "client-certificate-is-optional+worker-is-always-named"
    server = world.start_mutual(tmp_path_factory.mktemp("lax"), faults)
    yield server
    kill_all(server)


@pytest.fixture(scope="module")
def mutual(tmp_path_factory: pytest.TempPathFactory, world: World) -> Iterator[Server]:
    server = world.start_mutual(tmp_path_factory.mktemp("mutual"))
    yield server
    kill_all(server)


def outcome(server: Server, credentials: grpc.ChannelCredentials | None, *, key: bool = True) -> object:
    """What a call gets over a connection of its own: OK, or its status and reason."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    if credentials is None:
        channel = grpc.insecure_channel(server.address, options=options)
    else:
        channel = grpc.secure_channel(server.address, credentials, options=options)
    with channel:
        caller = Caller(channel, tuple(server.metadata()) if key else ())
        try:
            caller.verify("x", timeout=SECONDS)
        except grpc.RpcError as error:
            return refusal(error)
        return "OK"


def test_tls(server: Server, world: World) -> None:
    assert outcome(server, world.credentials()) == "OK"
    assert outcome(server, world.credentials(), key=False) == (grpc.StatusCode.UNAUTHENTICATED, "MISSING_KEY")
    assert outcome(server, world.credentials(trusted=world.foreign)) == UNAVAILABLE
    assert outcome(server, None) == UNAVAILABLE
    # A certificate that nobody asks for does no harm, and opens nothing.
    assert outcome(server, world.credentials(own=world.foreign.issue("tests"))) == "OK"


def mutual_tls(server: Server, world: World) -> None:
    good = world.clients.issue("tests")
    assert outcome(server, world.credentials(own=good)) == "OK"
    # The certificate opens the connection; who calls is said by the key.
    assert outcome(server, world.credentials(own=good), key=False) == (
        grpc.StatusCode.UNAUTHENTICATED,
        "MISSING_KEY",
    )
    assert outcome(server, world.credentials()) == UNAVAILABLE
    assert outcome(server, world.credentials(own=world.foreign.issue("tests"))) == UNAVAILABLE
    # A server's own authority makes no clients.
    assert outcome(server, world.credentials(own=world.servers.issue("tests"))) == UNAVAILABLE
    assert outcome(server, None) == UNAVAILABLE


def test_mutual_tls(mutual: Server, world: World) -> None:
    mutual_tls(mutual, world)


def test_a_client_without_a_certificate_is_found(lax: Server, world: World) -> None:
    with pytest.raises(AssertionError, match="UNAVAILABLE"):
        mutual_tls(lax, world)


def names_worker(server: Server) -> list[bool]:
    """Whether a hot answer, an answer from the store and a refusal say which worker it was."""
    caller = Caller.of(server)
    verify = messages.VerifyRequest(tenant=TENANT, token="x", audience=AUDIENCE)
    issue = messages.IssueRequest(tenant=TENANT, subject="alice", audiences=[AUDIENCE])
    calls: list[grpc.Call] = [
        caller.stub.Verify.with_call(verify, metadata=caller.metadata)[1],
        caller.stub.Issue.with_call(issue, metadata=caller.metadata)[1],
    ]
    with pytest.raises(grpc.RpcError) as caught:
        caller.stub.Verify(verify)
    # A failed call is its own error.
    calls.append(cast("grpc.Call", caught.value))
    return ["authsvc-worker" in dict(call.trailing_metadata()) for call in calls]


def test_only_a_development_server_names_its_workers(server: Server, mutual: Server) -> None:
    assert names_worker(server) == [True, True, True]
    assert names_worker(mutual) == [False, False, False]


def test_a_server_that_names_its_workers_is_found(lax: Server) -> None:
    assert any(names_worker(lax))


ANOTHER_KEY = Authority.make("another").issue("localhost").key


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (CERTIFICATE, None, "cannot be read"),
        (KEY, None, "cannot be read"),
        (CLIENT_CA, None, "cannot be read"),
        (CERTIFICATE, b"no certificate", "not a PEM certificate"),
        (KEY, b"no key", "not an unencrypted PEM key"),
        (CLIENT_CA, b"no authority", "not a PEM certificate"),
        (KEY, ANOTHER_KEY, "not the key of the first certificate"),
    ],
)
def test_files_that_do_not_do(tmp_path: Path, world: World, name: str, text: bytes | None, said: str) -> None:
    files = TlsFiles(*(tmp_path / each for each in (CERTIFICATE, KEY, CLIENT_CA)))
    world.servers.issue("localhost").write(tmp_path)
    (tmp_path / CLIENT_CA).write_bytes(world.clients.pem)
    TlsCredentials(files)
    if text is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(text)
    with pytest.raises(ConfigurationError, match=said):
        TlsCredentials(files)
