"""The public door: JWK sets and issuer metadata over HTTP, for any JWT library, mesh or cache. It takes no key and no body.

RFC 7517 section 5 (JWK set), RFC 8414 (metadata), RFC 9110 (conditional requests), RFC 9111 (caching).
"""

import asyncio
from collections.abc import Mapping
from hashlib import sha256

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from authsvc.api.jwks import JWKS_PATH, METADATA_PATH, PublicKeys
from authsvc.errors import StoreUnavailableError
from authsvc.transport.http.https import HttpsContext
from authsvc.transport.http.server import HttpServer

JWKS_TYPE = "application/jwk-set+json"
METADATA_TYPE = "application/json"
MAX_CONNECTIONS = 256
"""Open connections of one worker. What is served here is small, and caches stand in front of it: more are closed at once."""
CONNECTION_SECONDS = 30.0
"""How long a connection may last, whatever it does: nobody keeps one by sending slowly, or nothing."""


def public_app(keys: PublicKeys, max_age: int) -> Starlette:
    """The application. Verifiers keep what they read for `max_age` seconds."""
    cached = {"cache-control": f"public, max-age={max_age}", "x-content-type-options": "nosniff"}

    async def jwks(request: Request) -> Response:
        found = keys.of(request.path_params["tenant"])
        return _answer(request, found.text, found.etag, {"content-type": JWKS_TYPE, **cached})

    async def metadata(request: Request) -> Response:
        text = keys.metadata(request.path_params["tenant"])
        if text is None:
            return Response(
                "Not Found", 404, {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
            )
        etag = f'"{sha256(text.encode()).hexdigest()[:32]}"'
        return _answer(request, text, etag, {"content-type": METADATA_TYPE, **cached})

    async def unavailable(_request: Request, _error: Exception) -> Response:
        # A key may have been tainted that this worker still holds for good: nothing is better than that.
        return Response("try again later", 503, {"retry-after": "1", "cache-control": "no-store"})

    return Starlette(
        routes=[Route(JWKS_PATH, jwks, methods=["GET"]), Route(METADATA_PATH, metadata, methods=["GET"])],
        exception_handlers={StoreUnavailableError: unavailable},
    )


def _answer(request: Request, text: str, etag: str, headers: Mapping[str, str]) -> Response:
    headers = {"etag": etag, **headers}
    if _is_known(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers={name: headers[name] for name in ("etag", "cache-control")})
    return Response(text, headers=headers)


def _is_known(if_none_match: str, etag: str) -> bool:
    """Whether the client has it already; entity tags are compared weakly (RFC 9110 section 13.1.2)."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or tags == {"*"}


class ShortLivedProtocol(H11Protocol):
    """A connection that ends after a while, and at once when there are too many."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
            return
        self.loop.call_later(CONNECTION_SECONDS, self.shutdown)
        self.loop.call_later(CONNECTION_SECONDS + 1, transport.abort)


def make_public_server(app: Starlette, https: HttpsContext | None, grace: int) -> HttpServer:
    """A server for the application, over TLS if there is a context; it ends within `grace` seconds of being asked to."""
    context = None if https is None else https.context
    return HttpServer(
        uvicorn.Config(
            app,
            http=ShortLivedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=grace,
            ssl_context_factory=None if context is None else lambda _config, _default: context,
        )
    )
