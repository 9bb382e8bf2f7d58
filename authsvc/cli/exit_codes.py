"""How the command ends, so that scripts can branch on it. The numbers are a promise: they do not change.

| code | name | meaning |
| --- | --- | --- |
| 0 | OK | Yes, or done. |
| 1 | NO | The answer is no: not valid, not the same, or not intact. |
| 2 | USAGE | The command or the request is wrong: an option, a field, a file. |
| 3 | INSUFFICIENT_SCOPE | The token is good, but its scopes do not suffice. |
| 4 | DENIED | The API key is missing, is not good, or may not do this. |
| 5 | NOT_FOUND | There is no such tenant, token, operation, key or service. |
| 6 | CONFLICT | The state of the service is against it, as with a request id used before. |
| 7 | UNAVAILABLE | The server is out of reach, not ready or too busy: try again later. |
| 8 | CONFIGURATION | A setting, a key file or a certificate cannot be used. |
| 70 | INTERNAL | A fault of the service or of this command. |
| 130 | INTERRUPTED | Stopped with Ctrl-C. |
| 141 | BROKEN_PIPE | Whoever read the output has gone away. |
"""

from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """The exit code of the command; `meaning` says in one line what it stands for."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        """A member with its meaning."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    @classmethod
    def of(cls, number: int) -> "ExitCode":
        """The member with that number, or INTERNAL when there is none."""
        return next((code for code in cls if code == number), cls.INTERNAL)

    OK = 0, "Yes, or done."
    NO = 1, "The answer is no: not valid, not the same, or not intact."
    USAGE = 2, "The command or the request is wrong: an option, a field, a file."
    INSUFFICIENT_SCOPE = 3, "The token is good, but its scopes do not suffice."
    DENIED = 4, "The API key is missing, is not good, or may not do this."
    NOT_FOUND = 5, "There is no such tenant, token, operation, key or service."
    CONFLICT = 6, "The state of the service is against it, as with a request id used before."
    UNAVAILABLE = 7, "The server is out of reach, not ready or too busy: try again later."
    CONFIGURATION = 8, "A setting, a key file or a certificate cannot be used."
    INTERNAL = 70, "A fault of the service or of this command."
    INTERRUPTED = 130, "Stopped with Ctrl-C."
    BROKEN_PIPE = 141, "Whoever read the output has gone away."
