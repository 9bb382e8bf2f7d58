"""ApplyTenant, GetTenant, ListTenants and DeleteTenant: the tenants and their documents."""

import base64
import binascii
import re

from authsvc.api.caller import Call
from authsvc.api.fields import FieldFaults, parse
from authsvc.api.gate import Gate
from authsvc.api.revision import RevisionCodec
from authsvc.api.tenant_documents import Applied, Author, TenantDocuments, with_outputs
from authsvc.errors import InvalidFieldError, TenantNotAllowedError, TenantNotFoundError
from authsvc.store.tenant_contract import TenantStore
from authsvc.tokens.claims import ALL_TENANTS, SERVICE_TENANT
from authsvc.v1.tenant_service_pb2 import (
    ApplyTenantRequest,
    ApplyTenantResponse,
    DeleteTenantRequest,
    DeleteTenantResponse,
    DocumentChange,
    GetTenantRequest,
    GetTenantResponse,
    ListTenantsRequest,
    ListTenantsResponse,
)

DEFAULT_PAGE = 100
MAX_PAGE = 1000
MAX_PAGE_BYTES = 2 * 1024 * 1024
"""Of documents: a page ends before it, since stock clients take messages of at most 4 MiB."""

_NAME = re.compile(r"[a-z0-9-]{1,63}")
_MAX_ETAG = 64


class ApplyTenant:
    """The RPC ApplyTenant. What it acknowledges is on disk and in force in every worker."""

    def __init__(self, gate: Gate, documents: TenantDocuments, revisions: RevisionCodec) -> None:
        self._gate = gate
        self._documents = documents
        self._revisions = revisions

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            InvalidFieldError: the document breaks rules; as many faults are in it as have room.
            TenantNotAllowedError: the caller is bound to another tenant.
            EtagMismatchError: the document in place is not the one that the caller knows.
            StoreUnavailableError, StoreFullError: nothing was written.
        """
        message = parse(ApplyTenantRequest, request)
        faults = FieldFaults()
        if not message.HasField("tenant"):
            faults.add("tenant", "is required")
        elif not message.tenant.name:
            faults.add("tenant.name", "is required")
        faults.text("tenant.etag", message.tenant.etag, required=False, limit=_MAX_ETAG)
        faults.refuse()
        _check_reach(self._gate, call, message.tenant.name)
        try:
            applied = await self._documents.apply(message.tenant, _author(call), dry_run=message.dry_run)
        except InvalidFieldError as error:
            raise _in_request(error) from None
        return self._answer(applied).SerializeToString()

    def _answer(self, applied: Applied) -> ApplyTenantResponse:
        revision = "" if applied.revision is None else self._revisions.write(applied.revision)
        changes = (
            DocumentChange(path=change.path, before=change.before, after=change.after) for change in applied.changes
        )
        return ApplyTenantResponse(tenant=applied.tenant, changes=changes, revision=revision)


class GetTenant:
    """The RPC GetTenant."""

    def __init__(self, gate: Gate, store: TenantStore) -> None:
        self._gate = gate
        self._store = store

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            TenantNotFoundError: there is no such tenant, or it is the service's own, which has no document.
        """
        message = parse(GetTenantRequest, request)
        name = self._gate.tenant_of(call.caller, message.tenant).name
        stored, _ = await self._store.get(name)
        if stored is None:
            raise TenantNotFoundError("there is no tenant of that name that has a document")
        return GetTenantResponse(tenant=with_outputs(stored)).SerializeToString()


class ListTenants:
    """The RPC ListTenants."""

    def __init__(self, gate: Gate, store: TenantStore) -> None:
        self._gate = gate
        self._store = store

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            InvalidFieldError: the page size or the page token breaks its rule.
        """
        message = parse(ListTenantsRequest, request)
        faults = FieldFaults()
        if not 0 <= message.page_size <= MAX_PAGE:
            faults.add("page_size", f"must be 0 to {MAX_PAGE}")
        faults.refuse()
        after = _read_page_token(message.page_token)
        if call.caller.bound_tenant != ALL_TENANTS:
            own, _ = await self._store.get(self._gate.tenant_of(call.caller, "").name)
            page, more_follow = ([own] if own is not None and own.name > after else []), False
        else:
            size = message.page_size or DEFAULT_PAGE
            page, more_follow = await self._store.list(after=after, limit=size, max_bytes=MAX_PAGE_BYTES)
        answer = ListTenantsResponse(tenants=map(with_outputs, page))
        if more_follow:
            answer.next_page_token = _write_page_token(page[-1].name)
        return answer.SerializeToString()


class DeleteTenant:
    """The RPC DeleteTenant. What it acknowledges is on disk and in force in every worker."""

    def __init__(self, gate: Gate, documents: TenantDocuments, revisions: RevisionCodec) -> None:
        self._gate = gate
        self._documents = documents
        self._revisions = revisions

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            TenantNotAllowedError: the caller is not one for all tenants.
            TenantNotFoundError: there is no such tenant.
            EtagMismatchError: its document is not the one that the caller knows.
            StoreUnavailableError, StoreFullError: nothing was written.
        """
        message = parse(DeleteTenantRequest, request)
        faults = FieldFaults()
        faults.text("tenant", message.tenant)
        faults.text("etag", message.etag, required=False, limit=_MAX_ETAG)
        faults.refuse()
        _check_reach(self._gate, call, message.tenant)
        if call.caller.bound_tenant != ALL_TENANTS:
            raise TenantNotAllowedError("only a key for all tenants may delete a tenant")
        if message.tenant == SERVICE_TENANT:
            raise InvalidFieldError.of("tenant", f'must not be "{SERVICE_TENANT}": that tenant is the service itself')
        revision = await self._documents.delete(message.tenant, message.etag, _author(call))
        return DeleteTenantResponse(revision=self._revisions.write(revision)).SerializeToString()


def _check_reach(gate: Gate, call: Call, name: str) -> None:
    """Refuse a name that is not the caller's business, whether or not there is such a tenant.

    Raises:
        TenantNotAllowedError: see Gate.tenant_of.
    """
    try:
        gate.tenant_of(call.caller, name)
    except TenantNotFoundError:
        # A caller for all tenants may name one that is still to be made.
        if call.caller.bound_tenant != ALL_TENANTS:
            raise


def _author(call: Call) -> Author:
    caller = call.caller
    return Author(caller.client_id, caller.token_id, call.call_id, is_for_all=caller.bound_tenant == ALL_TENANTS)


def _in_request(error: InvalidFieldError) -> InvalidFieldError:
    """The faults of the document by their paths in the request, as many as an answer has room for."""
    faults = FieldFaults()
    for violation in error.violations:
        faults.add(f"tenant.{violation.field}" if violation.field else "tenant", violation.rule)
    try:
        faults.refuse()
    except InvalidFieldError as told:
        return told
    return error


def _write_page_token(after: str) -> str:
    return base64.urlsafe_b64encode(f"after:{after}".encode()).decode()


def _read_page_token(text: str) -> str:
    """The name behind which the page begins; empty for the first page.

    Raises:
        InvalidFieldError: it is no page token.
    """
    if not text:
        return ""
    try:
        said = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        said = ""
    kind, _, after = said.partition(":")
    if kind != "after" or _NAME.fullmatch(after) is None:
        raise InvalidFieldError.of("page_token", "must be the next_page_token of the same listing")
    return after
