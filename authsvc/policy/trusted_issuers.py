"""The trusted issuers of a tenant document: each checked, every fault with its path, and its defaults filled in.

The rules are those of the comments in authsvc/v1/tenant.proto.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from authsvc.errors import FieldViolation
from authsvc.keys.issuer_keys import IssuerKeySet
from authsvc.keys.public_jwk import JwkSetError, PublicJwkSet, read_public_jwk_set
from authsvc.keys.sealed_key import Algorithm
from authsvc.policy.bounds import LIFETIME_CEILING, UNIQUE_RULE, audience_faults, count_faults, is_span, text_faults
from authsvc.policy.grants import SubjectPattern, granted_scope_faults, pattern_faults
from authsvc.policy.trusted_issuer import ClaimMapping, KeySource, TrustedIssuer
from authsvc.tokens.claims import KNOWN_CLAIMS, MAX_ISSUER_LENGTH, MAX_NAME_LENGTH
from authsvc.v1 import tenant_pb2
from authsvc.v1.tenant_pb2 import TrustedIssuer as Document

MAX_TRUSTED_ISSUERS = 32
MAX_CLIENT_IDS = 64
MAX_JWKS_BYTES = 64 * 1024
MAX_CLAIM_NAME_LENGTH = 64
MAX_URL_LENGTH = 2048

_ALGORITHMS = {
    tenant_pb2.SIGNING_ALGORITHM_ES256: Algorithm.ES256,
    tenant_pb2.SIGNING_ALGORITHM_RS256: Algorithm.RS256,
    tenant_pb2.SIGNING_ALGORITHM_PS256: Algorithm.PS256,
    tenant_pb2.SIGNING_ALGORITHM_EDDSA: Algorithm.EDDSA,
    tenant_pb2.SIGNING_ALGORITHM_HS256: Algorithm.HS256,
}
# What a mapping may not take for scopes or a client id: they keep their own meaning.
_UNMAPPED = KNOWN_CLAIMS - {"scope", "scopes", "client_id", "sub"} | {"anc", "family_id"}
_CLAIM_NAME = re.compile(rf"[\x21-\x7E]{{1,{MAX_CLAIM_NAME_LENGTH}}}")
_TOKEN_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,64}")
_URL = re.compile(r"https?://[\x21-\x22\x24-\x2E\x30-\x3E\x41-\x7E]+(/[\x21-\x22\x24-\x7E]*)?")
"""Printable ASCII without a fragment, and without credentials, which stand before an @ of the authority."""

Faults = Iterator[FieldViolation]


def trusted_issuer_faults(
    documents: Sequence[Document], *, service_issuers: Collection[str], issuer_base: str, catalogued: Collection[str]
) -> Faults:
    """Every fault of a tenant's trusted issuers.

    Args:
        documents: the issuers.
        service_issuers: issuers of this service that the base does not tell, the tenant's own among them.
        issuer_base: the base of the others, without a slash at its end.
        catalogued: the names in the tenant's catalogue.
    """
    if len(documents) > MAX_TRUSTED_ISSUERS:
        yield FieldViolation("trusted_issuers", f"must hold at most {MAX_TRUSTED_ISSUERS} issuers")
        return
    names: set[str] = set()
    for position, document in enumerate(documents):
        path = f"trusted_issuers[{position}]"
        yield from _issuer_faults(document, f"{path}.issuer")
        name = document.issuer
        if name in service_issuers or name == issuer_base or name.startswith(f"{issuer_base}/t/"):
            yield FieldViolation(f"{path}.issuer", "must not be an issuer of this service")
        if name in names:
            yield FieldViolation(f"{path}.issuer", "must be unique")
        names.add(name)
        yield from _algorithm_faults(document, f"{path}.algorithms")
        yield from _key_faults(document, path)
        yield from _cap_faults(document, path, catalogued)
        yield from _mapping_faults(document, f"{path}.claim_mapping")


def trusted_issuers(
    documents: Sequence[Document], *, tenant: str, max_ttl: int, implied: Callable[[Collection[str]], frozenset[str]]
) -> dict[str, TrustedIssuer]:
    """The issuers of documents without a fault, by their iss claim.

    Args:
        documents: the issuers.
        tenant: whose they are.
        max_ttl: the tenant's, for an issuer that has none of its own.
        implied: gives scopes with all that they imply.
    """
    return {
        document.issuer: TrustedIssuer(
            tenant=tenant,
            issuer=document.issuer,
            source=_source(document),
            algorithms=(algorithms := frozenset(_ALGORITHMS[value] for value in document.algorithms)),
            inline_keys=_inline_keys(document, algorithms),
            jwks_url=document.jwks_url,
            audiences=frozenset(document.audiences),
            claim_mapping=_mapping(document),
            scopes=implied(document.scopes),
            max_ttl=document.max_ttl.seconds if document.HasField("max_ttl") else max_ttl,
            subjects=tuple(map(SubjectPattern.of, document.subjects)),
            client_ids=frozenset(document.client_ids),
            is_self_issued=document.self_issued,
        )
        for document in documents
    }


def _source(document: Document) -> KeySource:
    if document.HasField("jwks"):
        return KeySource.INLINE
    return KeySource.URL if document.HasField("jwks_url") else KeySource.IMPORTED


def _inline_keys(document: Document, algorithms: frozenset[Algorithm]) -> IssuerKeySet:
    keys = read_public_jwk_set(document.jwks.encode()).keys if document.HasField("jwks") else ()
    return IssuerKeySet.choose(keys, algorithms)


def _mapping(document: Document) -> ClaimMapping:
    said, default = document.claim_mapping, ClaimMapping()
    return ClaimMapping(
        scopes=said.scopes,
        client_id=said.client_id or default.client_id,
        default_client_id=said.default_client_id,
        token_type=said.token_type.lower() or default.token_type,
    )


def _issuer_faults(document: Document, path: str) -> Faults:
    name = document.issuer
    if document.self_issued:
        if not (1 <= len(name) <= MAX_NAME_LENGTH and name.isprintable()) and not _is_issuer_url(name):
            yield FieldViolation(path, f"must be 1 to {MAX_NAME_LENGTH} printable characters, or a URL")
    elif not _is_issuer_url(name):
        rule = f"must be an http or https URL of at most {MAX_ISSUER_LENGTH} characters without query and fragment"
        yield FieldViolation(path, f"{rule}, unless self_issued is true")


def _is_issuer_url(text: str) -> bool:
    return len(text) <= MAX_ISSUER_LENGTH and "?" not in text and _host_of(text) is not None


def _host_of(text: str) -> str | None:
    """The host of an http or https URL; None when the text is none."""
    if _URL.fullmatch(text) is None:
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # the host or the port is none
        return None
    return parts.hostname if port != 0 else None


def is_loopback(host: str) -> bool:
    """Whether a host of a URL names this machine, without asking anybody."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _algorithm_faults(document: Document, path: str) -> Faults:
    if not document.algorithms:
        yield FieldViolation(path, "is required: the algorithms that its tokens may name")
    for position, value in enumerate(document.algorithms):
        place = f"{path}[{position}]"
        if value not in _ALGORITHMS:
            yield FieldViolation(place, "must be a known algorithm")
        elif value in document.algorithms[:position]:
            yield FieldViolation(place, "must be unique")
        elif value == tenant_pb2.SIGNING_ALGORITHM_HS256 and not document.imported_keys:
            yield FieldViolation(place, "must not be HS256 without imported_keys: a shared secret is in no JWK set")


def _key_faults(document: Document, path: str) -> Faults:
    kind = document.WhichOneof("keys")
    if kind is None or (kind == "imported_keys" and not document.imported_keys):
        yield FieldViolation(path, "must say where its keys come from: jwks, jwks_url, or imported_keys: true")
    elif kind == "jwks":
        yield from _jwks_faults(document, f"{path}.jwks")
    elif kind == "jwks_url":
        yield from _url_faults(document.jwks_url, f"{path}.jwks_url")


def _url_faults(url: str, path: str) -> Faults:
    host = _host_of(url) if len(url) <= MAX_URL_LENGTH else None
    if host is None:
        yield FieldViolation(path, f"must be an https URL of at most {MAX_URL_LENGTH} characters without credentials")
    elif not url.startswith("https:") and not is_loopback(host):
        yield FieldViolation(path, "must be an https URL; http is for a development server, and for loopback alone")


def _jwks_faults(document: Document, path: str) -> Faults:
    raw = document.jwks.encode()
    if len(raw) > MAX_JWKS_BYTES:
        yield FieldViolation(path, f"must be at most {MAX_JWKS_BYTES // 1024} KiB")
        return
    try:
        jwks = read_public_jwk_set(raw)
    except JwkSetError as error:
        yield FieldViolation(path, str(error))
        return
    # Whoever writes a document can put it right: here one bad key is a fault, not a key left out.
    for fault in jwks.faults:
        yield FieldViolation(f"{path}.keys[{fault.position}]", fault.rule)
    if not jwks.faults:
        yield from _usable_faults(jwks, document, path)


def _usable_faults(jwks: PublicJwkSet, document: Document, path: str) -> Faults:
    algorithms = frozenset(_ALGORITHMS[value] for value in document.algorithms if value in _ALGORITHMS)
    kids: set[str] = set()
    for position, key in enumerate(jwks.keys):
        place = f"{path}.keys[{position}]"
        fitting = key.algorithms & algorithms
        if not fitting and algorithms:
            yield FieldViolation(place, "must fit one of the algorithms of its issuer")
        elif len(fitting) > 1:
            yield FieldViolation(place, "must name its alg, since two algorithms of its issuer fit it")
        if key.key_id and key.key_id in kids:
            yield FieldViolation(f"{place}.kid", "must be unique")
        kids.add(key.key_id)
    if not jwks.keys:
        yield FieldViolation(path, "must hold a key")


def _cap_faults(document: Document, path: str, catalogued: Collection[str]) -> Faults:
    yield from audience_faults(document.audiences, f"{path}.audiences")
    yield from granted_scope_faults(document.scopes, f"{path}.scopes", catalogued)
    yield from pattern_faults(document.subjects, f"{path}.subjects")
    yield from count_faults(document.client_ids, MAX_CLIENT_IDS, f"{path}.client_ids")
    for position, client_id in enumerate(document.client_ids[:MAX_CLIENT_IDS]):
        place = f"{path}.client_ids[{position}]"
        yield from text_faults(client_id, place)
        if client_id in document.client_ids[:position]:
            yield FieldViolation(place, UNIQUE_RULE)
    if document.HasField("max_ttl") and not is_span(document.max_ttl):
        yield FieldViolation(f"{path}.max_ttl", f"must be whole seconds, 1 s to 10 years ({LIFETIME_CEILING} s)")


def _mapping_faults(document: Document, path: str) -> Faults:
    mapping = document.claim_mapping
    for field, name in (("scopes", mapping.scopes), ("client_id", mapping.client_id)):
        if name and (_CLAIM_NAME.fullmatch(name) is None or name in _UNMAPPED):
            rule = f"must be 1 to {MAX_CLAIM_NAME_LENGTH} printable ASCII characters, and no claim with a meaning of its own"
            yield FieldViolation(f"{path}.{field}", rule)
    if mapping.scopes and mapping.scopes == (mapping.client_id or "client_id"):
        yield FieldViolation(f"{path}.scopes", "must be another claim than the client id")
    if mapping.token_type and _TOKEN_TYPE.fullmatch(mapping.token_type) is None:
        yield FieldViolation(f"{path}.token_type", "must be a media type without application/: at+jwt, JWT")
    default = mapping.default_client_id
    if default:
        yield from text_faults(default, f"{path}.default_client_id")
    if default and document.client_ids and default not in document.client_ids:
        yield FieldViolation(f"{path}.default_client_id", "must be one of client_ids")
