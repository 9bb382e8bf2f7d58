"""Unary gRPC calls over plain sockets, as cheap for the generator as Python allows (RFC 9113).

A call's frames are made once and sent many times. Answers are only collected while the clock runs: whether they are right
is looked at afterwards.
"""

import selectors
import socket
import struct
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from bench import hpack
from bench.errors import LoadError

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_END_STREAM = 0x1
_ACK = 0x1
_END_HEADERS = 0x4
_PADDED = 0x8
_FRAME_HEAD = 9
_OUR_WINDOW = 2**31 - 1
_DEFAULT_WINDOW = 65_535
_RECEIVE = 1 << 18
_STALL_SECONDS = 30.0


class _Frame(IntEnum):
    DATA = 0
    HEADERS = 1
    RST_STREAM = 3
    SETTINGS = 4
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9


class _Setting(IntEnum):
    HEADER_TABLE_SIZE = 1
    ENABLE_PUSH = 2
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5


@dataclass(frozen=True, slots=True)
class Call:
    """A request, ready to send."""

    headers: bytes
    """The header block."""
    body: bytes
    """The message with gRPC's prefix of five bytes."""

    @classmethod
    def of(cls, path: str, message: bytes, metadata: Sequence[tuple[str, str]] = ()) -> "Call":
        """A call of a method with a serialized message."""
        headers = (
            (":method", "POST"),
            (":scheme", "http"),
            (":path", path),
            (":authority", "127.0.0.1"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            ("user-agent", "authsvc-bench"),
            *metadata,
        )
        return cls(hpack.encode(headers), b"\0" + struct.pack(">I", len(message)) + message)


@dataclass(slots=True)
class Outcome:
    """What came back."""

    body: bytearray = field(default_factory=bytearray)
    trailers: bytes = b""

    @property
    def message(self) -> bytes:
        """The answer without gRPC's prefix; empty when the call failed."""
        return bytes(self.body[5:])

    @property
    def status(self) -> str:
        """The grpc-status: "0" is OK."""
        return hpack.decode(self.trailers).get("grpc-status", "")


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


class Connection:
    """One HTTP/2 connection with a fixed number of calls in flight."""

    def __init__(self, address: str, streams: int) -> None:
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=_STALL_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.streams = streams
        self.done = 0
        self._outcomes: dict[int, Outcome] = {}
        self._next_stream = 1
        self._received = bytearray()
        self._to_send = bytearray()
        self._bodies: deque[tuple[int, memoryview]] = deque()
        self._window = _DEFAULT_WINDOW
        self._stream_window = _DEFAULT_WINDOW
        self._stream_windows: dict[int, int] = {}
        self._max_frame = 16_384
        self._unacknowledged = 0
        # Without a dynamic table the trailers of all streams can be read one by one, later.
        settings = {_Setting.HEADER_TABLE_SIZE: 0, _Setting.ENABLE_PUSH: 0, _Setting.INITIAL_WINDOW_SIZE: _OUR_WINDOW}
        payload = b"".join(struct.pack(">HI", name, value) for name, value in settings.items())
        window = struct.pack(">I", _OUR_WINDOW - _DEFAULT_WINDOW)
        self._to_send += _PREFACE + _frame(_Frame.SETTINGS, 0, 0, payload) + _frame(_Frame.WINDOW_UPDATE, 0, 0, window)
        self._settled = False
        while not self._settled or self._to_send:
            # The server ends a connection that does not acknowledge its settings soon.
            self.flush()
            if not self._settled:
                self.receive()
        self.socket.setblocking(False)  # noqa: FBT003 (the socket module's own shape)

    @property
    def in_flight(self) -> int:
        """Calls without an answer."""
        return len(self._outcomes)

    def start(self, call: Call) -> Outcome:
        """Queue a call; `flush` sends it. Its outcome fills itself."""
        stream, self._next_stream = self._next_stream, self._next_stream + 2
        outcome = self._outcomes[stream] = Outcome()
        self._to_send += _frame(_Frame.HEADERS, _END_HEADERS, stream, call.headers)
        self._stream_windows[stream] = self._stream_window
        self._bodies.append((stream, memoryview(call.body)))
        return outcome

    def flush(self) -> bool:
        """Send what window and socket take; True when some is left."""
        self._release_bodies()
        if self._to_send:
            try:
                sent = self.socket.send(self._to_send)
            except BlockingIOError:
                return True
            del self._to_send[:sent]
        return bool(self._to_send)

    def _release_bodies(self) -> None:
        while self._bodies:
            stream, body = self._bodies[0]
            size = min(len(body), self._window, self._stream_windows[stream], self._max_frame)
            if size <= 0:
                return
            self._window -= size
            self._stream_windows[stream] -= size
            last = size == len(body)
            self._to_send += _frame(_Frame.DATA, _END_STREAM if last else 0, stream, bytes(body[:size]))
            if last:
                self._bodies.popleft()
            else:
                self._bodies[0] = (stream, body[size:])

    def receive(self) -> None:
        """Take up what the socket has.

        Raises:
            LoadError: the peer ended the connection or a call.
        """
        data = self.socket.recv(_RECEIVE)
        if not data:
            raise LoadError("the server closed the connection")
        buffer = self._received
        buffer += data
        position, end = 0, len(buffer)
        while end - position >= _FRAME_HEAD:
            length = int.from_bytes(buffer[position : position + 3], "big")
            following = position + _FRAME_HEAD + length
            if following > end:
                break
            kind, flags = buffer[position + 3], buffer[position + 4]
            stream = int.from_bytes(buffer[position + 5 : position + 9], "big")
            self._take(kind, flags, stream, bytes(buffer[position + _FRAME_HEAD : following]))
            position = following
        del buffer[:position]

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == _Frame.DATA:
            if flags & _PADDED:
                raise LoadError("a padded frame")
            self._outcomes[stream].body += payload
            self._give_room(len(payload))
        elif kind == _Frame.HEADERS:
            if flags & _PADDED or not flags & _END_HEADERS:
                raise LoadError("a header block in several frames")
            self._outcomes[stream].trailers = payload
        else:
            self._control(kind, flags, stream, payload)
            return
        if flags & _END_STREAM:
            del self._outcomes[stream], self._stream_windows[stream]
            self.done += 1

    def _give_room(self, size: int) -> None:
        self._unacknowledged += size
        if self._unacknowledged > _OUR_WINDOW // 2:
            self._to_send += _frame(_Frame.WINDOW_UPDATE, 0, 0, struct.pack(">I", self._unacknowledged))
            self._unacknowledged = 0

    def _control(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == _Frame.SETTINGS and not flags & _ACK:
            self._settle(payload)
        elif kind == _Frame.PING and not flags & _ACK:
            self._to_send += _frame(_Frame.PING, _ACK, 0, payload)
        elif kind == _Frame.WINDOW_UPDATE:
            room = int.from_bytes(payload, "big")
            if stream == 0:
                self._window += room
            elif stream in self._stream_windows:
                self._stream_windows[stream] += room
        elif kind in {_Frame.RST_STREAM, _Frame.GOAWAY, _Frame.CONTINUATION}:
            raise LoadError(f"the server sent {_Frame(kind).name}: {payload!r}")

    def _settle(self, payload: bytes) -> None:
        for name, value in struct.iter_unpack(">HI", payload):
            if name == _Setting.INITIAL_WINDOW_SIZE:
                for stream in self._stream_windows:
                    self._stream_windows[stream] += value - self._stream_window
                self._stream_window = value
            elif name == _Setting.MAX_FRAME_SIZE:
                self._max_frame = value
        self._to_send += _frame(_Frame.SETTINGS, _ACK, 0)
        self._settled = True

    def close(self) -> None:
        """End the connection."""
        self.socket.close()


def drive(connections: Sequence[Connection], calls: Sequence[Call]) -> list[Outcome]:  # noqa: C901 (one state machine reads best in one piece)
    """Send all calls in order, each connection as many at a time as it has streams; the outcomes in the same order.

    Raises:
        LoadError: a connection failed, or nothing happened for half a minute.
    """
    outcomes: list[Outcome] = []
    waiting = iter(calls)
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)

        def fill(connection: Connection) -> None:
            while connection.in_flight < connection.streams:
                call = next(waiting, None)
                if call is None:
                    break
                outcomes.append(connection.start(call))
            more = connection.flush()
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if more else 0)
            if selector.get_key(connection.socket).events != events:
                selector.modify(connection.socket, events, connection)

        for connection in connections:
            fill(connection)
        while any(connection.in_flight for connection in connections):
            ready = selector.select(_STALL_SECONDS)
            if not ready:
                raise LoadError("the server fell silent")
            for key, events in ready:
                if events & selectors.EVENT_READ:
                    key.data.receive()
                fill(key.data)
    return outcomes
