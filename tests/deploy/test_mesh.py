"""A real Envoy lets tokens in by the public keys that the service serves over HTTP, and refuses the others."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from authsvc.v1 import key_service_pb2 as keys
from authsvc.v1.key_service_pb2_grpc import KeyServiceStub
from authsvc.v1.token_service_pb2 import IssueRequest, IssueResponse
from tests.support.environments import envoy
from tests.support.server import Server, await_true, free_port, running_server

TENANTS = """
name: demo
audiences: [demo-api, other-api]
---
name: acme
audiences: [demo-api]
"""
SKEW = 1
"""Seconds that the mesh forgives."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place = tmp_path_factory.mktemp("mesh")
    (place / "tenants.yaml").write_text(TENANTS, encoding="utf-8")
    environment = {"AUTHSVC_TENANTS_FILE": str(place / "tenants.yaml"), "AUTHSVC_KEY_REFRESH": "0.25"}
    with running_server(place / "data", environment=environment) as running:
        yield running


def configuration(port: int, server: Server, tenant: str, issuer: str) -> dict[str, Any]:
    host, _, door = server.http_address.rpartition(":")
    types = "type.googleapis.com/envoy.extensions.filters"
    provider = {
        "issuer": issuer,
        "audiences": ["demo-api"],
        "clock_skew_seconds": SKEW,
        "remote_jwks": {
            "http_uri": {
                "uri": f"http://{server.http_address}/t/{tenant}/.well-known/jwks.json",
                "cluster": "keys",
                "timeout": "5s",
            },
            "cache_duration": "1s",
        },
    }
    filters = [
        {
            "name": "jwt",
            "typed_config": {
                "@type": f"{types}.http.jwt_authn.v3.JwtAuthentication",
                "providers": {"authsvc": provider},
                "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "authsvc"}}],
            },
        },
        {"name": "router", "typed_config": {"@type": f"{types}.http.router.v3.Router"}},
    ]
    let_in = {"match": {"prefix": "/"}, "direct_response": {"status": 200}}
    manager = {
        "@type": f"{types}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "mesh",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [let_in]}]},
        "http_filters": filters,
    }
    endpoint = {"address": {"socket_address": {"address": host, "port_value": int(door)}}}
    return {
        "static_resources": {
            "listeners": [
                {
                    "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
                    "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
                }
            ],
            "clusters": [
                {
                    "name": "keys",
                    "type": "STATIC",
                    "load_assignment": {
                        "cluster_name": "keys",
                        "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}],
                    },
                }
            ],
        }
    }


class Mesh:
    """A running Envoy."""

    def __init__(self, port: int) -> None:
        self._port = port

    def is_up(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
            return True
        return False

    def status(self, token: str | None) -> int:
        """What a call with this token is answered."""
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=10)) as connection:
            connection.request("GET", "/", headers={} if token is None else {"Authorization": f"Bearer {token}"})
            return connection.getresponse().status


@contextmanager
def meshed(place: Path, server: Server, issuer: str, tenant: str = "demo") -> Iterator[Mesh]:
    """An Envoy that asks for tokens of this issuer and takes the keys of this tenant."""
    port = free_port()
    path = place / "envoy.json"
    path.write_text(json.dumps(configuration(port, server, tenant, issuer)), encoding="utf-8")
    command = [str(envoy()), "-c", str(path), "--concurrency", "1", "--disable-hot-restart", "-l", "error"]
    process = subprocess.Popen(command)
    mesh = Mesh(port)
    try:
        await_true(lambda: process.poll() is not None or mesh.is_up(), "Envoy listens")
        yield mesh
    finally:
        process.terminate()
        process.wait(20)


def issue(server: Server, tenant: str = "demo", audience: str = "demo-api", seconds: int = 60) -> IssueResponse:
    request = IssueRequest(
        tenant=tenant, subject="alice", audiences=[audience], scopes=["read"], ttl=Duration(seconds=seconds)
    )
    return server.tokens().Issue(request, metadata=tuple(server.metadata()), timeout=10)


def issuer_of(server: Server, tenant: str) -> str:
    with closing(HTTPConnection(server.http_address, timeout=10)) as connection:
        connection.request("GET", f"/.well-known/oauth-authorization-server/t/{tenant}")
        issuer: str = json.load(connection.getresponse())["issuer"]
        return issuer


def test_it_lets_in_what_the_service_would_and_nothing_else(server: Server, tmp_path: Path) -> None:
    good = issue(server).token
    head, payload, signature = good.split(".")
    with meshed(tmp_path, server, issuer_of(server, "demo")) as mesh:
        await_true(lambda: mesh.status(good) == 200, "the keys are fetched")
        assert mesh.status(None) == 401
        assert mesh.status(f"{head}.{payload}.{signature[::-1]}") == 401
        assert mesh.status(issue(server, tenant="acme").token) == 401
        assert mesh.status(issue(server, audience="other-api").token) == 403
        short = issue(server, seconds=1).token
        await_true(lambda: mesh.status(short) == 401, "what has expired is refused")
        assert mesh.status(good) == 200


def test_it_follows_a_rotation(server: Server, tmp_path: Path) -> None:
    stub, metadata = KeyServiceStub(server.channel()), tuple(server.metadata())
    before = issue(server)
    with meshed(tmp_path, server, issuer_of(server, "demo")) as mesh:
        await_true(lambda: mesh.status(before.token) == 200, "the keys are fetched")
        stub.RotateKey(keys.RotateKeyRequest(tenant="demo"), metadata=metadata, timeout=10)
        await_true(lambda: issue(server).key_id != before.key_id, "the new key signs")
        after = issue(server).token
        # It was published before it signed, for as long as the mesh may keep what it has.
        await_true(lambda: mesh.status(after) == 200, "the new key is fetched", 5.0)
        assert mesh.status(before.token) == 200


def test_with_the_keys_of_another_tenant_it_would_be_seen(server: Server, tmp_path: Path) -> None:
    with meshed(tmp_path, server, issuer_of(server, "demo"), tenant="acme") as mesh:
        assert mesh.status(issue(server).token) == 401
