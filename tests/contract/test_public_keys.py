"""The public HTTP door: what others verify with, read by libraries that know nothing of this service."""

import json
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jws
from joserfc.jwk import KeySet

from authsvc.v1 import key_service_pb2 as messages
from authsvc.v1.key_service_pb2_grpc import KeyServiceStub
from authsvc.v1.token_service_pb2 import IssueRequest
from tests.contract.tenants import document
from tests.faults.certificates import Authority, tls_settings
from tests.support.server import Server, await_true, free_port, running_server, start_server

JWKS = "/t/{}/.well-known/jwks.json"
METADATA = "/.well-known/oauth-authorization-server/t/{}"
EMPTY = '{"keys":[]}'
MORE = """
---
name: rsa
algorithm: SIGNING_ALGORITHM_RS256
---
name: pss
algorithm: SIGNING_ALGORITHM_PS256
"""


@dataclass
class Door:
    """A server and its public address."""

    server: Server
    address: str

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, HTTPMessage, str]:
        connection = HTTPConnection(self.address, timeout=10)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    @property
    def keys(self) -> KeyServiceStub:
        return KeyServiceStub(self.server.channel())

    def token(self, tenant: str) -> str:
        request = IssueRequest(tenant=tenant, subject="alice", audiences=["demo-api"])
        return self.server.tokens().Issue(request, metadata=tuple(self.server.metadata())).token


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    place = tmp_path_factory.mktemp("door")
    tenants = place / "tenants.yaml"
    tenants.write_text(document() + MORE, encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    environment = {"AUTHSVC_TENANTS_FILE": str(tenants), "AUTHSVC_HTTP_ADDRESS": address, "AUTHSVC_WORKERS": "2"}
    with running_server(place / "data", environment=environment) as server:
        yield Door(server, address)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("tenant", ["demo", "brief", "rsa", "pss"])
def test_any_library_verifies_with_it(door: Door, tenant: str) -> None:
    token = door.token(tenant)
    status, _, text = door.ask(JWKS.format(tenant))
    assert status == 200
    algorithm = json.loads(text)["keys"][0]["alg"]
    read = jws.deserialize_compact(token, KeySet.import_key_set(json.loads(text)), algorithms=[algorithm])
    claims = json.loads(read.payload)
    assert claims["sub"] == "alice"
    key = jwt.PyJWKClient(f"http://{door.address}{JWKS.format(tenant)}").get_signing_key_from_jwt(token)
    assert jwt.decode(token, key, algorithms=[algorithm], audience="demo-api") == claims


def test_it_is_what_the_rpc_says_and_holds_no_private_part(door: Door) -> None:
    door.keys.RotateKey(messages.RotateKeyRequest(tenant="rsa"), metadata=tuple(door.server.metadata()))
    for tenant in ("demo", "brief", "rsa", "pss", "acme"):
        text = door.ask(JWKS.format(tenant))[2]
        assert text == door.keys.GetJwks(messages.GetJwksRequest(tenant=tenant)).jwks
        for key in json.loads(text)["keys"]:
            assert key.keys() <= {"kty", "kid", "use", "alg", "crv", "x", "y", "n", "e"}
            assert key["use"] == "sig"
    assert len(json.loads(door.ask(JWKS.format("rsa"))[2])["keys"]) == 2


def test_who_has_no_public_key_is_not_told_from_who_does_not_exist(door: Door) -> None:
    for tenant in ("acme", "nobody", "authsvc", "%2e%2e"):
        status, _, text = door.ask(JWKS.format(tenant))
        assert (status, text) == (200, EMPTY)
    for tenant in ("nobody", "authsvc"):
        status, headers, text = door.ask(METADATA.format(tenant))
        assert (status, text) == (404, "Not Found")
        assert headers["cache-control"] == "no-store"


def test_it_can_be_cached_and_asked_for_conditionally(door: Door) -> None:
    status, headers, text = door.ask(JWKS.format("demo"))
    assert status == 200
    assert headers["content-type"] == "application/jwk-set+json"
    assert headers["cache-control"] == "public, max-age=300"
    etag = headers["etag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again, fewer, nothing = door.ask(JWKS.format("demo"), if_none_match=known)
        assert (again, nothing, fewer["etag"], fewer["cache-control"]) == (304, "", etag, "public, max-age=300")
    assert door.ask(JWKS.format("demo"), if_none_match='"other"')[2] == text
    status, headers, nothing = door.ask(JWKS.format("demo"), "HEAD")
    assert (status, nothing, headers["etag"], int(headers["content-length"])) == (200, "", etag, len(text))
    # Every worker gives the same tag; another key gives another.
    assert {door.ask(JWKS.format("demo"))[1]["etag"] for _ in range(20)} == {etag}
    door.keys.RotateKey(messages.RotateKeyRequest(tenant="demo"), metadata=tuple(door.server.metadata()))
    assert door.ask(JWKS.format("demo"), if_none_match=etag)[0] == 200


def test_the_metadata_says_what_is_true(door: Door) -> None:
    status, headers, text = door.ask(METADATA.format("demo"))
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(text) == {
        "issuer": "http://127.0.0.1:8080/t/demo",
        "jwks_uri": "http://127.0.0.1:8080/t/demo/.well-known/jwks.json",
        "response_types_supported": [],
        "grant_types_supported": [],
        "access_token_signing_alg_values_supported": ["ES256"],
    }
    assert door.ask(METADATA.format("demo"), if_none_match=headers["etag"])[0] == 304


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_can_be_done_here(door: Door, method: str) -> None:
    status, headers, _ = door.ask(JWKS.format("demo"), method)
    assert status == 405
    assert {part.strip() for part in headers["allow"].split(",")} == {"GET", "HEAD"}


@pytest.mark.parametrize(
    "path", ["/", "/t/demo", "/t//.well-known/jwks.json", "/t/a/b/.well-known/jwks.json", "/livez"]
)
def test_nothing_else_is_here(door: Door, path: str) -> None:
    assert door.ask(path)[0] == 404


def test_a_tainted_key_is_gone_at_once(door: Door) -> None:
    key_id = jwt.get_unverified_header(door.token("brief"))["kid"]
    assert key_id in door.ask(JWKS.format("brief"))[2]
    door.keys.TaintKey(messages.TaintKeyRequest(tenant="brief", key_id=key_id), metadata=tuple(door.server.metadata()))
    assert all(key_id not in door.ask(JWKS.format("brief"))[2] for _ in range(10))


def test_too_many_connections_hold_nobody_up(door: Door) -> None:
    host, _, port = door.address.partition(":")
    held = [socket.create_connection((host, int(port)), timeout=10) for _ in range(700)]
    try:
        assert door.server.is_serving()
        door.server.tokens().Issue(
            IssueRequest(tenant="demo", subject="alice", audiences=["demo-api"]), metadata=tuple(door.server.metadata())
        )
    finally:
        for connection in held:
            connection.close()
    assert door.ask(JWKS.format("demo"))[0] == 200


def test_with_tls_it_speaks_https_with_the_same_certificate(tmp_path: Path) -> None:
    authority = Authority.make("servers")
    authority.issue("localhost").write(tmp_path)
    (tmp_path / "ca.crt").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    address = f"localhost:{free_port()}"
    environment = tls_settings(tmp_path, mutual=False)
    environment["AUTHSVC_HTTP_ADDRESS"] = address.replace("localhost", "127.0.0.1")
    server = start_server(tmp_path / "data", environment=environment, wait=False)
    try:
        context = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))
        client = jwt.PyJWKClient(f"https://{address}{JWKS.format('demo')}", ssl_context=context, timeout=5)

        def answers() -> bool:
            assert server.process.poll() is None, server.log
            try:
                return len(client.get_signing_keys()) == 1
            except jwt.PyJWKClientError:
                return False

        await_true(answers, "HTTPS answers", 60.0)
    finally:
        server.stop()
