"""Tokens of the issuers that a tenant trusts besides this service: told by iss, verified by that issuer's keys, capped.

The iss claim alone chooses the keys, so no key ever verifies a token of another issuer, and nothing that a token names is
fetched. Everything else is decided as for a token of this service, with the issuer's caps in the place of the tenant's.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from authsvc.keys.fetched_keys import FetchedKeys
from authsvc.keys.issuer_keys import IssuerKey
from authsvc.keys.key_material import TrustedKey
from authsvc.keys.ring import KeyRing
from authsvc.policy.tenant import TenantPolicy
from authsvc.policy.trusted_issuer import ClaimMapping, KeySource, TrustedIssuer
from authsvc.revocation.index import token_digest
from authsvc.scopes.claim import SCOPE_CLAIM, SCOPES_CLAIM
from authsvc.tokens.claims import BOUND_TENANT_CLAIM, CLAIM_CHECKS, ClaimCheck, Claims, read_claims
from authsvc.tokens.decoder import HEADER_CHECKS, Check, Decoder, Draft, UnverifiedToken
from authsvc.tokens.lineage import ANCESTORS_CLAIM, FAMILY_CLAIM, FAMILY_END_CLAIM
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.tokens.verdict import STEPS, UNKNOWN_KEY, Step, signature_refusal
from authsvc.v1.reason_pb2 import Reason

_OWN_FORM = frozenset({"header.kid", "header.typ"})
"""The checks of this service's own form that an issuer's mapping may bend: a kid may be absent, typ is the issuer's."""

OWN_CLAIMS = frozenset({ANCESTORS_CLAIM, FAMILY_CLAIM, FAMILY_END_CLAIM, BOUND_TENANT_CLAIM})
"""Claims that mean something to this service because it alone writes them."""


def _may_have_kid(draft: Draft) -> bool:
    return "kid" not in draft.header or isinstance(draft.header["kid"], str)


FOREIGN_HEADER_CHECKS: tuple[Check, ...] = (
    *(check for check in HEADER_CHECKS if check.name not in _OWN_FORM),
    Check("header.kid", "kid must be a string", _may_have_kid),
)


@dataclass(frozen=True, slots=True)
class FormCheck:
    """One check of the header against what the issuer's tokens look like."""

    name: str
    rule: str
    passes: Callable[[UnverifiedToken, ClaimMapping], bool]


def _has_type(unverified: UnverifiedToken, mapping: ClaimMapping) -> bool:
    named = unverified.unverified_header.get("typ")
    return isinstance(named, str) and named.lower() == mapping.token_type


FORM_CHECKS: tuple[FormCheck, ...] = (
    FormCheck(
        "foreign.kid",
        "kid must be a string that is not empty, or absent",
        lambda unverified, _: unverified.unverified_header.get("kid") != "",
    ),
    FormCheck("foreign.typ", "typ must be the token type of its issuer", _has_type),
)

_SHARED_CHECKS = frozenset(
    f"claims.{name}" for name in ("sub", "client_id", "jti", "aud", "iat", "exp", "nbf", "order", "tenant", "scope")
)
"""Those of this service's own tokens that any token has to pass. iss needs none: it chose the issuer."""

FOREIGN_CLAIM_CHECKS: tuple[ClaimCheck, ...] = (
    ClaimCheck(
        "foreign.own_claims",
        f"must not have claims that this service alone writes: {', '.join(sorted(OWN_CLAIMS))}",
        lambda payload, _tenant: OWN_CLAIMS.isdisjoint(payload),
    ),
    *(check for check in CLAIM_CHECKS if check.name in _SHARED_CHECKS),
)


def _caps(token: AuthenticToken) -> TrustedIssuer:
    if token.issuer is None:
        raise TypeError("a foreign token has an issuer")
    return token.issuer


_CAPS: tuple[Step, ...] = (
    Step(
        Reason.REASON_INVALID_CLAIMS,
        "foreign.lifetime",
        "exp - iat must be at most the max_ttl of its issuer",
        lambda claims, token, _: claims.expire_time - claims.issue_time <= _caps(token).max_ttl,
        is_timeless=True,
    ),
    Step(
        Reason.REASON_INVALID_CLAIMS,
        "foreign.subject",
        "sub must be one that its issuer may speak for",
        lambda claims, token, _: _caps(token).speaks_for(claims.subject),
        is_timeless=True,
    ),
    Step(
        Reason.REASON_INVALID_CLAIMS,
        "foreign.client",
        "the client id must be one that its issuer may carry",
        lambda claims, token, _: not _caps(token).client_ids or claims.client_id in _caps(token).client_ids,
        is_timeless=True,
    ),
    Step(
        Reason.REASON_WRONG_AUDIENCE,
        "foreign.audience",
        "aud must hold one of the audiences of its issuer",
        lambda claims, token, _: not _caps(token).audiences or not _caps(token).audiences.isdisjoint(claims.audiences),
        is_timeless=True,
    ),
)

FOREIGN_STEPS: tuple[Step, ...] = tuple(
    sorted(
        (*_CAPS, *(step for step in STEPS if step.check not in {"claims.lifetime", "issuer"})),
        key=lambda step: step.reason,
    )
)
"""The steps after the signature, in the order of their reasons. iss needs none: it chose the keys."""


class ForeignTokens:
    """Authenticates the tokens of trusted issuers."""

    def __init__(
        self,
        fetched: FetchedKeys,
        *,
        decoder: Decoder | None = None,
        form_checks: tuple[FormCheck, ...] = FORM_CHECKS,
        claim_checks: tuple[ClaimCheck, ...] = FOREIGN_CLAIM_CHECKS,
        steps: tuple[Step, ...] = FOREIGN_STEPS,
    ) -> None:
        """The fetched key sets change beneath it. The checks are arguments for tests to take some out."""
        self._fetched = fetched
        self._decoder = decoder or Decoder(header_checks=FOREIGN_HEADER_CHECKS)
        self._form_checks = form_checks
        self._claim_checks = claim_checks
        self.steps = steps

    def is_current(self, token: AuthenticToken, tenant: TenantPolicy, keys: KeyRing) -> bool:
        """Whether the tenant still trusts the issuer as it did, and the issuer still has the very key."""
        trusted = token.issuer
        if trusted is None or tenant.trusted_issuers.get(trusted.issuer) is not trusted:
            return False
        return self._find_key(trusted, token.key.key_id, token.key.algorithm, keys) is token.key

    def authenticate(
        self, text: str, own: UnverifiedToken | Refusal, tenant: TenantPolicy, keys: KeyRing
    ) -> AuthenticToken | Refusal | None:
        """The token if a key of the trusted issuer that it names signed it, or why not; None when it names none.

        Args:
            text: the token.
            own: what the decoder of this service's own tokens made of it.
            tenant: whose trusted issuers count.
            keys: where imported keys are.
        """
        unverified = own
        if isinstance(own, Refusal):
            if own.check not in _OWN_FORM:
                return None
            unverified = self._decoder.decode(text)
        if isinstance(unverified, Refusal):
            return None
        named = unverified.unverified_payload.get("iss")
        trusted = tenant.trusted_issuers.get(named) if isinstance(named, str) else None
        return None if trusted is None else self._authenticate(unverified, trusted, keys)

    def _authenticate(
        self, unverified: UnverifiedToken, trusted: TrustedIssuer, keys: KeyRing
    ) -> AuthenticToken | Refusal:
        mapping = trusted.claim_mapping
        for check in self._form_checks:
            if not check.passes(unverified, mapping):
                return Refusal(Reason.REASON_MALFORMED, check.name, check.rule)
        key = self._find_key(trusted, unverified.key_id, unverified.algorithm, keys)
        if key is None:
            return UNKNOWN_KEY
        refusal = signature_refusal(key, unverified)
        if refusal is not None:
            return refusal
        payload = _mapped(unverified, mapping)
        claims = read_claims(payload, trusted.tenant, self._claim_checks)
        if isinstance(claims, Refusal):
            return AuthenticToken(key, claims, (0, 0), frozenset(), issuer=trusted)
        claims = _capped(claims, trusted)
        digest = token_digest(trusted.tenant, claims.issuer, claims.token_id)
        return AuthenticToken(key, claims, digest, frozenset(claims.scopes), issuer=trusted)

    def _find_key(
        self, trusted: TrustedIssuer, key_id: str, algorithm: str, keys: KeyRing
    ) -> IssuerKey | TrustedKey | None:
        if trusted.source is KeySource.INLINE:
            return trusted.inline_keys.find(key_id, algorithm)
        if trusted.source is KeySource.URL:
            return self._fetched.find(trusted.jwks_url, trusted.algorithms, key_id, algorithm)
        return _imported_key(trusted, key_id, algorithm, keys)


def _imported_key(trusted: TrustedIssuer, key_id: str, algorithm: str, keys: KeyRing) -> TrustedKey | None:
    """The imported key of that kid; without a kid the only one of that algorithm. Only of the issuer's algorithms."""
    if key_id:
        key = keys.find_trusted(trusted.tenant, trusted.issuer, key_id)
        return key if key is not None and key.algorithm in trusted.algorithms else None
    if algorithm not in trusted.algorithms:
        return None
    fitting = [key for key in keys.trusted_keys(trusted.tenant, trusted.issuer) if key.algorithm == algorithm]
    return fitting[0] if len(fitting) == 1 else None


def _mapped(unverified: UnverifiedToken, mapping: ClaimMapping) -> dict[str, Any]:
    """The payload under the names that this service's own tokens use."""
    payload = dict(unverified.unverified_payload)
    if mapping.scopes:
        found = {SCOPES_CLAIM: payload[mapping.scopes]} if mapping.scopes in payload else {}
        for name in (SCOPE_CLAIM, SCOPES_CLAIM, mapping.scopes):
            payload.pop(name, None)
        payload.update(found)
    if mapping.client_id != "client_id":
        payload.pop("client_id", None)
        if mapping.client_id in payload:
            payload["client_id"] = payload[mapping.client_id]
    if mapping.default_client_id:
        payload.setdefault("client_id", mapping.default_client_id)
    if "jti" not in payload:
        payload["jti"] = content_id(unverified.signing_input)
    return payload


def content_id(signing_input: bytes) -> str:
    """The id of a token that carries none: the SHA-256 of what was signed."""
    return "sha256:" + urlsafe_b64encode(sha256(signing_input).digest()).decode().rstrip("=")


def _capped(claims: Claims, trusted: TrustedIssuer) -> Claims:
    return replace(claims, scopes=tuple(scope for scope in claims.scopes if scope in trusted.scopes))
