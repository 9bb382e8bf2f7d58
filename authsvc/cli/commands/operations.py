"""`authsvc operations`: the operations that services declare in their protos, for a tenant document."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from authsvc.cli.client_command import client_command
from authsvc.cli.errors import UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.screen import progress, say
from authsvc.cli.sheet import Sheet, Tone

if TYPE_CHECKING:
    from authsvc.cli.session import Session
    from authsvc.v1.tenant_pb2 import Operation

_MAX_BYTES = 64 * 1024 * 1024


@client_command
def operations(
    session: "Session",
    descriptor_set: Annotated[
        str,
        typer.Option("--descriptor-set", help="A descriptor set with its imports, or `-`.", show_default=False),
    ] = "",
    reflection: Annotated[
        str,
        typer.Option("--reflection", help="HOST:PORT of a server that reflects its services.", show_default=False),
    ] = "",
    reflection_ca_file: Annotated[
        Path | None,
        typer.Option("--reflection-ca-file", help="Talk TLS to that server, with these CAs.", show_default=False),
    ] = None,
    into: Annotated[
        str,
        typer.Option(
            "--into",
            help="Put them into the document of this tenant: those of the same name are replaced, others kept.",
            show_default=False,
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --into: say what would change.")] = False,
) -> ExitCode:
    """Read which scopes the methods of services ask for, by their option (authsvc.v1.access).

    They are printed as they stand in a tenant document, unless --into puts them there.
    """
    found = _read(descriptor_set, reflection, reflection_ca_file)
    if into:
        return _put(session, found, into, dry_run=dry_run)
    if session.as_json:
        from authsvc.cli.views import to_document  # noqa: PLC0415 (protobuf loads when a command runs)

        session.screen.write_json({"operations": [to_document(operation) for operation in found]})
        return ExitCode.OK
    from authsvc.cli.tenant_text import write_document  # noqa: PLC0415 (protobuf loads when a command runs)
    from authsvc.v1.tenant_pb2 import Tenant  # noqa: PLC0415 (likewise)

    if not found:
        say("no method declares scopes")
        return ExitCode.OK
    session.screen.write(write_document(Tenant(operations=found)).rstrip("\n"))
    return ExitCode.OK


def _read(descriptor_set: str, reflection: str, ca_file: Path | None) -> list["Operation"]:
    from authsvc.app.declared_operations import (  # noqa: PLC0415 (protobuf loads when a command runs)
        DeclaredOperationsError,
        operations_of,
        read_descriptor_set,
    )
    from authsvc.cli.reflected import reflected_files  # noqa: PLC0415 (grpc loads only when a command runs)
    from authsvc.cli.target import Target  # noqa: PLC0415 (likewise)

    if bool(descriptor_set) == bool(reflection):
        raise UsageError("say where from: --descriptor-set FILE or --reflection HOST:PORT, one of them")
    try:
        if descriptor_set:
            return operations_of(read_descriptor_set(_bytes(descriptor_set)))
        with progress(f"asking {reflection}"):
            files = reflected_files(Target(reflection, ca_file=ca_file), timeout=10.0)
        return operations_of(files)
    except DeclaredOperationsError as error:
        raise UsageError(str(error)) from None


def _bytes(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read(_MAX_BYTES)
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise UsageError(f"--descriptor-set: {source} cannot be read: {error.strerror}") from None


def _put(session: "Session", found: Sequence["Operation"], tenant: str, *, dry_run: bool) -> ExitCode:
    from authsvc.cli.tenant_client import TenantClient  # noqa: PLC0415 (grpc loads only when a command runs)

    client = TenantClient(session.client)
    # Its etag goes back with it, so nobody's change of the meantime is lost.
    document = client.get(tenant)
    named = {operation.name: operation for operation in found}
    kept = [named.pop(operation.name, operation) for operation in document.operations]
    del document.operations[:]
    document.operations.extend([*kept, *named.values()])
    answer = client.apply(document, dry_run=dry_run)
    if session.as_json:
        session.show(answer)
        return ExitCode.OK
    changes = [(f"{change.path}", Tone.PLAIN) for change in answer.changes]
    headline = f"{len(answer.changes)} changes" if answer.changes else "unchanged"
    facts = [("tenant", tenant), ("operations", str(len(document.operations))), ("etag", answer.tenant.etag)]
    blocks = [("would change" if dry_run else "changed", changes)] if changes else []
    session.screen.show(Sheet(headline, Tone.GOOD if changes else Tone.DULL, facts, blocks=blocks))
    return ExitCode.OK
