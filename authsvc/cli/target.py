"""Where the server is, and how to talk to it: plain text to this machine alone, TLS to any other."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import grpc

from authsvc.cli.errors import SettingsError, UsageError


@dataclass(frozen=True, slots=True)
class Target:
    """A server: HOST:PORT, [IPV6]:PORT or unix:PATH, and the files for TLS, all in PEM."""

    address: str
    tls: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    insecure: bool = False

    def open(self) -> grpc.Channel:
        """A channel to the server; nothing is sent yet.

        Raises:
            UsageError: it is no address, options contradict each other, or plain text would leave this machine.
            SettingsError: a TLS file cannot be read.
        """
        address, is_local = _resolve(self.address)
        # A server may still be starting: look again soon. On this machine no proxy has any business.
        options: list[tuple[str, int]] = [
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1000),
            ("grpc.enable_http_proxy", 0 if is_local else 1),
        ]
        if (self.cert_file is None) != (self.key_file is None):
            raise UsageError("--cert-file and --key-file belong together")
        if self.tls or self.ca_file or self.cert_file:
            if self.insecure:
                raise UsageError("--insecure contradicts the TLS options")
            return grpc.secure_channel(address, self._credentials(), options)
        if not is_local and not self.insecure:
            raise UsageError(
                f"{self.address} is not on this machine: plain text would show the API key to the network",
                next_step="add --tls, or --ca-file FILE for a CA of your own, or --insecure if you trust the network",
            )
        return grpc.insecure_channel(address, options)

    def _credentials(self) -> grpc.ChannelCredentials:
        return grpc.ssl_channel_credentials(
            root_certificates=_read(self.ca_file, "--ca-file"),
            private_key=_read(self.key_file, "--key-file"),
            certificate_chain=_read(self.cert_file, "--cert-file"),
        )


def _resolve(address: str) -> tuple[str, bool]:
    if address.startswith("unix:"):
        return address, True
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or "/" in host:
        raise UsageError("--address: not an address", next_step='write it like "127.0.0.1:50051" or "[::1]:50051"')
    try:
        ip = ip_address(host)
    except ValueError:
        return f"{host}:{port}", host == "localhost"
    if ip.is_unspecified:
        # The address that a server listens on: it is reached here over loopback.
        ip = ip_address("127.0.0.1" if ip.version == 4 else "::1")  # noqa: PLR2004 (the version of the protocol)
    return f"{ip}:{port}" if ip.version == 4 else f"[{ip}]:{port}", ip.is_loopback  # noqa: PLR2004 (likewise)


def _read(path: Path | None, option: str) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{option}: {path} cannot be read: {error.strerror}") from None
