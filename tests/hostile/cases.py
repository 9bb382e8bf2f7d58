"""The hostile corpus: every case of corpus/*.json, and the world in which it is decided. The format stands in corpus/README.md."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

from google.protobuf import json_format

from authsvc.keys.fetched_keys import FetchedKeys
from authsvc.keys.key_material import SigningKey, TrustedKey, public_part
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import Algorithm, KeyState
from authsvc.policy.document import tenant_policy
from authsvc.policy.tenant import TenantPolicy, service_tenant
from authsvc.revocation.entry import ISSUER_KINDS, Revocation, TargetKind
from authsvc.revocation.index import RevocationIndex
from authsvc.scopes.requirement import Requirement
from authsvc.tokens.foreign import ForeignTokens
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.verdict import Decision, Question
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.tenant_pb2 import Tenant
from tests.hostile.build import AUDIENCE, ISSUER_BASE, MEMBERS, Recipe, build
from tests.hostile.derived_keys import derived_key, public_jwk

FOLDER = Path(__file__).parent
_REASONS = cast("dict[str, Reason]", dict(Reason.items()))
_CASE_MEMBERS = frozenset({"name", "why", "ask", "reason", "check", "exact_clock"})
_ASK_MEMBERS = frozenset({"tenant", "audience", "any_of", "all_of"})


@dataclass(frozen=True, slots=True)
class Case:
    """One token, what it is held against, and the answer that it must get."""

    name: str
    topic: str
    why: str
    recipe: Recipe
    reason: Reason
    check: str
    """The check that refuses it; empty when it is good, "scopes" when only its scopes do not suffice."""
    tenant: str = "acme"
    audience: str = AUDIENCE
    requirement: Requirement = field(default_factory=lambda: Requirement.of(any_of=["read:users"]))
    exact_clock: bool = False
    """A second more or less changes the answer, so that it needs a clock which stands still."""

    @property
    def is_good(self) -> bool:
        """Whether the token must be accepted and its scopes suffice."""
        return self.reason == Reason.REASON_OK

    @property
    def is_valid(self) -> bool:
        """Whether Verify must accept it."""
        return self.reason in {Reason.REASON_OK, Reason.REASON_INSUFFICIENT_SCOPE}

    def text(self, now: int) -> str:
        """The token."""
        return build(self.recipe, now, f"case:{self.topic}:{self.name}")


@dataclass(frozen=True, slots=True)
class Vector:
    """A case with its token built."""

    case: Case
    text: str


@dataclass(frozen=True, slots=True)
class World:
    """Tenants, keys and revocations of the corpus at one time."""

    now: int
    tenants: Mapping[str, TenantPolicy]
    keys: tuple[tuple[SigningKey | TrustedKey, KeyState], ...]
    revocations: tuple[Revocation, ...]
    ring: KeyRing
    index: RevocationIndex

    def question(self, case: Case, now: float | None = None) -> Question:
        """What a case is held against."""
        return Question(self.tenants[case.tenant], case.audience, self.now if now is None else now, self.index)


def _case(entry: Mapping[str, Any], topic: str) -> Case:
    unknown = entry.keys() - MEMBERS - _CASE_MEMBERS
    ask: Mapping[str, Any] = entry.get("ask", {})
    unknown |= ask.keys() - _ASK_MEMBERS
    if unknown:
        raise ValueError(f"{topic}, {entry.get('name')}: unknown members {sorted(unknown)}")
    asked: dict[str, Any] = {name: ask[name] for name in ("tenant", "audience") if name in ask}
    if "any_of" in ask or "all_of" in ask:
        asked["requirement"] = Requirement.of(ask.get("any_of", ()), ask.get("all_of", ()))
    return Case(
        name=entry["name"],
        topic=topic,
        why=entry["why"],
        recipe={name: value for name, value in entry.items() if name in MEMBERS},
        reason=_REASONS[f"REASON_{entry['reason']}"],
        check=entry.get("check", ""),
        exact_clock=entry.get("exact_clock", False),
        **asked,
    )


@cache
def load_cases() -> tuple[Case, ...]:
    """Every case of every file, in a fixed order."""
    cases: list[Case] = []
    for path in sorted((FOLDER / "corpus").glob("*.json")):
        document = json.loads(path.read_text())
        base = document.get("base", {})
        cases.extend(_case({**base, **entry}, document["topic"]) for entry in document["cases"])
    return tuple(cases)


def world_file() -> dict[str, Any]:
    """What world.json says."""
    document: dict[str, Any] = json.loads((FOLDER / "world.json").read_text())
    return document


@cache
def fixed_now() -> int:
    """The time at which the corpus is decided."""
    now: int = world_file()["now"]
    return now


def _key(entry: Mapping[str, str]) -> tuple[SigningKey | TrustedKey, KeyState]:
    key = derived_key(entry["key"])
    algorithm = Algorithm(key.algorithm)
    private: Any = key.private
    if "issuer" in entry:
        public = public_part(algorithm, private)
        return TrustedKey(entry["tenant"], entry["kid"], algorithm, entry["issuer"], public), KeyState(entry["state"])
    signing = SigningKey(entry["tenant"], entry["kid"], algorithm, private, public_part(algorithm, private))
    return signing, KeyState(entry["state"])


def trusted_documents(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Trusted issuers as a tenant document holds them: the keys are written out as a JWK set."""
    return [
        {
            **{name: value for name, value in entry.items() if name != "keys"},
            **(
                {"jwks": json.dumps({"keys": [_jwk(*one) for one in entry["keys"].items()]})} if "keys" in entry else {}
            ),
        }
        for entry in entries
    ]


def _jwk(kid: str, key: str) -> dict[str, str]:
    return {**public_jwk(key), "kid": kid} if kid else {n: v for n, v in public_jwk(key).items() if n != "kid"}


def _tenant(name: str, max_ttl: int, trusted_issuers: Sequence[Mapping[str, Any]] = ()) -> TenantPolicy:
    document = json_format.ParseDict({"trusted_issuers": trusted_documents(trusted_issuers)}, Tenant(name=name))
    document.max_ttl.seconds = max_ttl
    return tenant_policy(document, ISSUER_BASE)


def build_world(now: int) -> World:
    """The world of world.json at a time."""
    document = world_file()
    tenants = {name: _tenant(name, **settings) for name, settings in document["tenants"].items()}
    service = service_tenant(ISSUER_BASE)
    tenants[service.name] = service
    keys = tuple(_key(entry) for entry in document["ring"])
    revocations = tuple(
        Revocation(
            tenant=entry["tenant"],
            kind=TargetKind(entry["kind"]),
            name=entry.get("name", ""),
            issuer=entry.get("issuer", f"{ISSUER_BASE}/t/{entry['tenant']}")
            if TargetKind(entry["kind"]) in ISSUER_KINDS
            else "",
            cutoff=now + entry["cutoff"] if "cutoff" in entry else None,
            keep_until=now + 86400,
        )
        for entry in document["revoked"]
    )
    return World(now, tenants, keys, revocations, KeyRing(keys), RevocationIndex(revocations))


def deciding(cache_size: int) -> Decision:
    """A decision that knows tokens from elsewhere too."""
    return Decision(cache_size, elsewhere=ForeignTokens(FetchedKeys()))


@cache
def fixed_world() -> World:
    """The world at the corpus' own time."""
    return build_world(fixed_now())


@cache
def fixed_vectors() -> tuple[Vector, ...]:
    """Every case with its token, at the corpus' own time."""
    return build_vectors(fixed_now())


def build_vectors(now: int) -> tuple[Vector, ...]:
    """Every case with its token, at a time."""
    return tuple(Vector(case, case.text(now)) for case in load_cases())


def answer(decision: Decision, world: World, vector: Vector) -> tuple[Reason, str]:
    """What CheckScopes would answer in the pure decision: the reason, and the check that refused."""
    verdict = decision.decide(vector.text, world.question(vector.case), world.ring)
    if isinstance(verdict, Refusal):
        return verdict.reason, verdict.check
    if not vector.case.requirement.is_met_by(verdict.scopes):
        return Reason.REASON_INSUFFICIENT_SCOPE, "scopes"
    return Reason.REASON_OK, ""
