"""Tenant documents from files, directories and standard input."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from authsvc.cli.credentials import STDIN
from authsvc.cli.errors import CommandError, UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.policy.document import TenantDocumentError, parse_tenant_documents
from authsvc.v1.tenant_pb2 import Tenant

SUFFIXES = frozenset({".yaml", ".yml", ".json"})


@dataclass(frozen=True, slots=True)
class Source:
    """A document, and where it stands."""

    place: str
    document: Tenant


def read_sources(names: Sequence[str]) -> list[Source]:
    """The documents of files, of the YAML and JSON files in directories, and of standard input, named "-".

    Raises:
        UsageError: a file cannot be read, or there is no document at all.
        CommandError: one holds something else; each fault is a detail.
    """
    sources: list[Source] = []
    faults: list[str] = []
    for place, text in _texts(names):
        try:
            sources += [Source(place, document) for document in parse_tenant_documents(text)]
        except TenantDocumentError as error:
            faults += [f"{place}: {fault.field}: {fault.rule}" for fault in error.violations]
    if faults:
        raise CommandError(
            "these are no tenant documents",
            ExitCode.USAGE,
            details=faults,
            next_step="correct the lines named above; protos/authsvc/v1/tenant.proto describes every field",
        )
    if not sources:
        raise UsageError("there is no document in what --file names", next_step="name a file that holds one")
    return sources


def _texts(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if name == STDIN:
            yield "standard input", _read_stdin()
            continue
        path = Path(name)
        if not path.is_dir():
            yield name, _read(path)
            continue
        for inner in sorted(path.iterdir()):
            if inner.suffix in SUFFIXES and not inner.name.startswith("."):
                yield str(inner), _read(inner)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UsageError(f"--file: {path} cannot be read: {reason}") from None


def _read_stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("--file: standard input is not UTF-8") from None
