"""`authsvc audit list` and `authsvc audit verify`."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from authsvc.cli.client_command import client_command
from authsvc.cli.errors import UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.screen import progress, say
from authsvc.cli.times import parse_moment

if TYPE_CHECKING:
    from authsvc.cli.session import Session
    from authsvc.v1.audit_service_pb2 import VerifyAuditLogResponse

# The most that the API gives on one page.
_PAGE_SIZE = 1000
_MAX_CHECKPOINT_BYTES = 4096


@client_command
def list_records(
    session: "Session",
    action: Annotated[str, typer.Option("--action", help='Only this RPC or command: "Issue", "Revoke".')] = "",
    actor: Annotated[str, typer.Option("--actor", help="Only what this client did.")] = "",
    target: Annotated[str, typer.Option("--target", help='Only what was done to this: "subject:alice".')] = "",
    since: Annotated[
        str | None, typer.Option("--since", help='Only from then on. RFC 3339, epoch seconds, or "-1h".')
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Only before then.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="How many to show at most; 0 for all.")] = 100,
) -> ExitCode:
    """List who changed what, newest first. With a key for all tenants, --tenant '*' shows those of all."""
    from authsvc.cli import audit_views  # noqa: F401, PLC0415 (protobuf loads when a command runs; it adds its pictures)
    from authsvc.v1.audit_service_pb2 import ListAuditRecordsResponse  # noqa: PLC0415 (likewise)

    now = datetime.now(UTC)
    answer = ListAuditRecordsResponse()
    more_follow = False
    with progress("reading the records"):
        for page in session.client.audit.records(
            action=action,
            actor=actor,
            target=target,
            since=None if since is None else parse_moment(since, "--since", now=now),
            until=None if until is None else parse_moment(until, "--until", now=now),
            page_size=min(limit or _PAGE_SIZE, _PAGE_SIZE),
        ):
            room = limit - len(answer.records) if limit else len(page.records)
            answer.records.extend(page.records[:room])
            more_follow = len(page.records) > room or (bool(page.next_page_token) and len(answer.records) == limit)
            if more_follow:
                break
    session.show(answer)
    if more_follow:
        say(f"note: these are the newest {limit}; more follow, and --limit 0 shows them all")
    return ExitCode.OK


@client_command
def verify(
    session: "Session",
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", help="File with a checkpoint exported earlier, to be met. May be repeated."),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option("--export", help="File for a fresh checkpoint. Keep it where the server cannot write."),
    ] = None,
) -> ExitCode:
    """Say whether the audit log still holds what was sealed, and nothing else."""
    from authsvc.cli import audit_views  # noqa: F401, PLC0415 (protobuf loads when a command runs; it adds its pictures)
    from authsvc.v1.audit_service_pb2 import VerifyAuditLogResponse  # noqa: PLC0415 (likewise)

    # Read before anything is asked: the file to be written may be the one to be met.
    checkpoints = [_read_checkpoint(path) for path in checkpoint or ()]
    answer = VerifyAuditLogResponse()
    with progress("going through the log") as status:
        for part in session.client.audit.verify(checkpoints):
            _add(answer, part)
            if part.next_page_token and status is not None:
                status.update(f"going through the log: {part.position} of {part.head_position}")
    if answer.checkpoint and export is not None:
        _write(export, answer.checkpoint)
    session.show(answer)
    if answer.intact:
        return ExitCode.OK
    if export is not None:
        say(f"note: nothing was written to {export}: only an intact log has a checkpoint")
    return ExitCode.NO


def _add(answer: "VerifyAuditLogResponse", part: "VerifyAuditLogResponse") -> None:
    """Make the answer that of the parts so far."""
    earlier = list(answer.faults)
    answer.CopyFrom(part)
    del answer.faults[:]
    answer.faults.extend([*earlier, *part.faults])


def _read_checkpoint(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_CHECKPOINT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"--checkpoint: {path} cannot be read: {error.strerror}") from None
    try:
        text = content.decode("ascii").strip()
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > _MAX_CHECKPOINT_BYTES:
        raise UsageError(f"--checkpoint: {path} holds no checkpoint", next_step="name a file that --export wrote")
    return text


def _write(path: Path, text: str) -> None:
    """Write the file whole or not at all: the checkpoint that it may hold already is worth something."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        try:
            draft.write_text(f"{text}\n", encoding="ascii")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"--export: {path} cannot be written: {error.strerror}") from None
