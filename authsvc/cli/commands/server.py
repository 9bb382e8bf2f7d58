"""`authsvc serve`, `bootstrap` and `recover`: they hand over to the composition root, in this process."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from authsvc.cli.credentials import BOOTSTRAP_KEY, write_secret
from authsvc.cli.ending import ends_well
from authsvc.cli.errors import CommandError, UsageError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.screen import Screen
from authsvc.cli.sheet import Sheet, Tone
from authsvc.cli.times import describe_moment

Result = TypeVar("Result")

if TYPE_CHECKING:
    from authsvc.app.admin_key import BootstrapResult
    from authsvc.config import Settings

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where the embedded store lives. [env var: AUTHSVC_DATA_DIR]"),
]
Dev = Annotated[
    bool,
    typer.Option(
        "--dev",
        help="For development: plain text on loopback, a demo tenant, keys made for you. [env var: AUTHSVC_DEV]",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="Write the key to this file, for its owner alone. Default: bootstrap.key in the data directory.",
    ),
]
PrintKey = Annotated[
    bool,
    typer.Option("--print", help="Print the key, alone, instead of writing it to a file, unless --out names one."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document; the key itself is only in it with --print.")
]


@ends_well
def serve(
    dev: Dev = False,
    data_dir: DataDir = None,
    address: Annotated[
        str | None,
        typer.Option("--address", help="Where gRPC listens, HOST:PORT. [env var: AUTHSVC_GRPC_ADDRESS]"),
    ] = None,
    admin_address: Annotated[
        str | None,
        typer.Option(
            "--admin-address",
            help="Where /livez, /readyz and /metrics listen, HOST:PORT. [env var: AUTHSVC_ADMIN_ADDRESS]",
        ),
    ] = None,
    tenants_file: Annotated[
        Path | None,
        typer.Option("--tenants-file", help="The tenant documents, YAML. [env var: AUTHSVC_TENANTS_FILE]"),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", help="How many processes serve the port. [env var: AUTHSVC_WORKERS]"),
    ] = None,
) -> ExitCode:
    """Run the server until SIGTERM or Ctrl-C. Every other setting is an environment variable AUTHSVC_*."""
    settings = _load_settings(
        dev=dev,
        data_dir=data_dir,
        grpc_address=address,
        admin_address=admin_address,
        tenants_file=tenants_file,
        workers=workers,
    )
    from authsvc.app import orders, serving  # noqa: PLC0415 (the server loads only where it runs)

    status = _configured(lambda: serving.serve(settings))
    if status == orders.EXIT_CONFIGURATION:
        # The worker has said in the log what is wrong.
        return ExitCode.CONFIGURATION
    return ExitCode.OK if status == 0 else ExitCode.INTERNAL


@ends_well
def bootstrap(
    out: Out = None,
    print_key: PrintKey = False,
    dev: Dev = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Make the first admin key, beside the store, while no server runs on it.

    It lives at most 24 h: issue keys with fewer rights with it, then let it go.
    """
    from authsvc.app import admin_key  # noqa: PLC0415 (the server loads only where it runs)

    settings = _load_settings(dev=dev, data_dir=data_dir)
    _check_writable(out)
    result = _configured(lambda: admin_key.bootstrap(settings))
    path = out or (None if print_key else settings.data_dir / BOOTSTRAP_KEY)
    return _deliver(result, path, print_key=print_key, as_json=as_json)


@ends_well
def recover(
    out: Out = None,
    print_key: PrintKey = False,
    dev: Dev = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> ExitCode:
    """Make a new admin key when none is left, beside the store, while no server runs on it.

    It lives at most 24 h.
    """
    from authsvc.app import admin_key  # noqa: PLC0415 (the server loads only where it runs)

    settings = _load_settings(dev=dev, data_dir=data_dir)
    _check_writable(out)
    result = _configured(lambda: admin_key.recover(settings))
    path = out or (None if print_key else settings.data_dir / BOOTSTRAP_KEY)
    return _deliver(result, path, print_key=print_key, as_json=as_json)


@ends_well
def reseal(dev: Dev = False, data_dir: DataDir = None, as_json: AsJson = False) -> ExitCode:
    """Seal every key with the newest sealing key, beside the store, while servers run on it.

    Afterwards the keys of AUTHSVC_SEALING_KEYS_OLD_FILE open nothing any more and can go.
    """
    from authsvc.app import resealing  # noqa: PLC0415 (the server loads only where it runs)

    settings = _load_settings(dev=dev, data_dir=data_dir)
    result = _configured(lambda: resealing.reseal(settings))
    screen = Screen()
    if as_json:
        screen.write_json({"keys": result.keys, "sealed_by": result.sealed_by})
    else:
        screen.show(
            Sheet("resealed", Tone.GOOD, [("keys", str(result.keys)), ("by the sealing key", result.sealed_by)])
        )
    return ExitCode.OK


def _load_settings(*, dev: bool, **flags: object) -> "Settings":
    from authsvc.config import load_settings  # noqa: PLC0415 (only where a server runs)

    # A flag that is not given leaves the variable AUTHSVC_DEV in force.
    return _configured(lambda: load_settings(dev=dev or None, **flags))


def _configured(step: Callable[[], Result]) -> Result:
    from authsvc.errors import (  # noqa: PLC0415 (likewise)
        AuthsvcError,
        ConfigurationError,
        StoreFullError,
        StoreUnavailableError,
    )

    try:
        return step()
    except ConfigurationError as error:
        first, *others = str(error).splitlines()
        raise CommandError(
            first,
            ExitCode.CONFIGURATION,
            details=others,
            next_step="the README says what can be set; `authsvc serve --dev` runs without any of it",
        ) from None
    except (StoreUnavailableError, StoreFullError) as error:
        raise CommandError(
            error.message,
            ExitCode.UNAVAILABLE,
            next_step="stop the server that holds the store, or look at its disk",
        ) from None
    except AuthsvcError as error:
        raise CommandError(error.message, ExitCode.CONFLICT) from None


def _check_writable(out: Path | None) -> None:
    # Before the key is made: one that cannot be written would be live and lost.
    if out is not None and not os.access(out.parent, os.W_OK):
        raise UsageError(f"--out: {out.parent} is no directory that can be written to")


def _deliver(result: "BootstrapResult", path: Path | None, *, print_key: bool, as_json: bool) -> ExitCode:
    if path is not None:
        write_secret(path, result.key, "--out")
    screen = Screen()
    expires = describe_moment(datetime.fromtimestamp(result.expire_time, UTC))
    if as_json:
        document = {"path": str(path) if path else None, "token_id": result.token_id, "expire_time": expires}
        screen.write_json(document | ({"key": result.key} if print_key else {}))
    elif print_key:
        screen.write(result.key)
    else:
        rows = [("file", str(path)), ("token id", result.token_id), ("expires", expires)]
        screen.show(Sheet("admin key", Tone.GOOD, rows))
    return ExitCode.OK
