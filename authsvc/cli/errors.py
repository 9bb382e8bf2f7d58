"""What a command raises when it cannot go on: the message, the exit code, and what to do next."""

from collections.abc import Sequence

from authsvc.cli.exit_codes import ExitCode


class CommandError(Exception):
    """A command cannot go on. Neither text ever holds a token or a key."""

    def __init__(self, message: str, code: ExitCode, *, next_step: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.next_step = next_step
        self.details = tuple(details)


class UsageError(CommandError):
    """The command line itself is wrong."""

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message, ExitCode.USAGE, next_step=next_step)


class SettingsError(CommandError):
    """A setting, a file or an address that the command needs cannot be used."""

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message, ExitCode.CONFIGURATION, next_step=next_step)
