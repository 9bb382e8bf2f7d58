"""The server's RPCs as methods that take plain values: a client like any other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc

from authsvc.cli.audit_client import AuditClient
from authsvc.cli.errors import CommandError, UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.failures import to_command_error
from authsvc.cli.key_client import KeyClient
from authsvc.cli.revocation_target import RevocationTarget, TargetKind
from authsvc.cli.target import Target
from authsvc.v1 import token_service_pb2
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_service_pb2_grpc import TokenServiceStub

Request = TypeVar("Request", bound=Message)
Answer = TypeVar("Answer", bound=Message)


@dataclass(frozen=True, slots=True)
class CallContext:
    """What goes with every call."""

    find_api_key: Callable[[], str | None]
    """Returns the caller's key, or None for a call without one; asked only when a call needs it."""
    tenant: str
    """Empty for the tenant to which the key is bound."""
    timeout: float
    """How many seconds to wait for an answer."""


class Client:
    """A connection to the server, to be closed.

    Every method raises CommandError when the call is refused, not answered in time, or the server out of reach.
    """

    def __init__(self, target: Target, context: CallContext) -> None:
        self._address = target.address
        self._context = context
        self._channel = target.open()
        self._tokens = TokenServiceStub(self._channel)
        self._health = health_pb2_grpc.HealthStub(self._channel)
        self.audit = AuditClient(self._channel, self._call, context.tenant)
        self.keys = KeyClient(self._channel, context.tenant, self._call)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()

    def issue(
        self,
        *,
        subject: str,
        audiences: Sequence[str],
        client_id: str = "",
        scopes: Sequence[str] = (),
        scope_tree: Mapping[str, Any] | None = None,
        ttl: timedelta | None = None,
        not_before: datetime | None = None,
        claims: Mapping[str, Any] | None = None,
        label: str = "",
        request_id: str = "",
        bound_tenant: str = "",
    ) -> token_service_pb2.IssueResponse:
        """A new token."""
        request = token_service_pb2.IssueRequest(
            tenant=self._context.tenant,
            subject=subject,
            client_id=client_id,
            audiences=audiences,
            scopes=scopes,
            scope_tree=_struct(scope_tree, "--scope-tree"),
            ttl=_duration(ttl),
            not_before_time=_timestamp(not_before),
            claims=_struct(claims, "--claims"),
            label=label,
            request_id=request_id,
            bound_tenant=bound_tenant,
        )
        return self._call(self._tokens.Issue, request)

    def verify(self, *, token: str, audience: str, min_revision: str = "") -> token_service_pb2.VerifyResponse:
        """The verdict on a token."""
        request = token_service_pb2.VerifyRequest(
            tenant=self._context.tenant, token=token, audience=audience, min_revision=min_revision
        )
        return self._call(self._tokens.Verify, request)

    def check(
        self,
        *,
        token: str,
        audience: str,
        any_of: Sequence[str] = (),
        all_of: Sequence[str] = (),
        operation: str | None = None,
        min_revision: str = "",
    ) -> token_service_pb2.CheckScopesResponse:
        """The verdict on a token and on what it may do: the operation if one is named, else the two lists."""
        request = token_service_pb2.CheckScopesRequest(
            tenant=self._context.tenant, token=token, audience=audience, min_revision=min_revision
        )
        if operation is None:
            request.requirement.CopyFrom(ScopeRequirement(any_of=any_of, all_of=all_of))
        else:
            request.operation = operation
        return self._call(self._tokens.CheckScopes, request)

    def revoke(
        self,
        target: RevocationTarget,
        *,
        reason: str = "",
        force: bool = False,
    ) -> token_service_pb2.RevokeResponse:
        """The receipt of a revocation."""
        request = token_service_pb2.RevokeRequest(tenant=self._context.tenant, reason=reason, force=force)
        _write_target(request, target)
        return self._call(self._tokens.Revoke, request)

    def inspect(self, *, token: str, audience: str, min_revision: str = "") -> token_service_pb2.InspectResponse:
        """A token, opened."""
        request = token_service_pb2.InspectRequest(
            tenant=self._context.tenant, token=token, audience=audience, min_revision=min_revision
        )
        return self._call(self._tokens.Inspect, request)

    def get_token(self, token_id: str) -> token_service_pb2.GetTokenResponse:
        """The record of a token."""
        request = token_service_pb2.GetTokenRequest(tenant=self._context.tenant, token_id=token_id)
        return self._call(self._tokens.GetToken, request)

    def list_tokens(
        self, *, subject: str = "", client_id: str = "", label: str = "", state: str = "", page_size: int = 0
    ) -> Iterator[token_service_pb2.ListTokensResponse]:
        """The records, page by page; `state` is "live", "expired", "revoked" or empty for all."""
        request = token_service_pb2.ListTokensRequest(
            tenant=self._context.tenant,
            subject=subject,
            client_id=client_id,
            label=label,
            state=f"TOKEN_STATE_{state.upper() or 'UNSPECIFIED'}",
            page_size=page_size,
        )
        while True:
            page = self._call(self._tokens.ListTokens, request)
            yield page
            if not page.next_page_token:
                return
            if page.next_page_token == request.page_token:
                raise CommandError("the server sends the same page again and again", ExitCode.INTERNAL)
            request.page_token = page.next_page_token

    def exchange(
        self,
        *,
        token: str,
        scopes: Sequence[str] = (),
        audiences: Sequence[str] = (),
        ttl: timedelta | None = None,
        label: str = "",
        request_id: str = "",
    ) -> token_service_pb2.ExchangeResponse:
        """A token that may less, for one that is held; it needs no key."""
        request = token_service_pb2.ExchangeRequest(
            tenant=self._context.tenant,
            token=token,
            scopes=scopes,
            audiences=audiences,
            ttl=_duration(ttl),
            label=label,
            request_id=request_id,
        )
        return self._call(self._tokens.Exchange, request, with_key=False)

    def rotate(
        self, *, token: str, overlap: timedelta | None = None, request_id: str = ""
    ) -> token_service_pb2.RotateTokenResponse:
        """A new token in the place of one that is held; it needs no key."""
        request = token_service_pb2.RotateTokenRequest(
            tenant=self._context.tenant, token=token, overlap=_duration(overlap), request_id=request_id
        )
        return self._call(self._tokens.RotateToken, request, with_key=False)

    def list_usage(
        self, *, subject: str = "", client_id: str = "", label: str = "", page_size: int = 0
    ) -> Iterator[token_service_pb2.ListTokenUsageResponse]:
        """Which scopes of the live tokens were of use, page by page."""
        request = token_service_pb2.ListTokenUsageRequest(
            tenant=self._context.tenant, subject=subject, client_id=client_id, label=label, page_size=page_size
        )
        while True:
            page = self._call(self._tokens.ListTokenUsage, request)
            yield page
            if not page.next_page_token:
                return
            if page.next_page_token == request.page_token:
                raise CommandError("the server sends the same page again and again", ExitCode.INTERNAL)
            request.page_token = page.next_page_token

    def health(self, service: str, *, wait_at_most: float | None = None) -> health_pb2.HealthCheckResponse:
        """What the server says of itself, or of one of its services; it needs no key.

        With `wait_at_most`, in seconds, a server that cannot be reached yet is waited for.
        """
        request = health_pb2.HealthCheckRequest(service=service)
        timeout = self._context.timeout if wait_at_most is None else wait_at_most
        try:
            answer: health_pb2.HealthCheckResponse = self._health.Check(  # type: ignore[attr-defined]  # its stubs lack methods
                request, timeout=timeout, wait_for_ready=wait_at_most is not None
            )
        except grpc.RpcError as error:
            raise to_command_error(error, self._address) from None
        return answer

    @property
    def channel(self) -> grpc.Channel:
        """The connection, for the stubs of further services."""
        return self._channel

    def call(self, method: "grpc.UnaryUnaryMultiCallable[Request, Answer]", request: Request) -> Answer:
        """The answer to a call with the caller's key."""
        return self._call(method, request)

    def _call(
        self, method: "grpc.UnaryUnaryMultiCallable[Request, Answer]", request: Request, *, with_key: bool = True
    ) -> Answer:
        key = self._context.find_api_key() if with_key else None
        metadata = () if key is None else (("authorization", f"Bearer {key}"),)
        try:
            return method(request, timeout=self._context.timeout, metadata=metadata)
        except grpc.RpcError as error:
            # The cause is cut off: its text repeats what the server said, unchecked.
            raise to_command_error(error, self._address) from None


def _write_target(request: token_service_pb2.RevokeRequest, target: RevocationTarget) -> None:
    cut_off = _timestamp(target.issued_before)
    match target.kind:
        case TargetKind.TOKEN:
            request.token = target.name
        case TargetKind.TOKEN_ID:
            request.token_id.CopyFrom(token_service_pb2.TokenTarget(issuer=target.issuer, token_id=target.name))
        case TargetKind.SUBJECT:
            request.subject.CopyFrom(token_service_pb2.SubjectTarget(subject=target.name, issued_before_time=cut_off))
        case TargetKind.CLIENT:
            request.client.CopyFrom(token_service_pb2.ClientTarget(client_id=target.name, issued_before_time=cut_off))
        case TargetKind.ALL:
            request.all.CopyFrom(token_service_pb2.TenantTarget(issued_before_time=cut_off))
        case TargetKind.KEY:
            request.key.CopyFrom(token_service_pb2.KeyTarget(key_id=target.name))
        case TargetKind.FAMILY:
            request.family.CopyFrom(token_service_pb2.FamilyTarget(family_id=target.name))


def _struct(document: Mapping[str, Any] | None, option: str) -> Struct | None:
    if document is None:
        return None
    try:
        return json_format.ParseDict(dict(document), Struct())
    except (json_format.ParseError, ValueError, RecursionError, OverflowError):
        raise UsageError(f"{option}: holds a value that JSON does not know") from None


def _duration(span: timedelta | None) -> Duration | None:
    if span is None:
        return None
    duration = Duration()
    duration.FromTimedelta(span)
    return duration


def _timestamp(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp
