"""Certificates and authorities change under traffic: no call fails, and new connections get the new ones soon."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_connection
from typing import Self

import grpc
import pytest
from cryptography import x509

from tests.faults.certificates import CLIENT_CA, Authority, Pair, tls_settings
from tests.faults.network import GoodCaller, start_on_network
from tests.faults.support import Caller, kill_all
from tests.support.scale import planted, scaled
from tests.support.server import Server, await_true

RELOAD = 0.2
"""Seconds between two looks at the files."""
SOON = 20.0
"""Within so many seconds a change must have been taken up on a busy machine; two looks it takes anyway."""
ROUNDS = scaled(2, 5)
WORKERS = 2
IN_A_ROW = 8
"""So many new connections with the new certificate one after the other mean that every worker has it."""
SECONDS = 10.0


class Secret:
    """A directory as Kubernetes mounts a secret: the files are links into a directory that is replaced as a whole."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._count = 0
        self.pair: Pair | None = None
        self.authorities: tuple[Authority, ...] = ()

    def swap(self, pair: Pair, *authorities: Authority) -> None:
        """Put a whole new set in place at once."""
        self._count += 1
        self.pair, self.authorities = pair, authorities
        fresh = self.directory / f"..{self._count}"
        fresh.mkdir()
        pair.write(fresh)
        (fresh / CLIENT_CA).write_bytes(b"".join(authority.pem for authority in authorities))
        link = self.directory / "..data_tmp"
        link.symlink_to(fresh.name)
        link.replace(self.directory / "..data")
        for file in fresh.iterdir():
            if not (self.directory / file.name).is_symlink():
                (self.directory / file.name).symlink_to(f"..data/{file.name}")


@dataclass
class World:
    """A server with its secret, and the clients' side of it."""

    server: Server
    secret: Secret
    servers: Authority
    clients: Authority
    own: Pair
    """What the clients show."""
    authorities: int = 1
    """How many of the clients there have been; each has a name of its own."""

    @property
    def credentials(self) -> grpc.ChannelCredentials:
        return grpc.ssl_channel_credentials(self.servers.pem, self.own.key, self.own.certificate)

    def serial_number(self, own: Pair | None = None) -> int:
        """Of the certificate that a new connection gets; 0 when it does not come about."""
        own = own or self.own
        directory = self.secret.directory.with_name("client")
        directory.mkdir(exist_ok=True)
        own.write(directory)
        context = ssl.create_default_context(cadata=self.servers.pem.decode())
        context.load_cert_chain(directory / "tls.crt", directory / "tls.key")
        context.set_alpn_protocols(["h2"])
        host, _, port = self.server.address.rpartition(":")
        with suppress(OSError), create_connection((host, int(port)), SECONDS) as plain:
            plain.settimeout(SECONDS)
            with context.wrap_socket(plain, server_hostname="localhost") as tls:
                # TLS 1.3 tells a client only with the first bytes after it that its certificate will not do.
                if tls.recv(1):
                    found = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"")
                    return found.serial_number
        return 0

    def await_certificate(self, pair: Pair) -> float:
        """Wait until every worker gives new connections that certificate; the seconds that it took."""
        began = time.monotonic()
        await_true(
            lambda: all(self.serial_number() == pair.serial_number for _ in range(IN_A_ROW)),
            "new connections get the new certificate",
            SOON,
        )
        return time.monotonic() - began


@dataclass
class FreshCaller:
    """Verifies over a new connection each time, for the length of a block."""

    world: World
    calls: int = 0
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._call)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _call(self) -> None:
        options = [("grpc.use_local_subchannel_pool", 1)]
        metadata = tuple(self.world.server.metadata())
        while not self._stop.wait(0.01):
            address, credentials = self.world.server.address, self.world.credentials
            with grpc.secure_channel(address, credentials, options=options) as channel:
                try:
                    Caller(channel, metadata).verify("x", timeout=SECONDS)
                except grpc.RpcError as error:
                    self.failures.append(str(error))
            self.calls += 1


@contextmanager
def world(directory: Path, fault: str = "none", workers: int = WORKERS) -> Iterator[World]:
    servers, clients = Authority.make("servers"), Authority.make("clients")
    secret = Secret(directory / "secret")
    secret.directory.mkdir()
    secret.swap(servers.issue("localhost"), clients)
    own = clients.issue("tests")
    environment = {
        **tls_settings(secret.directory, mutual=True),
        "AUTHSVC_TLS_RELOAD": str(RELOAD),
        "AUTHSVC_WORKERS": str(workers),
    }
    credentials = grpc.ssl_channel_credentials(servers.pem, own.key, own.certificate)
    server = start_on_network(directory / "data", fault, environment=environment, credentials=credentials)
    try:
        yield World(server, secret, servers, clients, own)
    finally:
        kill_all(server)


def rotate_certificate(it: World) -> float:
    """Another certificate of the same authority, by one swap."""
    pair = it.servers.issue("localhost")
    it.secret.swap(pair, *it.secret.authorities)
    return it.await_certificate(pair)


def rotate_file_by_file(it: World) -> float:
    """Another certificate, its file long before its key's: meanwhile the old pair is in force, and it is said why."""
    old, pair = it.secret.pair, it.servers.issue("localhost")
    assert old is not None
    said = it.server.log.count("tls_not_reloaded")
    half = Pair(pair.certificate, old.key, pair.serial_number)
    it.secret.swap(half, *it.secret.authorities)
    await_true(lambda: it.server.log.count("tls_not_reloaded") > said, "it is said", SOON)
    assert {it.serial_number() for _ in range(IN_A_ROW)} == {old.serial_number}
    it.secret.swap(pair, *it.secret.authorities)
    return it.await_certificate(pair)


def rotate_authority(it: World) -> float:
    """Another authority of the clients: both, then the clients change, then the new one alone."""
    began = time.monotonic()
    it.authorities += 1
    old, fresh = it.clients, Authority.make(f"clients {it.authorities}")
    theirs, pair = fresh.issue("tests"), it.secret.pair
    assert pair is not None
    it.secret.swap(pair, old, fresh)
    await_true(lambda: all(it.serial_number(theirs) for _ in range(IN_A_ROW)), "the new authority is taken", SOON)
    outdated, it.own, it.clients = it.own, theirs, fresh
    it.secret.swap(pair, fresh)
    await_true(lambda: not any(it.serial_number(outdated) for _ in range(IN_A_ROW)), "the old one is out", SOON)
    return time.monotonic() - began


def rotations_under_traffic(it: World, rounds: int) -> None:
    with GoodCaller.of(it.server) as lasting, FreshCaller(it) as fresh:
        for number in range(1, rounds + 1):
            for rotate in (rotate_certificate, rotate_file_by_file, rotate_authority):
                print(f"round {number}, {rotate.__name__}: {rotate(it):.1f} s")
    print(f"{lasting}; {fresh.calls} calls over as many connections, {len(fresh.failures)} failed")
    assert fresh.failures == []
    assert lasting.failures == []
    assert fresh.calls


def test_rotations_under_traffic(tmp_path: Path) -> None:
    with world(tmp_path) as it:
        rotations_under_traffic(it, ROUNDS)
        # The other worker may still be about to say so.
        await_true(lambda: it.server.log.count("tls_reloaded") >= ROUNDS * WORKERS * 4, "each worker says so", SOON)
        assert "PRIVATE KEY" not in it.server.log


@planted
@pytest.mark.parametrize(
    ("fault", "found"),
    [("tls-is-not-reloaded", "new connections get"), ("tls-takes-what-does-not-fit", "it is said")],
)
def test_a_planted_fault_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, found: str) -> None:
    monkeypatch.setattr("tests.faults.test_tls_reload.SOON", 2.0)
    with world(tmp_path, fault, workers=1) as it, pytest.raises(TimeoutError, match=found):
        rotations_under_traffic(it, 1)
