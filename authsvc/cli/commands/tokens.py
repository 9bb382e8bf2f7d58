"""`authsvc tokens list` and `authsvc tokens get`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from authsvc.cli import options
from authsvc.cli.client_command import client_command
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.screen import progress, say

if TYPE_CHECKING:
    from authsvc.cli.session import Session

# The most that the API gives on one page.
_PAGE_SIZE = 1000


class State(StrEnum):
    """Where a token stands in its life."""

    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"


@client_command
def list_tokens(
    session: "Session",
    subject: Annotated[str, typer.Option("--subject", help="Only tokens of this subject.")] = "",
    client: Annotated[str, typer.Option("--client", help="Only tokens of this client id.")] = "",
    label: Annotated[str, typer.Option("--label", help="Only tokens with this label.")] = "",
    state: Annotated[State | None, typer.Option("--state", help="Only tokens of this state.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="How many to show at most; 0 for all.")] = 100,
    scopes_as: options.ScopesAs = None,
) -> ExitCode:
    """List the records of issued tokens, newest first, page after page."""
    from authsvc.v1.token_service_pb2 import ListTokensResponse  # noqa: PLC0415 (protobuf loads when a command runs)

    form = session.form(scopes_as)
    answer = ListTokensResponse()
    more_follow = False
    with progress("reading the records"):
        for page in session.client.list_tokens(
            subject=subject,
            client_id=client,
            label=label,
            state=state or "",
            page_size=min(limit or _PAGE_SIZE, _PAGE_SIZE),
        ):
            room = limit - len(answer.records) if limit else len(page.records)
            answer.records.extend(page.records[:room])
            more_follow = len(page.records) > room or (bool(page.next_page_token) and len(answer.records) == limit)
            if more_follow:
                break
    session.show(answer, form)
    if more_follow:
        say(f"note: these are the newest {limit}; more follow, and --limit 0 shows them all")
    return ExitCode.OK


@client_command
def get_token(
    session: "Session",
    token_id: Annotated[str, typer.Argument(metavar="ID", help="The token's id, its jti.", show_default=False)],
    scopes_as: options.ScopesAs = None,
) -> ExitCode:
    """Show the record of one issued token."""
    form = session.form(scopes_as)
    session.show(session.client.get_token(token_id), form)
    return ExitCode.OK
