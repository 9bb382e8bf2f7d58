"""Pictures of the life of tokens: exchange, rotation, and which rights are of use. Importing it makes them known."""

import shlex
from collections.abc import Iterator

from authsvc.cli.scope_form import ScopeForm
from authsvc.cli.sheet import Sheet, Tone
from authsvc.cli.views import deadline, moment, picture, write_scopes
from authsvc.v1.token_service_pb2 import (
    ExchangeResponse,
    ListTokenUsageResponse,
    RotateTokenResponse,
    TokenUsage,
)


@picture.register
def _exchanged(answer: ExchangeResponse, form: ScopeForm) -> Sheet:
    """A narrower token, without its text."""
    rows = [
        ("token id", answer.token_id),
        ("key id", answer.key_id),
        ("audiences", " ".join(answer.audiences)),
        ("scopes", write_scopes(answer.scopes, form)),
        ("issued", moment(answer.issue_time)),
        ("expires", deadline(answer.expire_time)),
        ("revision", answer.revision),
    ]
    return Sheet("exchanged", Tone.GOOD, rows)


@picture.register
def _rotated(answer: RotateTokenResponse, form: ScopeForm) -> Sheet:
    """A token in the place of another, without its text."""
    rows = [
        ("token id", answer.token_id),
        ("key id", answer.key_id),
        ("scopes", write_scopes(answer.scopes, form)),
        ("issued", moment(answer.issue_time)),
        ("expires", deadline(answer.expire_time)),
        ("family", answer.family_id),
        ("family ends", deadline(answer.family_end_time)),
        ("old token ends", deadline(answer.old_token_end_time)),
        ("revision", answer.revision),
    ]
    return Sheet("rotated", Tone.GOOD, rows)


@picture.register
def _usage(answer: ListTokenUsageResponse, form: ScopeForm) -> Sheet:
    """Each token with its used and its never used scopes, and the command that issues a narrower one."""
    idle = sum(bool(usage.unused_scopes) for usage in answer.usages)
    blocks = [(f"token {usage.record.token_id}", list(_report(usage, form))) for usage in answer.usages]
    headline = f"{len(answer.usages)} live tokens, {idle} with scopes that never met a check"
    return Sheet(headline, Tone.PLAIN, (), blocks)


def _report(usage: TokenUsage, form: ScopeForm) -> Iterator[tuple[str, Tone]]:
    record = usage.record
    about = f"subject {record.subject}, client {record.client_id}"
    yield about + (f", {record.label}" if record.label else ""), Tone.PLAIN
    last = moment(record.last_used_time) if record.HasField("last_used_time") else "not yet"
    yield f"last used: {last}", Tone.PLAIN
    used = {entry.scope: moment(entry.last_used_time) for entry in usage.used_scopes}
    for scope, when in used.items():
        yield f"used: {scope}, last at {when}", Tone.GOOD
    if not usage.unused_scopes:
        return
    yield f"never used: {write_scopes(usage.unused_scopes, form)}", Tone.BAD
    if used:
        # What met the checks, and not the wider scopes of the token that implied it.
        yield f"narrower: {_issue_command(usage, list(used))}", Tone.PLAIN


def _issue_command(usage: TokenUsage, scopes: list[str]) -> str:
    """The command that issues such a token with these scopes alone, to be pasted into a shell."""
    record = usage.record
    lifetime = record.expire_time.ToDatetime() - record.issue_time.ToDatetime()
    words = ["authsvc", "issue", "--tenant", record.tenant, "--subject", record.subject]
    words += ["--client-id", record.client_id]
    for audience in record.audiences:
        words += ["--audience", audience]
    for scope in scopes:
        words += ["--scope", scope]
    if record.bound_tenant:
        words += ["--bound-tenant", record.bound_tenant]
    if record.label:
        words += ["--label", record.label]
    words += ["--ttl", str(int(lifetime.total_seconds()))]
    return shlex.join(words)
