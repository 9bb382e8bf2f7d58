"""TLS from files, taken up anew when they change: each handshake uses the newest complete set."""

from dataclasses import dataclass
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from authsvc.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the PEM files lie. With `client_ca`, a client without a certificate of those authorities is refused."""

    certificate: Path
    private_key: Path
    client_ca: Path | None = None


class TlsCredentials:
    """The server's credentials. A set that does not fit together is never taken up: the old one goes on."""

    def __init__(self, files: TlsFiles) -> None:
        """Read the files.

        Raises:
            ConfigurationError: a file cannot be read, or key and certificate do not fit.
        """
        self._files = files
        self._read_last = _read(files)
        self._fresh: grpc.ServerCertificateConfiguration | None = None

    def server_credentials(self) -> grpc.ServerCredentials:
        """The credentials for a secure port."""
        return grpc.dynamic_ssl_server_credentials(
            _configuration(self._read_last),
            self._fetch,  # type: ignore[arg-type]  # the stub leaves out None, which grpc documents
            require_client_authentication=self._files.client_ca is not None,
        )

    def _fetch(self) -> grpc.ServerCertificateConfiguration | None:
        # grpc asks at each handshake; None means: as before.
        fresh, self._fresh = self._fresh, None
        return fresh

    def reload(self) -> bool:
        """Look at the files again; True when a changed set was taken up.

        Raises:
            ConfigurationError: the files do not make a usable set now; the one in force stays.
        """
        read = _read(self._files)
        if read == self._read_last:
            return False
        self._read_last = read
        self._fresh = _configuration(read)
        return True


_Pem = tuple[bytes, bytes, bytes | None]


def _read(files: TlsFiles) -> _Pem:
    try:
        certificate = files.certificate.read_bytes()
        private_key = files.private_key.read_bytes()
        client_ca = files.client_ca.read_bytes() if files.client_ca else None
    except OSError as error:
        raise ConfigurationError(f"AUTHSVC_TLS_*_FILE: {error.filename} cannot be read ({error.strerror})") from None
    try:
        chain = x509.load_pem_x509_certificates(certificate)
        key = load_pem_private_key(private_key, password=None)
        if client_ca is not None:
            x509.load_pem_x509_certificates(client_ca)
    except (ValueError, TypeError):
        raise ConfigurationError("AUTHSVC_TLS_*_FILE: not a PEM certificate, or not an unencrypted PEM key") from None
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if chain[0].public_key().public_bytes(*spki) != key.public_key().public_bytes(*spki):
        raise ConfigurationError("AUTHSVC_TLS_KEY_FILE: not the key of the first certificate in AUTHSVC_TLS_CERT_FILE")
    return certificate, private_key, client_ca


def _configuration(pem: _Pem) -> grpc.ServerCertificateConfiguration:
    certificate, private_key, client_ca = pem
    return grpc.ssl_server_certificate_configuration([(private_key, certificate)], root_certificates=client_ca)
