"""The command `authsvc`: its sub-commands, and how it starts and ends."""

import os
import sys
from collections.abc import Sequence
from importlib import metadata
from io import TextIOWrapper
from typing import Annotated

import typer

from authsvc.cli.commands import (
    audit,
    exchange,
    health,
    inspect,
    issue,
    keys,
    operations,
    report,
    revoke,
    server,
    tenants,
    tokens,
    verify,
)
from authsvc.cli.ending import drop_output, guard
from authsvc.cli.errors import UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.text import ADVICE, holds_token

_EPILOG = "\n".join(["Exit codes:", *(f"{code.value:>3}  {code.meaning}" for code in ExitCode)])

app = typer.Typer(
    help="Issue, verify, scope-check and revoke JSON Web Tokens that are used as API keys.",
    epilog=_EPILOG,
    no_args_is_help=True,
    # A traceback, however pretty, shows what the variables hold: tokens.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

_SERVER, _CLIENT, _TENANTS = "Run the service", "Ask the service", "Say who may do what"

app.command(rich_help_panel=_SERVER)(server.serve)
app.command(rich_help_panel=_SERVER)(server.bootstrap)
app.command(rich_help_panel=_SERVER)(server.recover)
app.command(rich_help_panel=_CLIENT)(issue.issue)
app.command(rich_help_panel=_CLIENT)(exchange.exchange)
app.command(rich_help_panel=_CLIENT)(exchange.rotate)
app.command(rich_help_panel=_CLIENT)(verify.verify)
app.command(rich_help_panel=_CLIENT)(verify.check)
app.command(rich_help_panel=_CLIENT)(revoke.revoke)
app.command(rich_help_panel=_CLIENT)(inspect.inspect)
app.command(rich_help_panel=_CLIENT)(report.report)

_tokens = typer.Typer(help="Look at the records of issued tokens.", no_args_is_help=True)
_tokens.command("list")(tokens.list_tokens)
_tokens.command("get")(tokens.get_token)
app.add_typer(_tokens, name="tokens", rich_help_panel=_CLIENT)

app.command(rich_help_panel=_TENANTS)(tenants.apply)
app.command(rich_help_panel=_TENANTS)(tenants.diff)
app.command(rich_help_panel=_TENANTS)(operations.operations)

_get = typer.Typer(help="Show what is in place.", no_args_is_help=True)
_get.command("tenants")(tenants.get_tenants)
app.add_typer(_get, name="get", rich_help_panel=_TENANTS)

_delete = typer.Typer(help="Take away what is in place.", no_args_is_help=True)
_delete.command("tenant")(tenants.delete_tenant)
app.add_typer(_delete, name="delete", rich_help_panel=_TENANTS)
_audit = typer.Typer(help="Look at who changed what, and whether that log is intact.", no_args_is_help=True)
_audit.command("list")(audit.list_records)
_audit.command("verify")(audit.verify)
app.add_typer(_audit, name="audit", rich_help_panel=_CLIENT)

_keys = typer.Typer(help="Look at a tenant's keys, rotate them, bring your own.", no_args_is_help=True)
_keys.command("list")(keys.list_keys)
_keys.command("rotate")(keys.rotate)
_keys.command("activate")(keys.activate)
_keys.command("taint")(keys.taint)
_keys.command("retire")(keys.retire)
_keys.command("import")(keys.import_key)
_keys.command("jwks")(keys.jwks)
_keys.command("reseal")(server.reseal)
app.add_typer(_keys, name="keys", rich_help_panel=_CLIENT)

app.command(rich_help_panel=_CLIENT)(health.health)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        sys.stdout.write(f"authsvc {_version()}\n")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, those of the process by default, and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter gets its code instead of an error.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return guard(lambda: _dispatch(words))


def _dispatch(words: list[str]) -> ExitCode:
    if any(holds_token(word) for word in words) and "_AUTHSVC_COMPLETE" not in os.environ:
        # Before the parser sees it, since a parser quotes what it does not understand.
        raise UsageError("a token stands on the command line, where others can read it", next_step=ADVICE)
    try:
        app(words, prog_name="authsvc")
    except SystemExit as stop:
        if stop.code == 1 and not isinstance(stop.code, ExitCode):
            # Our commands end with an ExitCode; a plain 1 is typer's and rich's word for a broken pipe.
            drop_output()
            return ExitCode.BROKEN_PIPE
        return ExitCode.of(stop.code if isinstance(stop.code, int) else 0)
    return ExitCode.OK


def _version() -> str:
    try:
        return metadata.version("authsvc")
    except metadata.PackageNotFoundError:
        return "(not installed)"
