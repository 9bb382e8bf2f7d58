"""A stand-in for the service: it records what it is asked and answers as it is told."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import any_pb2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_health.v1 import health, health_pb2_grpc
from grpc_status import rpc_status

from authsvc.v1.audit_service_pb2_grpc import AuditServiceServicer, add_AuditServiceServicer_to_server
from authsvc.v1.tenant_service_pb2_grpc import TenantServiceServicer, add_TenantServiceServicer_to_server
from authsvc.v1.token_service_pb2_grpc import TokenServiceServicer, add_TokenServiceServicer_to_server


@dataclass(frozen=True)
class Failure:
    """An RPC error with its google.rpc details."""

    code: grpc.StatusCode
    message: str = "it failed"
    reason: str = ""
    violations: Sequence[tuple[str, str]] = ()
    retry_seconds: int = 0
    metadata: dict[str, str] = field(default_factory=dict)

    def to_status(self) -> Any:
        details: list[Message] = []
        if self.reason:
            info = error_details_pb2.ErrorInfo(reason=self.reason, domain="authsvc", metadata=self.metadata)
            details.append(info)
        if self.violations:
            faults = [
                error_details_pb2.BadRequest.FieldViolation(field=name, description=rule)
                for name, rule in self.violations
            ]
            details.append(error_details_pb2.BadRequest(field_violations=faults))
        if self.retry_seconds:
            details.append(error_details_pb2.RetryInfo(retry_delay=Duration(seconds=self.retry_seconds)))
        packed = []
        for detail in details:
            packed.append(any_pb2.Any())
            packed[-1].Pack(detail)
        number = code_pb2.Code.Value(self.code.name)
        return rpc_status.to_status(status_pb2.Status(code=number, message=self.message, details=packed))


class FakeTokenService(TokenServiceServicer):
    """Answers each method with what stands in `answers` under its name: a message, a Failure, or a list of such."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.requests: list[Any] = []
        self.metadata: list[dict[str, str]] = []

    def reset(self) -> None:
        self.answers.clear()
        self.requests.clear()
        self.metadata.clear()

    @property
    def request(self) -> Any:
        """The only request that came."""
        assert len(self.requests) == 1, self.requests
        return self.requests[0]

    def answer(self, method: str, request: Message, context: grpc.ServicerContext) -> Any:
        """What was told to answer to a method, of whichever service."""
        return self._answer(method, request, context)

    def _answer(self, method: str, request: Message, context: grpc.ServicerContext) -> Any:
        self.requests.append(request)
        self.metadata.append({str(name): str(value) for name, value in context.invocation_metadata()})
        answer = self.answers[method]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Failure):
            if answer.reason or answer.violations or answer.retry_seconds:
                context.abort_with_status(answer.to_status())
            context.abort(answer.code, answer.message)
        if callable(answer):
            answer = answer(request)
        return answer

    def Issue(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._answer("Issue", request, context)

    def Verify(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._answer("Verify", request, context)

    def CheckScopes(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._answer("CheckScopes", request, context)

    def Revoke(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._answer("Revoke", request, context)

    def BatchVerify(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._answer("BatchVerify", request, context)

    def BatchCheckScopes(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._answer("BatchCheckScopes", request, context)

    def Inspect(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._answer("Inspect", request, context)

    def GetToken(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._answer("GetToken", request, context)

    def ListTokens(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._answer("ListTokens", request, context)

    def Exchange(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._answer("Exchange", request, context)

    def RotateToken(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._answer("RotateToken", request, context)

    def ListTokenUsage(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._answer("ListTokenUsage", request, context)


class FakeTenantService(TenantServiceServicer):
    """Answers from what the fake token service is told."""

    def __init__(self, fake: FakeTokenService) -> None:
        self._fake = fake

    def ApplyTenant(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._fake.answer("ApplyTenant", request, context)

    def GetTenant(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._fake.answer("GetTenant", request, context)

    def ListTenants(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._fake.answer("ListTenants", request, context)

    def DeleteTenant(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._fake.answer("DeleteTenant", request, context)


class FakeAuditService(AuditServiceServicer):
    """Answers from what the fake token service is told."""

    def __init__(self, fake: FakeTokenService) -> None:
        self._fake = fake

    def ListAuditRecords(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._fake.answer("ListAuditRecords", request, context)

    def VerifyAuditLog(self, request: Any, context: Any) -> Any:  # noqa: N802 (the name of the RPC)
        return self._fake.answer("VerifyAuditLog", request, context)


class FakeServer:
    """The stand-in on a port of its own."""

    def __init__(self, credentials: grpc.ServerCredentials | None = None, port: int = 0) -> None:
        self.tokens = FakeTokenService()
        self.health = health.HealthServicer()
        self._server = grpc.server(ThreadPoolExecutor(max_workers=4))
        add_TokenServiceServicer_to_server(self.tokens, self._server)
        add_TenantServiceServicer_to_server(FakeTenantService(self.tokens), self._server)
        add_AuditServiceServicer_to_server(FakeAuditService(self.tokens), self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self._server)
        if credentials is None:
            self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        else:
            self.port = self._server.add_secure_port(f"127.0.0.1:{port}", credentials)
        self._server.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.stop(None).wait()
