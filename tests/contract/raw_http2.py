"""gRPC by hand over HTTP/2: for what no client of good manners sends (RFC 9113, and gRPC over HTTP/2)."""

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
TIMEOUT = 10.0

Header = tuple[bytes, bytes]


@dataclass
class RawAnswer:
    """What came back on a stream. Without a status the stream or the connection was ended instead."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    data: bytes = b""
    was_reset: bool = False

    @property
    def status(self) -> int | None:
        """The number of the gRPC status, None when there was none."""
        text = self.headers.get(b"grpc-status")
        return None if text is None else int(text)


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name: bytes, value: bytes) -> bytes:
    """A header field as it stands, neither indexed nor compressed: any byte may be in it (RFC 7541 section 6.2.2)."""
    return b"\0" + _string(name) + _string(value)


def _string(text: bytes) -> bytes:
    if len(text) < 127:
        return bytes([len(text)]) + text
    rest, encoded = len(text) - 127, bytearray([127])
    while rest >= 128:
        encoded.append(rest % 128 + 128)
        rest //= 128
    return bytes(encoded + bytearray([rest])) + text


def call_headers(path: bytes, extra: Iterable[Header]) -> list[Header]:
    """The header fields of a unary call, and more."""
    return [
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", path),
        (b":authority", b"localhost"),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
        *extra,
    ]


def raw_call(address: str, headers: Iterable[Header], message: bytes) -> RawAnswer:
    """One unary call on a connection of its own."""
    host, _, port = address.rpartition(":")
    block = b"".join(literal(name, value) for name, value in headers)
    body = b"\0" + struct.pack(">I", len(message)) + message
    answer = RawAnswer()
    with socket.create_connection((host, int(port)), timeout=TIMEOUT) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(
            PREFACE
            + frame(SETTINGS, 0, 0, b"")
            + frame(HEADERS, END_HEADERS, 1, block)
            + frame(DATA, END_STREAM, 1, body)
        )
        stream = connection.makefile("rb")
        decoder = hpack.Decoder()
        while head := stream.read(9):
            length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            payload = stream.read(length)
            if kind == HEADERS:
                # The server compresses and never pads; each block changes the state of the decoder.
                answer.headers |= dict(decoder.decode(payload, raw=True))
            elif kind == DATA:
                answer.data += payload
            elif kind in {RST_STREAM, GOAWAY}:
                answer.was_reset = answer.status is None
                return answer
            elif kind == SETTINGS and not flags & ACK:
                connection.sendall(frame(SETTINGS, ACK, 0, b""))
            if kind in {HEADERS, DATA} and flags & END_STREAM:
                return answer
        answer.was_reset = True
        return answer
