"""How every command ends: with an exit code and, when it failed, with words instead of a traceback."""

import functools
import os
import sys
from collections.abc import Callable
from typing import ParamSpec

import typer

from authsvc.cli.errors import CommandError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.screen import say, say_error

STDOUT = 1

Parameters = ParamSpec("Parameters")


def guard(command: Callable[[], ExitCode]) -> ExitCode:
    """Run the command and say on standard error why it failed: never a traceback, which could quote a token."""
    try:
        code = command()
        sys.stdout.flush()
    except CommandError as error:
        say_error(error)
        return error.code
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        drop_output()
        return ExitCode.BROKEN_PIPE
    except typer.Exit as stop:
        return ExitCode.of(stop.exit_code)
    except Exception as error:  # noqa: BLE001 (the last line of defence: the user sees words)
        say(f"error: this command has a fault ({_place(error)})")
        say("next: report it with the command that you typed, without tokens")
        return ExitCode.INTERNAL
    return code


def ends_well(command: Callable[Parameters, ExitCode]) -> Callable[Parameters, None]:
    """The command as typer wants it: it ends by raising typer.Exit with its code."""

    @functools.wraps(command)
    def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        raise typer.Exit(guard(lambda: command(*args, **kwargs)))

    return guarded


def drop_output() -> None:
    """Let whatever is still written to standard output vanish: its reader has gone away."""
    # What is buffered would fail once more when the interpreter ends, which then complains.
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, STDOUT)
    os.close(descriptor)


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else ""  # noqa: PTH119 (text, not a path)
    return f"{type(error).__name__}{where}"
