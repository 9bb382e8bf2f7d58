"""Spans and moments as people write them on a command line."""

import re
from datetime import UTC, datetime, timedelta

from authsvc.cli.errors import UsageError

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPAN = re.compile(r"(?:[0-9]{1,12}[wdhms])+")
_SPAN_PART = re.compile(r"([0-9]+)([wdhms])")
_SECONDS = re.compile(r"[0-9]{1,12}")

# The longest span that a google.protobuf.Duration may hold, 10,000 years.
_MAX_SECONDS = 315_576_000_000


def parse_span(text: str, option: str) -> timedelta:
    """The span that "15m", "12h", "30d", "1h30m" or a number of seconds stands for.

    Raises:
        UsageError: it is none of these, or too long for a protobuf Duration; `option` names the culprit.
    """
    if _SECONDS.fullmatch(text):
        seconds = int(text)
    elif _SPAN.fullmatch(text):
        seconds = sum(int(number) * _UNITS[unit] for number, unit in _SPAN_PART.findall(text))
    else:
        seconds = -1
    if not 0 <= seconds <= _MAX_SECONDS:
        raise UsageError(
            f"{option}: not a span of time", next_step='write it like "90", "15m", "12h", "30d" or "1h30m"'
        )
    return timedelta(seconds=seconds)


def parse_moment(text: str, option: str, *, now: datetime) -> datetime:
    """The moment that an RFC 3339 time, seconds since the epoch, "now", "+15m" or "-15m" stands for, in UTC.

    Raises:
        UsageError: it is none of these, or an RFC 3339 time without an offset.
    """
    try:
        if text == "now":
            return now
        if text[:1] in {"+", "-"}:
            span = parse_span(text[1:], option)
            return now + span if text[0] == "+" else now - span
        if _SECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise UsageError(
        f"{option}: not a moment",
        next_step='write it like "2030-01-31T12:00:00Z", 1895918400, "now", "+15m" or "-1h"',
    )


def describe_moment(moment: datetime) -> str:
    """The moment in RFC 3339, in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def describe_span(span: timedelta) -> str:
    """The span in its two greatest units: "3d 4h", "15m", "20s"."""
    seconds = int(abs(span.total_seconds()))
    parts = []
    for unit in "dhms":
        count, seconds = divmod(seconds, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"
