"""`authsvc inspect`."""

import base64
import binascii
import json
from typing import TYPE_CHECKING, Annotated

import typer

from authsvc.cli import options
from authsvc.cli.client_command import client_command
from authsvc.cli.credentials import read_token
from authsvc.cli.errors import UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.screen import say

if TYPE_CHECKING:
    from authsvc.cli.session import Session


@client_command
def inspect(
    session: "Session",
    source: options.TokenSource = None,
    token_file: options.TokenFile = None,
    audience: Annotated[
        str | None,
        typer.Option("--audience", help="The audience to judge it for. Default: the first one that the token names."),
    ] = None,
    min_revision: options.MinRevision = "",
    scopes_as: options.ScopesAs = None,
) -> ExitCode:
    """Open a token: its header, its payload, and the verdict step by step.

    Exit code 0 whatever the verdict: the token was opened. `authsvc verify` is the one to branch on.
    """
    form = session.form(scopes_as)
    token = read_token(source, token_file)
    if audience is None:
        audience = unverified_audience(token)
        if audience is None:
            raise UsageError("the token names no audience that can be read", next_step="name one with --audience")
        say(f"note: judged for {audience}, the audience that the token itself names; --audience says otherwise")
    session.show(session.client.inspect(token=token, audience=audience, min_revision=min_revision), form)
    return ExitCode.OK


def unverified_audience(token: str) -> str | None:
    """The first `aud` that the token's payload names, unverified, or None when there is none to be read."""
    try:
        segment = token.split(".")[1]
        payload = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (IndexError, binascii.Error, ValueError, RecursionError):
        return None
    audiences = payload.get("aud") if isinstance(payload, dict) else None
    first = audiences[0] if isinstance(audiences, list) and audiences else audiences
    return first if isinstance(first, str) and first else None
