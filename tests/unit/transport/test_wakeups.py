"""grpc's thread never waits for a loop that is busy: what it leaves on the socket is taken all at once."""

import contextlib
import socket

import pytest

from authsvc.transport.grpc import wakeups

MANY = 10_000


def waiting(reading: socket.socket) -> bytes:
    """What can be read at once."""
    with contextlib.suppress(BlockingIOError):
        return reading.recv(MANY, socket.MSG_DONTWAIT)
    return b""


@pytest.mark.parametrize("left", [1, 2, 7, 1000])
def test_grpc_takes_one_and_the_others_go_with_it(left: int) -> None:
    reading, writing = socket.socketpair()
    handled: list[bytes] = []
    with reading, writing:
        # A thousand bytes written one by one would fill it: that is the fault.
        writing.send(b"1" * left)
        wakeups._with_the_others(reading, lambda: handled.append(reading.recv(1)))
        assert waiting(reading) == b""
    assert handled == [b"1"]


def test_what_comes_while_grpc_looks_is_left() -> None:
    reading, writing = socket.socketpair()

    def look() -> None:
        reading.recv(1)
        writing.send(b"2")

    with reading, writing:
        writing.send(b"111")
        wakeups._with_the_others(reading, look)
        assert waiting(reading) == b"2"


def test_after_a_look_that_fails_grpc_is_called_again() -> None:
    reading, writing = socket.socketpair()

    def fail() -> None:
        reading.recv(1)
        raise RuntimeError("Event loop is closed")

    with reading, writing:
        writing.send(b"111")
        with pytest.raises(RuntimeError):
            wakeups._with_the_others(reading, fail)
        # Events may be left behind the one that failed: a lost byte would be a call that waits for ever.
        assert waiting(reading) == b"11"


def test_bytes_left_behind_block_whoever_writes() -> None:
    reading, writing = socket.socketpair()
    with reading, writing:
        written = 0
        with contextlib.suppress(BlockingIOError):
            while written < MANY:
                written += writing.send(b"1", socket.MSG_DONTWAIT)
        # So few events are enough to hold up grpc's thread.
        assert written < MANY
        wakeups._with_the_others(reading, lambda: reading.recv(1))
        assert writing.send(b"1", socket.MSG_DONTWAIT) == 1
