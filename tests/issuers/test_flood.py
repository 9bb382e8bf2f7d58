"""A17: a flood of unknown kids through batches causes no more fetches than one in 10 s, and refuses no good caller."""

import itertools
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from authsvc.issuers.schedule import MISS_SECONDS
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.token_service_pb2 import BatchVerifyRequest, VerifyRequest
from tests.hostile.build import AUDIENCE, build
from tests.support.scale import planted
from tests.support.server import PLANTED_COMMAND, Server, start_server
from tests.unit.keys.jwks import ES256, jwk, jwks

ISSUER = "https://login.partner.example"
SECONDS = 12.0
BATCH = 100
PLANTED_SECONDS = 3.0
WORKERS = 3


class _Handler(BaseHTTPRequestHandler):
    """Serves a key set and counts."""

    fetches: ClassVar[list[float]] = []

    def do_GET(self) -> None:
        self.fetches.append(time.monotonic())
        body = jwks(jwk(ES256))
        self.send_response(200)
        self.send_header("Content-Type", "application/jwk-set+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def key_server() -> Iterator[str]:
    """The URL of a key set whose fetches are counted."""
    _Handler.fetches.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/jwks"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def trusting_server(folder: Path, url: str, command: Sequence[str] = PLANTED_COMMAND) -> Iterator[Server]:
    trusted = {
        "issuer": ISSUER,
        "jwks_url": url,
        "algorithms": ["SIGNING_ALGORITHM_ES256"],
        "scopes": ["read:users"],
    }
    (folder / "tenants.yaml").write_text(json.dumps({"name": "acme", "trusted_issuers": [trusted]}))
    environment = {"AUTHSVC_TENANTS_FILE": str(folder / "tenants.yaml"), "AUTHSVC_WORKERS": str(WORKERS)}
    arguments = ("--dev",) if command is PLANTED_COMMAND else ()
    server = start_server(folder / "data", environment=environment, command=command, arguments=arguments)
    try:
        yield server
    finally:
        status = server.stop()
    assert status == 0, server.log


def flood(server: Server, seconds: float) -> tuple[int, int, int]:
    """Unknown kids through batches beside good calls: how many kids, good calls, and good calls that were refused."""
    now = int(time.time())
    good = build({"key": ES256}, now, "good")
    header = {"alg": "ES256", "typ": "at+jwt"}
    kids = [build({"key": ES256, "header": {**header, "kid": f"unknown-{n}"}}, now, "x") for n in range(BATCH)]
    batch = BatchVerifyRequest(tenant="acme", audience=AUDIENCE, tokens=kids)
    single = VerifyRequest(tenant="acme", audience=AUDIENCE, token=good)
    # Each has a connection of its own, so that the flood reaches every worker.
    stubs = itertools.cycle([server.tokens(fresh=True) for _ in range(4 * WORKERS)])
    metadata = tuple(server.metadata())
    unknown = asked = refused = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        stub = next(stubs)
        results = stub.BatchVerify(batch, metadata=metadata, timeout=20).results
        unknown += sum(result.reason == Reason.REASON_UNKNOWN_KEY for result in results)
        for _ in range(5):
            asked += 1
            refused += not stub.Verify(single, metadata=metadata, timeout=20).valid
    return unknown, asked, refused


def most_fetches(seconds: float) -> int:
    """One at the start, and one in each 10 s."""
    return 1 + int((seconds + 2) // MISS_SECONDS)


def test_a_flood_of_unknown_kids_fetches_once_in_ten_seconds_and_refuses_no_good_caller(tmp_path: Path) -> None:
    with key_server() as url, trusting_server(tmp_path, url) as server:
        began = time.monotonic()
        unknown, asked, refused = flood(server, SECONDS)
        took = time.monotonic() - began
        fetches = len(_Handler.fetches)
    print(
        f"{unknown} unknown kids in {took:.1f} s: {fetches} fetches; {asked} good calls beside them, {refused} refused"
    )
    assert unknown >= 1000
    assert refused == 0
    assert 2 <= fetches <= most_fetches(took)
    gaps = [later - earlier for earlier, later in zip(_Handler.fetches, _Handler.fetches[1:], strict=False)]
    assert all(gap >= MISS_SECONDS - 0.1 for gap in gaps)


@planted
def test_without_the_limit_the_flood_is_seen(tmp_path: Path) -> None:
    command = ("-m", "tests.issuers.planted_server")
    with key_server() as url, trusting_server(tmp_path, url, command) as server:
        unknown, _, _ = flood(server, PLANTED_SECONDS)
        fetches = len(_Handler.fetches)
    print(f"without the limit: {unknown} unknown kids, {fetches} fetches")
    assert fetches > most_fetches(PLANTED_SECONDS)
