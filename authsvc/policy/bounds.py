"""Rules that several parts of a tenant document share. What reads a part appends its faults, each with its path."""

import unicodedata
from collections.abc import Collection, Iterator, Sequence

from google.protobuf.duration_pb2 import Duration

from authsvc.errors import FieldViolation
from authsvc.scopes.grammar import SCOPE_RULE, is_scope
from authsvc.tokens.claims import MAX_NAME_LENGTH, SERVICE_TENANT

MAX_AUDIENCES = 64
MAX_DESCRIPTION_LENGTH = 1024
LIFETIME_CEILING = 10 * 366 * 24 * 3600
"""Seconds. No document can allow more, so no token can live longer."""

UNIQUE_RULE = "must be unique"
CATALOGUED_RULE = "must be a scope of the catalogue"

Faults = list[FieldViolation]


def is_plain(text: str) -> bool:
    """Whether a text has no control characters and no line separators."""
    return text.isprintable() or not any(
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text
    )


def text_faults(text: str, path: str) -> Iterator[FieldViolation]:
    """A text of 1 to 255 characters without control characters."""
    if not 1 <= len(text) <= MAX_NAME_LENGTH:
        yield FieldViolation(path, f"must be 1 to {MAX_NAME_LENGTH} characters")
    elif not is_plain(text):
        yield FieldViolation(path, "must have no control characters")


def description_faults(description: str, path: str) -> Iterator[FieldViolation]:
    """A text for people."""
    if len(description) > MAX_DESCRIPTION_LENGTH:
        yield FieldViolation(path, f"must be at most {MAX_DESCRIPTION_LENGTH} characters")


def count_faults(values: Sequence[object], limit: int, path: str) -> Iterator[FieldViolation]:
    """A list of at most `limit` entries."""
    if len(values) > limit:
        yield FieldViolation(path, f"must hold at most {limit:,} entries, has {len(values):,}")


def audience_faults(audiences: Sequence[str], path: str, allowed: Collection[str] = ()) -> Iterator[FieldViolation]:
    """Audiences that are not this service's own; where the tenant lists its audiences, they are of those."""
    if len(audiences) > MAX_AUDIENCES:
        yield FieldViolation(path, f"must hold at most {MAX_AUDIENCES} audiences")
        return
    for position, audience in enumerate(audiences):
        place = f"{path}[{position}]"
        if not 1 <= len(audience) <= MAX_NAME_LENGTH:
            yield FieldViolation(place, f"must be 1 to {MAX_NAME_LENGTH} characters")
        elif audience == SERVICE_TENANT:
            yield FieldViolation(place, f'must not be "{SERVICE_TENANT}": that audience opens this service')
        elif audience in audiences[:position]:
            yield FieldViolation(place, UNIQUE_RULE)
        elif allowed and audience not in allowed:
            yield FieldViolation(place, "must be one of the tenant's audiences")


def scope_faults(scope: str, path: str, catalogued: Collection[str]) -> Iterator[FieldViolation]:
    """A scope; where there is a catalogue, one of that."""
    if catalogued:
        if scope not in catalogued:
            yield FieldViolation(path, CATALOGUED_RULE if is_scope(scope) else SCOPE_RULE)
    elif not is_scope(scope):
        yield FieldViolation(path, SCOPE_RULE)


def is_span(span: Duration, limit: int = LIFETIME_CEILING) -> bool:
    """Whether a lifetime is whole seconds, 1 s to `limit` s."""
    return span.nanos == 0 and 1 <= span.seconds <= limit
