"""Keep-alive HTTP/1.1 calls over plain sockets, one in flight a connection, for the peer (RFC 9112)."""

import re
import selectors
import socket
from collections.abc import Sequence

from bench.errors import LoadError

_RECEIVE = 1 << 16
_STALL_SECONDS = 30.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


def post(path: str, body: str, authorization: str) -> bytes:
    """A request with a form, ready to send."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: {authorization}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("ascii")


def connect(address: str) -> socket.socket:
    """A connection to HOST:PORT."""
    host, _, port = address.rpartition(":")
    opened = socket.create_connection((host, int(port)), timeout=_STALL_SECONDS)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def _split(received: bytearray) -> tuple[bytes, bytes] | None:
    """Head and body once both are whole."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(received[: end + 2])
    length = _LENGTH.search(head)
    if length is None:
        raise LoadError("an answer without a Content-Length")
    body = bytes(received[end + 4 :])
    return (head, body) if len(body) >= int(length[1]) else None


def drive(connections: Sequence[socket.socket], requests: Sequence[bytes]) -> list[bytes]:
    """Send all requests, one at a time on each connection; the bodies of the answers, in the order of their arrival.

    Raises:
        LoadError: an answer is not 200, or nothing happened for half a minute.
    """
    waiting = iter(requests)
    bodies: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            request = next(waiting, None)
            if request is not None:
                connection.sendall(request)
                selector.register(connection, selectors.EVENT_READ, (connection, bytearray()))
        while selector.get_map():
            ready = selector.select(_STALL_SECONDS)
            if not ready:
                raise LoadError("the server fell silent")
            for key, _ in ready:
                connection, received = key.data
                received += connection.recv(_RECEIVE)
                answer = _split(received)
                if answer is None:
                    continue
                head, body = answer
                if not head.startswith(b"HTTP/1.1 200 "):
                    raise LoadError(f"an answer that is not 200: {head.splitlines()[0]!r}")
                bodies.append(body)
                received.clear()
                request = next(waiting, None)
                if request is None:
                    selector.unregister(connection)
                else:
                    connection.sendall(request)
    return bodies
