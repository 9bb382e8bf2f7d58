"""A server that is no development server: its files, its settings, its certificates."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from authsvc.keys.sealing import generate_sealing_key

ISSUER_URL = "https://issuer.example"
TENANTS = "name: demo\naudiences: [demo-api]\n"


def private_file(path: Path, text: str | bytes, mode: int = 0o600) -> Path:
    """A file of that mode."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    return path


def production_settings(place: Path) -> dict[str, str]:
    """The environment of a server behind a mesh, with its files in `place`; the data directory is place/data."""
    place.mkdir(exist_ok=True)
    return {
        "AUTHSVC_DATA_DIR": str(place / "data"),
        "AUTHSVC_SEALING_KEY_FILE": str(private_file(place / "sealing.key", generate_sealing_key())),
        "AUTHSVC_TENANTS_FILE": str(private_file(place / "tenants.yaml", TENANTS)),
        "AUTHSVC_ISSUER_URL": ISSUER_URL,
        "AUTHSVC_TLS": "off",
        "AUTHSVC_LAME_DUCK": "0",
    }


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process with these settings and no other."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")} | dict(settings)


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certificate(name: str, issuer: Certificate | None = None) -> Certificate:
    """A certificate for 127.0.0.1 and localhost of an authority, or the authority itself without one."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        names = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Certificate(builder.sign(key if issuer is None else issuer.key, SHA256()), key)
