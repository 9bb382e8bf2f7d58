"""The settings: environment variables AUTHSVC_*, each overridable by a flag of `authsvc serve`."""

import re
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from authsvc.errors import ConfigurationError

DEFAULT_LAME_DUCK = timedelta(seconds=5)
DEV_HTTP_ADDRESS = "127.0.0.1:8080"
DEV_ISSUER_URL = f"http://{DEV_HTTP_ADDRESS}"
SEALING_KEY_VARIABLE = "AUTHSVC_SEALING_KEY"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}


def _read_span(value: object) -> object:
    """Seconds, or a number with a unit: "25", "0.5", "10m", "12h", "30d". What else there is, is left to pydantic."""
    if isinstance(value, str) and (match := re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", value.strip())):
        return timedelta(seconds=float(match[1]) * _UNITS[match[2] or "s"])
    return value


def _is_loopback(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


Span = Annotated[timedelta, BeforeValidator(_read_span), Field(ge=timedelta())]
"""A span of time, not negative."""


class Settings(BaseSettings):
    """How one server runs. Safe by default: loopback, and TLS unless it is told otherwise."""

    model_config = SettingsConfigDict(env_prefix="AUTHSVC_", extra="forbid", frozen=True)

    dev: bool = False
    """A development server: plain text on loopback, a demo tenant, reflection, a sealing key and an admin key made for you."""
    grpc_address: str = "127.0.0.1:50051"
    """Where the gRPC services listen."""
    admin_address: str = "127.0.0.1:8081"
    """Where plain HTTP answers /livez, /readyz and /metrics."""
    probe_address: str = ""
    """Where plain gRPC health answers, and nothing else, for kubelets when TLS is on. Empty: nowhere."""
    http_address: str | None = None
    """Where HTTP answers with the public keys of the tenants, over TLS when gRPC has it. Empty: nowhere. Default: nowhere, and
    127.0.0.1:8080 with dev."""
    data_dir: Path = Path("data")
    """Where the embedded store lives, mode 0700."""
    sealing_key_file: Path | None = None
    """The file with the key that seals signing keys: 32 bytes in base64, mode 0600. It or sealing_key is required unless dev."""
    sealing_key: SecretStr | None = None
    """The key that seals signing keys itself, instead of a file: 32 bytes in base64."""
    sealing_keys_old_file: Path | None = None
    """The file with the sealing keys that also open what they sealed, one a line, mode 0600: older ones, and before a change
    the one that is to come."""
    tenants_file: Path | None = None
    """Tenant documents, YAML or JSON, applied at every start. They may as well come by ApplyTenant."""
    tenants_dir: Path | None = None
    """A directory of such files, *.yaml, *.yml and *.json: each is applied at every start, and when it has changed."""
    tenants_reload: Span = timedelta(seconds=2)
    """How often the directory of tenant documents is looked at for a change."""
    issuer_url: str = ""
    """The base of every tenant's issuer, BASE/t/{tenant}. Required unless dev.

    Fixed before the first token: changing it kills tokens."""
    tls: Literal["on", "off"] = "on"
    """"off" is the explicit way to run plain behind a mesh."""
    tls_cert_file: Path | None = None
    """The server's certificate chain, PEM."""
    tls_key_file: Path | None = None
    """The server's private key, PEM."""
    tls_client_ca_file: Path | None = None
    """The authorities of client certificates, PEM. When set, clients without a certificate are refused (mTLS)."""
    tls_reload: Span = timedelta(seconds=5)
    """How often the TLS files are looked at for a change."""
    workers: int = Field(default=1, ge=1, le=64)
    """How many processes serve the port."""
    reflection: bool = False
    """Whether gRPC reflection answers callers with a key. With dev it answers anybody."""
    grace: Span = timedelta(seconds=25)
    """How long calls in flight may take after SIGTERM."""
    lame_duck: Span | None = None
    """How long the server goes on serving after SIGTERM with health off, so that balancers look away first. Part of the
    grace. Default: 5 s, and 0 with dev."""
    max_deadline: Span = timedelta(seconds=5)
    """The longest that a call may take, whatever its own deadline."""
    max_wait: Annotated[Span, Field(gt=timedelta())] = timedelta(milliseconds=250)
    """How long calls wait for their turn before others are refused: a worker that has more to do than it can serves what it
    can, and says so to the rest at once."""
    max_streams: int = Field(default=128, ge=1)
    """How many calls one connection may have open."""
    address_rate: float = Field(default=0.0, ge=0.0, le=1_000_000.0)
    """Calls without a good key that each worker takes from one address a second; 0 for any number. Behind a balancer that
    hides the addresses of callers, all of them share one."""
    max_connection_age: Span = timedelta(minutes=10)
    """After this a connection is asked to end, so that clients spread anew."""
    signature_cache_size: int = Field(default=10_000, ge=0)
    """How many verified signatures each worker remembers at least; at most twice as many."""
    record_retention: Span = timedelta(days=30)
    """How long the record of an expired token is kept."""
    prune_interval: Span = timedelta(minutes=1)
    """How often what no longer matters is deleted."""
    busy_timeout: Span = timedelta(seconds=2)
    """How long a write waits for another process's."""
    jwks_refresh: Annotated[Span, Field(ge=timedelta(seconds=10))] = timedelta(minutes=5)
    """How often the key sets of trusted issuers are fetched anew, 10 s or more."""
    jwks_max_age: Annotated[Span, Field(ge=timedelta(minutes=1))] = timedelta(hours=24)
    """How long a key set is good while its issuer does not answer: afterwards its tokens are refused."""
    key_refresh: Annotated[Span, Field(ge=timedelta(milliseconds=50))] = timedelta(minutes=5)
    """How often verifiers elsewhere read the public keys anew. A new key is published twice as long before it signs."""
    key_rotation: Annotated[Span, Field(ge=timedelta(seconds=1))] | None = None
    """How long a key signs before another one takes over by itself. Unset: until somebody rotates it."""
    usage: Literal["on", "off"] = "on"
    """Whether it is noted when each token was last of use, and which of its scopes met a check."""
    usage_interval: Span = timedelta(minutes=1)
    """How often that is written down: what a killed worker noted since then is lost."""
    log_calls: bool = False
    """Whether successful Verify, CheckScopes and their batches are logged too."""
    decision_log: Literal["off", "denials", "all"] = "off"
    """Which decisions of Verify, CheckScopes and their batches are logged: a JSON line each on standard error, with ids and
    the reason, never a token."""
    decision_log_sample: float = Field(default=1.0, ge=0, le=1)
    """The part of them that is logged, chosen by chance."""
    decision_log_tenant: str = ""
    """Only decisions for this tenant."""
    decision_log_subject: str = ""
    """Only decisions on tokens of this subject."""

    @field_validator("issuer_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
            raise ValueError("must be an absolute http or https URL without query and fragment")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _is_complete(self) -> "Settings":
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            # Half a set must never come to serve plain text.
            raise ValueError("AUTHSVC_TLS_CERT_FILE, AUTHSVC_TLS_KEY_FILE: set both or neither")
        if self.plain_text and self.tls_client_ca_file is not None:
            raise ValueError(
                "AUTHSVC_TLS_CLIENT_CA_FILE: asks for TLS; set AUTHSVC_TLS_CERT_FILE and AUTHSVC_TLS_KEY_FILE"
            )
        if self.sealing_key is not None and self.sealing_key_file is not None:
            raise ValueError("AUTHSVC_SEALING_KEY, AUTHSVC_SEALING_KEY_FILE: set one of them")
        if self.dev:
            for name, address in (("GRPC", self.grpc_address), ("HTTP", self.public_address)):
                if address and not _is_loopback(address):
                    raise ValueError(
                        f"AUTHSVC_{name}_ADDRESS: a development server listens on loopback only; drop --dev or take 127.0.0.1"
                    )
            return self
        self._refuse_missing()
        return self

    def _refuse_missing(self) -> None:
        missing: list[str] = []
        if not self.issuer_url:
            missing.append("AUTHSVC_ISSUER_URL: set it to the base URL of your tokens' issuers")
        if self.sealing_key_file is None and self.sealing_key is None:
            missing.append(
                "AUTHSVC_SEALING_KEY_FILE: set it to a file that only the service can read, 32 random bytes in base64"
            )
        if self.tls == "on" and (self.tls_cert_file is None or self.tls_key_file is None):
            missing.append(
                "AUTHSVC_TLS_CERT_FILE, AUTHSVC_TLS_KEY_FILE: set both, or AUTHSVC_TLS=off to run plain behind a mesh"
            )
        if missing:
            raise ValueError("\n".join(missing))

    @property
    def plain_text(self) -> bool:
        """Whether the gRPC port speaks plain text."""
        return self.tls == "off" or (self.dev and self.tls_cert_file is None)

    @property
    def lame_duck_seconds(self) -> float:
        """The lame-duck time in force, at most the grace."""
        default = timedelta() if self.dev else DEFAULT_LAME_DUCK
        return min(default if self.lame_duck is None else self.lame_duck, self.grace).total_seconds()

    @property
    def public_address(self) -> str:
        """The address of the public HTTP door in force, empty for none."""
        if self.http_address is not None:
            return self.http_address
        return DEV_HTTP_ADDRESS if self.dev else ""

    @property
    def issuer_base(self) -> str:
        """The issuer URL in force."""
        return self.issuer_url or DEV_ISSUER_URL

    @property
    def sealing_key_path(self) -> Path:
        """The file of the sealing key; a development server keeps its own beside the data."""
        return self.sealing_key_file or self.data_dir / "sealing.key"


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment, with overrides; those that are None do not override.

    Raises:
        ConfigurationError: one or more settings break their rules; the message names each and the rule.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        raise ConfigurationError("\n".join(map(_describe, error.errors(include_input=False)))) from None


def _describe(fault: ErrorDetails) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    return f"AUTHSVC_{name.upper()}: {message}" if name else message
