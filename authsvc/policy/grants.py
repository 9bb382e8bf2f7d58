"""What a client may issue, and the patterns that subjects are held against."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from authsvc.errors import FieldViolation
from authsvc.policy.bounds import (
    LIFETIME_CEILING,
    UNIQUE_RULE,
    Faults,
    audience_faults,
    count_faults,
    is_span,
    scope_faults,
    text_faults,
)
from authsvc.policy.catalogue import Catalogue
from authsvc.scopes.grammar import COUNT_RULE, MAX_SCOPES
from authsvc.v1 import tenant_pb2

MAX_PATTERNS = 64


@dataclass(frozen=True, slots=True)
class SubjectPattern:
    """A text in which "*" stands for any characters or none, and every other character for itself."""

    head: str
    middle: tuple[str, ...]
    tail: str | None
    """None for a pattern without a star."""

    @classmethod
    def of(cls, text: str) -> "SubjectPattern":
        """The pattern of a text."""
        head, *rest = text.split("*")
        return cls(head, tuple(rest[:-1]), rest[-1]) if rest else cls(head, (), None)

    def matches(self, subject: str) -> bool:
        """Whether a subject is of this pattern. The time it takes grows with both, and never with their product of stars."""
        if self.tail is None:
            return subject == self.head
        if not subject.startswith(self.head):
            return False
        # The first place where a part fits is as good as any later one, so there is no way back to be tried.
        at = len(self.head)
        for part in self.middle:
            at = subject.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return len(subject) - at >= len(self.tail) and subject.endswith(self.tail)


@dataclass(frozen=True, slots=True)
class IssueGrant:
    """What a client may issue. Nothing that it issues goes beyond this."""

    scopes: frozenset[str]
    """With all that they imply."""
    audiences: frozenset[str]
    """Empty: any of the tenant's."""
    subjects: tuple[SubjectPattern, ...]
    """Empty: any."""
    max_ttl: int | None
    """Seconds. None: the tenant's max_ttl."""
    max_live_tokens: int
    """0: as many as it likes."""

    def violations(
        self,
        *,
        subject: str,
        audiences: Sequence[str],
        scopes: Collection[str],
        place_of: Callable[[str], str] = lambda _scope: "scopes",
    ) -> Iterator[FieldViolation]:
        """What of a token to be issued goes beyond this, by the names of the fields of IssueRequest.

        `place_of` tells the path of the field that asks for a scope.
        """
        if self.subjects and not any(pattern.matches(subject) for pattern in self.subjects):
            yield FieldViolation("subject", "must be one that the client may issue for")
        if self.audiences:
            for position, audience in enumerate(audiences):
                if audience not in self.audiences:
                    yield FieldViolation(f"audiences[{position}]", "must be one that the client may issue for")
        for place in dict.fromkeys(place_of(scope) for scope in sorted(set(scopes) - self.scopes)):
            yield FieldViolation(place, "must be within what the client may grant")


def pattern_faults(patterns: Sequence[str], path: str) -> Iterator[FieldViolation]:
    """Patterns for subjects."""
    yield from count_faults(patterns, MAX_PATTERNS, path)
    for position, pattern in enumerate(patterns[:MAX_PATTERNS]):
        place = f"{path}[{position}]"
        yield from text_faults(pattern, place)
        if pattern in patterns[:position]:
            yield FieldViolation(place, UNIQUE_RULE)


def granted_scope_faults(scopes: Sequence[str], path: str, catalogued: Collection[str]) -> Iterator[FieldViolation]:
    """Scopes that are granted or conveyed: each once, and of the catalogue where there is one."""
    if len(scopes) > MAX_SCOPES:
        yield FieldViolation(path, COUNT_RULE)
        return
    for position, scope in enumerate(scopes):
        place = f"{path}[{position}]"
        if scope in scopes[:position]:
            yield FieldViolation(place, UNIQUE_RULE)
        else:
            yield from scope_faults(scope, place, catalogued)


def read_grant(
    grant: tenant_pb2.IssueGrant,
    path: str,
    *,
    catalogue: Catalogue,
    catalogued: Collection[str],
    audiences: Collection[str],
    faults: Faults,
) -> IssueGrant:
    """What a document says of a grant.

    Args:
        grant: the message.
        path: where it stands.
        catalogue: what its scopes imply.
        catalogued: the names in the catalogue, also when that has faults.
        audiences: those of the tenant; empty when it lists none.
        faults: the faults are appended here.
    """
    faults += granted_scope_faults(grant.scopes, f"{path}.scopes", catalogued)
    faults += audience_faults(grant.audiences, f"{path}.audiences", audiences)
    faults += pattern_faults(grant.subjects, f"{path}.subjects")
    has_ttl = grant.HasField("max_ttl")
    if has_ttl and not is_span(grant.max_ttl):
        rule = f"must be whole seconds, 1 s to 10 years ({LIFETIME_CEILING} s)"
        faults.append(FieldViolation(f"{path}.max_ttl", rule))
    if grant.max_live_tokens < 0:
        faults.append(FieldViolation(f"{path}.max_live_tokens", "must not be negative"))
    return IssueGrant(
        scopes=catalogue.expand(frozenset(grant.scopes)),
        audiences=frozenset(grant.audiences),
        subjects=tuple(map(SubjectPattern.of, grant.subjects)),
        max_ttl=grant.max_ttl.seconds if has_ttl else None,
        max_live_tokens=grant.max_live_tokens,
    )
