"""How a new token reaches its owner: alone in a pipe, below the picture on a terminal, or in a file of its own."""

from pathlib import Path
from typing import TYPE_CHECKING

from authsvc.cli.credentials import write_secret
from authsvc.cli.scope_form import ScopeForm
from authsvc.cli.screen import say

if TYPE_CHECKING:
    from authsvc.cli.session import Session
    from authsvc.v1.token_service_pb2 import ExchangeResponse, IssueResponse, RotateTokenResponse


def deliver(
    session: "Session",
    answer: "IssueResponse | ExchangeResponse | RotateTokenResponse",
    token_out: Path | None,
    form: ScopeForm,
) -> None:
    """Show the answer, and its token where it was asked for."""
    token = answer.token
    if token_out is not None:
        write_secret(token_out, token, "--token-out")
        answer.token = ""
    if session.as_json or session.screen.is_terminal or token_out is not None:
        session.show(answer, form)
        if token_out is not None:
            say(f"the token is in {token_out}")
        elif not session.as_json:
            # Below the picture and unbroken, so that it can be copied.
            session.screen.write(token)
    else:
        session.screen.write(token)
