"""The gRPC server: limits, port and credentials."""

from dataclasses import dataclass
from datetime import timedelta

import grpc

from authsvc.api.methods import MAX_BATCH_REQUEST
from authsvc.errors import ConfigurationError
from authsvc.transport.grpc.baton import Baton
from authsvc.transport.grpc.metadata import MAX_METADATA
from authsvc.transport.grpc.queue_server import QueueServer
from authsvc.transport.grpc.tls import TlsCredentials
from authsvc.transport.grpc.turns import Turns

_ROOM = 64 * 1024
_PROBE_STREAMS = 16
_EVERY_CONNECTION = (
    ("grpc.max_metadata_size", MAX_METADATA),
    ("grpc.absolute_max_metadata_size", 2 * MAX_METADATA),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.http2.max_ping_strikes", 2),
    ("grpc.server_handshake_timeout_ms", 10_000),
    # Until the settings are acknowledged, a connection is not held to the limit of metadata.
    ("grpc.http2.settings_timeout", 10_000),
    # Bytes: grpc would grow it with the pace of a sender, to 200 MB for one that floods.
    ("grpc.experimental.tcp_max_read_buffer_size", 64 * 1024),
    ("grpc.so_reuseport", 1),
)


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What one connection may ask for."""

    max_streams: int
    max_connection_age: timedelta
    grace: timedelta


def make_server(limits: ServerLimits, turns: Turns | None = None, baton: Baton | None = None) -> QueueServer:
    """A server with every limit stated. Turns and baton: see QueueServer."""
    age = int(limits.max_connection_age.total_seconds() * 1000)
    return QueueServer(
        options=(
            # A little more than the largest request, so that one just above it gets the service's own answer.
            ("grpc.max_receive_message_length", MAX_BATCH_REQUEST + _ROOM),
            ("grpc.max_concurrent_streams", limits.max_streams),
            ("grpc.max_connection_age_ms", age),
            ("grpc.max_connection_age_grace_ms", int(limits.grace.total_seconds() * 1000)),
            *_EVERY_CONNECTION,
        ),
        turns=turns,
        baton=baton,
    )


def make_probe_server() -> QueueServer:
    """A server for health alone, whose port another process may share."""
    return QueueServer(
        (
            ("grpc.max_receive_message_length", _ROOM),
            ("grpc.max_concurrent_streams", _PROBE_STREAMS),
            *_EVERY_CONNECTION,
        )
    )


def listen(server: grpc.aio.Server, address: str, tls: TlsCredentials | None) -> int:
    """Bind the address and return the port.

    Raises:
        ConfigurationError: it cannot be bound.
    """
    try:
        if tls is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, tls.server_credentials())
    except RuntimeError:
        raise ConfigurationError(
            f"{address} cannot be listened on; is the port free, and is the address of this machine?"
        ) from None
