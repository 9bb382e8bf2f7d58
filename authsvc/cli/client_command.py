"""What the commands that ask the server have in common: the options of the connection, and the session."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from authsvc.cli import options
from authsvc.cli.credentials import find_api_key
from authsvc.cli.ending import ends_well
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.screen import Screen

if TYPE_CHECKING:
    # At run time it loads grpc, which --help has no use for.
    from authsvc.cli.session import Session

Parameters = ParamSpec("Parameters")


def client_command(command: "Callable[Concatenate[Session, Parameters], ExitCode]") -> Callable[..., None]:
    """The command as typer takes it: with the options of the connection, which become its first argument."""
    own = list(inspect.signature(command).parameters.values())[1:]
    shared = list(inspect.signature(_with_session).parameters.values())[2:]

    @ends_well
    @functools.wraps(command)
    def run(**values: Any) -> ExitCode:  # noqa: ANN401 (what typer read, by the signature below)
        connection = {parameter.name: values.pop(parameter.name) for parameter in shared}
        return _with_session(command, values, **connection)

    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*own, *shared)]
    # typer takes the options from the signature.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _with_session(
    command: Callable[..., ExitCode],
    values: dict[str, Any],
    address: options.Address = options.DEFAULT_ADDRESS,
    tenant: options.Tenant = "",
    api_key_file: options.ApiKeyFile = None,
    tls: options.Tls = False,
    ca_file: options.CaFile = None,
    cert_file: options.CertFile = None,
    key_file: options.KeyFile = None,
    insecure: options.Insecure = False,
    timeout: options.Timeout = options.DEFAULT_TIMEOUT,
    as_json: options.AsJson = False,
) -> ExitCode:
    from authsvc.cli.client import CallContext, Client  # noqa: PLC0415 (grpc loads only when a command runs)
    from authsvc.cli.session import Session  # noqa: PLC0415 (likewise)
    from authsvc.cli.target import Target  # noqa: PLC0415 (likewise)

    target = Target(address, tls=tls, ca_file=ca_file, cert_file=cert_file, key_file=key_file, insecure=insecure)
    context = CallContext(functools.partial(find_api_key, api_key_file), tenant, timeout)
    with Client(target, context) as client:
        return command(Session(client, Screen(), as_json), **values)
