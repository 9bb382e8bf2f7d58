"""The scope catalogue: a tenant's scopes, and what each of them implies."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from authsvc.errors import FieldViolation
from authsvc.policy.bounds import UNIQUE_RULE, Faults, count_faults, description_faults
from authsvc.scopes.grammar import SCOPE_RULE, is_scope
from authsvc.v1.tenant_pb2 import Scope

MAX_CATALOGUED = 1000
_MAX_CYCLES = 16
_MAX_SHOWN = 8
"""Scopes of a cycle that are shown; a long one is cut in its middle."""

Includes = Mapping[str, Sequence[str]]


class Catalogue:
    """Scopes and what they include, through any number of steps. Two names are the same when their bytes are.

    Each scope's closure is one integer with a bit for every scope that it implies: a thousand scopes in one line take
    125 KB so, and would take 32 MB as sets.
    """

    __slots__ = ("_closures", "_names")

    def __init__(self, includes: Includes) -> None:
        """Take a catalogue without unknown names and without cycles, as `read_catalogue` makes sure of."""
        order, _ = walk(includes)
        self._names = tuple(order)
        self._closures: dict[str, int] = {}
        for position, name in enumerate(order):
            closure = 1 << position
            for included in includes[name]:
                closure |= self._closures[included]
            self._closures[name] = closure

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, scope: object) -> bool:
        return scope in self._closures

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def expand(self, scopes: frozenset[str]) -> frozenset[str]:
        """The scopes with all that they imply. One that is not catalogued implies nothing else."""
        closures = self._closures
        implied = 0
        for scope in scopes:
            implied |= closures.get(scope, 0)
        expanded = scopes.union(_chosen(self._names, implied))
        return expanded if len(expanded) > len(scopes) else scopes


def _chosen(names: Sequence[str], bits: int) -> Iterator[str]:
    while bits:
        lowest = bits & -bits
        yield names[lowest.bit_length() - 1]
        bits ^= lowest


def walk(includes: Includes) -> tuple[list[str], list[list[str]]]:
    """The names in an order in which each comes after all that it includes, and the cycles that stand against one.

    A cycle begins and ends with the same name. Not every cycle is found, but one is if there are any.
    """
    order: list[str] = []
    cycles: list[list[str]] = []
    on_path: dict[str, bool] = {}
    for start in includes:
        if start in on_path:
            continue
        on_path[start] = True
        path, ahead = [start], [iter(includes[start])]
        while path:
            for name in ahead[-1]:
                if name not in on_path:
                    on_path[name] = True
                    path.append(name)
                    ahead.append(iter(includes[name]))
                    break
                if on_path[name] and len(cycles) < _MAX_CYCLES:
                    cycles.append([*path[path.index(name) :], name])
            else:
                ahead.pop()
                on_path[path[-1]] = False
                order.append(path.pop())
    return order, cycles


NO_CATALOGUE = Catalogue({})
"""That of a tenant without one: any scope may be issued and asked for, and none implies another."""


def read_catalogue(scopes: Sequence[Scope], faults: Faults) -> Catalogue:
    """The catalogue of a document; an empty one when it has faults, which are appended."""
    if not scopes:
        return NO_CATALOGUE
    found: Faults = list(count_faults(scopes, MAX_CATALOGUED, "scopes"))
    if not found:
        names = {scope.name for scope in scopes}
        includes: dict[str, list[str]] = {}
        for position, scope in enumerate(scopes):
            path = f"scopes[{position}]"
            found += _scope_faults(scope, path, names, includes)
            includes.setdefault(scope.name, [name for name in scope.includes if name in names])
        found += _cycle_faults(scopes, includes)
    faults += found
    return NO_CATALOGUE if found else Catalogue(includes)


def _scope_faults(scope: Scope, path: str, names: set[str], earlier: Includes) -> Iterator[FieldViolation]:
    if not is_scope(scope.name):
        yield FieldViolation(f"{path}.name", SCOPE_RULE)
    elif scope.name in earlier:
        yield FieldViolation(f"{path}.name", UNIQUE_RULE)
    yield from description_faults(scope.description, f"{path}.description")
    seen: set[str] = set()
    for position, name in enumerate(scope.includes):
        place = f"{path}.includes[{position}]"
        if name not in names:
            yield FieldViolation(place, "must be the name of another scope of the catalogue")
        elif name in seen:
            yield FieldViolation(place, UNIQUE_RULE)
        seen.add(name)


def _cycle_faults(scopes: Iterable[Scope], includes: Includes) -> Iterator[FieldViolation]:
    _, cycles = walk(includes)
    if not cycles:
        return
    places: dict[tuple[str, str], str] = {}
    for number, scope in enumerate(scopes):
        for position, name in enumerate(scope.includes):
            places.setdefault((scope.name, name), f"scopes[{number}].includes[{position}]")
    for cycle in cycles:
        yield FieldViolation(places[cycle[-2], cycle[-1]], f"must not lead back: {_shown(cycle)}")


def _shown(cycle: list[str]) -> str:
    if len(cycle) > _MAX_SHOWN:
        half = _MAX_SHOWN // 2
        cycle = [*cycle[:half], f"({len(cycle) - _MAX_SHOWN} more)", *cycle[-half:]]
    return " > ".join(cycle)
