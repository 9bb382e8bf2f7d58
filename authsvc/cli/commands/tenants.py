"""`authsvc apply`, `diff`, `get tenants` and `delete tenant`."""

import sys
from collections.abc import Sequence
from datetime import UTC
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from authsvc.cli.client_command import client_command
from authsvc.cli.errors import CommandError, UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.screen import progress, say, say_error
from authsvc.cli.sheet import Listing, Sheet, Tone
from authsvc.cli.times import describe_moment

if TYPE_CHECKING:
    from authsvc.cli.session import Session
    from authsvc.cli.tenant_sources import Source
    from authsvc.v1.tenant_pb2 import Tenant
    from authsvc.v1.tenant_service_pb2 import ApplyTenantResponse

Files = Annotated[
    list[str],
    typer.Option(
        "--file",
        "-f",
        help="A file of tenant documents, a directory of *.yaml, *.yml and *.json, or `-`. May be given again.",
        show_default=False,
    ),
]


class Output(StrEnum):
    """In which form documents are shown."""

    TABLE = "table"
    YAML = "yaml"
    JSON = "json"


_MARKS = {(False, True): ("+", Tone.GOOD), (True, False): ("-", Tone.BAD), (True, True): ("~", Tone.PLAIN)}


@client_command
def apply(
    session: "Session",
    file: Files,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
) -> ExitCode:
    """Put tenant documents in place, or make the tenants. What is there already changes nothing.

    Each document is taken or refused as a whole; a refused one does not hold up the others.
    """
    answers, failed = _ask(session, file, dry_run=dry_run)
    if session.as_json:
        session.screen.write_json({"tenants": [_summary(answer, dry_run=dry_run) for answer in answers]})
        return failed
    if dry_run:
        _show_changes(session, answers)
    rows = [
        [
            (answer.tenant.name, Tone.PLAIN),
            (_result(answer, dry_run=dry_run), Tone.GOOD if answer.changes else Tone.DULL),
            (str(len(answer.changes)), Tone.PLAIN),
            (answer.tenant.etag, Tone.PLAIN),
        ]
        for answer in answers
    ]
    session.screen.show(Listing(("tenant", "result", "changes", "etag"), rows, frozenset({"tenant", "etag"})))
    return failed


@client_command
def diff(session: "Session", file: Files) -> ExitCode:
    """Say how documents differ from those in place, and change nothing.

    Exit code 0 when they do not, 1 when they do.
    """
    answers, failed = _ask(session, file, dry_run=True)
    if session.as_json:
        session.screen.write_json({"tenants": [_summary(answer, dry_run=True) for answer in answers]})
    else:
        _show_changes(session, answers)
    if failed is not ExitCode.OK:
        return failed
    return ExitCode.NO if any(answer.changes for answer in answers) else ExitCode.OK


@client_command
def get_tenants(
    session: "Session",
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="The tenant. Default: all that the API key may see.")
    ] = "",
    output: Annotated[Output, typer.Option("--output", "-o", help="In which form to show them.")] = Output.TABLE,
) -> ExitCode:
    """Show the documents of tenants. What `-o yaml` prints, `authsvc apply -f -` takes back."""
    from authsvc.cli.tenant_client import TenantClient  # noqa: PLC0415 (grpc loads only when a command runs)
    from authsvc.cli.views import to_document  # noqa: PLC0415 (likewise)

    client = TenantClient(session.client)
    if name:
        tenants = [client.get(name)]
    else:
        with progress("reading the documents"):
            tenants = list(client.list())
    if session.as_json or output is Output.JSON:
        documents = [to_document(tenant) for tenant in tenants]
        session.screen.write_json({"tenant": documents[0]} if name else {"tenants": documents})
    elif output is Output.YAML:
        _write_yaml(session, tenants)
    else:
        session.screen.show(_table(tenants))
    return ExitCode.OK


@client_command
def delete_tenant(
    session: "Session",
    name: Annotated[str, typer.Argument(metavar="NAME", help="The tenant.", show_default=False)],
    etag: Annotated[str, typer.Option("--etag", help="Only while its document has this etag.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> ExitCode:
    """Delete a tenant: its tokens, its signing keys and the API keys bound to it are worthless from now on."""
    from authsvc.cli.tenant_client import TenantClient  # noqa: PLC0415 (grpc loads only when a command runs)

    if not yes and not _confirmed(name):
        say("nothing was deleted")
        return ExitCode.NO
    answer = TenantClient(session.client).delete(name, etag)
    if session.as_json:
        session.screen.write_json({"revision": answer.revision})
    else:
        session.screen.show(Sheet("deleted", Tone.GOOD, [("tenant", name), ("revision", answer.revision)]))
    return ExitCode.OK


def _ask(session: "Session", files: Sequence[str], *, dry_run: bool) -> tuple[list["ApplyTenantResponse"], ExitCode]:
    """The answers to all documents that were taken, and OK or the exit code of the first that was not."""
    from authsvc.cli.tenant_client import TenantClient  # noqa: PLC0415 (grpc loads only when a command runs)
    from authsvc.cli.tenant_sources import read_sources  # noqa: PLC0415 (likewise)

    with progress("reading the documents"):
        sources = read_sources(files)
    client = TenantClient(session.client)
    answers = []
    failed = ExitCode.OK
    for source in sources:
        try:
            with progress(f"applying {source.document.name}"):
                answers.append(client.apply(source.document, dry_run=dry_run))
        except CommandError as error:
            say_error(_of_source(error, source))
            failed = failed or error.code
    return answers, failed


def _of_source(error: CommandError, source: "Source") -> CommandError:
    name = source.document.name or "a document without a name"
    return CommandError(
        f"{source.place}: {name}: {error.message}", error.code, details=error.details, next_step=error.next_step
    )


def _result(answer: "ApplyTenantResponse", *, dry_run: bool) -> str:
    if not answer.changes:
        return "unchanged"
    is_new = not answer.tenant.etag if dry_run else answer.tenant.create_time == answer.tenant.update_time
    done = "created" if is_new else "changed"
    return f"would be {done}" if dry_run else done


def _summary(answer: "ApplyTenantResponse", *, dry_run: bool) -> dict[str, Any]:
    return {
        "name": answer.tenant.name,
        "result": _result(answer, dry_run=dry_run),
        "etag": answer.tenant.etag,
        "revision": answer.revision,
        "changes": [{"path": change.path, "before": change.before, "after": change.after} for change in answer.changes],
    }


def _show_changes(session: "Session", answers: Sequence["ApplyTenantResponse"]) -> None:
    for answer in answers:
        headline = f"{answer.tenant.name}: {_result(answer, dry_run=True)}"
        lines = []
        for change in answer.changes:
            mark, tone = _MARKS.get((bool(change.before), bool(change.after)), ("~", Tone.PLAIN))
            values = " → ".join(value for value in (change.before, change.after) if value)
            lines.append((f"{mark} {change.path}: {values}", tone))
        blocks = [("changes", lines)] if lines else []
        session.screen.show(Sheet(headline, Tone.PLAIN if lines else Tone.DULL, blocks=blocks))


def _table(tenants: Sequence["Tenant"]) -> Listing:
    columns = ("tenant", "issuer", "algorithm", "operations", "clients", "changed", "etag", "description")
    rows = [
        [
            (tenant.name, Tone.PLAIN),
            (tenant.issuer or "default", Tone.PLAIN if tenant.issuer else Tone.DULL),
            (_algorithm(tenant), Tone.PLAIN),
            (str(len(tenant.operations)), Tone.PLAIN),
            (str(len(tenant.clients)), Tone.PLAIN),
            (describe_moment(tenant.update_time.ToDatetime(tzinfo=UTC)), Tone.PLAIN),
            (tenant.etag, Tone.DULL),
            (tenant.description, Tone.PLAIN),
        ]
        for tenant in tenants
    ]
    return Listing(columns, rows, frozenset({"tenant", "etag"}))


def _algorithm(tenant: "Tenant") -> str:
    from authsvc.v1.tenant_pb2 import SigningAlgorithm  # noqa: PLC0415 (protobuf loads when a command runs)

    if not tenant.algorithm:
        return "ES256"
    try:
        return SigningAlgorithm.Name(tenant.algorithm).removeprefix("SIGNING_ALGORITHM_")
    except ValueError:  # a server of a later release may know more
        return f"unknown ({tenant.algorithm})"


def _write_yaml(session: "Session", tenants: Sequence["Tenant"]) -> None:
    from authsvc.cli.tenant_text import write_document  # noqa: PLC0415 (protobuf loads when a command runs)

    for position, tenant in enumerate(tenants):
        if position:
            session.screen.write("---")
        session.screen.write(write_document(tenant).rstrip("\n"))


def _confirmed(name: str) -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "deleting a tenant takes all its tokens and keys away", next_step="add --yes if that is what you want"
        )
    return typer.confirm(f"Delete the tenant {name} with all its tokens and keys?", err=True)
