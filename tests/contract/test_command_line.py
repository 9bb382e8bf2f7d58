"""Every RPC can be reached from the command line, or it is said why not."""

import pytest
import typer

from authsvc.cli.main import app
from tests.contract.contract import METHODS

COMMANDS = {
    "Issue": "issue",
    "Verify": "verify",
    "CheckScopes": "check",
    "Revoke": "revoke",
    "Inspect": "inspect",
    "GetToken": "tokens get",
    "ListTokens": "tokens list",
    "ApplyTenant": "apply",
    "GetTenant": "get tenants",
    "ListTenants": "get tenants",
    "DeleteTenant": "delete tenant",
    "ListAuditRecords": "audit list",
    "VerifyAuditLog": "audit verify",
    "ListKeys": "keys list",
    "RotateKey": "keys rotate",
    "ActivateKey": "keys activate",
    "TaintKey": "keys taint",
    "RetireKey": "keys retire",
    "ImportKey": "keys import",
    "GetJwks": "keys jwks",
    "Exchange": "exchange",
    "RotateToken": "rotate",
    "ListTokenUsage": "report",
}

WITHOUT = {
    "BatchVerify": "a shell asks about one token at a time, with verify",
    "BatchCheckScopes": "a shell asks about one token at a time, with check",
}
"""The reason why an RPC has no command."""


def test_every_rpc_has_a_command_or_a_reason() -> None:
    assert COMMANDS.keys() | WITHOUT.keys() == METHODS.keys()
    assert not COMMANDS.keys() & WITHOUT.keys()
    assert all(WITHOUT.values())


@pytest.mark.parametrize("words", COMMANDS.values())
def test_the_command_exists(words: str) -> None:
    command = typer.main.get_command(app)
    for word in words.split():
        assert isinstance(command, typer.core.TyperGroup)
        command = command.commands[word]
    assert command.help
