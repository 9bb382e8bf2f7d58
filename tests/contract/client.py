"""Short ways to make the calls that most tests make."""

import secrets
from collections.abc import Sequence
from typing import Any

import grpc

from authsvc.v1 import token_service_pb2 as pb
from authsvc.v1.claims_pb2 import TokenClaims
from authsvc.v1.reason_pb2 import Reason
from tests.contract.contract import Refusal, call, request_type

Metadata = Sequence[tuple[str, str | bytes]]


def name_of(reason: Any) -> str:
    """A Reason without its prefix."""
    return Reason.Name(reason).removeprefix("REASON_")


class Client:
    """One caller on one channel. Every method fails the test when the call is refused, but `ask`, which returns it."""

    def __init__(self, channel: grpc.Channel, caller: Metadata) -> None:
        self.channel = channel
        self.caller = caller

    def ask(self, rpc: str, **fields: Any) -> Any:
        """The response or the refusal."""
        make: Any = request_type(rpc)
        return call(self.channel, rpc, make(**fields), self.caller)

    def do(self, rpc: str, **fields: Any) -> Any:
        """The response."""
        answer = self.ask(rpc, **fields)
        assert not isinstance(answer, Refusal), answer
        return answer

    def refused(self, rpc: str, **fields: Any) -> Refusal:
        """The refusal."""
        answer = self.ask(rpc, **fields)
        assert isinstance(answer, Refusal), "the call was not refused"
        return answer

    def issue(self, tenant: str = "demo", **fields: Any) -> pb.IssueResponse:
        """A token; by default for a subject of its own."""
        wanted = {"subject": f"s-{secrets.token_hex(8)}", "audiences": ["demo-api"], **fields}
        response: pb.IssueResponse = self.do("Issue", tenant=tenant, **wanted)
        return response

    def verdict(self, token: str, tenant: str = "demo", audience: str = "demo-api", **fields: Any) -> str:
        """The reason of Verify, without its prefix."""
        return name_of(self.do("Verify", tenant=tenant, token=token, audience=audience, **fields).reason)

    def claims(self, token: str, tenant: str = "demo", audience: str = "demo-api") -> TokenClaims:
        """The claims of a good token."""
        response = self.do("Verify", tenant=tenant, token=token, audience=audience)
        assert response.valid, name_of(response.reason)
        claims: TokenClaims = response.claims
        return claims

    def revoke(self, tenant: str = "demo", **fields: Any) -> pb.RevokeResponse:
        """The receipt."""
        response: pb.RevokeResponse = self.do("Revoke", tenant=tenant, **fields)
        return response

    def record(self, token_id: str, tenant: str = "demo") -> Any:
        """The record of a token."""
        return self.do("GetToken", tenant=tenant, token_id=token_id).record
