"""`authsvc revoke`."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from authsvc.cli import options
from authsvc.cli.client_command import client_command
from authsvc.cli.credentials import STDIN, read_named_token
from authsvc.cli.errors import UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.revocation_target import RevocationTarget, TargetKind
from authsvc.cli.screen import say
from authsvc.cli.times import parse_moment

if TYPE_CHECKING:
    from authsvc.cli.session import Session

_KINDS_WITH_CUT_OFF = {TargetKind.SUBJECT, TargetKind.CLIENT, TargetKind.ALL}


@client_command
def revoke(
    session: "Session",
    source: options.TokenSource = None,
    token_file: options.NamedTokenFile = None,
    token_id: Annotated[str | None, typer.Option("--token-id", help="The token with this id, its jti.")] = None,
    issuer: Annotated[
        str, typer.Option("--issuer", help="With --token-id: its issuer. Default: the tenant's own.")
    ] = "",
    subject: Annotated[str | None, typer.Option("--subject", help="All tokens of this subject.")] = None,
    client: Annotated[str | None, typer.Option("--client", help="All tokens of this client id.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All tokens of the tenant.")] = False,
    signing_key: Annotated[
        str | None,
        typer.Option("--signing-key", help="All tokens signed by the key of this id, which ends the key."),
    ] = None,
    family: Annotated[
        str | None,
        typer.Option(
            "--family", help="The issued token with this id, and all that came from it by rotation and exchange."
        ),
    ] = None,
    issued_before: Annotated[
        str | None,
        typer.Option(
            "--issued-before",
            help='With --subject, --client, --all: only those issued up to then. RFC 3339, epoch seconds, or "-1h".',
        ),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for people and the audit.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Revoke even the last admin key of the service.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --all.")] = False,
) -> ExitCode:
    """Make tokens worthless from now on.

    Give exactly one of `-`, --token-file, --token-id, --subject, --client, --all, --signing-key and --family.
    """
    names = {
        TargetKind.TOKEN: STDIN if source is not None and token_file is None else token_file,
        TargetKind.TOKEN_ID: token_id,
        TargetKind.SUBJECT: subject,
        TargetKind.CLIENT: client,
        TargetKind.ALL: "" if everything else None,
        TargetKind.KEY: signing_key,
        TargetKind.FAMILY: family,
    }
    chosen = {kind: name for kind, name in names.items() if name is not None}
    if len(chosen) != 1:
        raise UsageError(
            "give exactly one of `-`, --token-file, --token-id, --subject, --client, --all, --signing-key and --family"
        )
    kind, name = chosen.popitem()
    if issuer and kind is not TargetKind.TOKEN_ID:
        raise UsageError("--issuer belongs to --token-id")
    if issued_before is not None and kind not in _KINDS_WITH_CUT_OFF:
        raise UsageError("--issued-before belongs to --subject, --client and --all")
    cut_off = None if issued_before is None else parse_moment(issued_before, "--issued-before", now=datetime.now(UTC))
    if kind is TargetKind.TOKEN:
        name = read_named_token(source, token_file) or ""
    if kind is TargetKind.ALL and not yes and not _confirmed():
        say("nothing was revoked")
        return ExitCode.NO
    answer = session.client.revoke(RevocationTarget(kind, name, issuer, cut_off), reason=reason, force=force)
    session.show(answer)
    return ExitCode.OK


def _confirmed() -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("--all revokes every token of the tenant", next_step="add --yes if that is what you want")
    return typer.confirm("Revoke every token of the tenant?", err=True)
