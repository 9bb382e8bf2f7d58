"""Tenant documents: read from YAML, checked as a whole, and turned into policies with all defaults filled in.

The rules are those of the comments in authsvc/v1/tenant.proto.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from authsvc.errors import FieldViolation, InvalidFieldError
from authsvc.keys.sealed_key import Algorithm
from authsvc.policy.proto_tree import tree_faults
from authsvc.policy.tenant import (
    DEFAULT_TTL,
    LIFETIME_CEILING,
    MAX_TTL,
    TenantPolicy,
    Tenants,
    service_tenant,
)
from authsvc.policy.trusted_issuers import trusted_issuer_faults, trusted_issuers
from authsvc.scopes.claim import ScopeClaimShape
from authsvc.scopes.grammar import COUNT_RULE, MAX_SCOPES, SCOPE_RULE, is_scope
from authsvc.scopes.requirement import EMPTY_RULE, Requirement
from authsvc.tokens.claims import MAX_ISSUER_LENGTH, MAX_NAME_LENGTH, SERVICE_TENANT
from authsvc.v1 import tenant_pb2
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Operation, Tenant

MAX_TENANT_AUDIENCES = 64
MAX_DESCRIPTION_LENGTH = 1024

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

Faults = list[FieldViolation]


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
    return [tenant for _, tenant in _read_documents(text)]


def tenant_policy(document: Tenant, issuer_base: str) -> TenantPolicy:
    """What one document says, its defaults filled in. The issuer base has no slash at its end.

    Raises:
        InvalidFieldError: with every fault of the document.
    """
    faults: Faults = []
    faults += _name_faults(document.name)
    faults += _issuer_faults(document, issuer_base)
    default_ttl, max_ttl = _spans(document, faults)
    if document.algorithm not in _ALGORITHMS:
        faults.append(FieldViolation("algorithm", "must be a known algorithm"))
    if document.scope_claim_shape not in _SHAPES:
        faults.append(FieldViolation("scope_claim_shape", "must be a known shape"))
    faults += _audience_faults(document.audiences)
    faults += _operation_faults(document.operations)
    faults += _description_faults(document.description, "description")
    issuer = document.issuer or f"{issuer_base}/t/{document.name}"
    faults += trusted_issuer_faults(
        document.trusted_issuers, service_issuers=(issuer,), issuer_base=issuer_base, ceiling=LIFETIME_CEILING
    )
    if faults:
        raise InvalidFieldError(faults)
    return TenantPolicy(
        name=document.name,
        issuer=issuer,
        default_ttl=default_ttl,
        max_ttl=max_ttl,
        algorithm=_ALGORITHMS[document.algorithm],
        audiences=frozenset(document.audiences),
        scope_claim_shape=_SHAPES[document.scope_claim_shape],
        operations={
            operation.name: Requirement.of(operation.requirement.any_of, operation.requirement.all_of)
            for operation in document.operations
        },
        description=document.description,
        trusted_issuers=trusted_issuers(
            document.trusted_issuers, tenant=document.name, max_ttl=max_ttl, implied=frozenset
        ),
    )


def load_policies(text: str, issuer_base: str) -> Tenants:
    """The tenants of a YAML text, and the service's own. The issuer base has no slash at its end.

    Raises:
        TenantDocumentError: a document breaks a rule, or two tenants share a name or an issuer.
    """
    own = service_tenant(issuer_base)
    policies = {own.name: own}
    names = {own.name}
    issuers = {own.issuer: own.name}
    faults: Faults = []
    places: dict[str, str] = {}
    for number, document in _read_documents(text):
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


def _read_documents(text: str) -> list[tuple[int, Tenant]]:
    """Each document with its number, which counts from 1 and counts empty documents too."""
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
    if document.HasField("max_ttl") and not _is_span(document.max_ttl, LIFETIME_CEILING):
        faults.append(FieldViolation("max_ttl", f"must be whole seconds, 1 s to 10 years ({LIFETIME_CEILING} s)"))
        max_ttl = LIFETIME_CEILING
    if not document.HasField("default_ttl"):
        return min(DEFAULT_TTL, max_ttl), max_ttl
    if not _is_span(document.default_ttl, max_ttl):
        faults.append(FieldViolation("default_ttl", f"must be whole seconds, 1 s to max_ttl ({max_ttl} s)"))
    return document.default_ttl.seconds, max_ttl


def _is_span(span: Duration, limit: int) -> bool:
    return span.nanos == 0 and 1 <= span.seconds <= limit


def _audience_faults(audiences: Sequence[str]) -> Iterator[FieldViolation]:
    if len(audiences) > MAX_TENANT_AUDIENCES:
        yield FieldViolation("audiences", f"must hold at most {MAX_TENANT_AUDIENCES} audiences")
        return
    for position, audience in enumerate(audiences):
        path = f"audiences[{position}]"
        if not 1 <= len(audience) <= MAX_NAME_LENGTH:
            yield FieldViolation(path, f"must be 1 to {MAX_NAME_LENGTH} characters")
        elif audience == SERVICE_TENANT:
            yield FieldViolation(path, f'must not be "{SERVICE_TENANT}": that audience opens this service')
        elif audience in audiences[:position]:
            yield FieldViolation(path, "must be unique")


def _operation_faults(operations: Iterable[Operation]) -> Iterator[FieldViolation]:
    names: set[str] = set()
    for position, operation in enumerate(operations):
        path = f"operations[{position}]"
        if not (1 <= len(operation.name) <= MAX_NAME_LENGTH and operation.name.isprintable()):
            yield FieldViolation(f"{path}.name", f"must be 1 to {MAX_NAME_LENGTH} printable characters")
        elif operation.name in names:
            yield FieldViolation(f"{path}.name", "must be unique")
        names.add(operation.name)
        yield from _requirement_faults(operation.requirement, f"{path}.requirement")
        yield from _description_faults(operation.description, f"{path}.description")


def _requirement_faults(requirement: ScopeRequirement, path: str) -> Iterator[FieldViolation]:
    if not requirement.any_of and not requirement.all_of:
        yield FieldViolation(path, EMPTY_RULE)
    for part, scopes in (("any_of", requirement.any_of), ("all_of", requirement.all_of)):
        if len(scopes) > MAX_SCOPES:
            yield FieldViolation(f"{path}.{part}", COUNT_RULE)
            continue
        for position, scope in enumerate(scopes):
            if not is_scope(scope):
                yield FieldViolation(f"{path}.{part}[{position}]", SCOPE_RULE)


def _description_faults(description: str, path: str) -> Iterator[FieldViolation]:
    if len(description) > MAX_DESCRIPTION_LENGTH:
        yield FieldViolation(path, f"must be at most {MAX_DESCRIPTION_LENGTH} characters")
