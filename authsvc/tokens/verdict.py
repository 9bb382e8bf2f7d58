"""The decision on a token: pure, synchronous, and a function of the text, the keys, the revocations, the policy and the clock.

The first failure wins, in the order of the enum Reason: malformed, unknown key, bad signature, invalid claims, wrong issuer,
wrong audience, not yet valid, expired, revoked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from authsvc.keys.issuer_keys import IssuerKey
from authsvc.keys.key_material import SigningKey, TrustedKey
from authsvc.keys.ring import KeyRing
from authsvc.policy.tenant import TenantPolicy
from authsvc.revocation.index import RevocationIndex, TokenDigest, token_digest
from authsvc.tokens.claims import CLAIM_CHECKS, MAX_TIME, SERVICE_TENANT, ClaimCheck, Claims, read_claims
from authsvc.tokens.decoder import Decoder, UnverifiedToken
from authsvc.tokens.findings import Findings
from authsvc.tokens.jose import signature_is_valid
from authsvc.tokens.lineage import Lineage, lineage_of
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken, SignatureCache
from authsvc.v1.reason_pb2 import Reason

LEEWAY = 5
"""Seconds that nbf and iat may lie ahead, for clocks that differ. exp has none."""


@dataclass(slots=True)
class Question:
    """What a token is held against."""

    tenant: TenantPolicy
    audience: str
    now: float
    """Seconds since the epoch."""
    revocations: RevocationIndex


@dataclass(frozen=True, slots=True)
class LineageStep:
    """One step after all others, for a token that came from another one: what hits that one hits it too."""

    check: str
    rule: str
    passes: Callable[[Lineage, Question, KeyRing], bool]


@dataclass(frozen=True, slots=True)
class Step:
    """One step after the signature: the reason it gives, its name, what it asks for, and whether a token passes."""

    reason: Reason
    check: str
    rule: str
    passes: Callable[[Claims, AuthenticToken, Question], bool]
    is_timeless: bool = False
    """Whether it follows from the token's text, the tenant's policy and the audience alone: not from time or revocations."""


def split_steps(steps: tuple[Step, ...]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The timeless steps that come first, and the others: the first failure stays the first."""
    first = next((place for place, step in enumerate(steps) if not step.is_timeless), len(steps))
    return steps[:first], steps[first:]


def _has_audience(claims: Claims, _token: AuthenticToken, question: Question) -> bool:
    if question.audience not in claims.audiences:
        return False
    # A token that opens this service opens nothing else, and no other tenant's token can name it (rule of the reserved tenant).
    if question.tenant.is_service:
        return claims.audiences == (SERVICE_TENANT,)
    return SERVICE_TENANT not in claims.audiences


def _is_revoked(digest: TokenDigest, question: Question) -> bool:
    revocations = question.revocations
    if revocations.has_token(digest):
        return True
    ends = revocations.ends
    return bool(ends) and question.now >= ends.get(digest, MAX_TIME)


STEPS: tuple[Step, ...] = (
    Step(
        Reason.REASON_INVALID_CLAIMS,
        "claims.lifetime",
        "exp - iat must be at most the tenant's max_ttl",
        lambda claims, _, question: claims.expire_time - claims.issue_time <= question.tenant.max_ttl,
        is_timeless=True,
    ),
    Step(
        Reason.REASON_WRONG_ISSUER,
        "issuer",
        "iss must be the tenant's issuer",
        lambda claims, _, question: claims.issuer == question.tenant.issuer,
        is_timeless=True,
    ),
    Step(
        Reason.REASON_WRONG_AUDIENCE,
        "audience",
        "aud must hold the expected audience",
        _has_audience,
        is_timeless=True,
    ),
    Step(
        Reason.REASON_NOT_YET_VALID,
        "not_before.iat",
        f"iat must be at most {LEEWAY} s ahead",
        lambda claims, _, question: claims.issue_time <= question.now + LEEWAY,
    ),
    Step(
        Reason.REASON_NOT_YET_VALID,
        "not_before.nbf",
        f"nbf must be at most {LEEWAY} s ahead",
        lambda claims, _, question: claims.not_before_time is None or claims.not_before_time <= question.now + LEEWAY,
    ),
    Step(
        Reason.REASON_EXPIRED,
        "expiry",
        "exp must be later than now",
        lambda claims, _, question: question.now < claims.expire_time,
    ),
    Step(
        Reason.REASON_REVOKED,
        "revoked.id",
        "must not be revoked by its id, nor replaced by a rotation",
        lambda _claims, token, question: not _is_revoked(token.digest, question),
    ),
    Step(
        Reason.REASON_REVOKED,
        "revoked.cutoff",
        "must be issued after the cut-offs of its subject, client and tenant",
        lambda claims, _, question: (
            claims.issue_time
            > question.revocations.cutoff(question.tenant.name, claims.subject, claims.client_id, claims.bound_tenant)
        ),
    ),
)


def _has_live_ancestors(lineage: Lineage, question: Question, _keys: KeyRing) -> bool:
    return not any(_is_revoked(digest, question) for digest, _ in lineage.ancestors)


def _has_ancestors_after_cutoffs(lineage: Lineage, question: Question, _keys: KeyRing) -> bool:
    tenant, revocations = question.tenant.name, question.revocations
    return all(one.issue_time > revocations.cutoff(tenant, one.subject, one.client_id) for _, one in lineage.ancestors)


def _has_ancestors_of_good_keys(lineage: Lineage, question: Question, keys: KeyRing) -> bool:
    tenant = question.tenant.name
    return all(keys.find(tenant, one.key_id) is not None for _, one in lineage.ancestors)


LINEAGE_STEPS: tuple[LineageStep, ...] = (
    LineageStep(
        "revoked.family",
        "its family must not be revoked",
        lambda lineage, question, _keys: not question.revocations.has_token(lineage.family),
    ),
    LineageStep(
        "revoked.ancestor", "no ancestor may be revoked by its id or replaced by a rotation", _has_live_ancestors
    ),
    LineageStep(
        "revoked.ancestor_cutoff",
        "every ancestor must be issued after the cut-offs of its subject, client and tenant",
        _has_ancestors_after_cutoffs,
    ),
    LineageStep(
        "revoked.ancestor_key",
        "the key of every ancestor must be a key of the tenant that may verify",
        _has_ancestors_of_good_keys,
    ),
)
"""They all give the last reason, REASON_REVOKED."""

UNKNOWN_KEY = Refusal(Reason.REASON_UNKNOWN_KEY, "key.known", "kid must be a key of the tenant that may verify")
_WRONG_ALGORITHM = Refusal(Reason.REASON_BAD_SIGNATURE, "key.algorithm", "alg must be the algorithm of the key")
_BAD_SIGNATURE = Refusal(Reason.REASON_BAD_SIGNATURE, "signature", "the signature must be that of the key")


def signature_refusal(key: SigningKey | IssuerKey | TrustedKey, unverified: UnverifiedToken) -> Refusal | None:
    """Why the signature is not that of the key, or None when it is."""
    # One key, one algorithm: the header must name it, and decides nothing (RFC 8725 section 3.1).
    if unverified.algorithm != key.algorithm:
        return _WRONG_ALGORITHM
    if not signature_is_valid(key.algorithm, key.public, unverified.signing_input, unverified.signature):
        return _BAD_SIGNATURE
    return None


class TokensFromElsewhere(Protocol):
    """Authenticates tokens that others than this service issued; see authsvc.tokens.foreign."""

    steps: tuple[Step, ...]

    def is_current(self, token: AuthenticToken, tenant: TenantPolicy, keys: KeyRing) -> bool:
        """Whether what made the token authentic still stands."""

    def authenticate(
        self, text: str, own: UnverifiedToken | Refusal, tenant: TenantPolicy, keys: KeyRing
    ) -> AuthenticToken | Refusal | None:
        """The token, or why it is refused; None when it is none of theirs."""


class Decision:
    """Decides on tokens. Holds no state but the signature cache, which changes nothing but the time it takes."""

    def __init__(
        self,
        cache_size: int,
        *,
        decoder: Decoder | None = None,
        claim_checks: tuple[ClaimCheck, ...] = CLAIM_CHECKS,
        steps: tuple[Step, ...] = STEPS,
        elsewhere: TokensFromElsewhere | None = None,
        lineage_steps: tuple[LineageStep, ...] = LINEAGE_STEPS,
    ) -> None:
        """Keep up to `cache_size` to twice as many verified signatures. Without `elsewhere` only own tokens are known.

        The checks are arguments for tests to take some out.
        """
        self._cache = SignatureCache(cache_size)
        self.decoder = decoder or Decoder()
        self._claim_checks = claim_checks
        self._steps = split_steps(steps)
        self._elsewhere = elsewhere
        self._foreign_steps = split_steps(elsewhere.steps) if elsewhere is not None else self._steps
        self._lineage_steps = lineage_steps

    def authenticate(
        self, text: str, tenant: TenantPolicy, keys: KeyRing, findings: Findings | None = None
    ) -> AuthenticToken | Refusal:
        """The token if a key of the tenant, or of an issuer that it trusts, signed it.

        Malformed, unknown key and bad signature are decided here.

        What comes back says nothing yet of its claims, its time or its revocation. It is noted in `findings`, and taken from
        there, besides the cache.
        """
        name = self._cache.name(text)
        known = self._cache.get(name)
        if known is None and findings is not None:
            found = findings.get(name)
            if isinstance(found, Refusal):
                return found
            known = found
        # The state of the key is looked at on every call: a tainted key, or another generation of it, is another answer.
        if known is not None and (
            keys.find(tenant.name, known.key.key_id) is known.key
            or (self._elsewhere is not None and self._elsewhere.is_current(known, tenant, keys))
        ):
            return known
        token = self._authenticate_anew(text, tenant, keys)
        if isinstance(token, AuthenticToken):
            self._cache.put(name, token)
        if findings is not None:
            findings.put(name, token)
        return token

    def knows(self, text: str) -> bool:
        """Whether the signature of this text has been verified, and is remembered."""
        return self._cache.get(self._cache.name(text)) is not None

    def _authenticate_anew(self, text: str, tenant: TenantPolicy, keys: KeyRing) -> AuthenticToken | Refusal:
        unverified = self.decoder.decode(text)
        if tenant.trusted_issuers and self._elsewhere is not None:
            token = self._elsewhere.authenticate(text, unverified, tenant, keys)
            if token is not None:
                return token
        if isinstance(unverified, Refusal):
            return unverified
        return self._verify_signature(unverified, tenant.name, keys)

    def _verify_signature(self, unverified: UnverifiedToken, tenant: str, keys: KeyRing) -> AuthenticToken | Refusal:
        key = keys.find(tenant, unverified.key_id)
        if key is None:
            return UNKNOWN_KEY
        refusal = signature_refusal(key, unverified)
        if refusal is not None:
            return refusal
        claims = read_claims(unverified.unverified_payload, tenant, self._claim_checks)
        if isinstance(claims, Refusal):
            return AuthenticToken(key, claims, (0, 0), frozenset())
        digest = token_digest(tenant, claims.issuer, claims.token_id)
        lineage = lineage_of(tenant, claims.issuer, claims.family_id, claims.ancestors)
        return AuthenticToken(key, claims, digest, frozenset(claims.scopes), lineage=lineage)

    def decide(
        self, text: str, question: Question, keys: KeyRing, findings: Findings | None = None
    ) -> AuthenticToken | Refusal:
        """The verdict: the token when it is good, otherwise the first failure. Never raises. For `findings` see authenticate."""
        token = self.authenticate(text, question.tenant, keys, findings)
        if isinstance(token, Refusal):
            return token
        claims = token.claims
        if isinstance(claims, Refusal):
            return claims
        timeless, timely = self._steps if token.issuer is None else self._foreign_steps
        # What a text, a policy and an audience once passed, they pass again; a policy that changes is another object.
        if token.passed_policy is not question.tenant or token.passed_audience != question.audience:
            refusal = _pass_timeless(timeless, claims, token, question)
            if refusal is not None:
                return refusal
        for step in timely:
            if not step.passes(claims, token, question):
                return Refusal(step.reason, step.check, step.rule)
        if token.lineage is not None:
            for lineage_step in self._lineage_steps:
                if not lineage_step.passes(token.lineage, question, keys):
                    return Refusal(Reason.REASON_REVOKED, lineage_step.check, lineage_step.rule)
        return token


def _pass_timeless(
    steps: tuple[Step, ...], claims: Claims, token: AuthenticToken, question: Question
) -> Refusal | None:
    for step in steps:
        if not step.passes(claims, token, question):
            return Refusal(step.reason, step.check, step.rule)
    token.passed_policy, token.passed_audience = question.tenant, question.audience
    return None
