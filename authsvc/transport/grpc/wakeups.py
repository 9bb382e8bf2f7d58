"""Keeps grpc.aio's own thread from waiting for the event loop.

That thread tells the loop of each event (a call, a message, a status) by a byte on a socket, and the loop takes one byte each time
it comes by, and all events. So a loop that is busy leaves bytes behind, until the socket is full: after some 280 events the
thread is blocked, and from then on the loop learns of one event a round, however many there are. Under more load than a
server can take, calls come in late, by seconds, and are served when nobody waits for them any more. (grpcio 1.82 to 1.85 at least.)

Here the bytes are taken all at once. An event is noted before its byte is written, so all that were there before grpc looked
have been seen after it did. Where its look ends with an error, events may be left, and their bytes are.
"""

import asyncio
import fcntl
import socket
import sys
import termios
from collections.abc import Callable
from functools import partial
from typing import Any

from grpc._cython import cygrpc


def _with_the_others(wakeups: socket.socket, handle: Callable[[], object]) -> None:
    waiting = int.from_bytes(fcntl.ioctl(wakeups, termios.FIONREAD, bytes(4)), sys.byteorder)
    # It takes one of them itself.
    handle()
    if waiting > 1:
        wakeups.recv(waiting - 1)


def start_grpc(loop: asyncio.AbstractEventLoop) -> None:
    """Start grpc.aio on this loop, if this process has not yet. Each call holds it until shutdown_grpc_aio."""
    open_loop: Any = loop
    add_reader = open_loop.add_reader

    def add_draining_reader(read: object, handle: Callable[..., object], *arguments: object) -> None:
        if isinstance(read, socket.socket) and not arguments:
            add_reader(read, partial(_with_the_others, read, handle))
        else:
            add_reader(read, handle, *arguments)

    open_loop.add_reader = add_draining_reader
    try:
        cygrpc.init_grpc_aio()
    finally:
        del open_loop.add_reader
