"""Random tenants, callers and requests, and the oracle: what a caller may convey, by the documents as they were drawn."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct

from authsvc.v1.tenant_pb2 import Tenant
from authsvc.v1.token_service_pb2 import IssueRequest

TENANTS = ("blue", "green", "red")
CLIENTS = ("alpha", "beta", "gamma", "delta")
SCOPES = ("repo", "repo:status", "public_repo", "user", "user:email", "admin")
AUDIENCES = ("api", "web", "ops")
SUBJECTS = ("u-1", "u-2", "root", "ci-7", "u-")
PATTERNS = ("u-*", "root", "*-7", "*", "u-*2")
CLAIMS = ("plan", "region", "level")
PERMISSIONS = ("issue:tokens", "verify:tokens", "revoke:tokens")
TTLS = (0, 30, 60, 600, 3600, 86400)

Document = Mapping[str, Any]


def some(chance: Random, values: Sequence[str], most: int | None = None) -> list[str]:
    """Any number of the values, each once."""
    return chance.sample(values, chance.randint(0, len(values) if most is None else most))


def draw_document(chance: Random, name: str) -> Document:
    """A tenant document in proto-JSON; about one in four lists no clients."""
    document: dict[str, Any] = {"name": name, "max_ttl": f"{chance.choice((60, 3600, 86400))}s"}
    if chance.random() < 0.6:
        document["audiences"] = list(AUDIENCES[:2])
    if chance.random() < 0.6:
        catalogued = chance.sample(SCOPES, chance.randint(2, len(SCOPES)))
        document["scopes"] = [
            {"name": scope, "includes": some(chance, catalogued[place + 1 :])} for place, scope in enumerate(catalogued)
        ]
    if chance.random() < 0.5:
        document["extra_claims"] = {"names": some(chance, CLAIMS)}
    if chance.random() < 0.75:
        document["clients"] = [draw_client(chance, client, document) for client in chance.sample(CLIENTS, 3)]
    return document


def draw_client(chance: Random, name: str, document: Document) -> dict[str, Any]:
    permissions = sorted({*some(chance, PERMISSIONS), *(PERMISSIONS[:1] if chance.random() < 0.7 else ())})
    client: dict[str, Any] = {"id": name, "permissions": permissions}
    if chance.random() < 0.85:
        grant: dict[str, Any] = {
            "scopes": some(chance, [scope["name"] for scope in document.get("scopes", [])] or SCOPES)
        }
        if chance.random() < 0.5:
            grant["audiences"] = some(chance, document.get("audiences", AUDIENCES))
        if chance.random() < 0.5:
            grant["subjects"] = some(chance, PATTERNS)
        if chance.random() < 0.5:
            grant["max_ttl"] = f"{chance.choice((60, 600))}s"
        client["issue"] = grant
    return client


@dataclass(frozen=True)
class Holder:
    """A caller as it was drawn."""

    client_id: str
    scopes: frozenset[str]
    bound_tenant: str

    @property
    def is_admin(self) -> bool:
        return "admin:authsvc" in self.scopes and self.bound_tenant == "*"


def draw_holder(chance: Random) -> Holder:
    scopes = frozenset(some(chance, PERMISSIONS)) | ({"issue:tokens"} if chance.random() < 0.8 else set())
    if chance.random() < 0.1:
        return Holder("boss", scopes | {"admin:authsvc"}, "*")
    return Holder(chance.choice(CLIENTS), scopes, chance.choice((*TENANTS, *TENANTS, "*")))


def draw_request(chance: Random, holder: Holder) -> IssueRequest:
    """Mostly a request that some caller may make."""
    own = "" if holder.bound_tenant == "*" else holder.bound_tenant
    tenant = chance.choice((own, own, own, "", *TENANTS, "authsvc"))
    for_service = tenant == "authsvc"
    claims = Struct()
    claims.update(dict.fromkeys(some(chance, CLAIMS, 1), 1))
    ttl = chance.choice(TTLS)
    return IssueRequest(
        tenant=tenant,
        subject=chance.choice(SUBJECTS),
        client_id=chance.choice(("", "", holder.client_id, *CLIENTS)),
        audiences=["authsvc"] if for_service else chance.sample(AUDIENCES, chance.choice((1, 1, 1, 2))),
        scopes=some(chance, PERMISSIONS if for_service else SCOPES, 2),
        ttl=Duration(seconds=ttl) if ttl else None,
        claims=claims,
        bound_tenant=chance.choice((*TENANTS, "*")) if for_service else chance.choice(("",) * 9 + TENANTS[:1]),
    )


def to_message(document: Document) -> Tenant:
    return json_format.ParseDict(dict(document), Tenant())


def payload_of(token: str) -> dict[str, Any]:
    """What a token says, whoever signed it."""
    segment = token.split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return payload


def _those(*told: tuple[str, bool]) -> list[str]:
    return [text for text, holds in told if holds]


@dataclass(frozen=True)
class Oracle:
    """What a caller may convey. It knows nothing of the service but the documents that it was given."""

    documents: Mapping[str, Document]

    def excess(self, holder: Holder, token: Mapping[str, Any]) -> list[str]:
        """Every way in which a token goes beyond what its issuer may convey."""
        scopes = set(token.get("scope", "").split())
        entry = self._entry(holder.bound_tenant, holder.client_id)
        found = self._excess_of_caller(holder, entry, token)
        if token["tenant"] == "authsvc":
            return found + self._excess_of_key(holder, token, scopes)
        document = self.documents[token["tenant"]]
        grant: Document = {} if entry is None else entry.get("issue", {})
        longest = min(int(span[:-1]) for span in (document["max_ttl"], grant.get("max_ttl", document["max_ttl"])))
        found += self._excess_of_tenant(document, token, scopes)
        found += [] if entry is None else self._excess_of_grant(entry, document, token, scopes)
        return found + (["a life that is too long"] if token["exp"] - token["iat"] > longest else [])

    def _excess_of_caller(self, holder: Holder, entry: Document | None, token: Mapping[str, Any]) -> list[str]:
        usable = holder.scopes if entry is None else holder.scopes & set(entry.get("permissions", ()))
        return _those(
            ("of another tenant", holder.bound_tenant not in {"*", token["tenant"]}),
            ("no client of the tenant", entry is None and self._lists_clients(holder.bound_tenant)),
            ("no scope to issue", not holder.scopes & {"issue:tokens", "admin:authsvc"}),
            ("no permission to issue", not usable & {"issue:tokens", "admin:authsvc"}),
        )

    @staticmethod
    def _excess_of_tenant(document: Document, token: Mapping[str, Any], scopes: set[str]) -> list[str]:
        catalogued = {scope["name"] for scope in document.get("scopes", ())}
        claims = set(CLAIMS) & set(token)
        audiences = set(token["aud"])
        return _those(
            ("bound to a tenant", "bound_tenant" in token),
            ("an audience of the service", "authsvc" in audiences),
            ("an audience that the tenant does not have", not audiences <= set(document.get("audiences", audiences))),
            ("a scope that is not catalogued", bool(catalogued) and not scopes <= catalogued),
            (
                "a claim that is not allowed",
                not claims <= set(document.get("extra_claims", {"names": claims})["names"]),
            ),
        )

    def _excess_of_grant(
        self, entry: Document, document: Document, token: Mapping[str, Any], scopes: set[str]
    ) -> list[str]:
        if "issue" not in entry:
            return ["no grant"]
        grant = entry["issue"]
        expressions = [re.escape(pattern).replace(r"\*", ".*") for pattern in grant.get("subjects", ())]
        is_of_pattern = any(re.fullmatch(expression, token["sub"]) for expression in expressions)
        audiences = set(token["aud"])
        return _those(
            ("in the name of another client", token["client_id"] != entry["id"]),
            ("a scope beyond the grant", not scopes <= self._implied(document, grant["scopes"])),
            ("an audience beyond the grant", not audiences <= set(grant.get("audiences") or audiences)),
            ("a subject beyond the grant", bool(expressions) and not is_of_pattern),
        )

    def _excess_of_key(self, holder: Holder, token: Mapping[str, Any], scopes: set[str]) -> list[str]:
        found = [] if holder.is_admin else ["a key of the service"]
        bound = token["bound_tenant"]
        if self._lists_clients(bound):
            entry = self._entry(bound, token["client_id"])
            if entry is None:
                found.append("a key for no client")
            elif not scopes <= set(entry.get("permissions", ())):
                found.append("a key beyond the client's permissions")
        return found

    def _lists_clients(self, tenant: str) -> bool:
        return bool(self.documents.get(tenant, {}).get("clients"))

    def _entry(self, tenant: str, client_id: str) -> Document | None:
        clients = self.documents.get(tenant, {}).get("clients", ())
        return next((client for client in clients if client["id"] == client_id), None)

    @staticmethod
    def _implied(document: Document, scopes: Sequence[str]) -> set[str]:
        includes = {scope["name"]: scope["includes"] for scope in document.get("scopes", ())}
        held: set[str] = set()
        ahead = list(scopes)
        while ahead:
            scope = ahead.pop()
            if scope not in held:
                held.add(scope)
                ahead += includes.get(scope, ())
        return held
