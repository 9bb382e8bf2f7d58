"""Tokens from elsewhere with one check taken out, and worlds whose trusted issuers are taken less strictly."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from authsvc.keys.fetched_keys import FetchedKeys
from authsvc.keys.issuer_keys import IssuerKey, IssuerKeySet
from authsvc.keys.key_material import SigningKey, TrustedKey
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import Algorithm, KeyState
from authsvc.policy.grants import SubjectPattern
from authsvc.policy.trusted_issuer import TrustedIssuer
from authsvc.tokens.foreign import FOREIGN_CLAIM_CHECKS, FOREIGN_STEPS, FORM_CHECKS, ForeignTokens
from tests.hostile.cases import World

Change = Callable[[World], World]


def foreign_removals() -> Iterator[tuple[str, ForeignTokens]]:
    """Each check of the foreign path, and the path without it."""
    fetched = FetchedKeys()
    for form in FORM_CHECKS:
        yield form.name, ForeignTokens(fetched, form_checks=tuple(one for one in FORM_CHECKS if one is not form))
    for claim in FOREIGN_CLAIM_CHECKS:
        left = tuple(one for one in FOREIGN_CLAIM_CHECKS if one is not claim)
        yield claim.name, ForeignTokens(fetched, claim_checks=left)
    for step in FOREIGN_STEPS:
        yield step.check, ForeignTokens(fetched, steps=tuple(one for one in FOREIGN_STEPS if one is not step))


class _Issuers(dict[str, TrustedIssuer]):
    """Trusted issuers that a function finds."""

    def __init__(self, issuers: Mapping[str, TrustedIssuer], find: Callable[[Any, str], TrustedIssuer | None]) -> None:
        super().__init__(issuers)
        self._find = find

    def get(self, name: str, default: Any = None) -> Any:
        """What the function finds."""
        return super().get(name) or self._find(self, name) or default


def _found(find: Callable[[Mapping[str, TrustedIssuer], str], TrustedIssuer | None]) -> Change:
    """A world in which an issuer is found less strictly than by its name, where any is trusted at all."""

    def change(world: World) -> World:
        return replace(
            world,
            tenants={
                name: replace(policy, trusted_issuers=_Issuers(policy.trusted_issuers, find))
                if policy.trusted_issuers
                else policy
                for name, policy in world.tenants.items()
            },
        )

    return change


def _first(matches: Callable[[str, str], bool]) -> Change:
    return _found(lambda issuers, name: next((one for known, one in issuers.items() if matches(known, name)), None))


def _each(changed: Callable[[TrustedIssuer], TrustedIssuer]) -> Change:
    """A world in which each issuer is another."""

    def change(world: World) -> World:
        tenants = {}
        for name, policy in world.tenants.items():
            issuers = {iss: changed(trusted) for iss, trusted in policy.trusted_issuers.items()}
            tenants[name] = replace(policy, trusted_issuers=issuers)
        return replace(world, tenants=tenants)

    return change


class _LaxKeys(IssuerKeySet):
    """Keys that another rule finds where the true one finds none."""

    def __init__(self, keys: IssuerKeySet, otherwise: Callable[[list[IssuerKey], str, str], IssuerKey | None]) -> None:
        super().__init__(keys)
        self._all = list(keys)
        self._otherwise = otherwise

    def find(self, key_id: str, algorithm: str) -> IssuerKey | None:
        """The key, or what the function finds."""
        return super().find(key_id, algorithm) or self._otherwise(self._all, key_id, algorithm)


def _any_of_algorithm(keys: list[IssuerKey], _key_id: str, algorithm: str) -> IssuerKey | None:
    return next((key for key in keys if key.algorithm == algorithm), None)


def _keys(otherwise: Callable[[list[IssuerKey], str, str], IssuerKey | None]) -> Change:
    return _each(lambda trusted: replace(trusted, inline_keys=_LaxKeys(trusted.inline_keys, otherwise)))


class _AnyAlgorithm(str):
    """An algorithm that is whatever the header says."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)

    def __ne__(self, other: object) -> bool:
        return not isinstance(other, str)

    __hash__ = str.__hash__


def _any_algorithm(trusted: TrustedIssuer) -> TrustedIssuer:
    lax: Any = _AnyAlgorithm
    keys = IssuerKeySet(replace(key, algorithm=lax(key.algorithm.value)) for key in trusted.inline_keys)
    return replace(trusted, inline_keys=keys)


def _of_all_tenants(world: World) -> World:
    everybody = {iss: one for policy in world.tenants.values() for iss, one in policy.trusted_issuers.items()}
    return replace(
        world,
        tenants={
            name: replace(policy, trusted_issuers={**everybody, **policy.trusted_issuers})
            for name, policy in world.tenants.items()
        },
    )


class _AnyIssuersRing(KeyRing):
    """A ring whose imported keys are those of whichever issuer."""

    def __init__(self, world: World) -> None:
        super().__init__(world.keys)
        self._world = world

    def find_trusted(self, tenant: str, issuer: str, key_id: str) -> TrustedKey | None:
        """The imported key of that kid, whoever it was imported for, and a secret of the tenant's own."""
        named = [key for key, _ in self._world.keys if (key.tenant, key.key_id) == (tenant, key_id)]
        return super().find_trusted(tenant, issuer, key_id) or next((_trusted(key, issuer) for key in named), None)


def _trusted(key: SigningKey | TrustedKey, issuer: str) -> TrustedKey:
    return TrustedKey(key.tenant, key.key_id, key.algorithm, issuer, key.public)


def _imported_state_forgotten(world: World) -> World:
    keys = ((key, KeyState.VERIFY_ONLY if isinstance(key, TrustedKey) else state) for key, state in world.keys)
    return replace(world, ring=KeyRing(keys))


def issuer_removals() -> Iterator[tuple[str, Change]]:
    """What chooses the issuer and its key, taken out."""
    yield "key.known (issuer)", _first(lambda _known, _name: True)
    yield "key.known (issuer's tenant)", _of_all_tenants
    yield "key.known (issuer's kid)", _keys(_any_of_algorithm)
    yield "key.algorithm (issuer)", _each(_any_algorithm)
    yield "key.known (imported for)", lambda world: replace(world, ring=_AnyIssuersRing(world))
    yield "key.known (imported, state)", _imported_state_forgotten
    yield "key.known (imported, algorithms)", _each(lambda one: replace(one, algorithms=frozenset(Algorithm)))


class _Everything(frozenset[str]):
    """A set that holds whatever is asked for."""

    def __contains__(self, _item: object) -> bool:
        return True


def issuer_laxities() -> Iterator[tuple[str, Change]]:
    """Caps and names taken less strictly, each in a way that somebody's once was."""
    yield "scopes: no cap", _each(lambda one: replace(one, scopes=_Everything()))
    yield "foreign.subject: any", _each(lambda one: replace(one, subjects=()))
    yield "foreign.subject: a beginning is enough", _each(lambda one: replace(one, subjects=_looser(one)))
    yield "foreign.client: any", _each(lambda one: replace(one, client_ids=frozenset()))
    yield "foreign.audience: any", _each(lambda one: replace(one, audiences=frozenset()))
    yield "foreign.lifetime: a second more", _each(lambda one: replace(one, max_ttl=one.max_ttl + 1))
    yield "key.known: of an issuer, case ignored", _first(lambda known, name: known.lower() == name.lower())
    yield "key.known: of an issuer, a slash ignored", _first(lambda known, name: known == name.rstrip("/"))
    yield "key.known: of an issuer, a beginning is enough", _first(lambda known, name: name.startswith(known))
    yield "key.known: of an issuer, a part is enough", _first(lambda known, name: name in known)
    yield "key.known: of an issuer, blanks ignored", _first(lambda known, name: known == name.strip())
    yield "key.known: the first of several without a kid", _keys(lambda keys, kid, _: keys[0] if not kid else None)


def _looser(trusted: TrustedIssuer) -> tuple[SubjectPattern, ...]:
    return tuple(replace(pattern, tail="") for pattern in trusted.subjects)
