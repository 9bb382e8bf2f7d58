"""The RPCs of the audit as methods that take plain values."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import grpc

from authsvc.cli.errors import CommandError
from authsvc.cli.exit_codes import ExitCode
from authsvc.v1 import audit_service_pb2
from authsvc.v1.audit_service_pb2_grpc import AuditServiceStub

Ask = Callable[[Any, Any], Any]
"""Makes a call: the method, the request, and back comes the answer; raises CommandError."""


class AuditClient:
    """The audit of the server. Every method raises CommandError, as those of Client do."""

    def __init__(self, channel: grpc.Channel, ask: Ask, tenant: str) -> None:
        self._stub = AuditServiceStub(channel)
        self._ask = ask
        self._tenant = tenant

    def records(
        self,
        *,
        action: str = "",
        actor: str = "",
        target: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        page_size: int = 0,
    ) -> Iterator[audit_service_pb2.ListAuditRecordsResponse]:
        """The records, newest first, page by page."""
        request = audit_service_pb2.ListAuditRecordsRequest(
            tenant=self._tenant, action=action, actor=actor, target=target, page_size=page_size
        )
        if since is not None:
            request.start_time.FromDatetime(since)
        if until is not None:
            request.end_time.FromDatetime(until)
        return self._pages(self._stub.ListAuditRecords, request)

    def verify(self, checkpoints: Sequence[str]) -> Iterator[audit_service_pb2.VerifyAuditLogResponse]:
        """What a verification finds, part by part of the log; the last part says how it ended."""
        request = audit_service_pb2.VerifyAuditLogRequest(checkpoints=checkpoints)
        return self._pages(self._stub.VerifyAuditLog, request)

    def _pages(self, method: Any, request: Any) -> Iterator[Any]:  # noqa: ANN401 (any call that goes page by page)
        while True:
            page = self._ask(method, request)
            yield page
            if not page.next_page_token:
                return
            if page.next_page_token == request.page_token:
                raise CommandError("the server sends the same page again and again", ExitCode.INTERNAL)
            request.page_token = page.next_page_token
