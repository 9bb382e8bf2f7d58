"""Every RPC can be reached from the command line, or it is said why not."""

import pytest
import typer

from authsvc.cli import reach
from authsvc.cli.main import app
from tests.contract.contract import METHODS

_PACKAGE = "/authsvc."
COMMANDS = {
    rpc.rpartition("/")[2]: command.removeprefix("authsvc ")
    for rpc, command in reach.COMMANDS.items()
    if rpc.startswith(_PACKAGE)
}
WITHOUT = {rpc.rpartition("/")[2]: reason for rpc, reason in reach.WITHOUT_COMMAND.items() if rpc.startswith(_PACKAGE)}


def test_every_rpc_has_a_command_or_a_reason() -> None:
    assert COMMANDS.keys() | WITHOUT.keys() == METHODS.keys()
    assert not COMMANDS.keys() & WITHOUT.keys()
    assert all(WITHOUT.values())


@pytest.mark.parametrize("words", sorted(set(COMMANDS.values())))
def test_the_command_exists(words: str) -> None:
    command = typer.main.get_command(app)
    for word in words.split():
        assert isinstance(command, typer.core.TyperGroup)
        command = command.commands[word]
    assert command.help
