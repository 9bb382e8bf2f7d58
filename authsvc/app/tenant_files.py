"""Tenant documents in files: taken up at the start, and from a directory whenever one of its files has changed."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Self

import structlog

from authsvc.api.tenant_documents import SYSTEM, TenantDocuments
from authsvc.app.files import read_tenant_text
from authsvc.clock import system_clock
from authsvc.config import Settings
from authsvc.errors import (
    AuthsvcError,
    ConfigurationError,
    InvalidFieldError,
    StoreFullError,
    StoreUnavailableError,
)
from authsvc.keys.lifecycle import Schedule
from authsvc.keys.sealing import SealingKey
from authsvc.policy.document import TenantDocumentError, check_documents, numbered_documents
from authsvc.store.opening import open_store
from authsvc.telemetry.logs import describe_fault
from authsvc.v1.tenant_pb2 import Tenant

SUFFIXES = frozenset({".yaml", ".yml", ".json"})

_FILE, _DIRECTORY = "AUTHSVC_TENANTS_FILE", "AUTHSVC_TENANTS_DIR"

_log = structlog.get_logger("authsvc.tenants")


@dataclass(frozen=True)
class TenantFile:
    """A file as it was read."""

    place: str
    """The setting that names it, and its path."""
    text: str

    @property
    def version(self) -> bytes:
        """Tells its text from any other."""
        return sha256(self.text.encode()).digest()

    @cached_property
    def documents(self) -> list[tuple[int, Tenant]]:
        """What it holds, each with its number. What the service writes into a document is of no account in a file.

        Raises:
            TenantDocumentError: it holds something else.
        """
        numbered = numbered_documents(self.text)
        for _, document in numbered:
            document.ClearField("etag")
        return numbered


@dataclass(frozen=True, slots=True)
class TenantFiles:
    """The files of one start."""

    files: tuple[TenantFile, ...]

    @classmethod
    def read(cls, settings: Settings) -> Self:
        """Read and check all of them.

        Raises:
            ConfigurationError: one cannot be read, a document breaks a rule, or a tenant has two; every fault is named.
        """
        files = []
        if text := read_tenant_text(settings):
            files.append(TenantFile(f"{_FILE}: {settings.tenants_file or 'the demo tenant'}", text))
        if settings.tenants_dir is not None:
            try:
                files += read_directory(settings.tenants_dir)
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigurationError(
                    f"{_DIRECTORY}: {settings.tenants_dir} cannot be read ({type(error).__name__})"
                ) from None
        faults = list(_faults(files, settings.issuer_base))
        if faults:
            raise ConfigurationError("\n".join(faults))
        return cls(tuple(files))

    async def apply(self, documents: TenantDocuments) -> None:
        """Put every document in place.

        Raises:
            ConfigurationError: another tenant of the store has the issuer or a SPIFFE id.
            StoreUnavailableError, StoreFullError: the store cannot take it.
        """
        for file in self.files:
            for _, document in file.documents:
                try:
                    await _apply(document, documents, file)
                except InvalidFieldError as error:
                    raise ConfigurationError(f"{file.place}: tenant {document.name}: {error}") from None


def read_directory(directory: Path) -> list[TenantFile]:
    """The files of tenant documents in a directory, by name. Hidden ones do not count.

    Raises:
        OSError: the directory or a file cannot be read.
        UnicodeDecodeError: a file is not text.
    """
    return [_read(path) for path in _paths(directory)]


def _read_what_can_be_read(directory: Path) -> list[TenantFile]:
    files = []
    for path in _paths(directory):
        try:
            files.append(_read(path))
        except FileNotFoundError:
            # It has just gone, or its link leads nowhere any more.
            continue
        except (OSError, UnicodeDecodeError) as error:
            _log.error("tenant_file_unreadable", source=str(path), why=type(error).__name__)
    return files


def _read(path: Path) -> TenantFile:
    return TenantFile(f"{_DIRECTORY}: {path}", path.read_text(encoding="utf-8"))


def _paths(directory: Path) -> list[Path]:
    # A mounted ConfigMap keeps its versions in hidden directories, to which its files are links.
    return sorted(path for path in directory.iterdir() if path.suffix in SUFFIXES and not path.name.startswith("."))


def _faults(files: list[TenantFile], issuer_base: str) -> Iterator[str]:
    holders: dict[str, str] = {}
    for file in files:
        try:
            policies = check_documents(file.documents, issuer_base)
        except TenantDocumentError as error:
            yield f"{file.place}: {error}"
            continue
        for policy in policies:
            if policy.is_service:
                continue
            holder = holders.setdefault(policy.name, file.place)
            if holder != file.place:
                yield f"{file.place}: tenant {policy.name} has a document in another file too: {holder}"


async def _apply(document: Tenant, documents: TenantDocuments, file: TenantFile) -> None:
    applied = await documents.apply(document, SYSTEM)
    if applied.changes or applied.is_new:
        change = "created" if applied.is_new else "changed"
        _log.info("tenant_applied", tenant=document.name, change=change, source=file.place)


class DirectoryWatch:
    """Takes up what changes in the directory of tenant documents while the server runs.

    A file counts as changed when its text does. What is broken is logged and left as it was; the rest goes on.
    """

    def __init__(self, settings: Settings, sealing_key: SealingKey, store_id: str, taken_up: TenantFiles) -> None:
        self._settings = settings
        self._sealing_key = sealing_key
        self._store_id = store_id
        self._versions = {file.place: file.version for file in taken_up.files}
        self._stamps: tuple[tuple[str, int, int, int], ...] | None = None

    async def run(self) -> None:
        """Look again and again. It never ends by itself, and at once without a directory."""
        if self._settings.tenants_dir is None:
            return
        while True:
            await asyncio.sleep(self._settings.tenants_reload.total_seconds())
            try:
                await self.look(self._settings.tenants_dir)
            except Exception as error:  # noqa: BLE001 (it is tried again, and must not end the server)
                self._stamps = None
                _log.error("tenants_dir_failed", fault=describe_fault(error))

    async def look(self, directory: Path) -> None:
        """Take up what has changed since the last look. What cannot be read holds up nothing else."""
        try:
            stamps = await asyncio.to_thread(_stamps, directory)
        except OSError as error:
            if self._stamps is not None:
                _log.error("tenants_dir_unreadable", directory=str(directory), why=type(error).__name__)
            self._stamps = None
            return
        if stamps == self._stamps:
            return
        files = await asyncio.to_thread(_read_what_can_be_read, directory)
        changed = [file for file in files if self._versions.get(file.place) != file.version]
        self._stamps = stamps
        if changed and not await self._take_up(changed):
            self._stamps = None
        present = {file.place for file in files}
        self._versions = {place: version for place, version in self._versions.items() if place in present}

    async def _take_up(self, changed: list[TenantFile]) -> bool:
        """Whether nothing of them is left to be tried again."""
        is_done = True
        try:
            store = await asyncio.to_thread(
                open_store,
                self._settings.data_dir,
                existing=self._store_id,
                busy_timeout=self._settings.busy_timeout.total_seconds(),
            )
        except (ConfigurationError, StoreUnavailableError) as error:
            _log.error("tenants_not_applied", why=str(error))
            return False
        try:
            documents = TenantDocuments(
                store.tenants,
                self._sealing_key,
                self._settings.issuer_base,
                system_clock,
                Schedule.of(self._settings.key_refresh),
            )
            for file in changed:
                if await self._take_up_file(file, documents):
                    self._versions[file.place] = file.version
                else:
                    is_done = False
        finally:
            await asyncio.to_thread(store.close)
        return is_done

    async def _take_up_file(self, file: TenantFile, documents: TenantDocuments) -> bool:
        """Whether it need not be tried again: a broken document stays broken until its file changes."""
        is_done = True
        try:
            # A large one takes a while to read.
            found = await asyncio.to_thread(lambda: file.documents)
        except TenantDocumentError as error:
            _log.error("tenant_file_broken", source=file.place, faults=str(error))
            return True
        for _, document in found:
            try:
                await _apply(document, documents, file)
            except (StoreUnavailableError, StoreFullError) as error:
                _log.error("tenant_not_applied", tenant=document.name, source=file.place, why=error.message)
                is_done = False
            except AuthsvcError as error:
                _log.error("tenant_broken", tenant=document.name, source=file.place, faults=error.message)
        return is_done


def _stamps(directory: Path) -> tuple[tuple[str, int, int, int], ...]:
    """What changes with a file, told without reading it."""
    return tuple(_stamp(path) for path in _paths(directory))


def _stamp(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (path.name, 0, 0, 0)
    return (path.name, found.st_ino, found.st_mtime_ns, found.st_size)
