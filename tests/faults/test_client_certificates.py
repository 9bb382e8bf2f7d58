"""A certificate with one SPIFFE id stands for a client of one tenant, and every other certificate for nobody."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import grpc
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from rich.console import Console
from rich.table import Table

from authsvc.app.admin_key import bootstrap
from authsvc.app.files import write_private
from authsvc.config import load_settings
from authsvc.keys.sealing import generate_sealing_key
from authsvc.transport.grpc.certificates import read_identity
from authsvc.v1 import token_service_pb2 as messages
from tests.contract.contract import Refusal, call
from tests.faults.certificates import CLIENT_CA, Authority, Pair, tls_settings
from tests.faults.network import start_on_network
from tests.faults.support import kill_all
from tests.support.scale import planted, scaled
from tests.support.server import Server, await_true

GATEWAY, BACKEND = (f"spiffe://shop.example/{name}" for name in ("gateway", "backend"))
DOCUMENT = f"""
name: shop
audiences: [shop-api]
clients:
  - {{id: gateway, spiffe_ids: ["{GATEWAY}"], permissions: ["verify:tokens"], audiences: [shop-api]}}
  - {{id: backend, spiffe_ids: ["{BACKEND}"], permissions: ["issue:tokens"], issue: {{scopes: [repo]}}}}
---
name: other
"""
UNAVAILABLE, NO_CALLER = "UNAVAILABLE", "MISSING_KEY"
OK = "OK"
SOON = 20.0
"""Within so many seconds a change must have been taken up on a busy machine."""
ROUNDS = scaled(2, 4)
"""Changes of the authority."""


def key_usage(*, signs: bool = True, certifies: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        key_cert_sign=certifies,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass
class World:
    """The authorities, and the server that trusts one of them for clients."""

    servers: Authority = field(default_factory=lambda: Authority.make("servers"))
    clients: Authority = field(default_factory=lambda: Authority.make("clients"))
    foreign: Authority = field(default_factory=lambda: Authority.make("foreign"))

    def start(self, directory: Path, fault: str = "none", **settings: str) -> Server:
        self.servers.issue("localhost").write(directory)
        (directory / CLIENT_CA).write_bytes(self.clients.pem)
        write_private(directory / "sealing.key", generate_sealing_key())
        (directory / "tenants.yaml").write_text(DOCUMENT)
        environment = {
            **tls_settings(directory, mutual=True),
            "AUTHSVC_DEV": "false",
            "AUTHSVC_ISSUER_URL": "https://issuer.example",
            "AUTHSVC_SEALING_KEY_FILE": str(directory / "sealing.key"),
            "AUTHSVC_TENANTS_FILE": str(directory / "tenants.yaml"),
            "AUTHSVC_DATA_DIR": str(directory / "data"),
            **settings,
        }
        overrides = {name.removeprefix("AUTHSVC_").lower(): value for name, value in environment.items()}
        (directory / "data").mkdir(mode=0o700)
        (directory / "data" / "bootstrap.key").write_text(bootstrap(load_settings(**overrides)).key)
        own = self.clients.issue("tests")
        return start_on_network(
            directory / "data",
            fault,
            environment=environment,
            credentials=grpc.ssl_channel_credentials(self.servers.pem, own.key, own.certificate),
        )

    def ask(self, server: Server, pair: Pair, rpc: str, *, metadata: Any = (), **fields: Any) -> Any:
        """What a call gets over a connection of its own, with that certificate."""
        credentials = grpc.ssl_channel_credentials(self.servers.pem, pair.key, pair.certificate)
        options = [("grpc.use_local_subchannel_pool", 1)]
        with grpc.secure_channel(server.address, credentials, options=options) as channel:
            return call(channel, rpc, getattr(messages, f"{rpc}Request")(**fields), metadata)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, world: World) -> Iterator[Server]:
    server = world.start(tmp_path_factory.mktemp("certificates"))
    yield server
    kill_all(server)


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "one SPIFFE id": ({"uris": [GATEWAY]}, OK),
    "one SPIFFE id, for clients alone": ({"uris": [GATEWAY], "usages": [ExtendedKeyUsageOID.CLIENT_AUTH]}, OK),
    "one SPIFFE id, a leaf that signs": (
        {"uris": [GATEWAY], "more": [x509.BasicConstraints(ca=False, path_length=None), key_usage()]},
        OK,
    ),
    "no URI": ({}, NO_CALLER),
    "a common name alone": ({"name": GATEWAY}, NO_CALLER),
    "two SPIFFE ids": ({"uris": [GATEWAY, BACKEND]}, NO_CALLER),
    "the same SPIFFE id twice": ({"uris": [GATEWAY, GATEWAY]}, NO_CALLER),
    "a SPIFFE id and another URI": ({"uris": [GATEWAY, "https://shop.example"]}, NO_CALLER),
    "the id of no client": ({"uris": ["spiffe://shop.example/nobody"]}, NO_CALLER),
    "the id in another trust domain": ({"uris": ["spiffe://evil.example/gateway"]}, NO_CALLER),
    "the id in another spelling": ({"uris": [GATEWAY.replace("shop", "SHOP")]}, NO_CALLER),
    "the id with a longer path": ({"uris": [f"{GATEWAY}/x"]}, NO_CALLER),
    "another kind of URI": ({"uris": ["https://shop.example/gateway"]}, NO_CALLER),
    "foreign": ({"authority": "foreign", "uris": [GATEWAY]}, UNAVAILABLE),
    "of the servers' authority": ({"authority": "servers", "uris": [GATEWAY]}, UNAVAILABLE),
    "expired": ({"uris": [GATEWAY], "days": (-2, -1)}, UNAVAILABLE),
    "not good yet": ({"uris": [GATEWAY], "days": (1, 2)}, UNAVAILABLE),
    "for servers alone": ({"uris": [GATEWAY], "usages": [ExtendedKeyUsageOID.SERVER_AUTH]}, "refused"),
    "for something else": ({"uris": [GATEWAY], "usages": [ExtendedKeyUsageOID.CODE_SIGNING]}, "refused"),
    "an authority": ({"uris": [GATEWAY], "more": [x509.BasicConstraints(ca=True, path_length=None)]}, "refused"),
    "one that may not sign": ({"uris": [GATEWAY], "more": [key_usage(signs=False)]}, "refused"),
    "one that may certify": ({"uris": [GATEWAY], "more": [key_usage(certifies=True)]}, "refused"),
}
"""By its name, how the certificate is made, and what Verify gets. "refused": by the handshake, or by the service."""


def pair_of(world: World, made: dict[str, Any]) -> Pair:
    given = {"name": "client", "authority": "clients", **made}
    authority: Authority = getattr(world, given.pop("authority"))
    return authority.issue(**given)


def told(answer: Any) -> str:
    if not isinstance(answer, Refusal):
        return OK
    return answer.reason or answer.code.name


def wrongly_answered(world: World, server: Server) -> list[str]:
    """The certificates that get another answer than theirs."""
    table, wrong = Table("certificate", "expected", "got"), []
    for name, (made, expected) in CASES.items():
        got = told(world.ask(server, pair_of(world, made), "Verify", token="x"))
        table.add_row(name, expected, got)
        is_right = got in {UNAVAILABLE, NO_CALLER} if expected == "refused" else got == expected
        wrong += [] if is_right else [name]
    Console(width=100).print(table)
    return wrong


def test_every_certificate_gets_its_answer(world: World, server: Server) -> None:
    wrong = wrongly_answered(world, server)
    good = sum(expected == OK for _, expected in CASES.values())
    print(f"{len(CASES)} certificates: {good} let in, {len(CASES) - good} refused, {len(wrong)} wrong")
    assert not wrong


PLANTS = {
    "only-the-first-uri-counts": {"two SPIFFE ids", "the same SPIFFE id twice", "a SPIFFE id and another URI"},
    "any-certificate-will-do": {"an authority", "one that may certify"},
    "the-common-name-counts": {"a common name alone"},
}


@planted
@pytest.mark.parametrize(("fault", "seen_by"), PLANTS.items())
def test_a_server_that_takes_others_is_found(world: World, tmp_path: Path, fault: str, seen_by: set[str]) -> None:
    server = world.start(tmp_path, fault)
    try:
        assert set(wrongly_answered(world, server)) == seen_by
    finally:
        kill_all(server)


def test_it_stands_for_its_client_and_no_more(world: World, server: Server) -> None:
    gateway, backend = (world.clients.issue("x", uris=[name]) for name in (GATEWAY, BACKEND))
    assert told(world.ask(server, gateway, "Issue", subject="a", audiences=["shop-api"])) == "INSUFFICIENT_SCOPE"
    assert told(world.ask(server, gateway, "Verify", token="x", tenant="other")) == "TENANT_NOT_ALLOWED"
    issued = world.ask(server, backend, "Issue", subject="a", audiences=["shop-api"], scopes=["repo"])
    verdict = world.ask(server, gateway, "Verify", token=issued.token)
    assert verdict.claims.client_id == "backend"
    beyond = world.ask(server, backend, "Issue", subject="a", audiences=["shop-api"], scopes=["user"])
    assert told(beyond) == "GRANT_EXCEEDED"


def test_a_key_says_who_calls_whatever_the_certificate(world: World, server: Server) -> None:
    pair = world.clients.issue("x", uris=[GATEWAY])
    asked = {"tenant": "other", "subject": "a", "audiences": ["any"]}
    assert told(world.ask(server, pair, "Issue", metadata=server.metadata(), **asked)) == OK
    bad = [("authorization", "Bearer not-a-key")]
    assert told(world.ask(server, pair, "Verify", metadata=bad, token="x")) == "INVALID_KEY"


@pytest.mark.parametrize("name", [name for name, (_, expected) in CASES.items() if expected in {NO_CALLER, "refused"}])
def test_the_service_itself_takes_no_other_uri_from_it(world: World, name: str) -> None:
    """What the handshake may let through names nobody, or at least no client."""
    identity = read_identity(pair_of(world, CASES[name][0]).certificate)
    assert identity is None or identity.uri not in {GATEWAY, BACKEND}


@dataclass
class CertifiedCaller:
    """Verifies with a certificate and no key, over a new connection each time, for the length of a block."""

    world: World
    server: Server
    pair: Pair
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
        while not self._stop.wait(0.01):
            answer = told(self.world.ask(self.server, self.pair, "Verify", token="x"))
            self.calls += 1
            if answer != OK:
                self.failures.append(answer)


def change_authority(world: World, server: Server, caller: CertifiedCaller, file: Path, number: int) -> None:
    """Another authority of the clients: both, then the caller changes, then the new one alone."""
    old, fresh = world.clients, Authority.make(f"clients {number}")
    outdated, theirs = caller.pair, fresh.issue("client", uris=[GATEWAY])

    def put(*authorities: Authority) -> None:
        draft = file.with_suffix(".draft")
        draft.write_bytes(b"".join(authority.pem for authority in authorities))
        draft.replace(file)

    def answers(pair: Pair) -> set[str]:
        return {told(world.ask(server, pair, "Verify", token="x")) for _ in range(3)}

    put(old, fresh)
    await_true(lambda: answers(theirs) == {OK}, "the new authority is taken", SOON)
    caller.pair, world.clients = theirs, fresh
    calls = caller.calls
    await_true(lambda: caller.calls > calls + 1, "the caller shows its new certificate", SOON)
    put(fresh)
    await_true(lambda: answers(outdated) == {UNAVAILABLE}, "the old authority is out", SOON)


def changed_under_calls(directory: Path, rounds: int, fault: str = "none") -> CertifiedCaller:
    world = World()
    server = world.start(directory, fault, AUTHSVC_TLS_RELOAD="0.2")
    try:
        with CertifiedCaller(world, server, world.clients.issue("client", uris=[GATEWAY])) as caller:
            for number in range(rounds):
                change_authority(world, server, caller, directory / CLIENT_CA, number)
    finally:
        kill_all(server)
    return caller


def test_authorities_change_under_callers_that_have_certificates_alone(tmp_path: Path) -> None:
    caller = changed_under_calls(tmp_path, ROUNDS)
    print(f"{caller.calls} calls by certificate over as many connections, {len(caller.failures)} refused")
    assert caller.failures == []
    assert caller.calls > 10 * ROUNDS


@planted
def test_a_server_that_keeps_to_its_first_authority_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.test_client_certificates.SOON", 2.0)
    with pytest.raises(TimeoutError, match="the new authority is taken"):
        changed_under_calls(tmp_path, 1, "tls-is-not-reloaded")


def test_what_is_no_certificate_names_nobody() -> None:
    assert read_identity(b"") is None
    assert read_identity(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") is None
