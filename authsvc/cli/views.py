"""One picture for each answer: what a person is shown of it, and its proto-JSON."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import singledispatch
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1.health_pb2 import HealthCheckResponse

from authsvc.cli.scope_form import ScopeForm
from authsvc.cli.screen import say
from authsvc.cli.sheet import Listing, Sheet, Tone
from authsvc.cli.times import describe_moment, describe_span
from authsvc.scopes.grammar import ScopeError
from authsvc.scopes.tree import format_tree
from authsvc.v1.claims_pb2 import Origin, TokenClaims
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.token_record_pb2 import TokenRecord, TokenState
from authsvc.v1.token_service_pb2 import (
    CheckScopesResponse,
    GetTokenResponse,
    InspectResponse,
    IssueResponse,
    ListTokensResponse,
    RevokeResponse,
    StepOutcome,
    VerdictStep,
    VerifyResponse,
)

Rows = list[tuple[str, str]]


def to_document(message: Message) -> Any:  # noqa: ANN401 (whatever JSON can hold)
    """The proto-JSON of the message, names as in the proto, absent values included."""
    return _whole_numbers(
        MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    )


def write_scopes(scopes: Sequence[str], form: ScopeForm) -> str:
    """The scopes in that form; as a list, with a word on standard error, when they have no tree."""
    if form is ScopeForm.STRING:
        return " ".join(scopes)
    if form is ScopeForm.TREE:
        try:
            return json.dumps(format_tree(scopes))
        except ScopeError as error:
            say(f"note: the set of scopes {error}; it is shown as a list")
    return json.dumps(list(scopes))


@singledispatch
def picture(answer: Message, form: ScopeForm) -> Sheet | Listing:
    """What a person is shown of an answer; its scopes are written in that form."""
    raise NotImplementedError(type(answer).__name__)


@picture.register
def _issued(answer: IssueResponse, form: ScopeForm) -> Sheet:
    """A new token, without its text."""
    rows = [
        ("token id", answer.token_id),
        ("key id", answer.key_id),
        ("scopes", write_scopes(answer.scopes, form)),
        ("issued", moment(answer.issue_time)),
        ("expires", deadline(answer.expire_time)),
        ("revision", answer.revision),
    ]
    return Sheet("issued", Tone.GOOD, rows)


@picture.register
def _verdict(answer: VerifyResponse, form: ScopeForm) -> Sheet:
    """Whether a token is good, and what it says."""
    rows = _claims(answer.claims, form) if answer.valid else []
    return Sheet(
        "valid" if answer.valid else f"not valid: {reason_text(answer.reason)}",
        Tone.GOOD if answer.valid else Tone.BAD,
        [*rows, ("revision", answer.revision)],
    )


@picture.register
def _permission(answer: CheckScopesResponse, form: ScopeForm) -> Sheet:
    """Whether a token may do something, what of its scopes matched, and what is missing."""
    if answer.allowed:
        headline = "allowed"
    elif answer.valid:
        headline = f"not allowed: {reason_text(answer.reason)}"
    else:
        headline = f"not valid: {reason_text(answer.reason)}"
    rows: Rows = []
    if answer.valid:
        if answer.matched:
            rows.append(("matched", " ".join(answer.matched)))
        if not answer.allowed:
            rows.append(("missing", _requirement(answer.missing)))
        rows += _claims(answer.claims, form)
    return Sheet(headline, Tone.GOOD if answer.allowed else Tone.BAD, [*rows, ("revision", answer.revision)])


@picture.register
def _opened(answer: InspectResponse, form: ScopeForm) -> Sheet:
    """A token, opened: header, payload, and the verdict step by step."""
    rows = [("scopes", write_scopes(answer.claims.scopes, form))] if answer.valid else []
    return Sheet(
        "valid" if answer.valid else f"not valid: {reason_text(answer.reason)}",
        Tone.GOOD if answer.valid else Tone.BAD,
        [*rows, ("revision", answer.revision)],
        [
            ("header", _pretty(answer, "unverified_header")),
            ("payload", _pretty(answer, "unverified_payload")),
            ("steps", [_step(step) for step in answer.steps]),
        ],
    )


@picture.register
def _receipt(answer: RevokeResponse, form: ScopeForm) -> Sheet:  # noqa: ARG001 (the signature of every picture)
    """A revocation."""
    return Sheet("revoked", Tone.GOOD, [("since", moment(answer.revoke_time)), ("revision", answer.revision)])


@picture.register
def _record(answer: GetTokenResponse, form: ScopeForm) -> Sheet:
    """The record of a token."""
    entry = answer.record
    state = _state(entry)
    rows = [
        ("token id", entry.token_id),
        ("tenant", entry.tenant),
        ("subject", entry.subject),
        ("client", entry.client_id),
        ("audiences", " ".join(entry.audiences)),
        ("scopes", write_scopes(entry.scopes, form)),
        ("label", entry.label),
        ("issuer", entry.issuer),
        ("key id", entry.key_id),
        ("issued", moment(entry.issue_time)),
        ("not before", moment(entry.not_before_time) if entry.HasField("not_before_time") else ""),
        ("expires", deadline(entry.expire_time)),
        ("revoked", moment(entry.revoke_time) if entry.HasField("revoke_time") else ""),
        ("revoked why", entry.revoke_reason),
        ("claims", _compact(entry.claims) if entry.HasField("claims") else ""),
        ("bound tenant", entry.bound_tenant),
        ("parents", " ".join(ancestor.token_id for ancestor in entry.ancestors)),
        ("replaces", entry.rotated_from_token_id),
        ("family", entry.family_id),
        ("family ends", deadline(entry.family_end_time) if entry.HasField("family_end_time") else ""),
        ("last used", moment(entry.last_used_time) if entry.HasField("last_used_time") else ""),
    ]
    return Sheet(state, _STATE_TONES.get(state, Tone.PLAIN), [(name, value) for name, value in rows if value])


@picture.register
def _records(answer: ListTokensResponse, form: ScopeForm) -> Listing:
    """A table of records."""
    columns = ("token id", "state", "subject", "client", "scopes", "expires", "last used", "parents", "label")
    rows = [_record_cells(entry, form) for entry in answer.records]
    return Listing(columns, rows, frozenset({"token id", "expires", "last used"}))


@picture.register
def _health(answer: HealthCheckResponse, form: ScopeForm) -> Sheet:  # noqa: ARG001 (the signature of every picture)
    """Whether a service serves."""
    is_serving = answer.status == HealthCheckResponse.SERVING
    return Sheet(
        enum_text(HealthCheckResponse.ServingStatus.Name, answer.status, ""),
        Tone.GOOD if is_serving else Tone.BAD,
    )


def reason_text(reason: Reason) -> str:
    """The reason as people say it: "wrong audience"."""
    return enum_text(Reason.Name, reason, "REASON_")


def _record_cells(entry: TokenRecord, form: ScopeForm) -> list[tuple[str, Tone]]:
    state = _state(entry)
    return [
        (entry.token_id, Tone.PLAIN),
        (state, _STATE_TONES.get(state, Tone.PLAIN)),
        (entry.subject, Tone.PLAIN),
        (entry.client_id, Tone.PLAIN),
        (write_scopes(entry.scopes, form), Tone.PLAIN),
        (describe_moment(_datetime(entry.expire_time)), Tone.PLAIN),
        (moment(entry.last_used_time) if entry.HasField("last_used_time") else "", Tone.DULL),
        (" ".join(ancestor.token_id for ancestor in entry.ancestors), Tone.DULL),
        (entry.label, Tone.PLAIN),
    ]


_STATE_TONES = {"live": Tone.GOOD, "expired": Tone.DULL, "revoked": Tone.BAD}

_OUTCOME_MARKS = {
    StepOutcome.STEP_OUTCOME_PASSED: ("ok", Tone.GOOD),
    StepOutcome.STEP_OUTCOME_FAILED: ("failed", Tone.BAD),
    StepOutcome.STEP_OUTCOME_SKIPPED: ("skipped", Tone.DULL),
}


_STEP_NAMES = {
    Reason.REASON_MALFORMED: "form",
    Reason.REASON_UNKNOWN_KEY: "key",
    Reason.REASON_BAD_SIGNATURE: "signature",
    Reason.REASON_INVALID_CLAIMS: "claims",
    Reason.REASON_WRONG_ISSUER: "issuer",
    Reason.REASON_WRONG_AUDIENCE: "audience",
    Reason.REASON_NOT_YET_VALID: "begin",
    Reason.REASON_EXPIRED: "end",
    Reason.REASON_REVOKED: "revocation",
}


def _step(step: VerdictStep) -> tuple[str, Tone]:
    mark, tone = _OUTCOME_MARKS.get(step.outcome, ("unknown", Tone.DULL))
    line = f"{mark:<8}{_STEP_NAMES.get(step.reason) or reason_text(step.reason)}"
    if step.outcome == StepOutcome.STEP_OUTCOME_FAILED:
        line = ": ".join(part for part in (line, reason_text(step.reason), step.detail) if part)
        line += f" ({step.check})" if step.check else ""
    return line, tone


def _claims(claims: TokenClaims, form: ScopeForm) -> Rows:
    rows = [
        ("tenant", claims.tenant),
        ("subject", claims.subject),
        ("client", claims.client_id),
        ("audiences", " ".join(claims.audiences)),
        ("scopes", write_scopes(claims.scopes, form)),
        ("issuer", claims.issuer),
        ("token id", claims.token_id),
        ("key id", claims.key_id),
        ("issued", moment(claims.issue_time)),
        ("not before", moment(claims.not_before_time) if claims.HasField("not_before_time") else ""),
        ("expires", deadline(claims.expire_time)),
        ("origin", enum_text(Origin.Name, claims.origin, "ORIGIN_")),
        ("claims", _compact(claims.extra) if claims.HasField("extra") else ""),
        ("bound tenant", claims.bound_tenant),
        ("parents", " ".join(ancestor.token_id for ancestor in claims.ancestors)),
        ("family", claims.family_id),
        ("family ends", deadline(claims.family_end_time) if claims.HasField("family_end_time") else ""),
    ]
    return [(name, value) for name, value in rows if value]


def _requirement(requirement: ScopeRequirement) -> str:
    parts = []
    if requirement.all_of:
        parts.append(f"all of {' '.join(requirement.all_of)}")
    if requirement.any_of:
        parts.append(f"any of {' '.join(requirement.any_of)}")
    return " and ".join(parts)


def _pretty(answer: InspectResponse, field: str) -> list[tuple[str, Tone]]:
    if not answer.HasField(field):
        return [("cannot be read", Tone.DULL)]
    text = json.dumps(to_document(getattr(answer, field)), indent=2, sort_keys=True, ensure_ascii=False)
    return [(line, Tone.PLAIN) for line in text.split("\n")]


def _compact(document: Struct) -> str:
    return json.dumps(to_document(document), sort_keys=True)


def _state(entry: TokenRecord) -> str:
    return enum_text(TokenState.Name, entry.state, "TOKEN_STATE_")


def enum_text(name_of: Callable[[Any], str], value: int, prefix: str) -> str:
    """A value of an enum as people say it."""
    try:
        return name_of(value).removeprefix(prefix).replace("_", " ").lower()
    except ValueError:
        # A server of a later release may know more values.
        return f"unknown ({value})"


def _datetime(timestamp: Timestamp) -> datetime:
    return timestamp.ToDatetime(tzinfo=UTC)


def moment(timestamp: Timestamp) -> str:
    """A time as people read it."""
    return describe_moment(_datetime(timestamp))


def deadline(timestamp: Timestamp) -> str:
    """A time, and how far it is from now."""
    end = _datetime(timestamp)
    left = end - datetime.now(UTC)
    span = describe_span(left)
    return f"{describe_moment(end)} ({f'in {span}' if left.total_seconds() > 0 else f'{span} ago'})"


def _whole_numbers(value: Any) -> Any:  # noqa: ANN401 (whatever JSON can hold)
    # A Struct keeps every number as a double; NumericDates are to read as they stand in the token.
    match value:
        case float() if value.is_integer() and abs(value) < 2**53:
            return int(value)
        case list():
            return [_whole_numbers(item) for item in value]
        case dict():
            return {name: _whole_numbers(item) for name, item in value.items()}
        case _:
            return value
