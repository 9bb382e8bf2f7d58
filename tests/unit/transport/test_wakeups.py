"""grpc's thread never waits for a loop that is busy: what it leaves on the socket is taken all at once."""

import contextlib
import socket

import pytest

from authsvc.transport.grpc import wakeups

MANY = 10_000


@pytest.mark.parametrize("left", [1, 2, 7, 1000])
def test_one_byte_is_left_to_grpc_however_many_there_are(left: int) -> None:
    reading, writing = socket.socketpair()
    handled: list[bytes] = []
    with reading, writing:
        # A thousand bytes written one by one would fill it: that is the fault.
        writing.send(b"1" * left)
        wakeups._after_the_others(reading, lambda: handled.append(reading.recv(100)))
    assert handled == [b"1"]


def test_bytes_left_behind_block_whoever_writes() -> None:
    reading, writing = socket.socketpair()
    with reading, writing:
        written = 0
        with contextlib.suppress(BlockingIOError):
            while written < MANY:
                written += writing.send(b"1", socket.MSG_DONTWAIT)
        # So few events are enough to hold up grpc's thread.
        assert written < MANY
        wakeups._after_the_others(reading, lambda: reading.recv(1))
        assert writing.send(b"1", socket.MSG_DONTWAIT) == 1
