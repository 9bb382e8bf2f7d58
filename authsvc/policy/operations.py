"""The operations of a tenant document: names, and what each asks for."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from authsvc.errors import FieldViolation
from authsvc.policy.bounds import UNIQUE_RULE, Faults, description_faults, scope_faults
from authsvc.scopes.grammar import COUNT_RULE, MAX_SCOPES
from authsvc.scopes.requirement import EMPTY_RULE, Requirement
from authsvc.tokens.claims import MAX_NAME_LENGTH
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Operation


class StoredOperations(dict[str, Requirement]):
    """The operations of a document that was checked before. What one asks for is read when it is first looked up by its name."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        super().__init__()
        self._operations = operations
        self._positions = {operation.name: position for position, operation in enumerate(operations)}

    def __missing__(self, name: str) -> Requirement:
        """Read it and keep it, so that the next look-up is that of a plain dict."""
        asked = self._operations[self._positions[name]].requirement
        requirement = self[name] = Requirement(tuple(asked.any_of), tuple(asked.all_of))
        return requirement

    def __len__(self) -> int:
        return len(self._positions)

    def __iter__(self) -> Iterator[str]:
        return iter(self._positions)

    def __contains__(self, name: object) -> bool:
        return name in self._positions


def read_operations(
    operations: Iterable[Operation], catalogued: Collection[str], faults: Faults
) -> dict[str, Requirement]:
    """What each operation asks for, by its name. Faults are appended; what is read then is of no account.

    Args:
        operations: those of the document.
        catalogued: the names in the catalogue; empty when any scope may be asked for.
        faults: the faults are appended here.
    """
    read: dict[str, Requirement] = {}
    for position, operation in enumerate(operations):
        name, asked = operation.name, operation.requirement
        path = f"operations[{position}]"
        if not (1 <= len(name) <= MAX_NAME_LENGTH and name.isprintable()):
            faults.append(FieldViolation(f"{path}.name", f"must be 1 to {MAX_NAME_LENGTH} printable characters"))
        elif name in read:
            faults.append(FieldViolation(f"{path}.name", UNIQUE_RULE))
        faults += _requirement_faults(asked, f"{path}.requirement", catalogued)
        faults += description_faults(operation.description, f"{path}.description")
        read[name] = Requirement(tuple(asked.any_of), tuple(asked.all_of))
    return read


def _requirement_faults(
    requirement: ScopeRequirement, path: str, catalogued: Collection[str]
) -> Iterator[FieldViolation]:
    if not requirement.any_of and not requirement.all_of:
        yield FieldViolation(path, EMPTY_RULE)
    for part, scopes in (("any_of", requirement.any_of), ("all_of", requirement.all_of)):
        if len(scopes) > MAX_SCOPES:
            yield FieldViolation(f"{path}.{part}", COUNT_RULE)
            continue
        for position, scope in enumerate(scopes):
            yield from scope_faults(scope, f"{path}.{part}[{position}]", catalogued)
