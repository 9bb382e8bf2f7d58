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
        self._in_force = self._seen = self._refused = _read(files)
        check(self._in_force)
        self._current = self._given = _configuration(self._in_force)

    def server_credentials(self) -> grpc.ServerCredentials:
        """The credentials for a secure port."""
        return grpc.dynamic_ssl_server_credentials(
            self._current,
            self._fetch,  # type: ignore[arg-type]  # the stub leaves out None, which grpc documents
            require_client_authentication=self._files.client_ca is not None,
        )

    def _fetch(self) -> grpc.ServerCertificateConfiguration | None:
        # grpc asks at each handshake, from a thread of its own, one after the other. None means: as before.
        current = self._current
        if current is self._given:
            return None
        self._given = current
        return current

    def reload(self) -> bool:
        """Look at the files again; True when a changed set was taken up. Not for the event loop: reading a key takes time.

        A changed set is taken up by the second look that finds it, since files are often replaced one after the other.

        Raises:
            ConfigurationError: a file cannot be read, or the files do not make a usable set, which is said once of each
                set. The one in force stays.
        """
        read = _read(self._files)
        is_settled, self._seen = read == self._seen, read
        if not is_settled or read in (self._in_force, self._refused):
            return False
        try:
            check(read)
        except ConfigurationError:
            self._refused = read
            raise
        self._in_force = self._refused = read
        self._current = _configuration(read)
        return True


_Pem = tuple[bytes, bytes, bytes | None]


def check_files(files: TlsFiles) -> None:
    """See that the files make a usable set. It leaves grpc alone, which cannot be forked once it is in use.

    Raises:
        ConfigurationError: a file cannot be read, or key and certificate do not fit.
    """
    check(_read(files))


def _read(files: TlsFiles) -> _Pem:
    try:
        certificate = files.certificate.read_bytes()
        private_key = files.private_key.read_bytes()
        client_ca = files.client_ca.read_bytes() if files.client_ca else None
    except OSError as error:
        raise ConfigurationError(f"AUTHSVC_TLS_*_FILE: {error.filename} cannot be read ({error.strerror})") from None
    return certificate, private_key, client_ca


def check(pem: _Pem) -> None:
    """See that a set can be used.

    Raises:
        ConfigurationError: it is not PEM, or key and certificate do not fit.
    """
    certificate, private_key, client_ca = pem
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


def _configuration(pem: _Pem) -> grpc.ServerCertificateConfiguration:
    certificate, private_key, client_ca = pem
    return grpc.ssl_server_certificate_configuration([(private_key, certificate)], root_certificates=client_ca)
