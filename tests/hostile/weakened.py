"""Decisions with one check taken out, or one check made lax: what the corpus must notice."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from authsvc.keys.key_material import SigningKey
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import KeyState
from authsvc.scopes.claim import read_scope_claim
from authsvc.scopes.grammar import ScopeError
from authsvc.tokens.claims import CLAIM_CHECKS, MAX_NAME_LENGTH, MAX_TIME, SERVICE_TENANT, ClaimCheck, Claims
from authsvc.tokens.decoder import HEADER_CHECKS, TEXT_CHECKS, Check, Decoder, Draft
from authsvc.tokens.foreign import ForeignTokens
from authsvc.tokens.lineage import Lineage
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.tokens.strict_json import StrictJson, StrictJsonError
from authsvc.tokens.verdict import LEEWAY, LINEAGE_STEPS, STEPS, LineageStep, Question, Step
from tests.hostile.cases import World
from tests.hostile.weakened_issuers import foreign_removals, issuer_laxities, issuer_removals


class LaxJson(StrictJson):
    """StrictJson without its check "json": takes what comes before the first fault, a byte order mark, control characters."""

    __slots__ = ()

    def parse_object(self, raw: bytes) -> dict[str, Any]:
        """The object that the bytes begin with, or an empty one."""
        try:
            return super().parse_object(raw)
        except StrictJsonError as error:
            if error.check != "json":
                raise
        decoder = json.JSONDecoder(strict=False, object_pairs_hook=self.members)
        try:
            value = decoder.raw_decode(raw.decode().lstrip("\ufeff\u00a0\f \t\r\n"))[0]
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


def _any_unicode(raw: bytes) -> str:
    return raw.decode(json.detect_encoding(raw), "replace").removeprefix("\ufeff")


JSON_REMOVALS: dict[str, StrictJson] = {
    "utf8": StrictJson(encoding=_any_unicode),
    "json": LaxJson(),
    "object": StrictJson(top=lambda value: value),
    "duplicates": StrictJson(members=dict),
    "constants": StrictJson(constant=float),
    "integers": StrictJson(integer=int),
    "floats": StrictJson(floating=float),
    "depth": StrictJson(depth=lambda _text: None),
    "surrogates": StrictJson(characters=lambda _text, _value: None),
}
"""Each check of StrictJson, and the parser without it."""


@dataclass(frozen=True, slots=True)
class Weakening:
    """A decision with a fault."""

    name: str
    decoder: Decoder | None = None
    claim_checks: tuple[ClaimCheck, ...] = CLAIM_CHECKS
    steps: tuple[Step, ...] = STEPS
    lineage_steps: tuple[LineageStep, ...] = LINEAGE_STEPS
    keys: Callable[[World], KeyRing] | None = None
    signature: Callable[..., bool] | None = None
    foreign: ForeignTokens | None = None
    world: Callable[[World], World] | None = None


class _AnyName(str):
    """An algorithm that is whatever the header says."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)

    def __ne__(self, other: object) -> bool:
        return not isinstance(other, str)

    __hash__ = str.__hash__


def _keys_of_any_algorithm(world: World) -> KeyRing:
    lax: Any = _AnyName
    return KeyRing((replace(key, algorithm=lax(key.algorithm.value)), state) for key, state in world.keys)


class _LooseRing(KeyRing):
    """A ring that asks a function where the true one finds nothing."""

    def __init__(self, world: World, otherwise: Callable[[World, str, str], SigningKey | None]) -> None:
        super().__init__(world.keys)
        self._world = world
        self._otherwise = otherwise

    def find(self, tenant: str, key_id: str) -> SigningKey | None:
        """The tenant's key, or what the function says."""
        return super().find(tenant, key_id) or self._otherwise(self._world, tenant, key_id)


def _loose(matches: Callable[[SigningKey, KeyState, str, str], bool]) -> Callable[[World], KeyRing]:
    """A ring that takes the first key that matches where the true one finds nothing."""

    def find(world: World, tenant: str, key_id: str) -> SigningKey | None:
        own = [(key, state) for key, state in world.keys if isinstance(key, SigningKey)]
        return next((key for key, state in own if matches(key, state, tenant, key_id)), None)

    return lambda world: _LooseRing(world, find)


def _removals_of_the_key() -> Iterator[Weakening]:
    live = {KeyState.ACTIVE, KeyState.VERIFY_ONLY}
    yield Weakening(
        "key.known (kid)",
        keys=_loose(lambda key, state, tenant, _kid: key.tenant == tenant and state is KeyState.ACTIVE),
    )
    yield Weakening(
        "key.known (tenant)", keys=_loose(lambda key, state, _tenant, kid: key.key_id == kid and state in live)
    )
    yield Weakening(
        "key.known (state)", keys=_loose(lambda key, _state, tenant, kid: (key.tenant, key.key_id) == (tenant, kid))
    )
    yield Weakening("key.algorithm", keys=_keys_of_any_algorithm)
    yield Weakening("signature", signature=lambda *_arguments: True)


def removals() -> Iterator[Weakening]:
    """The decision with one check taken out, for every check that it has."""
    for check in TEXT_CHECKS:
        yield Weakening(check.name, Decoder(text_checks=tuple(other for other in TEXT_CHECKS if other is not check)))
    for name, parser in JSON_REMOVALS.items():
        yield Weakening(f"header.{name}", Decoder(header_json=parser))
    for check in HEADER_CHECKS:
        yield Weakening(
            check.name, Decoder(header_checks=tuple(other for other in HEADER_CHECKS if other is not check))
        )
    for name, parser in JSON_REMOVALS.items():
        yield Weakening(f"payload.{name}", Decoder(payload_json=parser))
    yield from _removals_of_the_key()
    yield from removals_of_foreign_checks()
    for claim in CLAIM_CHECKS:
        yield Weakening(claim.name, claim_checks=tuple(other for other in CLAIM_CHECKS if other is not claim))
    for step in STEPS:
        yield Weakening(step.check, steps=tuple(other for other in STEPS if other is not step))
    for lineage in LINEAGE_STEPS:
        left = tuple(other for other in LINEAGE_STEPS if other is not lineage)
        yield Weakening(lineage.check, lineage_steps=left)


def removals_of_foreign_checks() -> Iterator[Weakening]:
    """The same for tokens from elsewhere. Rows of checks that tokens of this service have too are marked."""
    for name, foreign in foreign_removals():
        yield Weakening(f"{name} (foreign)", foreign=foreign)
    for name, change in issuer_removals():
        yield Weakening(name, world=change)


def lax_issuers() -> Iterator[Weakening]:
    """Issuers whose caps, names or keys are taken less strictly than their document says."""
    for name, change in issuer_laxities():
        yield Weakening(name, world=change)


def _header(name: str, passes: Callable[[Draft], bool]) -> Decoder:
    return Decoder(
        header_checks=tuple(
            Check(check.name, check.rule, passes) if check.name == name else check for check in HEADER_CHECKS
        )
    )


def _claim(name: str, passes: Callable[[Mapping[str, Any], str], bool]) -> tuple[ClaimCheck, ...]:
    assert any(check.name == name for check in CLAIM_CHECKS)
    return tuple(ClaimCheck(check.name, check.rule, passes) if check.name == name else check for check in CLAIM_CHECKS)


def _step(name: str, passes: Callable[[Claims, AuthenticToken, Question], bool]) -> tuple[Step, ...]:
    assert any(step.check == name for step in STEPS)
    return tuple(Step(step.reason, step.check, step.rule, passes) if step.check == name else step for step in STEPS)


def _lax_scopes(payload: Mapping[str, Any], _tenant: str) -> bool:
    """Lets both claims stand beside each other."""
    try:
        read_scope_claim({name: value for name, value in payload.items() if name != "scopes"})
    except ScopeError:
        return False
    return True


def _lax_headers() -> Iterator[Weakening]:
    def header(name: str, fault: str, passes: Callable[[Draft], bool]) -> Weakening:
        return Weakening(f"{name}: {fault}", _header(name, passes))

    yield header("header.members", "crit may be there", lambda d: d.header.keys() <= {"alg", "kid", "typ", "crit"})
    yield header("header.members", "jku may be there", lambda d: d.header.keys() <= {"alg", "kid", "typ", "jku"})
    yield header("header.members", "b64 may be there", lambda d: d.header.keys() <= {"alg", "kid", "typ", "b64"})
    yield header("header.members", "zip may be there", lambda d: d.header.keys() <= {"alg", "kid", "typ", "zip"})
    yield header("header.typ", "case ignored", lambda d: str(d.header.get("typ")).lower() == "at+jwt")
    yield header("header.typ", "JWT allowed", lambda d: d.header.get("typ") in ("at+jwt", "JWT"))
    yield header("header.typ", "may be absent", lambda d: d.header.get("typ", "at+jwt") == "at+jwt")
    yield header("header.alg", "any string", lambda d: isinstance(d.header.get("alg"), str))


def _lax_claims() -> Iterator[Weakening]:
    def claim(name: str, fault: str, passes: Callable[[Mapping[str, Any]], bool]) -> Weakening:
        return Weakening(f"{name}: {fault}", claim_checks=_claim(name, lambda payload, _tenant: passes(payload)))

    def value(name: str, fault: str, passes: Callable[[Any], bool]) -> Weakening:
        return claim(f"claims.{name}", fault, lambda payload: passes(payload.get(name)))

    def is_number(time: object) -> bool:
        return isinstance(time, int | float) and 0 < time < MAX_TIME

    for name in ("sub", "client_id", "jti"):
        yield value(name, "may be empty", lambda text: isinstance(text, str) and len(text) <= MAX_NAME_LENGTH)
        yield value(name, "of any length", lambda text: isinstance(text, str) and bool(text))
    for name in ("exp", "iat"):
        yield value(name, "floats and true", is_number)
        yield value(name, "any integer", lambda time: type(time) is int)
    yield value("nbf", "floats and true", lambda time: time is None or is_number(time))
    yield value("nbf", "any integer or null", lambda time: time is None or type(time) is int)
    yield value("aud", "any list", lambda audience: isinstance(audience, str | list))
    yield value("aud", "one string among them", lambda audience: any(isinstance(one, str) for one in _listed(audience)))
    yield claim("claims.order", "exp may be iat", lambda p: p["exp"] >= p["iat"])
    yield claim("claims.tenant", "case ignored", lambda p: str(p.get("tenant", "acme")).lower() == "acme")
    yield claim("claims.anc_once", "the token itself forgotten", lambda p: _once(p.get("anc", ())))
    yield claim("claims.anc_order", "its own time forgotten", lambda p: _in_order(p.get("anc", ())))
    yield claim("claims.family_end", "a second more", lambda p: p["exp"] <= p.get("family_end", p["exp"]) + 1)
    yield claim("claims.bound_tenant", "of any type", lambda p: p["iss"].endswith("authsvc") or "bound_tenant" not in p)
    yield Weakening("claims.scope: both claims may be there", claim_checks=_claim("claims.scope", _lax_scopes))


def _once(ancestors: Any) -> bool:
    return len({entry["jti"] for entry in ancestors}) == len(ancestors)


def _in_order(ancestors: Any) -> bool:
    times = [entry["iat"] for entry in ancestors]
    return times == sorted(times, reverse=True)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _lax_steps() -> Iterator[Weakening]:
    def step(name: str, fault: str, passes: Callable[[Claims, AuthenticToken, Question], bool]) -> Weakening:
        return Weakening(f"{name}: {fault}", steps=_step(name, passes))

    yield step("issuer", "a part is enough", lambda c, _, q: c.issuer in q.tenant.issuer)
    yield step("issuer", "a beginning is enough", lambda c, _, q: c.issuer.startswith(q.tenant.issuer))
    yield step("issuer", "case ignored", lambda c, _, q: c.issuer.lower() == q.tenant.issuer.lower())
    yield step("issuer", "a slash ignored", lambda c, _, q: c.issuer.rstrip("/") == q.tenant.issuer)
    yield step("issuer", "blanks ignored", lambda c, _, q: c.issuer.strip() == q.tenant.issuer)
    yield step("audience", "a part is enough", lambda c, _, q: any(q.audience in one for one in c.audiences))
    yield step("audience", "the service may be named", lambda c, _, q: q.audience in c.audiences)
    yield step(
        "audience",
        "keys of the service for more",
        lambda c, _, q: q.audience in c.audiences and (q.tenant.is_service or SERVICE_TENANT not in c.audiences),
    )
    yield step("claims.lifetime", "from now on", lambda c, _, q: c.expire_time - q.now <= q.tenant.max_ttl)
    yield step("claims.lifetime", "a second more", lambda c, _, q: c.expire_time - c.issue_time <= q.tenant.max_ttl + 1)
    yield step("not_before.iat", "a second more", lambda c, _, q: c.issue_time <= q.now + LEEWAY + 1)
    yield step("not_before.iat", "no leeway", lambda c, _, q: c.issue_time <= q.now)
    yield step("not_before.nbf", "a second more", lambda c, _, q: (c.not_before_time or 0) <= q.now + LEEWAY + 1)
    yield step("not_before.nbf", "no leeway", lambda c, _, q: (c.not_before_time or 0) <= q.now)
    yield step("expiry", "its own second", lambda c, _, q: q.now <= c.expire_time)
    yield step("expiry", "leeway", lambda c, _, q: q.now < c.expire_time + LEEWAY)
    yield step("expiry", "a second early", lambda c, _, q: q.now + 1 < c.expire_time)
    yield step("revoked.cutoff", "its own second", lambda c, _, q: c.issue_time >= _cutoff(c, q))
    yield step("revoked.cutoff", "no subject", lambda c, _, q: c.issue_time > _cutoff(c, q, subject=""))
    yield step("revoked.cutoff", "no client", lambda c, _, q: c.issue_time > _cutoff(c, q, client_id=""))
    yield step(
        "revoked.cutoff", "no tenant", lambda c, _, q: q.tenant.name == "initech" or c.issue_time > _cutoff(c, q)
    )
    yield step("revoked.id", "rotations forgotten", lambda _, t, q: not q.revocations.has_token(t.digest))
    yield step(
        "revoked.id",
        "rotated a second late",
        lambda _, t, q: not q.revocations.has_token(t.digest) and q.now <= q.revocations.ends.get(t.digest, MAX_TIME),
    )
    yield step(
        "revoked.id",
        "rotated at once",
        lambda _, t, q: not q.revocations.has_token(t.digest) and t.digest not in q.revocations.ends,
    )
    yield step(
        "revoked.id",
        "only under ES256",
        lambda _, t, q: t.key.algorithm != "ES256" or not q.revocations.has_token(t.digest),
    )


def _lax_lineage() -> Iterator[Weakening]:
    def lineage(name: str, fault: str, passes: Callable[[Lineage, Question, KeyRing], bool]) -> Weakening:
        assert any(step.check == name for step in LINEAGE_STEPS)
        steps = tuple(LineageStep(s.check, s.rule, passes) if s.check == name else s for s in LINEAGE_STEPS)
        return Weakening(f"{name}: {fault}", lineage_steps=steps)

    def passes(name: str, lineage: Lineage, question: Question, keys: KeyRing) -> bool:
        return next(step for step in LINEAGE_STEPS if step.check == name).passes(lineage, question, keys)

    def parent(lineage: Lineage) -> Lineage:
        return replace(lineage, ancestors=lineage.ancestors[:1])

    def oldest(lineage: Lineage) -> Lineage:
        return replace(lineage, ancestors=lineage.ancestors[-1:])

    for name in ("revoked.ancestor", "revoked.ancestor_cutoff", "revoked.ancestor_key"):
        yield lineage(name, "the parent alone", lambda one, q, k, name=name: passes(name, parent(one), q, k))  # type: ignore[misc]
        yield lineage(name, "the oldest alone", lambda one, q, k, name=name: passes(name, oldest(one), q, k))  # type: ignore[misc]
    yield lineage(
        "revoked.ancestor",
        "rotations of ancestors forgotten",
        lambda one, q, _k: not any(q.revocations.has_token(digest) for digest, _ in one.ancestors),
    )
    yield lineage(
        "revoked.ancestor_cutoff",
        "its own second",
        lambda one, q, _k: all(
            a.issue_time >= q.revocations.cutoff(q.tenant.name, a.subject, a.client_id) for _, a in one.ancestors
        ),
    )


def _cutoff(claims: Claims, question: Question, subject: str | None = None, client_id: str | None = None) -> int:
    return question.revocations.cutoff(
        question.tenant.name,
        claims.subject if subject is None else subject,
        claims.client_id if client_id is None else client_id,
    )


def laxities() -> Iterator[Weakening]:
    """The decision with one check made lax in a way that somebody's once was."""
    yield from _lax_headers()
    yield Weakening("key.known: case ignored", keys=_loose(_same_letters))
    yield Weakening("key.known: blanks ignored", keys=_loose(_same_word))
    yield from _lax_claims()
    yield from _lax_steps()
    yield from lax_issuers()
    yield from _lax_lineage()


def _same_letters(key: SigningKey, state: KeyState, tenant: str, key_id: str) -> bool:
    return key.tenant == tenant and state is not KeyState.TAINTED and key.key_id == key_id.lower()


def _same_word(key: SigningKey, state: KeyState, tenant: str, key_id: str) -> bool:
    return key.tenant == tenant and state is not KeyState.TAINTED and key.key_id == key_id.strip("\0 \r\n")
