"""npm's oidc-provider as an issuer of JWT access tokens: not ours, and told nothing of us."""

import base64
import json
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from bench.peer_server import PEER_DIR, install
from bench.servers import first_line

STOP_SECONDS = 10
ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
AUDIENCE = "https://api.example"


@dataclass
class RealIssuer:
    """A running one; each algorithm has a client of its own."""

    process: subprocess.Popen[str]
    url: str
    secret: str

    @property
    def jwks_url(self) -> str:
        """Where its metadata says that its keys are."""
        with urlopen(f"{self.url}/.well-known/openid-configuration", timeout=10) as answer:
            uri: str = json.load(answer)["jwks_uri"]
        return uri

    def token(self, algorithm: str = "ES256", scope: str = "read:users create:users repo") -> str:
        """An access token by client_credentials (RFC 6749 section 4.4)."""
        form = {"grant_type": "client_credentials", "scope": scope, "resource": AUDIENCE}
        basic = base64.b64encode(f"worker-{algorithm}:{self.secret}".encode()).decode()
        request = Request(f"{self.url}/token", urlencode(form).encode(), {"authorization": f"Basic {basic}"})
        with urlopen(request, timeout=10) as answer:
            granted: dict[str, Any] = json.load(answer)
        token: str = granted["access_token"]
        return token

    def order(self, word: str) -> None:
        """ "rotate" or "both", and wait until it is done."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        # What else it prints are notices of the library.
        assert "done\n" in iter(self.process.stdout.readline, "")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(STOP_SECONDS)


@contextmanager
def real_issuer(folder: Path) -> Iterator[RealIssuer]:
    """It, on a free port of the loopback."""
    install()
    log, secret = folder / "issuer.log", secrets.token_urlsafe(24)
    with log.open("w") as errors:
        process = subprocess.Popen(
            ("node", str(PEER_DIR / "issuer.mjs")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdin is not None
    process.stdin.write(secret + "\n")
    process.stdin.flush()
    issuer = RealIssuer(process, f"http://127.0.0.1:{first_line(process, log)}", secret)
    try:
        yield issuer
    finally:
        issuer.stop()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
