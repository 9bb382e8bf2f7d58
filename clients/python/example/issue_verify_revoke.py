# ruff: noqa: INP001, T201 - a program, which prints what it does
"""Issues a token, verifies it, checks its scopes, revokes it and sees it refused.

It reads AUTHSVC_ADDRESS, AUTHSVC_API_KEY_FILE, AUTHSVC_TENANT (default demo) and AUTHSVC_CA_FILE (TLS when
set), and needs the packages authsvc-protos and grpcio-status.
"""

import itertools
import json
import os
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_service_pb2 import CheckScopesRequest, IssueRequest, RevokeRequest, VerifyRequest
from authsvc.v1.token_service_pb2_grpc import TokenServiceStub

# How long a call may take, in seconds, retries included.
DEADLINE = 5
# For whom the tokens of this program are meant.
AUDIENCE = "https://api.demo.example"
# One connection is served by one worker of the service, whatever it carries. Several reach several workers.
CONNECTIONS = 4

# Calls that met an unreachable service are sent again. All four are safe to repeat: Issue because it names a
# request_id.
RETRIES = {
    "methodConfig": [
        {
            "name": [
                {"service": "authsvc.v1.TokenService", "method": method}
                for method in ("Issue", "Verify", "CheckScopes", "Revoke")
            ],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        },
    ],
}


class UnexpectedError(Exception):
    """Something is not as this program expects it."""


def connect(address: str, ca_file: str | None) -> list[grpc.Channel]:
    """Open the connections. They dial when the first call needs them."""
    options = [
        ("grpc.service_config", json.dumps(RETRIES)),
        # Without it, channels to one address share one connection.
        ("grpc.use_local_subchannel_pool", 1),
    ]
    if ca_file is None:
        # Plain text is for a service on this machine. Anywhere else, name the CA of its certificate.
        return [grpc.insecure_channel(address, options) for _ in range(CONNECTIONS)]
    credentials = grpc.ssl_channel_credentials(Path(ca_file).read_bytes())
    return [grpc.secure_channel(address, credentials, options) for _ in range(CONNECTIONS)]


class Example:
    """The five calls and one mistake, each call on the next connection."""

    def __init__(self, channels: Sequence[grpc.Channel], key: str, tenant: str) -> None:
        """Prepare the stubs; the key goes with every call."""
        self._stubs = itertools.cycle([TokenServiceStub(channel) for channel in channels])
        self._metadata = (("authorization", f"Bearer {key}"),)
        self._tenant = tenant

    def run(self) -> None:
        """Make the calls, or raise UnexpectedError or grpc.RpcError."""
        token = self.issue()
        self.verify(token)
        self.check(token)
        revision = self.revoke(token)
        self.verify_revoked(token, revision)
        self.provoke_error()

    def issue(self) -> str:
        """Get a token."""
        request = IssueRequest(
            tenant=self._tenant,
            subject="alice",
            client_id="example-python",
            audiences=[AUDIENCE],
            scopes=["repo", "read:users"],
            ttl=Duration(seconds=600),
            request_id=str(uuid.uuid4()),  # a retry with the same id returns the same token, not a second one
        )
        answer = next(self._stubs).Issue(request, timeout=DEADLINE, metadata=self._metadata)
        print("issued", answer.token_id, "until", answer.expire_time.ToDatetime())
        return answer.token

    def verify(self, token: str) -> None:
        """Ask whether it is good."""
        request = VerifyRequest(tenant=self._tenant, token=token, audience=AUDIENCE)
        answer = next(self._stubs).Verify(request, timeout=DEADLINE, metadata=self._metadata)
        if not answer.valid:
            raise UnexpectedError(f"verify: refused, {Reason.Name(answer.reason)}")
        print("verified for", answer.claims.subject, answer.claims.scopes)

    def check(self, token: str) -> None:
        """Ask whether its scopes allow an operation."""
        request = CheckScopesRequest(
            tenant=self._tenant,
            token=token,
            audience=AUDIENCE,
            requirement=ScopeRequirement(any_of=["repo", "public_repo"]),
        )
        answer = next(self._stubs).CheckScopes(request, timeout=DEADLINE, metadata=self._metadata)
        if not answer.allowed:
            raise UnexpectedError(f"check: refused, {Reason.Name(answer.reason)}, {answer.missing}")
        print("allowed by", answer.matched)

    def revoke(self, token: str) -> str:
        """Make it worthless and return the revision that knows it."""
        request = RevokeRequest(tenant=self._tenant, token=token, reason="the example is over")
        answer = next(self._stubs).Revoke(request, timeout=DEADLINE, metadata=self._metadata)
        print("revoked at", answer.revoke_time.ToDatetime())
        return answer.revision

    def verify_revoked(self, token: str, revision: str) -> None:
        """See that it is refused."""
        request = VerifyRequest(
            tenant=self._tenant,
            token=token,
            audience=AUDIENCE,
            min_revision=revision,  # whoever answers knows the revocation
        )
        answer = next(self._stubs).Verify(request, timeout=DEADLINE, metadata=self._metadata)
        if answer.valid or answer.reason != Reason.REASON_REVOKED:
            raise UnexpectedError(f"verify after revoke: {answer.valid}, {Reason.Name(answer.reason)}")
        print("refused since it is revoked")

    def provoke_error(self) -> None:
        """Leave out what is required and read why the call failed."""
        request = IssueRequest(tenant=self._tenant, subject="alice")
        try:
            next(self._stubs).Issue(request, timeout=DEADLINE, metadata=self._metadata)
        except grpc.RpcError as error:
            code, reason = error.code(), error_reason(error)
            if code != grpc.StatusCode.INVALID_ARGUMENT or reason != "INVALID_FIELD":
                raise UnexpectedError(f"issue without audiences: {code}, {reason!r}") from error
            print("refused with", reason)
        else:
            raise UnexpectedError("issue without audiences: a token")


def error_reason(error: grpc.RpcError) -> str:
    """Return the machine-readable reason of an error of the service, or "" when it has none."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        info = ErrorInfo()
        if detail.Unpack(info) and info.domain == "authsvc":
            return str(info.reason)
    return ""


def setting(name: str) -> str:
    """Return a required setting from the environment."""
    value = os.environ.get(name)
    if not value:
        raise UnexpectedError(f"{name} is not set")
    return value


def main() -> int:
    """Run the example as the environment says: 0 when everything was as expected."""
    try:
        key = Path(setting("AUTHSVC_API_KEY_FILE")).read_text().strip()
        channels = connect(setting("AUTHSVC_ADDRESS"), os.environ.get("AUTHSVC_CA_FILE") or None)
        Example(channels, key, os.environ.get("AUTHSVC_TENANT") or "demo").run()
    except grpc.RpcError as error:
        print("failed:", error.code(), error.details(), file=sys.stderr)
        return 1
    except (OSError, UnexpectedError) as error:
        print("failed:", error, file=sys.stderr)
        return 1
    print("ok: issue verify check revoke verify")
    return 0


if __name__ == "__main__":
    sys.exit(main())
