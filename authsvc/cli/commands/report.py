"""`authsvc report`."""

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


@client_command
def report(
    session: "Session",
    subject: Annotated[str, typer.Option("--subject", help="Only tokens of this subject.")] = "",
    client: Annotated[str, typer.Option("--client", help="Only tokens of this client id.")] = "",
    label: Annotated[str, typer.Option("--label", help="Only tokens with this label.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=0, help="How many to show at most; 0 for all.")] = 100,
    scopes_as: options.ScopesAs = None,
) -> ExitCode:
    """Say of each live token which of its scopes met a check and which never did, and how to issue a narrower one."""
    from authsvc.v1.token_service_pb2 import (  # noqa: PLC0415 (protobuf loads when a command runs)
        ListTokenUsageResponse,
    )

    form = session.form(scopes_as)
    answer = ListTokenUsageResponse()
    more_follow = False
    with progress("reading the usage"):
        for page in session.client.list_usage(
            subject=subject, client_id=client, label=label, page_size=min(limit or _PAGE_SIZE, _PAGE_SIZE)
        ):
            room = limit - len(answer.usages) if limit else len(page.usages)
            answer.usages.extend(page.usages[:room])
            answer.is_noted = page.is_noted
            more_follow = len(page.usages) > room or (bool(page.next_page_token) and len(answer.usages) == limit)
            if more_follow:
                break
    session.show(answer, form)
    if not answer.is_noted:
        say("note: the service does not note usage (AUTHSVC_USAGE=off): what is shown may be old")
    if more_follow:
        say(f"note: these are the newest {limit}; more follow, and --limit 0 shows them all")
    return ExitCode.OK
