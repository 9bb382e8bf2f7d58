"""What the tenant's backend runs: signs a token with its own secret, without a call to anybody.

Usage: sign.py SUBJECT SCOPE... < the secret
"""

import sys
import time
import uuid

import jwt


def main(subject: str, *scopes: str) -> None:
    """Write a token of the backend's own to standard output."""
    now = int(time.time())
    payload = {
        "iss": "https://backend.acme.example",
        "sub": subject,
        "client_id": "backend",
        "aud": "https://acme.example/api/v2",
        "iat": now,
        "exp": now + 600,
        "jti": uuid.uuid4().hex,
        "scopes": tree(scopes),
    }
    secret = sys.stdin.buffer.read().rstrip(b"\n")
    print(jwt.encode(payload, secret, algorithm="HS256", headers={"typ": "at+jwt", "kid": "backend-1"}))


def tree(scopes: tuple[str, ...]) -> dict[str, dict[str, list[str]]]:
    """read:users and create:users as {"users": {"actions": ["read", "create"]}}."""
    found: dict[str, dict[str, list[str]]] = {}
    for scope in scopes:
        action, _, resource = scope.partition(":")
        found.setdefault(resource, {"actions": []})["actions"].append(action)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
