import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.cli.errors import UsageError
from authsvc.cli.times import describe_moment, describe_span, parse_moment, parse_span

NOW = datetime(2030, 1, 31, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90", 90),
        ("90s", 90),
        ("15m", 900),
        ("12h", 43_200),
        ("30d", 2_592_000),
        ("2w", 1_209_600),
        ("1h30m", 5400),
        ("315576000000", 315_576_000_000),
    ],
)
def test_spans(text: str, seconds: int) -> None:
    assert parse_span(text, "--ttl") == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "-1", "1.5h", "h", "1x", "1 h", "1h ", "\u0661h", "1e3", "315576000001", "999999999999w", "1H"]
)
def test_what_is_no_span_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="--ttl"):
        parse_span(text, "--ttl")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW),
        ("+15m", NOW + timedelta(minutes=15)),
        ("-1h", NOW - timedelta(hours=1)),
        ("1895918400", datetime(2030, 1, 29, 12, 0, tzinfo=UTC)),
        ("2030-01-31T12:00:00Z", NOW),
        ("2030-01-31T14:00:00+02:00", NOW),
        ("2030-01-31 12:00:00+00:00", NOW),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert parse_moment(text, "--not-before", now=NOW) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2030-01-31",
        "2030-01-31T12:00:00",
        "+",
        "-x",
        "999999999999",
        "+999999999999",
        "2030-13-01T00:00:00Z",
    ],
)
def test_what_is_no_moment_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="--not-before"):
        parse_moment(text, "--not-before", now=NOW)


@given(st.text(max_size=20))
def test_any_text_is_a_moment_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert parse_moment(text, "--not-before", now=NOW).tzinfo is UTC


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (20, "20s"),
        (900, "15m"),
        (5400, "1h 30m"),
        (-5400, "1h 30m"),
        (90_061, "1d 1h"),
        (86_400 * 30, "30d"),
    ],
)
def test_spans_are_described(seconds: int, text: str) -> None:
    assert describe_span(timedelta(seconds=seconds)) == text


def test_moments_are_described() -> None:
    assert describe_moment(NOW.astimezone()) == "2030-01-31T12:00:00Z"
