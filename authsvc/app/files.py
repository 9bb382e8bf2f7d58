"""The files beside the store: the sealing key, the tenant documents, the admin key of a development server."""

import os
import secrets
import stat
from pathlib import Path

from authsvc.config import Settings
from authsvc.errors import ConfigurationError, InvalidFieldError
from authsvc.keys.sealing import SealingError, SealingKey, generate_sealing_key
from authsvc.policy.demo import DEMO_DOCUMENT
from authsvc.policy.document import TenantDocumentError, load_policies
from authsvc.policy.tenant import Tenants
from authsvc.store.data_directory import prepare_data_directory

ADMIN_KEY_NAME = "bootstrap.key"
DEMO_TENANTS_NAME = "tenants.yaml"
_PRIVATE = 0o600
_OTHERS = 0o077


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def read_sealing_key(settings: Settings, *, make: bool = True) -> SealingKey:
    """The sealing key, with the older ones that still open; a development server makes its own, unless `make` is off.

    Raises:
        ConfigurationError: there is none, it is open to others, or it is no key.
    """
    others = _lines(settings.sealing_keys_old_file, "AUTHSVC_SEALING_KEYS_OLD_FILE")
    if settings.sealing_key is not None:
        return _sealing_key(settings.sealing_key.get_secret_value(), others, "AUTHSVC_SEALING_KEY")
    path = settings.sealing_key_path
    if make and settings.dev and settings.sealing_key_file is None:
        prepare_data_directory(settings.data_dir)
        if not path.exists():
            write_private(path, generate_sealing_key() + "\n")
    text = _read_private(path, "AUTHSVC_SEALING_KEY_FILE")
    return _sealing_key(text, others, f"AUTHSVC_SEALING_KEY_FILE: {path}")


def _sealing_key(text: str, others: list[str], source: str) -> SealingKey:
    try:
        SealingKey.from_text(text)
    except SealingError as error:
        raise ConfigurationError(f"{source}: {error}") from None
    try:
        return SealingKey.from_text(text, others)
    except SealingError as error:
        raise ConfigurationError(f"AUTHSVC_SEALING_KEYS_OLD_FILE: one a line: {error}") from None


def _lines(path: Path | None, setting: str) -> list[str]:
    if path is None:
        return []
    return [line for line in map(str.strip, _read_private(path, setting).splitlines()) if line]


def _read_private(path: Path, setting: str) -> str:
    """What a file holds that others cannot read."""
    try:
        found = path.stat()
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{setting}: {path} cannot be read ({type(error).__name__})") from None
    mode = stat.S_IMODE(found.st_mode)
    # Kubernetes mounts a secret as root's, readable by the pod's group: there nobody else is in the group.
    mounted = found.st_uid == 0 != os.geteuid()
    if mode & (_OTHERS & ~stat.S_IRGRP if mounted else _OTHERS):
        raise ConfigurationError(f"{setting}: {path} has mode {mode:04o} and is open to others; run: chmod 600 {path}")
    return text


def read_tenant_text(settings: Settings) -> str:
    """The tenant documents; a development server without any writes and takes the demo tenant.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    path = settings.tenants_file
    if path is None:
        if not settings.dev or settings.tenants_dir is not None:
            return ""
        prepare_data_directory(settings.data_dir)
        path = settings.data_dir / DEMO_TENANTS_NAME
        if not path.exists():
            write_private(path, DEMO_DOCUMENT)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"AUTHSVC_TENANTS_FILE: {path} cannot be read ({type(error).__name__})") from None


def policies_of(text: str, settings: Settings) -> Tenants:
    """The tenants of the documents, the reserved one among them.

    Raises:
        ConfigurationError: a document breaks a rule; every fault is named with its path.
    """
    try:
        return load_policies(text, settings.issuer_base)
    except (TenantDocumentError, InvalidFieldError) as error:
        raise ConfigurationError(f"AUTHSVC_TENANTS_FILE: {error}") from None
