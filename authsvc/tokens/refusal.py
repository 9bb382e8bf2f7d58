"""Why a token is refused, as a value."""

from dataclasses import dataclass

from authsvc.v1.reason_pb2 import Reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """A token was refused: the reason that callers see, the check that refused it, and what that check asks for.

    Every refusal is a constant: nothing of the token is ever in it.
    """

    reason: Reason
    check: str
    rule: str
