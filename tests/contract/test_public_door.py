"""The public HTTP door of a running server: whoever has a JWT library verifies with it, and nobody learns more."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message

import jwt
import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet

from authsvc.v1 import key_service_pb2 as keys
from authsvc.v1.key_service_pb2_grpc import KeyServiceStub
from tests.contract.client import Client
from tests.support.server import Server

JWKS = "/t/{}/.well-known/jwks.json"
METADATA = "/.well-known/oauth-authorization-server/t/{}"
AUDIENCE = "demo-api"
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


def get(server: Server, path: str, method: str = "GET", **headers: str) -> Answer:
    request = urllib.request.Request(
        f"http://{server.http_address}{path}",
        method=method,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def test_libraries_verify_with_it(server: Server, client: Client) -> None:
    issued = client.issue(tenant="demo", audiences=[AUDIENCE], scopes=["repo"])
    published = jwt.PyJWKClient(f"http://{server.http_address}{JWKS.format('demo')}")
    key = published.get_signing_key_from_jwt(issued.token)
    claims = jwt.decode(issued.token, key, algorithms=["ES256"], audience=AUDIENCE)
    assert claims["jti"] == issued.token_id
    key_set = KeySet.import_key_set(json.loads(get(server, JWKS.format("demo")).body))
    assert joserfc_jwt.decode(issued.token, key_set, algorithms=["ES256"]).claims == claims


def test_it_is_the_set_of_the_rpc_and_has_no_private_part(server: Server) -> None:
    answer = get(server, JWKS.format("demo"))
    stub = KeyServiceStub(server.channel())
    assert stub.GetJwks(keys.GetJwksRequest(tenant="demo"), timeout=10).jwks.encode() == answer.body
    found = json.loads(answer.body)["keys"]
    assert found
    assert all(not PRIVATE_MEMBERS & key.keys() for key in found)
    assert {key["use"] for key in found} == {"sig"}


def test_caches_are_told_how_long_and_asked_whether(server: Server) -> None:
    first = get(server, JWKS.format("demo"))
    assert first.status == 200
    assert first.headers["content-type"] == "application/jwk-set+json"
    assert first.headers["cache-control"] == "public, max-age=300"
    again = get(server, JWKS.format("demo"), if_none_match=first.headers["etag"])
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert get(server, JWKS.format("demo"), if_none_match='"another"').status == 200
    head = get(server, JWKS.format("demo"), "HEAD")
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", first.headers["etag"])


@pytest.mark.parametrize("tenant", ["nobody", "authsvc", "keys-hs256", "..", "%00", "x" * 300])
def test_whoever_has_no_public_keys_looks_alike(server: Server, tenant: str) -> None:
    answer = get(server, JWKS.format(tenant))
    assert (answer.status, answer.body) in {(200, b'{"keys":[]}'), (404, b"Not Found")}


def test_the_metadata_says_what_is_true(server: Server) -> None:
    metadata = json.loads(get(server, METADATA.format("demo")).body)
    assert metadata["issuer"].endswith("/t/demo")
    assert metadata["jwks_uri"].endswith(JWKS.format("demo"))
    assert metadata["access_token_signing_alg_values_supported"] == ["ES256"]
    assert not [name for name in metadata if name.endswith("_endpoint")]
    assert get(server, METADATA.format("nobody")).status == 404
    assert get(server, METADATA.format("authsvc")).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_it_is_read_and_nothing_else(server: Server, method: str) -> None:
    assert get(server, JWKS.format("demo"), method).status == 405


@pytest.mark.parametrize("path", ["/", "/metrics", "/livez", "/t/demo", "/t/demo/.well-known/", "/docs", "/t//x"])
def test_it_has_no_other_page(server: Server, path: str) -> None:
    assert get(server, path).status == 404
