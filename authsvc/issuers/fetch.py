"""Fetches the JWK set of an issuer. Whoever answers is not trusted: not with an address, a redirect, a size or a minute."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import h11

from authsvc.issuers.addresses import is_public
from authsvc.keys.public_jwk import JwkSetError, PublicJwkSet, read_public_jwk_set

MAX_BODY_BYTES = 256 * 1024
MAX_HEADER_BYTES = 16 * 1024
CONNECT_SECONDS = 2.0
TOTAL_SECONDS = 5.0
MAX_ADDRESSES = 4
"""How many of the addresses of a name are tried."""

_CONTENT_TYPES = frozenset({b"application/json", b"application/jwk-set+json"})
_CHUNK = 16 * 1024

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host."""


class FetchFault(StrEnum):
    """Why a key set could not be fetched; the values are labels of a metric."""

    SCHEME = "scheme"
    ADDRESS = "address"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    REDIRECT = "redirect"
    STATUS = "status"
    CONTENT_TYPE = "content_type"
    TOO_LARGE = "too_large"
    KEY_SET = "key_set"


class FetchError(Exception):
    """A key set could not be fetched. The message holds nothing of what was answered."""

    def __init__(self, fault: FetchFault, why: str) -> None:
        super().__init__(why)
        self.fault = fault


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class JwksFetcher:
    """Fetches key sets over HTTP/1.1: one GET, no redirect, no cookie, no proxy, no credentials, no compression."""

    dev: bool = False
    """Whether the server is for development: then http is good for loopback, and https for any address."""
    tls: ssl.SSLContext | None = None
    """How certificates are verified. None: by the system's authorities."""
    resolve: Resolve = resolve

    async def fetch(self, url: str) -> PublicJwkSet:
        """The key set at a URL of a tenant document.

        Raises:
            FetchError: with the fault.
        """
        try:
            return read_public_jwk_set(await self.download(url))
        except JwkSetError as error:
            raise FetchError(FetchFault.KEY_SET, f"the key set {error}") from None

    async def download(self, url: str) -> bytes:
        """What is answered at a URL of a tenant document, whatever it says.

        Raises:
            FetchError: with the fault.
        """
        parts = urlsplit(url)
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                return await self._get(parts)
        except TimeoutError:
            raise FetchError(FetchFault.TIMEOUT, f"it took more than {TOTAL_SECONDS:.0f} s") from None
        except h11.RemoteProtocolError:
            raise FetchError(FetchFault.PROTOCOL, "what answered does not speak HTTP/1.1") from None
        except (OSError, EOFError, UnicodeError):  # the last of a host that no name server could know
            raise FetchError(FetchFault.CONNECT, "the connection broke") from None

    async def _get(self, parts: SplitResult) -> bytes:
        reader, writer = await self._connect(parts)
        try:
            return await _exchange(parts, reader, writer)
        finally:
            writer.transport.abort()
            with suppress(OSError, TimeoutError):
                await writer.wait_closed()

    async def _connect(self, parts: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                addresses = self._allowed(parts.scheme, await self.resolve(host, port))
                return await self._open(addresses, host, port, secure=parts.scheme == "https")
        except TimeoutError:
            raise FetchError(FetchFault.TIMEOUT, f"no connection within {CONNECT_SECONDS:.0f} s") from None

    def _allowed(self, scheme: str, addresses: list[str]) -> list[str]:
        """The addresses that may be connected to.

        They are the ones that the connection goes to: the name is not asked for again, so no second answer of a name
        server leads elsewhere.
        """
        if scheme != "https" and not self.dev:
            raise FetchError(FetchFault.SCHEME, "only https is fetched; http is for a development server")
        if scheme != "https":
            allowed = [address for address in addresses if ip_address(address.partition("%")[0]).is_loopback]
        elif self.dev:
            allowed = addresses
        else:
            allowed = [address for address in addresses if is_public(address)]
        if not allowed:
            raise FetchError(FetchFault.ADDRESS, "its host has no address that keys may be fetched from")
        return allowed[:MAX_ADDRESSES]

    async def _open(
        self, addresses: list[str], host: str, port: int, *, secure: bool
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        context = (self.tls or await asyncio.to_thread(ssl.create_default_context)) if secure else None
        failure = FetchError(FetchFault.CONNECT, "it cannot be reached")
        for address in addresses:
            try:
                return await asyncio.open_connection(
                    address, port, ssl=context, server_hostname=host if secure else None, limit=_CHUNK
                )
            except ssl.SSLError:
                failure = FetchError(FetchFault.TLS, "its certificate is not good for its name")
            except OSError:
                continue
        raise failure


async def _exchange(parts: SplitResult, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADER_BYTES)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request = h11.Request(
        method="GET",
        target=target,
        headers=[
            ("Host", parts.netloc),
            ("Accept", "application/jwk-set+json, application/json"),
            ("User-Agent", "authsvc"),
            ("Connection", "close"),
        ],
    )
    writer.write((connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b""))
    await writer.drain()
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Response):
            _check_head(event)
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_BODY_BYTES:
                raise FetchError(FetchFault.TOO_LARGE, f"the key set has more than {MAX_BODY_BYTES // 1024} KiB")
        elif isinstance(event, h11.EndOfMessage):
            return bytes(body)
        elif not isinstance(event, h11.InformationalResponse):
            raise FetchError(FetchFault.PROTOCOL, "the answer ended early")


def _check_head(response: h11.Response) -> None:
    """Refuse an answer by its head.

    Raises:
        FetchError: it is none, one from elsewhere, or one of another kind or size than a key set's.
    """
    status = response.status_code
    if 300 <= status < 400:  # noqa: PLR2004 (RFC 9110 section 15.4)
        raise FetchError(FetchFault.REDIRECT, "it redirects, and redirects are not followed; name the last URL")
    if status != 200:  # noqa: PLR2004 (RFC 9110 section 15.3.1)
        raise FetchError(FetchFault.STATUS, f"it answers with the status {status}")
    headers = dict(response.headers)
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind not in _CONTENT_TYPES:
        raise FetchError(
            FetchFault.CONTENT_TYPE, "its content type is neither application/json nor application/jwk-set+json"
        )
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise FetchError(FetchFault.CONTENT_TYPE, "it compresses the key set, which it was not asked for")
    # h11 refuses a length that is no number before this.
    if int(headers.get(b"content-length", b"0")) > MAX_BODY_BYTES:
        raise FetchError(FetchFault.TOO_LARGE, f"the key set has more than {MAX_BODY_BYTES // 1024} KiB")
