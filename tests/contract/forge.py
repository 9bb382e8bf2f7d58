"""Tokens that Issue would never make, signed with the real keys of a test's server: read from its data directory."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

from authsvc.keys.key_material import SigningKey
from authsvc.keys.sealed_key import KeyState
from authsvc.keys.sealing import SealingKey
from authsvc.tokens.jose import sign
from tests.support.canaries import sealed_keys
from tests.support.server import Server

ISSUER_BASE = "http://127.0.0.1:8080/t"


class Forge:
    """Signs whatever it is asked to, as the thief of every signing key could."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._keys: dict[str, SigningKey] = {}

    def key(self, tenant: str) -> SigningKey:
        """The tenant's active key, as it was when it was first asked for."""
        if tenant not in self._keys:
            sealing_key = SealingKey.from_text((self._server.data_dir / "sealing.key").read_text())
            sealed = next(
                key
                for key in sealed_keys(self._server.data_dir)
                if key.tenant == tenant and key.state is KeyState.ACTIVE
            )
            self._keys[tenant] = sealing_key.open(sealed)
        return self._keys[tenant]

    def sign(self, tenant: str, payload: Mapping[str, Any], *, key_id: str | None = None) -> str:
        """The payload under the tenant's key; `key_id` is what the header says instead of its own."""
        key = self.key(tenant)
        return self._server.secret(sign(key.algorithm, key.private, key_id or key.key_id, payload))


def good_payload(tenant: str, /, **changes: Any) -> dict[str, Any]:
    """The claims of a good token of a tenant, with some of them changed; None takes one out."""
    now = int(time.time())
    payload = {
        "iss": f"{ISSUER_BASE}/{tenant}",
        "sub": "forged",
        "aud": ["demo-api"],
        "client_id": "forger",
        "iat": now - 10,
        "exp": now + 600,
        "jti": secrets.token_hex(16),
        "scope": "repo",
        **changes,
    }
    return {name: value for name, value in payload.items() if value is not None}
