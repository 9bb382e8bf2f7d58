"""docs/cli.md names the commands and options that there are."""

import re
from typing import Any

import typer.main

from authsvc.cli.main import app
from tests.unit.cli.conftest import ROOT

PAGE = (ROOT / "docs" / "cli.md").read_text()
SHARED = {
    *("--address", "--tenant", "--api-key-file", "--tls", "--ca-file", "--cert-file", "--key-file"),
    *("--insecure", "--timeout", "--json", "--help", "-h"),
}
SERVER = {"serve", "bootstrap", "recover"}


def _commands() -> dict[str, Any]:
    root: Any = typer.main.get_command(app)
    found = {}
    for name, command in root.commands.items():
        for inner, sub_command in getattr(command, "commands", {"": command}).items():
            found[f"{name} {inner}".strip()] = sub_command
    return found


def _options(command: Any) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}


def test_every_command_has_a_row_with_its_options() -> None:
    rows = {
        name: set(re.findall(r"--[a-z0-9-]+", rest))
        for name, rest in re.findall(r"^\| `authsvc ([a-z ]+)`(.*)", PAGE, re.MULTILINE)
    }
    expected = {
        name: _options(command) - (SHARED - ({"--json", "--address"} if name in SERVER else set()))
        for name, command in _commands().items()
    }
    assert rows == expected


def test_every_option_of_the_connection_is_named() -> None:
    connection = PAGE.partition("## Connection")[2].partition("\n## ")[0]
    asked = _options(_commands()["verify"])
    for option in SHARED & asked - {"--json", "--help", "-h"}:
        assert f"`{option}`" in connection
