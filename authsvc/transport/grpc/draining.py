"""Ends the connections of a server without losing a call, as RFC 9113 section 6.8 has it.

A server says twice that it goes away: first so that clients send no more, then which of their calls it has taken up;
the others they send elsewhere of themselves. From the first time on, grpc answers CANCELLED to whatever was still on
its way, which no client repeats. So the connections are no longer read from that moment: what is on its way stays
unread, and the second time says so.
"""

import asyncio
import contextlib
import fcntl
import os
import socket
import sys
import termios
from pathlib import Path
from typing import Self

from authsvc.transport.grpc.queue_server import QueueServer

_DESCRIPTORS = Path("/proc/self/fd")
_IDLE_SECONDS = 2.0
_TAKE_UP_SECONDS = 0.05
"""How soon what has been read is a call. Longer would not do: with some 64 KiB unread the kernel tells grpc all the same."""
_ROUND_TRIP_SECONDS = 0.2
_UNREAD_SECONDS = 5.0
"""How long an answer may have to wait for its reader's leave to go on."""
_LEAST_CALL = 50
"""Any call is of more bytes. An answered ping is of 17, or with TLS of 39 to 46."""
_READ_BYTES = 1 << 16
_OUT_OF_REACH = 1 << 30


class _Connections:
    """The connections that this process has accepted on a port, as descriptors of their own beside those of grpc."""

    def __init__(self, port: int) -> None:
        self._sockets: list[socket.socket] = []
        # Where there is no such directory, connections end as grpc ends them.
        for name in os.listdir(_DESCRIPTORS) if _DESCRIPTORS.is_dir() else ():  # noqa: PTH208 (numbers, not paths)
            with contextlib.suppress(OSError):
                self._take(socket.socket(fileno=os.dup(int(name))), port)

    def _take(self, found: socket.socket, port: int) -> None:
        try:
            is_tcp = found.type == socket.SOCK_STREAM and found.family in {socket.AF_INET, socket.AF_INET6}
            if is_tcp and found.getpeername() and found.getsockname()[1] == port:
                self._sockets.append(found)
                return
        except OSError:
            pass
        found.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._sockets:
            connection.close()

    def pause(self) -> None:
        """From now on grpc is not told that something has come in."""
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, _OUT_OF_REACH)

    def resume(self, *, below: int | None = None) -> None:
        """Have grpc told again, of connections with fewer bytes unread than `below`, or of all."""
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                if below is None or _unread(connection) < below:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)

    def discard(self) -> None:
        """Throw away what has come in.

        A connection that is closed with something unread is reset, and its peer may lose what was said last.
        """
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                while connection.recv(_READ_BYTES, socket.MSG_DONTWAIT):
                    pass


def _unread(connection: socket.socket) -> int:
    return int.from_bytes(fcntl.ioctl(connection, termios.FIONREAD, bytes(4)), sys.byteorder)


async def drain(server: QueueServer, port: int, seconds: float) -> None:
    """Finish the calls in flight, at most so many seconds long, and close every connection; then cancel what is left."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    # Best when no call is in flight: nobody waits then for what is unread.
    await server.wait_idle(min(_IDLE_SECONDS, seconds / 2))
    with _Connections(port) as connections:
        connections.pause()
        await asyncio.sleep(_TAKE_UP_SECONDS)
        stopping = loop.create_task(server.stop(max(end - loop.time(), 0.0)))
        await asyncio.sleep(_ROUND_TRIP_SECONDS)
        # Nothing was on its way on these: they end as grpc ends them.
        connections.resume(below=_LEAST_CALL)
        if not await server.wait_idle(min(_UNREAD_SECONDS, end - loop.time())):
            connections.resume()
            await server.wait_idle(end - loop.time())
        await asyncio.wait({stopping}, timeout=_ROUND_TRIP_SECONDS)
        if not stopping.done():
            await server.stop(None)
            await asyncio.sleep(_ROUND_TRIP_SECONDS)
            connections.discard()
        await stopping
