"""Tenant documents: read from YAML, checked as a whole, and turned into policies with all defaults filled in.

The rules are those of the comments in authsvc/v1/tenant.proto.
"""

import contextlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from google.protobuf import json_format
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from authsvc.errors import FieldViolation, InvalidFieldError
from authsvc.keys.sealed_key import Algorithm
from authsvc.policy.bounds import LIFETIME_CEILING, Faults, audience_faults, description_faults, is_span
from authsvc.policy.catalogue import Catalogue, read_catalogue
from authsvc.policy.clients import OPEN_REGISTRY, Registry, read_clients
from authsvc.policy.extra_claims import read_extra_claims
from authsvc.policy.limits import rate_limit_faults, read_rate_limit
from authsvc.policy.operations import StoredOperations, read_operations
from authsvc.policy.proto_tree import tree_faults
from authsvc.policy.tenant import DEFAULT_TTL, MAX_TTL, TenantPolicy, Tenants, service_tenant
from authsvc.policy.trusted_issuers import trusted_issuer_faults, trusted_issuers
from authsvc.scopes.claim import ScopeClaimShape
from authsvc.tokens.claims import MAX_ISSUER_LENGTH, SERVICE_TENANT
from authsvc.v1 import tenant_pb2
from authsvc.v1.tenant_pb2 import Tenant

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_URL = re.compile(r"https?://[\x21-\x22\x24-\x2E\x30-\x3E\x41-\x7E]+(/[\x21-\x22\x24-\x3E\x40-\x7E]*)?")
"""Printable ASCII without a query, a fragment and credentials."""

_ALGORITHMS = {
    tenant_pb2.SIGNING_ALGORITHM_UNSPECIFIED: Algorithm.ES256,
    tenant_pb2.SIGNING_ALGORITHM_ES256: Algorithm.ES256,
    tenant_pb2.SIGNING_ALGORITHM_RS256: Algorithm.RS256,
    tenant_pb2.SIGNING_ALGORITHM_PS256: Algorithm.PS256,
    tenant_pb2.SIGNING_ALGORITHM_EDDSA: Algorithm.EDDSA,
    tenant_pb2.SIGNING_ALGORITHM_HS256: Algorithm.HS256,
}
_SHAPES = {
    tenant_pb2.SCOPE_CLAIM_SHAPE_UNSPECIFIED: ScopeClaimShape.STRING,
    tenant_pb2.SCOPE_CLAIM_SHAPE_STRING: ScopeClaimShape.STRING,
    tenant_pb2.SCOPE_CLAIM_SHAPE_ARRAY: ScopeClaimShape.ARRAY,
    tenant_pb2.SCOPE_CLAIM_SHAPE_TREE: ScopeClaimShape.TREE,
}


class TenantDocumentError(ValueError):
    """A text of tenant documents breaks rules. Each violation names document, tenant and path."""

    def __init__(self, violations: Sequence[FieldViolation]) -> None:
        super().__init__("; ".join(f"{violation.field}: {violation.rule}" for violation in violations))
        self.violations = tuple(violations)


def parse_tenant_documents(text: str) -> list[Tenant]:
    """The documents of a YAML text, in order. Lines of "---" stand between them; empty ones do not count.

    It checks their form alone; `tenant_policy` checks what they say.

    Raises:
        TenantDocumentError: not YAML, a key twice, an unknown field, or a value of the wrong kind.
    """
    return [tenant for _, tenant in numbered_documents(text)]


def tenant_policy(document: Tenant, issuer_base: str) -> TenantPolicy:
    """What one document says, its defaults filled in. The issuer base has no slash at its end.

    Raises:
        InvalidFieldError: with every fault of the document.
    """
    return _policy(document, issuer_base)


def stored_policy(document: Tenant, issuer_base: str) -> TenantPolicy:
    """What a document says that kept all rules when it was put in place.

    It is never refused, whatever rules there are now: one tenant's document must not hold up the others. Its operations
    are read one by one when they are asked for, since all of them together would hold up every call of a worker.
    """
    return _policy(document, issuer_base, was_checked=True)


def _policy(document: Tenant, issuer_base: str, *, was_checked: bool = False) -> TenantPolicy:
    faults: Faults = []
    faults += _name_faults(document.name)
    faults += _issuer_faults(document, issuer_base)
    default_ttl, max_ttl = _spans(document, faults)
    if document.algorithm not in _ALGORITHMS:
        faults.append(FieldViolation("algorithm", "must be a known algorithm"))
    if document.scope_claim_shape not in _SHAPES:
        faults.append(FieldViolation("scope_claim_shape", "must be a known shape"))
    faults += audience_faults(document.audiences, "audiences")
    catalogued = frozenset(scope.name for scope in document.scopes)
    operations = (
        StoredOperations(document.operations)
        if was_checked
        else read_operations(document.operations, catalogued, faults)
    )
    faults += description_faults(document.description, "description")
    catalogue = read_catalogue(document.scopes, faults)
    registry = _registry(document, catalogue, catalogued, faults)
    issuer = document.issuer or f"{issuer_base}/t/{document.name}"
    faults += trusted_issuer_faults(
        document.trusted_issuers, service_issuers=(issuer,), issuer_base=issuer_base, catalogued=catalogued
    )
    extra_claims = read_extra_claims(document, faults)
    if faults and not was_checked:
        raise InvalidFieldError(faults)
    return TenantPolicy(
        name=document.name,
        issuer=issuer,
        default_ttl=default_ttl,
        max_ttl=max_ttl,
        algorithm=_ALGORITHMS.get(document.algorithm, Algorithm.ES256),
        audiences=frozenset(document.audiences),
        scope_claim_shape=_SHAPES.get(document.scope_claim_shape, ScopeClaimShape.STRING),
        operations=operations,
        description=document.description,
        trusted_issuers=trusted_issuers(
            document.trusted_issuers,
            tenant=document.name,
            max_ttl=max_ttl,
            implied=lambda scopes: catalogue.expand(frozenset(scopes)),
        ),
        catalogue=catalogue,
        registry=registry,
        extra_claims=extra_claims,
        omit_records=document.omit_records,
    )


def load_policies(text: str, issuer_base: str) -> Tenants:
    """The tenants of a YAML text, and the service's own. The issuer base has no slash at its end.

    Raises:
        TenantDocumentError: a document breaks a rule, or two tenants share a name, an issuer or a SPIFFE id.
    """
    return check_documents(numbered_documents(text), issuer_base)


def check_documents(numbered: Iterable[tuple[int, Tenant]], issuer_base: str) -> Tenants:
    """The tenants of the documents of one text, each with its number there. It raises what load_policies raises."""
    own = service_tenant(issuer_base)
    policies = {own.name: own}
    names = {own.name}
    issuers = {own.issuer: own.name}
    spiffe_ids: dict[str, str] = {}
    faults: Faults = []
    places: dict[str, str] = {}
    for number, document in numbered:
        place = places[document.name] = _place(number, document.name)
        if document.name in names and document.name != own.name:
            faults.append(FieldViolation(f"{place} name", "must be unique: an earlier document has it"))
        names.add(document.name)
        try:
            policy = tenant_policy(document, issuer_base)
        except InvalidFieldError as error:
            faults += _placed(place, error.violations)
            continue
        holder = issuers.setdefault(policy.issuer, policy.name)
        if holder != policy.name:
            faults.append(FieldViolation(f"{place} issuer", f"must be unique: it is that of tenant {holder}"))
        for spiffe_id in policy.registry.spiffe_ids:
            holder = spiffe_ids.setdefault(spiffe_id, policy.name)
            if holder != policy.name:
                rule = f"must be those of no other tenant's clients: tenant {holder} has {spiffe_id}"
                faults.append(FieldViolation(f"{place} clients.spiffe_ids", rule))
        policies[policy.name] = policy
    for policy in policies.values():
        faults += _placed(places.get(policy.name, ""), own_issuer_faults(policy, issuers))
    if faults:
        raise TenantDocumentError(faults)
    return Tenants(policies)


def own_issuer_faults(policy: TenantPolicy, issuers: Collection[str]) -> Iterator[FieldViolation]:
    """The trusted issuers of a tenant that are issuers of this service, of whichever tenant."""
    for position, name in enumerate(policy.trusted_issuers):
        if name in issuers:
            yield FieldViolation(f"trusted_issuers[{position}].issuer", "must not be an issuer of this service")


def _place(number: int, name: object = None) -> str:
    is_name = isinstance(name, str) and _NAME.fullmatch(name) is not None
    return f"document {number} (tenant {name})" if is_name else f"document {number}"


def _placed(place: str, violations: Iterable[FieldViolation]) -> Iterator[FieldViolation]:
    return (FieldViolation(f"{place} {fault.field}", fault.rule) for fault in violations)


def numbered_documents(text: str) -> list[tuple[int, Tenant]]:
    """Each document with its number, which counts from 1 and counts empty documents too.

    Raises:
        TenantDocumentError: see parse_tenant_documents.
    """
    documents: list[tuple[int, Tenant]] = []
    faults: Faults = []
    for number, tree in enumerate(_load_trees(text), 1):
        if tree is None:
            continue
        if not isinstance(tree, dict):
            faults.append(FieldViolation(_place(number), "must be a mapping of fields"))
            continue
        found = list(_placed(_place(number, tree.get("name")), tree_faults(tree, Tenant)))
        faults += found
        if not found:
            documents.append((number, json_format.ParseDict(tree, Tenant())))
    if faults:
        raise TenantDocumentError(faults)
    return documents


def _load_trees(text: str) -> list[object]:
    # JSON is YAML too, but a reader of YAML takes a hundred times as long; what is no JSON is left to it.
    if text.lstrip().startswith("{"):
        with contextlib.suppress(ValueError, RecursionError):
            return [json.loads(text, object_pairs_hook=_unique_members, parse_constant=_refuse_constant)]
    return _load_yaml(text)


def _unique_members(members: list[tuple[str, object]]) -> dict[str, object]:
    named = dict(members)
    if len(named) != len(members):
        raise ValueError("a name stands twice")
    return named


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _load_yaml(text: str) -> list[object]:
    # The pure loader of the safe type makes plain values only and refuses a key that stands twice.
    try:
        return list(YAML(typ="safe", pure=True).load_all(text))
    except DuplicateKeyError as error:
        raise TenantDocumentError([FieldViolation(_mark(error), "has the same key as an earlier line")]) from None
    except MarkedYAMLError as error:
        raise TenantDocumentError([FieldViolation(_mark(error), f"is not YAML: {error.problem}")]) from None
    except (YAMLError, RecursionError, ValueError):
        raise TenantDocumentError([FieldViolation("text", "is not YAML that can be read")]) from None


def _mark(error: MarkedYAMLError) -> str:
    mark = error.problem_mark
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else "text"


def _name_faults(name: str) -> Iterator[FieldViolation]:
    if _NAME.fullmatch(name) is None:
        rule = 'must be 1 to 63 of a-z, 0-9 and "-", beginning and ending with a letter or digit'
        yield FieldViolation("name", rule)
    elif name == SERVICE_TENANT:
        yield FieldViolation("name", f'must not be "{SERVICE_TENANT}": that tenant is the service itself')


def _issuer_faults(document: Tenant, issuer_base: str) -> Iterator[FieldViolation]:
    issuer = document.issuer
    if issuer and not (len(issuer) <= MAX_ISSUER_LENGTH and _is_url(issuer)):
        rule = f"must be an http or https URL of at most {MAX_ISSUER_LENGTH} characters"
        yield FieldViolation("issuer", f"{rule} without query, fragment and credentials")
    elif issuer == service_tenant(issuer_base).issuer:
        yield FieldViolation("issuer", "must not be that of the service itself")
    elif issuer.startswith(f"{issuer_base}/t/") and issuer != f"{issuer_base}/t/{document.name}":
        # It would be the default of another tenant, there already or still to come.
        yield FieldViolation("issuer", "must not be the default of another name")


def _is_url(text: str) -> bool:
    if _URL.fullmatch(text) is None:
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # the host or the port is none
        return False


def _spans(document: Tenant, faults: Faults) -> tuple[int, int]:
    """The default and the longest lifetime in seconds."""
    max_ttl = document.max_ttl.seconds if document.HasField("max_ttl") else MAX_TTL
    if document.HasField("max_ttl") and not is_span(document.max_ttl, LIFETIME_CEILING):
        faults.append(FieldViolation("max_ttl", f"must be whole seconds, 1 s to 10 years ({LIFETIME_CEILING} s)"))
        max_ttl = LIFETIME_CEILING
    if not document.HasField("default_ttl"):
        return min(DEFAULT_TTL, max_ttl), max_ttl
    if not is_span(document.default_ttl, max_ttl):
        faults.append(FieldViolation("default_ttl", f"must be whole seconds, 1 s to max_ttl ({max_ttl} s)"))
    return document.default_ttl.seconds, max_ttl


def _registry(document: Tenant, catalogue: Catalogue, catalogued: frozenset[str], faults: Faults) -> Registry:
    clients = read_clients(document, catalogue, catalogued, faults)
    if not document.HasField("rate_limit"):
        return Registry(clients) if clients else OPEN_REGISTRY
    faults += rate_limit_faults(document.rate_limit, "rate_limit")
    return Registry(clients, read_rate_limit(document.rate_limit))
