"""What an operation asks for, and whether a set of scopes meets it."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from authsvc.scopes.grammar import COUNT_RULE, MAX_SCOPES, SCOPE_RULE, ScopeError, is_scope

EMPTY_RULE = "must name at least one scope in any_of or all_of"


@dataclass(frozen=True, slots=True)
class Requirement:
    """Any one of `any_of` and all of `all_of`; an empty part asks for nothing, and both are never empty."""

    any_of: tuple[str, ...]
    all_of: tuple[str, ...]

    @classmethod
    def of(cls, any_of: Iterable[str] = (), all_of: Iterable[str] = ()) -> "Requirement":
        """A valid requirement, the order of the scopes kept.

        Raises:
            ScopeError: both parts are empty, a part holds more than 64 scopes, or a scope breaks the grammar.
        """
        requirement = cls(tuple(any_of), tuple(all_of))
        if not requirement.any_of and not requirement.all_of:
            raise ScopeError(EMPTY_RULE)
        for part in (requirement.any_of, requirement.all_of):
            if len(part) > MAX_SCOPES:
                raise ScopeError(COUNT_RULE)
            for scope in part:
                if not is_scope(scope):
                    raise ScopeError(SCOPE_RULE)
        return requirement

    def is_met_by(self, held: AbstractSet[str]) -> bool:
        """Whether the held scopes suffice. Scopes are compared whole: no prefixes, no wildcards."""
        if self.any_of and held.isdisjoint(self.any_of):
            return False
        return all(map(held.__contains__, self.all_of))

    def matched(self, held: AbstractSet[str]) -> list[str]:
        """The scopes of this requirement that are held, sorted, each once."""
        return sorted({scope for scope in (*self.any_of, *self.all_of) if scope in held})

    def missing(self, held: AbstractSet[str]) -> "Requirement | None":
        """What is not met: the unheld `all_of` in order, and all of `any_of` if none of it is held. None if met."""
        all_of = tuple(dict.fromkeys(scope for scope in self.all_of if scope not in held))
        any_of = self.any_of if held.isdisjoint(self.any_of) else ()
        return Requirement(any_of, all_of) if any_of or all_of else None
