"""The operations of a tenant document: names, and what each asks for."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from authsvc.errors import FieldViolation
from authsvc.policy.bounds import MAX_DESCRIPTION_LENGTH, UNIQUE_RULE, Faults, description_faults, scope_faults
from authsvc.scopes.grammar import COUNT_RULE, MAX_SCOPES, is_scope
from authsvc.scopes.requirement import EMPTY_RULE, Requirement
from authsvc.tokens.claims import MAX_NAME_LENGTH
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

    A document can hold many: one without a fault is seen as such by whole sets, and looked at closely only otherwise.

    Args:
        operations: those of the document.
        catalogued: the names in the catalogue; empty when any scope may be asked for.
        faults: the faults are appended here.
    """
    read: dict[str, Requirement] = {}
    good = set(catalogued)
    for position, operation in enumerate(operations):
        name, asked = operation.name, operation.requirement
        any_of, all_of = tuple(asked.any_of), tuple(asked.all_of)
        if not catalogued:
            good.update(filter(is_scope, {*any_of, *all_of} - good))
        if not (
            _is_name(name)
            and name not in read
            and (any_of or all_of)
            and max(len(any_of), len(all_of)) <= MAX_SCOPES
            and good.issuperset(any_of)
            and good.issuperset(all_of)
            and len(operation.description) <= MAX_DESCRIPTION_LENGTH
        ):
            faults += _operation_faults(operation, f"operations[{position}]", read, catalogued)
        read[name] = Requirement(any_of, all_of)
    return read


def _is_name(name: str) -> bool:
    return 1 <= len(name) <= MAX_NAME_LENGTH and name.isprintable()


def _operation_faults(
    operation: Operation, path: str, earlier: Collection[str], catalogued: Collection[str]
) -> Iterator[FieldViolation]:
    if not _is_name(operation.name):
        yield FieldViolation(f"{path}.name", f"must be 1 to {MAX_NAME_LENGTH} printable characters")
    elif operation.name in earlier:
        yield FieldViolation(f"{path}.name", UNIQUE_RULE)
    parts: dict[str, Sequence[str]] = {
        "any_of": operation.requirement.any_of,
        "all_of": operation.requirement.all_of,
    }
    if not any(parts.values()):
        yield FieldViolation(f"{path}.requirement", EMPTY_RULE)
    for part, scopes in parts.items():
        if len(scopes) > MAX_SCOPES:
            yield FieldViolation(f"{path}.requirement.{part}", COUNT_RULE)
            continue
        for position, scope in enumerate(scopes):
            yield from scope_faults(scope, f"{path}.requirement.{part}[{position}]", catalogued)
    yield from description_faults(operation.description, f"{path}.description")
