"""The admin address: /livez, /readyz and /metrics over plain HTTP, for kubelets and scrapers."""

import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from authsvc.errors import ConfigurationError

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def admin_app(is_ready: Callable[[], bool], metrics: Callable[[], bytes]) -> Starlette:
    """The application."""

    async def livez(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        ready = is_ready()
        return PlainTextResponse("ok\n" if ready else "not ready\n", status_code=200 if ready else 503)

    async def metricsz(_request: Request) -> Response:
        return Response(metrics(), media_type=METRICS_TYPE)

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metricsz)])


class AdminServer(uvicorn.Server):
    """Uvicorn without its signal handlers: the process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def bind(address: str) -> socket.socket:
    """A socket on the address; a new server may bind it before the old one has drained.

    Raises:
        ConfigurationError: it cannot be bound.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        bound.bind((host, int(port)))
    except (OSError, ValueError) as error:
        bound.close()
        raise ConfigurationError(f"AUTHSVC_ADMIN_ADDRESS: {address} cannot be listened on ({error})") from None
    return bound


def make_admin_server(app: Starlette) -> AdminServer:
    """A server for the application."""
    return AdminServer(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none", server_header=False)
    )
