"""What every HTTP server of this service has: a socket that a new process may share, and no signal handlers."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from authsvc.errors import ConfigurationError


class HttpServer(uvicorn.Server):
    """Uvicorn without its signal handlers: the process has its own."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        """Set once it accepts connections."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections, and say so."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def bind(address: str, setting: str) -> socket.socket:
    """A socket on the address; other processes, a new server among them, may bind it too.

    Raises:
        ConfigurationError: it cannot be bound; `setting` names the culprit.
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
        raise ConfigurationError(f"{setting}: {address} cannot be listened on ({error})") from None
    return bound
