"""Options that several commands share, and the defaults of the connection."""

from pathlib import Path
from typing import Annotated

import typer

from authsvc.cli.scope_form import ScopeForm

DEFAULT_ADDRESS = "127.0.0.1:50051"
DEFAULT_TIMEOUT = 5.0
"""Seconds."""

_PANEL = "Connection"

Address = Annotated[
    str,
    typer.Option(
        "--address",
        envvar="AUTHSVC_GRPC_ADDRESS",
        help="Where the server is: HOST:PORT, [IPV6]:PORT or unix:PATH.",
        rich_help_panel=_PANEL,
    ),
]
Tenant = Annotated[
    str,
    typer.Option(
        "--tenant",
        envvar="AUTHSVC_TENANT",
        help="The tenant. Default: the one to which the API key is bound.",
        rich_help_panel=_PANEL,
    ),
]
ApiKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--api-key-file",
        envvar="AUTHSVC_API_KEY_FILE",
        help="File with the API key. Default: the key in AUTHSVC_API_KEY, else bootstrap.key in the data directory.",
        rich_help_panel=_PANEL,
    ),
]
Tls = Annotated[
    bool,
    typer.Option("--tls", help="Use TLS, with gRPC's own CAs unless --ca-file is given.", rich_help_panel=_PANEL),
]
CaFile = Annotated[
    Path | None,
    typer.Option("--ca-file", help="CA certificates in PEM. Implies --tls.", rich_help_panel=_PANEL),
]
CertFile = Annotated[
    Path | None,
    typer.Option(
        "--cert-file",
        help="Certificate of this client in PEM, with --key-file. Implies --tls.",
        rich_help_panel=_PANEL,
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", help="Private key of --cert-file in PEM; not an API key.", rich_help_panel=_PANEL),
]
Insecure = Annotated[
    bool,
    typer.Option(
        "--insecure",
        help="Send plain text even to an address that is not on this machine.",
        rich_help_panel=_PANEL,
    ),
]
Timeout = Annotated[
    float,
    typer.Option("--timeout", min=0.001, help="Seconds to wait for each answer.", rich_help_panel=_PANEL),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the answer as one JSON document, with the names of the API.")
]

TokenSource = Annotated[
    str | None,
    typer.Argument(
        metavar="-",
        help="`-` reads the token from standard input. A token itself is never taken here.",
        show_default=False,
    ),
]
TokenFile = Annotated[
    str | None,
    typer.Option(
        "--token-file",
        help="File with the token, or `-`. Default: the token in AUTHSVC_TOKEN, else what is piped in.",
    ),
]
NamedTokenFile = Annotated[str | None, typer.Option("--token-file", help="The token in this file, or `-`.")]
Audience = Annotated[
    str,
    typer.Option(
        "--audience",
        help="The audience that the token must be meant for. Default: that of the API key's client, where it names one.",
        show_default=False,
    ),
]
MinRevision = Annotated[
    str,
    typer.Option("--min-revision", help="Decide at this revision or a later one, as an earlier answer gave it."),
]
TokenOut = Annotated[
    Path | None,
    typer.Option("--token-out", help="Write the token to this file, for its owner alone, and not to the output."),
]
RequestId = Annotated[
    str, typer.Option("--request-id", help="Makes a retry safe: the same id gives the same token again.")
]
ScopesAs = Annotated[
    ScopeForm | None,
    typer.Option("--scopes-as", help="In which form to show scopes; not with --json. Default: string."),
]
