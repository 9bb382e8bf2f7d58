"""The audience that tokens are held against: that of the request, within the caller's registration."""

from authsvc.api.caller import Caller
from authsvc.api.fields import check_audience
from authsvc.errors import FieldViolation, GrantExceededError


def expected_audience(asked: str, caller: Caller) -> str:
    """The audience that a token must be meant for. It is never left open: one that is not asked for would not be checked.

    Raises:
        InvalidFieldError: none is named, and the caller's registration does not name exactly one; or it is too long.
        GrantExceededError: the caller's registration names others.
    """
    client = caller.client
    if client is None or not client.audiences:
        check_audience(asked)
        return asked
    if asked in client.audiences:
        return asked
    if not asked and len(client.audiences) == 1:
        return next(iter(client.audiences))
    check_audience(asked)
    raise GrantExceededError([FieldViolation("audience", "must be one that the client verifies for")])
