"""Callers: keys of this service, issued through it, one for each set of rights that a test asks for."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from authsvc.v1.token_service_pb2 import IssueRequest
from tests.support.server import Server

ALL_SCOPES = (
    *("issue:tokens", "verify:tokens", "check:tokens", "revoke:tokens", "inspect:tokens", "read:tokens"),
    *("apply:tenants", "read:tenants", "delete:tenants"),
    *("read:audit", "verify:audit"),
    *("read:keys", "rotate:keys", "taint:keys", "import:keys"),
)

Metadata = tuple[tuple[str, str], ...]

NAMED: dict[str, dict[str, Any]] = YAML(typ="safe", pure=True).load(
    Path(__file__).with_name("callers.yaml").read_text(encoding="utf-8")
)


class Callers:
    """The callers of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._keys: dict[tuple[str, tuple[str, ...]], str] = {}

    @property
    def admin(self) -> Metadata:
        """The bootstrap admin."""
        return bearer(self._server.admin_key)

    def bound(self, tenant: str, scopes: Iterable[str] = ALL_SCOPES) -> Metadata:
        """A caller for one tenant, or for all with "*"."""
        name = (tenant, tuple(scopes))
        if name not in self._keys:
            self._keys[name] = self.fresh_key(*name)
        return bearer(self._keys[name])

    def fresh_key(self, tenant: str, scopes: Iterable[str] = ALL_SCOPES, client_id: str = "") -> str:
        """A key that no other caller has; its client is named after its tenant by default."""
        issued = self._server.tokens().Issue(
            IssueRequest(
                tenant="authsvc",
                subject=f"test of {tenant}",
                client_id=client_id or f"client of {tenant}",
                audiences=["authsvc"],
                scopes=list(scopes),
                bound_tenant=tenant,
            ),
            metadata=self.admin,
        )
        return issued.token

    def named(self, name: str) -> Metadata:
        """A caller of callers.yaml, or "admin"."""
        if name == "admin":
            return self.admin
        wanted = NAMED[name]
        if "key" in wanted:
            return bearer(wanted["key"])
        return self.bound(wanted["bound_tenant"], wanted["scopes"]) if wanted else ()


def bearer(key: str) -> Metadata:
    """The metadata that carries a key."""
    return (("authorization", f"Bearer {key}"),)
