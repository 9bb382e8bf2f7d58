"""`authsvc keys …`: a tenant's keys."""

import base64
import binascii
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from authsvc.cli.client_command import client_command
from authsvc.cli.credentials import STDIN
from authsvc.cli.errors import UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.screen import progress, say
from authsvc.cli.times import parse_span

if TYPE_CHECKING:
    from authsvc.cli.key_client import Material
    from authsvc.cli.session import Session

# The most that the API gives on one page.
_PAGE_SIZE = 1000
_MAX_KEY_BYTES = 64 * 1024


class Algorithm(StrEnum):
    """What a key is used with."""

    ES256 = "ES256"
    RS256 = "RS256"
    PS256 = "PS256"
    EDDSA = "EdDSA"
    HS256 = "HS256"


KeyId = Annotated[str, typer.Argument(metavar="ID", help="The key's id, its kid.", show_default=False)]


@client_command
def list_keys(
    session: "Session",
    limit: Annotated[int, typer.Option("--limit", min=0, help="How many to show at most; 0 for all.")] = 100,
) -> ExitCode:
    """List the tenant's keys, newest first, and what will happen to them by themselves."""
    from authsvc.v1.key_service_pb2 import ListKeysResponse  # noqa: PLC0415 (protobuf loads when a command runs)

    answer = ListKeysResponse()
    more_follow = False
    with progress("reading the keys"):
        for page in session.client.keys.list_keys(page_size=min(limit or _PAGE_SIZE, _PAGE_SIZE)):
            room = limit - len(answer.keys) if limit else len(page.keys)
            answer.keys.extend(page.keys[:room])
            more_follow = len(page.keys) > room or (bool(page.next_page_token) and len(answer.keys) == limit)
            if more_follow:
                break
    session.show(answer)
    if more_follow:
        say(f"note: these are the newest {limit}; more follow, and --limit 0 shows them all")
    return ExitCode.OK


@client_command
def rotate(
    session: "Session",
    prepare_for: Annotated[
        str | None,
        typer.Option(
            "--prepare-for",
            help='How long it is published before it signs: "1h", "2d", or seconds. Default: the least that is safe.',
        ),
    ] = None,
) -> ExitCode:
    """Make a new key. It is published first, and takes over by itself."""
    span = None if prepare_for is None else parse_span(prepare_for, "--prepare-for")
    session.show(session.client.keys.rotate(span))
    return ExitCode.OK


@client_command
def activate(
    session: "Session",
    key_id: KeyId,
    force: Annotated[
        bool, typer.Option("--force", help="Although verifiers elsewhere may not know the key yet.")
    ] = False,
) -> ExitCode:
    """Have a prepared or verify-only key sign from now on; the one before only verifies."""
    session.show(session.client.keys.activate(key_id, force=force))
    return ExitCode.OK


@client_command
def taint(
    session: "Session",
    key_id: KeyId,
    reason: Annotated[str, typer.Option("--reason", help="Why, for people and the audit.")] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Of the service's own keys: although no admin key would be left.")
    ] = False,
) -> ExitCode:
    """Revoke a key: every token that it signed is refused from now on, and for ever."""
    session.show(session.client.keys.taint(key_id, reason=reason, force=force))
    return ExitCode.OK


@client_command
def retire(
    session: "Session",
    key_id: KeyId,
    force: Annotated[bool, typer.Option("--force", help="Although tokens that it signed may be alive.")] = False,
) -> ExitCode:
    """Take a verify-only or prepared key out of use; verify-only ones retire by themselves in time."""
    session.show(session.client.keys.retire(key_id, force=force))
    return ExitCode.OK


@client_command
def import_key(
    session: "Session",
    algorithm: Annotated[
        Algorithm, typer.Option("--algorithm", case_sensitive=False, help="What it is used with.", show_default=False)
    ],
    pem_file: Annotated[
        str | None, typer.Option("--pem-file", help="File with the key in PEM, or `-` for standard input.")
    ] = None,
    jwk_file: Annotated[
        str | None, typer.Option("--jwk-file", help="File with the key as a JWK, or `-` for standard input.")
    ] = None,
    secret_file: Annotated[
        str | None,
        typer.Option(
            "--secret-file",
            help="File with an HMAC secret, or `-`. Of a text, a line end at its end does not count.",
        ),
    ] = None,
    is_base64: Annotated[bool, typer.Option("--base64", help="The secret is written in base64 or base64url.")] = False,
    key_id: Annotated[str, typer.Option("--key-id", help="Its kid. Default: that of the JWK, or a new one.")] = "",
    issuer: Annotated[
        str, typer.Option("--issuer", help="The trusted issuer that signs with it. Default: this service does.")
    ] = "",
) -> ExitCode:
    """Bring a key of your own. Weak, broken and mixed-up keys are refused with the reason."""
    material = _material({"pem": pem_file, "jwk": jwk_file, "secret": secret_file}, is_base64=is_base64)
    answer = session.client.keys.import_key(material, algorithm=algorithm.value, key_id=key_id, issuer=issuer)
    session.show(answer)
    return ExitCode.OK


@client_command
def jwks(session: "Session") -> ExitCode:
    """Print the tenant's public keys as a JWK set. It takes no API key."""
    answer = session.client.keys.jwks()
    if session.as_json:
        session.show(answer)
    else:
        session.screen.write(answer.jwks)
    return ExitCode.OK


def _material(sources: dict[str, str | None], *, is_base64: bool) -> "Material":
    from authsvc.cli.key_client import Material  # noqa: PLC0415 (grpc loads only when a command runs)

    named = [(kind, source) for kind, source in sources.items() if source is not None]
    if len(named) != 1:
        raise UsageError(
            "give exactly one of --pem-file, --jwk-file and --secret-file",
            next_step="a key is never taken from the command line itself, where others can read it",
        )
    ((kind, source),) = named
    content = _read(source, f"--{kind}-file")
    if kind == "secret":
        content = _decoded(content) if is_base64 else _without_line_end(content)
    elif is_base64:
        raise UsageError("--base64 belongs to --secret-file")
    return Material(kind, content)


def _read(source: str, option: str) -> bytes:
    try:
        if source == STDIN:
            content = sys.stdin.buffer.read(_MAX_KEY_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                content = file.read(_MAX_KEY_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{option}: {source} cannot be read: {error.strerror}") from None
    if len(content) > _MAX_KEY_BYTES:
        raise UsageError(f"{option}: holds no key: it is longer than 64 KiB")
    if not content:
        raise UsageError(f"{option}: holds no key: it is empty")
    return content


def _without_line_end(content: bytes) -> bytes:
    """An editor ends a text with a line end that no other program takes for a part of the secret; other bytes all count."""
    bare = content.removesuffix(b"\n").removesuffix(b"\r")
    is_text = bare.isascii() and bare.decode("ascii").isprintable()
    return bare if is_text else content


def _decoded(content: bytes) -> bytes:
    packed = content.strip().rstrip(b"=")
    try:
        padded = packed.replace(b"-", b"+").replace(b"_", b"/") + b"=" * (-len(packed) % 4)
        return base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError("--base64: the file holds no base64") from None
