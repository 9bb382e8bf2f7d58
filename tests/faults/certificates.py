"""Authorities and certificates, made for one test."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE, KEY, CLIENT_CA = "tls.crt", "tls.key", "ca.crt"
BOTH_USAGES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
_DAY = timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _begin(
    subject: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: tuple[int, int] = (-1, 1)
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * _DAY)
        .not_valid_after(now + days[1] * _DAY)
    )


@dataclass(frozen=True)
class Pair:
    """A certificate with its key, both PEM."""

    certificate: bytes
    key: bytes
    serial_number: int

    def write(self, directory: Path) -> None:
        """As the files that Kubernetes makes of a secret."""
        (directory / CERTIFICATE).write_bytes(self.certificate)
        (directory / KEY).write_bytes(self.key)


def tls_settings(directory: Path, *, mutual: bool) -> dict[str, str]:
    """The settings of a server whose files lie there."""
    names = {"AUTHSVC_TLS_CERT_FILE": CERTIFICATE, "AUTHSVC_TLS_KEY_FILE": KEY}
    if mutual:
        names["AUTHSVC_TLS_CLIENT_CA_FILE"] = CLIENT_CA
    return {setting: str(directory / name) for setting, name in names.items()}


@dataclass(frozen=True)
class Authority:
    """Signs certificates. Each has a name of its own: two of one name cannot be told apart."""

    name: str
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, name: str) -> Self:
        key = ec.generate_private_key(ec.SECP256R1())
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        unsigned = _begin(name, _name(name), key).add_extension(constraints, critical=True)
        return cls(name, unsigned.sign(key, hashes.SHA256()), key)

    @property
    def pem(self) -> bytes:
        return _pem(self.certificate)

    def issue(
        self,
        name: str,
        *,
        uris: Sequence[str] = (),
        usages: Sequence[x509.ObjectIdentifier] = BOTH_USAGES,
        days: tuple[int, int] = (-1, 1),
        more: Sequence[x509.ExtensionType] = (),
    ) -> Pair:
        """For a server on this machine, or for a client.

        Args:
            name: the common name.
            uris: names beside those of this machine.
            usages: the extended key usages; empty for none.
            days: from when to when it is good, in days from now.
            more: further extensions.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        here: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        names = x509.SubjectAlternativeName([*here, *map(x509.UniformResourceIdentifier, uris)])
        unsigned = _begin(name, self.certificate.subject, key, days).add_extension(names, critical=False)
        if usages:
            unsigned = unsigned.add_extension(x509.ExtendedKeyUsage(list(usages)), critical=False)
        for extension in more:
            unsigned = unsigned.add_extension(extension, critical=True)
        signed = unsigned.sign(self.key, hashes.SHA256())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Pair(_pem(signed), private, signed.serial_number)
