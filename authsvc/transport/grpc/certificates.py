"""What a client's certificate says of who calls (SPIFFE X.509-SVID sections 2 to 5)."""

from __future__ import annotations  # grpc's classes take type arguments in stubs only

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from authsvc.clock import Clock

_PEM = "x509_pem_cert"
_MAX_KNOWN = 4096


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a certificate names, and when it is good. Seconds since the epoch."""

    uri: str
    not_before: float
    not_after: float


class ClientCertificates:
    """Reads the certificates of mutual TLS. Their signatures and chains were verified by the handshake."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[bytes, Identity | None] = {}

    def uri_of(self, context: grpc.aio.ServicerContext[Any, Any]) -> str | None:
        """The one URI that the caller's certificate names; None without a certificate that is good for this, now."""
        properties: Mapping[str, Iterable[bytes]] = context.auth_context()
        certificates = list(properties.get(_PEM, ()))
        if len(certificates) != 1:
            return None
        pem = certificates[0]
        if pem not in self._known:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[pem] = read_identity(pem)
        identity = self._known[pem]
        # A connection can outlive its certificate.
        if identity is None or not identity.not_before <= self._clock() <= identity.not_after:
            return None
        return identity.uri


def read_identity(pem: bytes) -> Identity | None:
    """Whom a certificate names: exactly one URI, on a leaf that may sign for itself as a client. Otherwise nobody."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        extensions = certificate.extensions
        uris = _uris(extensions)
        is_for_clients = _is_leaf(extensions) and _may_sign(extensions) and _is_for_clients(extensions)
    except (ValueError, x509.DuplicateExtension):
        return None
    if len(uris) != 1 or not is_for_clients:
        return None
    return Identity(uris[0], certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp())


def _uris(extensions: x509.Extensions) -> list[str]:
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)


def _is_leaf(extensions: x509.Extensions) -> bool:
    try:
        return not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return True


def _may_sign(extensions: x509.Extensions) -> bool:
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature and not usage.key_cert_sign and not usage.crl_sign


def _is_for_clients(extensions: x509.Extensions) -> bool:
    try:
        usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage
