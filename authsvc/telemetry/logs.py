"""JSON logs, one line an event, on standard error."""

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

# The last line of defence: what looks like a JWT or a bearer key is masked, wherever it came from.
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*|(?i:bearer)\s+[A-Za-z0-9._~+/=-]+")
_MASK = "[masked]"


def mask(text: str) -> str:
    """The text without anything that looks like a token, on one line."""
    return _TOKEN.sub(_MASK, text).replace("\r", "\\r").replace("\n", "\\n")


_render_json = structlog.processors.JSONRenderer()


def _render(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:  # noqa: ANN401 (structlog's shape)
    # The whole line is masked, so that no name, list or object in it hides anything.
    return mask(str(_render_json(logger, method, event)))


class _SteadyLog:
    """Standard error as a file that never raises: a full disk or a reader that has gone costs lines, and no call."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()


def describe_fault(error: BaseException) -> str:
    """An exception for a log: its type and where it arose, never its message, which may hold a caller's text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.filename.rpartition('authsvc/')[2]}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places}"


def configure_logs(*, process: str) -> None:
    """Write JSON lines to standard error; the process is named in each."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _SteadyLog())),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    # grpc and asyncio log through the standard library; a fault there may quote what a caller sent.
    logging.basicConfig(level=logging.CRITICAL, force=True)
