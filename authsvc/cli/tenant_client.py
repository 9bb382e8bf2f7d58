"""The RPCs of the TenantService as methods that take plain values."""

from collections.abc import Iterator

from authsvc.cli.client import Client
from authsvc.cli.errors import CommandError
from authsvc.cli.exit_codes import ExitCode
from authsvc.v1.tenant_pb2 import Tenant
from authsvc.v1.tenant_service_pb2 import (
    ApplyTenantRequest,
    ApplyTenantResponse,
    DeleteTenantRequest,
    DeleteTenantResponse,
    GetTenantRequest,
    ListTenantsRequest,
)
from authsvc.v1.tenant_service_pb2_grpc import TenantServiceStub


class TenantClient:
    """Tenants and their documents, over the connection of a client.

    Every method raises CommandError when the call is refused, not answered in time, or the server out of reach.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stub = TenantServiceStub(client.channel)

    def apply(self, document: Tenant, *, dry_run: bool = False) -> ApplyTenantResponse:
        """What the document changed, or would change."""
        return self._client.call(self._stub.ApplyTenant, ApplyTenantRequest(tenant=document, dry_run=dry_run))

    def get(self, name: str) -> Tenant:
        """The document of a tenant."""
        return self._client.call(self._stub.GetTenant, GetTenantRequest(tenant=name)).tenant

    def list(self) -> Iterator[Tenant]:
        """The documents of all tenants by name, page by page."""
        request = ListTenantsRequest()
        while True:
            page = self._client.call(self._stub.ListTenants, request)
            yield from page.tenants
            if not page.next_page_token:
                return
            if page.next_page_token == request.page_token:
                raise CommandError("the server sends the same page again and again", ExitCode.INTERNAL)
            request.page_token = page.next_page_token

    def delete(self, name: str, etag: str) -> DeleteTenantResponse:
        """The receipt of a deletion; an empty etag is any."""
        return self._client.call(self._stub.DeleteTenant, DeleteTenantRequest(tenant=name, etag=etag))
