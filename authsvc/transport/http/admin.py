"""The admin address: /livez, /readyz and /metrics over plain HTTP, for kubelets and scrapers."""

from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from authsvc.transport.http.server import HttpServer

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


def make_admin_server(app: Starlette) -> HttpServer:
    """A server for the application."""
    return HttpServer(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none", server_header=False)
    )
