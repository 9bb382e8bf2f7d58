"""TLS and mutual TLS: who gets a connection, and that a certificate is no key."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest

from authsvc.errors import ConfigurationError
from authsvc.transport.grpc.tls import TlsCredentials, TlsFiles
from tests.faults.certificates import CERTIFICATE, CLIENT_CA, KEY, Authority, Pair, tls_settings
from tests.faults.network import start_on_network
from tests.faults.support import Caller, kill_all, refusal
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

    def start(self, directory: Path, fault: str = "none", *, mutual: bool) -> Server:
        self.servers.issue("localhost").write(directory)
        (directory / CLIENT_CA).write_bytes(self.clients.pem)
        return start_on_network(
            directory / "data",
            fault,
            environment=tls_settings(directory, mutual=mutual),
            credentials=self.credentials(own=self.clients.issue("tests") if mutual else None),
        )


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, world: World) -> Iterator[Server]:
    server = world.start(tmp_path_factory.mktemp("tls"), mutual=False)
    yield server
    kill_all(server)


@pytest.fixture(scope="module")
def mutual(tmp_path_factory: pytest.TempPathFactory, world: World) -> Iterator[Server]:
    server = world.start(tmp_path_factory.mktemp("mutual"), mutual=True)
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


def test_a_client_without_a_certificate_is_found(tmp_path: Path, world: World) -> None:
    server = world.start(tmp_path, "client-certificate-is-optional", mutual=True)
    try:
        with pytest.raises(AssertionError, match="UNAVAILABLE"):
            mutual_tls(server, world)
    finally:
        kill_all(server)


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
