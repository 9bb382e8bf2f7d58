"""`authsvc exchange` and `authsvc rotate`: a new token for an old one. Neither needs an API key."""

from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer

from authsvc.cli import options
from authsvc.cli.client_command import client_command
from authsvc.cli.credentials import read_token
from authsvc.cli.delivery import deliver
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.screen import say
from authsvc.cli.times import describe_moment, parse_span

if TYPE_CHECKING:
    from authsvc.cli.session import Session


@client_command
def exchange(
    session: "Session",
    source: options.TokenSource = None,
    token_file: options.TokenFile = None,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="A scope to keep, or several with spaces between them. Repeatable. Default: all."),
    ] = None,
    audience: Annotated[
        list[str] | None, typer.Option("--audience", help="An audience to keep. Repeatable. Default: all.")
    ] = None,
    ttl: Annotated[
        str | None,
        typer.Option("--ttl", help='How long it lives: "15m", "12h", or seconds; never longer than the token.'),
    ] = None,
    label: Annotated[str, typer.Option("--label", help="A note for people, kept with the record.")] = "",
    request_id: options.RequestId = "",
    token_out: options.TokenOut = None,
    scopes_as: options.ScopesAs = None,
) -> ExitCode:
    """Trade a token for one that may less: fewer scopes or audiences, a shorter life.

    It needs no API key, but --tenant. The new token dies with the old one.
    """
    form = session.form(scopes_as)
    answer = session.client.exchange(
        token=read_token(source, token_file),
        scopes=scope or (),
        audiences=audience or (),
        ttl=None if ttl is None else parse_span(ttl, "--ttl"),
        label=label,
        request_id=request_id,
    )
    deliver(session, answer, token_out, form)
    return ExitCode.OK


@client_command
def rotate(
    session: "Session",
    source: options.TokenSource = None,
    token_file: options.TokenFile = None,
    overlap: Annotated[
        str | None,
        typer.Option("--overlap", help='How long the old token stays good: "0", "60", "24h". Default: 60 s.'),
    ] = None,
    request_id: options.RequestId = "",
    token_out: options.TokenOut = None,
    scopes_as: options.ScopesAs = None,
) -> ExitCode:
    """Replace a token by a new one with the same rights; the old one dies after an overlap.

    It needs no API key, but --tenant. A token is rotated once.
    """
    form = session.form(scopes_as)
    answer = session.client.rotate(
        token=read_token(source, token_file),
        overlap=None if overlap is None else parse_span(overlap, "--overlap"),
        request_id=request_id,
    )
    deliver(session, answer, token_out, form)
    if not session.as_json:
        say(f"note: the old token is good until {describe_moment(answer.old_token_end_time.ToDatetime(UTC))}")
    return ExitCode.OK
