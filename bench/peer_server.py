"""What one would run instead: npm's oidc-provider, which answers RFC 7662 introspection of an opaque token from memory."""

import base64
import hashlib
import json
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from bench.errors import PeerMissingError, ServerError, WrongAnswerError
from bench.http1 import connect, drive, post
from bench.pairs import Side
from bench.servers import ROOT, Server, first_line, process

PEER_DIR = ROOT / "bench" / "peer"
_CLIENT = "gateway"
_INSTALL_SECONDS = 300.0
_CONNECTIONS = 16
_WARM_UP = 5000


@dataclass(frozen=True, slots=True)
class Peer:
    """The running peer, and how its one client authenticates."""

    server: Server
    authorization: str


def install() -> None:
    """Put the locked packages in place, once for each state of the lock file.

    Raises:
        PeerMissingError: there is no Node, or its registry is out of reach.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise PeerMissingError("there is no node with npm on this machine")
    modules = PEER_DIR / "node_modules"
    stamp = modules / ".lock-digest"
    digest = hashlib.sha256((PEER_DIR / "package-lock.json").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        subprocess.run(command, cwd=PEER_DIR, check=True, capture_output=True, timeout=_INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise PeerMissingError(f"npm ci did not end within {_INSTALL_SECONDS:.0f} s") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        raise PeerMissingError(f"npm ci failed: {lines[0] if lines else 'it does not say why'}") from None
    stamp.write_text(digest, encoding="ascii")


@contextmanager
def peer_server(root: Path, cpus: set[int]) -> Iterator[Peer]:
    """The peer on a free port.

    Raises:
        PeerMissingError: it does not start with this Node.
    """
    secret = secrets.token_urlsafe(24)
    authorization = "Basic " + base64.b64encode(f"{_CLIENT}:{secret}".encode()).decode()
    log = root / "peer.log"
    command = ("node", str(PEER_DIR / "server.mjs"))
    with process(command, log, {"NODE_ENV": "production"}, cpus, secret=secret) as running:
        try:
            port = first_line(running, log)
        except ServerError as error:
            raise PeerMissingError(f"oidc-provider does not start: {str(error).splitlines()[-1]}") from None
        yield Peer(Server(f"127.0.0.1:{port}", (running.pid,)), authorization)


@contextmanager
def introspection(peer: Peer, scopes: Sequence[str], tokens: int, calls: int) -> Iterator[Side]:
    """A side that introspects so many live tokens in turn."""
    connections = [connect(peer.server.address) for _ in range(_CONNECTIONS)]
    form = urlencode({"grant_type": "client_credentials", "scope": " ".join(scopes)})
    granted = drive(connections, [post("/token", form, peer.authorization)] * tokens)
    opened = [json.loads(body)["access_token"] for body in granted]
    requests = [post("/token/introspection", urlencode({"token": token}), peer.authorization) for token in opened]
    turns = [requests[turn % tokens] for turn in range(calls)]

    def send() -> Callable[[], None]:
        bodies = drive(connections, turns)
        return lambda: _check(bodies, calls)

    # Node compiles what it has run often: until then a call costs it twice as much.
    drive(connections, [requests[turn % tokens] for turn in range(_WARM_UP)])
    try:
        yield Side("oidc-provider", peer.server.pids, send, calls)
    finally:
        for connection in connections:
            connection.close()


def _check(bodies: list[bytes], calls: int) -> None:
    active = sum(json.loads(body)["active"] is True for body in bodies)
    if active != calls:
        raise WrongAnswerError(f"{active} of {calls} introspections say active")
