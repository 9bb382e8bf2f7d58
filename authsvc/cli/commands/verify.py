"""`authsvc verify` and `authsvc check`."""

from typing import TYPE_CHECKING, Annotated

import typer

from authsvc.cli import options
from authsvc.cli.client_command import client_command
from authsvc.cli.credentials import read_token
from authsvc.cli.errors import UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.scope_words import split_scopes

if TYPE_CHECKING:
    from authsvc.cli.session import Session


@client_command
def verify(
    session: "Session",
    audience: options.Audience = "",
    source: options.TokenSource = None,
    token_file: options.TokenFile = None,
    min_revision: options.MinRevision = "",
    scopes_as: options.ScopesAs = None,
) -> ExitCode:
    """Say whether a token is good, here and now, for this audience.

    Exit code 0 when it is, 1 when it is not.
    """
    form = session.form(scopes_as)
    answer = session.client.verify(token=read_token(source, token_file), audience=audience, min_revision=min_revision)
    session.show(answer, form)
    return ExitCode.OK if answer.valid else ExitCode.NO


@client_command
def check(
    session: "Session",
    audience: options.Audience = "",
    source: options.TokenSource = None,
    token_file: options.TokenFile = None,
    any_of: Annotated[
        list[str] | None,
        typer.Option("--any-of", help="One of these scopes is enough. Repeatable, or several with spaces."),
    ] = None,
    all_of: Annotated[
        list[str] | None,
        typer.Option("--all-of", help="All of these scopes are needed. Repeatable, or several with spaces."),
    ] = None,
    operation: Annotated[
        str | None,
        typer.Option("--operation", help="An operation of the tenant's document, which names the scopes."),
    ] = None,
    min_revision: options.MinRevision = "",
    scopes_as: options.ScopesAs = None,
) -> ExitCode:
    """Say whether a token is good and may do something.

    Exit code 0 when it may, 3 when it is good but its scopes do not suffice, 1 when it is not good.
    """
    form = session.form(scopes_as)
    any_scopes, all_scopes = split_scopes(any_of or ()), split_scopes(all_of or ())
    if (operation is None) == (not any_scopes and not all_scopes):
        raise UsageError("say what is asked for: --any-of, --all-of or both, or else --operation alone")
    answer = session.client.check(
        token=read_token(source, token_file),
        audience=audience,
        any_of=any_scopes,
        all_of=all_scopes,
        operation=operation,
        min_revision=min_revision,
    )
    session.show(answer, form)
    if answer.allowed:
        return ExitCode.OK
    return ExitCode.INSUFFICIENT_SCOPE if answer.valid else ExitCode.NO
