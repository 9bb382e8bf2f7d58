"""`authsvc issue`."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from authsvc.cli import options
from authsvc.cli.client_command import client_command
from authsvc.cli.delivery import deliver
from authsvc.cli.errors import UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.screen import say
from authsvc.cli.times import describe_moment, describe_span, parse_moment, parse_span

if TYPE_CHECKING:
    from authsvc.cli.session import Session
    from authsvc.v1.token_service_pb2 import IssueResponse


@client_command
def issue(
    session: "Session",
    subject: Annotated[str, typer.Option("--subject", help="For whom the token speaks.", show_default=False)],
    audience: Annotated[
        list[str], typer.Option("--audience", help="For whom it is meant. Repeatable.", show_default=False)
    ],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="A scope, or several with spaces between them. Repeatable."),
    ] = None,
    scope_tree: Annotated[
        str | None,
        typer.Option(
            "--scope-tree",
            help="The scopes as a tree in JSON or YAML, '{users: {actions: \\[read, create]}}', or @FILE.",
        ),
    ] = None,
    ttl: Annotated[
        str | None,
        typer.Option("--ttl", help='How long it lives: "15m", "12h", "30d", or seconds. Default: the tenant\'s.'),
    ] = None,
    not_before: Annotated[
        str | None,
        typer.Option("--not-before", help='From when it is good: RFC 3339, seconds since the epoch, or "+15m".'),
    ] = None,
    client_id: Annotated[
        str, typer.Option("--client-id", help="The client that gets it. Default: that of the API key.")
    ] = "",
    claims: Annotated[str | None, typer.Option("--claims", help="Further claims, a JSON object or @FILE.")] = None,
    label: Annotated[str, typer.Option("--label", help="A note for people, kept with the record.")] = "",
    request_id: options.RequestId = "",
    bound_tenant: Annotated[
        str,
        typer.Option(
            "--bound-tenant", help="For an API key of this service: the tenant that it opens, or '*' for all."
        ),
    ] = "",
    token_out: options.TokenOut = None,
    scopes_as: options.ScopesAs = None,
) -> ExitCode:
    """Make a token.

    In a pipe or a file the token stands alone on standard output: `authsvc issue ... > token`.
    """
    from authsvc.cli.documents import parse_object  # noqa: PLC0415 (a YAML reader, seldom needed)

    if scope and scope_tree is not None:
        raise UsageError("give --scope or --scope-tree, not both")
    form = session.form(scopes_as)
    asked_ttl = None if ttl is None else parse_span(ttl, "--ttl")
    answer = session.client.issue(
        subject=subject,
        audiences=audience,
        client_id=client_id,
        scopes=scope or (),
        scope_tree=None if scope_tree is None else parse_object(scope_tree, "--scope-tree"),
        ttl=asked_ttl,
        not_before=None if not_before is None else parse_moment(not_before, "--not-before", now=datetime.now(UTC)),
        claims=None if claims is None else parse_object(claims, "--claims"),
        label=label,
        request_id=request_id,
        bound_tenant=bound_tenant,
    )
    deliver(session, answer, token_out, form)
    _tell_of_cut(answer, asked_ttl)
    return ExitCode.OK


def _tell_of_cut(answer: "IssueResponse", asked_ttl: timedelta | None) -> None:
    if asked_ttl is None:
        return
    lifetime = answer.expire_time.ToDatetime(UTC) - answer.issue_time.ToDatetime(UTC)
    if lifetime < asked_ttl:
        end = describe_moment(answer.expire_time.ToDatetime(UTC))
        say(
            f"note: it expires at {end}, after {describe_span(lifetime)} and not {describe_span(asked_ttl)}:"
            " the tenant, or the grant of the client, allows no more"
        )
