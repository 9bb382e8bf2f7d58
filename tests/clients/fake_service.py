"""A stand-in for the service, whose answers a test can spoil one at a time.

The real service is what the programs are for; this one shows that they notice a wrong answer, that they send
the key and a deadline with each call, retry what is safe to retry, and speak TLS when told.
"""

import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc.code_pb2 import INVALID_ARGUMENT
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from authsvc.v1.claims_pb2 import TokenClaims
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_service_pb2 import (
    CheckScopesRequest,
    CheckScopesResponse,
    IssueRequest,
    IssueResponse,
    RevokeRequest,
    RevokeResponse,
    VerifyRequest,
    VerifyResponse,
)
from authsvc.v1.token_service_pb2_grpc import TokenServiceServicer, add_TokenServiceServicer_to_server


@dataclass(frozen=True, slots=True)
class Fault:
    """What the stand-in does wrong; by default nothing."""

    # Verify says that a good token is bad.
    refuses_good: bool = False
    # CheckScopes answers valid but not allowed.
    refuses_scopes: bool = False
    # Verify lets a revoked token in.
    forgets_revocation: bool = False
    # Verify refuses a revoked token, for another reason.
    gives_other_reason: bool = False
    # Issue accepts a request without audiences.
    accepts_no_audience: bool = False
    # The error carries an ErrorInfo of this domain.
    error_domain: str = "authsvc"
    # How many calls of each method meet UNAVAILABLE before one is answered.
    unavailable: int = 0


class FakeTokenService(TokenServiceServicer):
    """Remembers tokens as text; signs nothing."""

    def __init__(self, key: str, fault: Fault) -> None:
        self.calls: Counter[str] = Counter()
        self.connections: set[str] = set()
        self.deadlines: list[float] = []
        self.issued: list[str] = []
        self.request_ids: list[str] = []
        self._key = key
        self._fault = fault
        self._claims: dict[str, TokenClaims] = {}
        self._revoked: set[str] = set()

    def _meet(self, method: str, tenant: str, context: grpc.ServicerContext) -> None:
        self.calls[method] += 1
        self.connections.add(context.peer())
        self.deadlines.append(context.time_remaining())
        metadata = [value for name, value in context.invocation_metadata() if name == "authorization"]
        if metadata != [f"Bearer {self._key}"]:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "no good key")
        if tenant != "demo":
            context.abort(grpc.StatusCode.NOT_FOUND, "no such tenant")
        if self.calls[method] <= self._fault.unavailable:
            context.abort(grpc.StatusCode.UNAVAILABLE, "try again")

    def Issue(self, request: IssueRequest, context: grpc.ServicerContext) -> IssueResponse:  # noqa: N802 - gRPC's name
        self._meet("Issue", request.tenant, context)
        if not request.audiences and not self._fault.accepts_no_audience:
            info = Any()
            info.Pack(ErrorInfo(reason="INVALID_FIELD", domain=self._fault.error_domain))
            status = Status(code=INVALID_ARGUMENT, message="audiences: is required", details=[info])
            context.abort_with_status(rpc_status.to_status(status))
        token = f"fake.{secrets.token_urlsafe(24)}.token"
        self.issued.append(token)
        self.request_ids.append(request.request_id)
        self._claims[token] = TokenClaims(
            tenant=request.tenant, subject=request.subject, audiences=request.audiences, scopes=request.scopes
        )
        answer = IssueResponse(token=token, token_id=secrets.token_hex(8), scopes=request.scopes)
        answer.expire_time.FromSeconds(1_800_000_000)
        return answer

    def _verdict(self, token: str, audience: str) -> VerifyResponse:
        claims = self._claims.get(token)
        if self._fault.refuses_good:
            return VerifyResponse(reason=Reason.REASON_EXPIRED)
        if claims is None:
            return VerifyResponse(reason=Reason.REASON_MALFORMED)
        if audience not in claims.audiences:
            return VerifyResponse(reason=Reason.REASON_WRONG_AUDIENCE)
        if token in self._revoked and self._fault.gives_other_reason:
            return VerifyResponse(reason=Reason.REASON_EXPIRED)
        if token in self._revoked and not self._fault.forgets_revocation:
            return VerifyResponse(reason=Reason.REASON_REVOKED)
        return VerifyResponse(valid=True, reason=Reason.REASON_OK, claims=claims)

    def Verify(self, request: VerifyRequest, context: grpc.ServicerContext) -> VerifyResponse:  # noqa: N802 - gRPC's name
        self._meet("Verify", request.tenant, context)
        if request.token in self._revoked and request.min_revision != "r1":
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the revision of the revocation was not passed on")
        return self._verdict(request.token, request.audience)

    def CheckScopes(  # noqa: N802 - gRPC's name
        self, request: CheckScopesRequest, context: grpc.ServicerContext
    ) -> CheckScopesResponse:
        self._meet("CheckScopes", request.tenant, context)
        verdict = self._verdict(request.token, request.audience)
        if not verdict.valid:
            return CheckScopesResponse(reason=verdict.reason)
        matched = sorted(set(request.requirement.any_of) & set(verdict.claims.scopes))
        if not matched or self._fault.refuses_scopes:
            return CheckScopesResponse(
                valid=True,
                reason=Reason.REASON_INSUFFICIENT_SCOPE,
                missing=ScopeRequirement(any_of=request.requirement.any_of),
                claims=verdict.claims,
            )
        return CheckScopesResponse(
            valid=True, allowed=True, reason=verdict.reason, matched=matched, claims=verdict.claims
        )

    def Revoke(self, request: RevokeRequest, context: grpc.ServicerContext) -> RevokeResponse:  # noqa: N802 - gRPC's name
        self._meet("Revoke", request.tenant, context)
        self._revoked.add(request.token)
        answer = RevokeResponse(revision="r1")
        answer.revoke_time.FromSeconds(1_700_000_000)
        return answer


@dataclass(slots=True)
class Running:
    """A stand-in that answers on an address."""

    service: FakeTokenService
    address: str
    key: str = field(repr=False)


@contextmanager
def fake_service(fault: Fault, tls: grpc.ServerCredentials | None = None) -> Iterator[Running]:
    """Serve on a free port of this machine until the block is left."""
    key = f"fake-{secrets.token_hex(16)}"
    service = FakeTokenService(key, fault)  # type: ignore[abstract]  # the programs call no other method
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    add_TokenServiceServicer_to_server(service, server)
    if tls is None:
        address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    else:
        address = f"localhost:{server.add_secure_port('127.0.0.1:0', tls)}"
    server.start()
    try:
        yield Running(service, address, key)
    finally:
        server.stop(grace=None).wait()
