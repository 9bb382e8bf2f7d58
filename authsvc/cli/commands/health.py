"""`authsvc health`."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from authsvc.cli.client_command import client_command
from authsvc.cli.errors import CommandError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.screen import progress

if TYPE_CHECKING:
    from grpc_health.v1.health_pb2 import HealthCheckResponse

    from authsvc.cli.session import Session

_PAUSE = 0.1
"""Seconds between two questions while waiting."""


@client_command
def health(
    session: "Session",
    service: Annotated[
        str,
        typer.Option("--service", help='The service to ask for: "" is readiness, "liveness" is on until exit.'),
    ] = "",
    wait: Annotated[float, typer.Option("--wait", min=0, help="Wait up to this many seconds until it serves.")] = 0.0,
) -> ExitCode:
    """Say whether the server is ready. It takes no API key.

    Exit code 0 when it is, 7 when it is not or cannot be reached.
    """
    with progress("waiting for the server"):
        answer = _wait(session, service, wait) if wait else session.client.health(service)
    session.show(answer)
    return ExitCode.OK if _is_serving(answer) else ExitCode.UNAVAILABLE


def _wait(session: "Session", service: str, seconds: float) -> "HealthCheckResponse":
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        try:
            answer = session.client.health(service, wait_at_most=max(left, 0.001))
        except CommandError as error:
            if error.code not in {ExitCode.UNAVAILABLE, ExitCode.NOT_FOUND} or left <= _PAUSE:
                raise
        else:
            if _is_serving(answer) or left <= _PAUSE:
                return answer
        time.sleep(_PAUSE)


def _is_serving(answer: "HealthCheckResponse") -> bool:
    return bool(answer.status == answer.SERVING)
