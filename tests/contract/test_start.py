"""A server that is configured wrongly does not start, and says which setting is wrong and what to do."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from authsvc.cli.exit_codes import ExitCode
from tests.contract.production import certificate, environment, private_file, production_settings
from tests.contract.starter import Starter
from tests.support.server import free_port, start_server

Settings = dict[str, str]


def without(*names: str) -> Callable[[Settings], None]:
    """Settings left out."""

    def take_out(settings: Settings) -> None:
        for name in names:
            del settings[f"AUTHSVC_{name}"]

    return take_out


def having(**changes: str) -> Callable[[Settings], None]:
    """Settings set."""
    return lambda settings: settings.update({f"AUTHSVC_{name}": value for name, value in changes.items()})


def with_file(name: str, text: str | bytes, mode: int = 0o600) -> Callable[[Settings], None]:
    """A setting that names a file of this text and mode."""

    def write(settings: Settings) -> None:
        place = Path(settings["AUTHSVC_DATA_DIR"]).parent
        settings[f"AUTHSVC_{name}"] = str(private_file(place / f"other-{name}", text, mode))

    return write


def with_directory(files: dict[str, str]) -> Callable[[Settings], None]:
    """A directory of tenant documents beside the file of them."""

    def write(settings: Settings) -> None:
        directory = Path(settings["AUTHSVC_DATA_DIR"]).parent / "tenants"
        directory.mkdir()
        for name, text in files.items():
            (directory / name).write_text(text)
        settings["AUTHSVC_TENANTS_DIR"] = str(directory)

    return write


def with_mode(name: str, mode: int) -> Callable[[Settings], None]:
    """A file of the data directory, or the directory itself, opened to others after it was made."""

    def change(settings: Settings) -> None:
        (Path(settings["AUTHSVC_DATA_DIR"]) / name).chmod(mode)

    return change


def with_link(name: str) -> Callable[[Settings], None]:
    """A file of the data directory that is a symbolic link."""

    def link(settings: Settings) -> None:
        path = Path(settings["AUTHSVC_DATA_DIR"]) / name
        path.symlink_to(path.rename(path.with_name("elsewhere")))

    return link


def with_another_sealing_key(settings: Settings) -> None:
    Path(settings["AUTHSVC_SEALING_KEY_FILE"]).write_text("A" * 43 + "=")


def with_tls_of_two(settings: Settings) -> None:
    """A certificate beside the key of another."""
    place = Path(settings["AUTHSVC_DATA_DIR"]).parent
    authority = certificate("authority")
    one, two = certificate("one", authority), certificate("two", authority)
    settings |= {
        "AUTHSVC_TLS": "on",
        "AUTHSVC_TLS_CERT_FILE": str(private_file(place / "cert.pem", one.pem)),
        "AUTHSVC_TLS_KEY_FILE": str(private_file(place / "key.pem", two.key_pem)),
    }


TENANT_FAULTS = "name: Demo\nmax_ttl: 0s\n---\nname: authsvc\n"

WRONG: dict[str, tuple[Callable[[Settings], None], tuple[str, ...]]] = {
    "nothing set": (
        without("ISSUER_URL", "TENANTS_FILE", "SEALING_KEY_FILE", "TLS"),
        (
            "AUTHSVC_ISSUER_URL",
            "AUTHSVC_SEALING_KEY_FILE",
            "AUTHSVC_TLS_CERT_FILE",
            "AUTHSVC_TLS=off",
        ),
    ),
    "no issuer": (without("ISSUER_URL"), ("AUTHSVC_ISSUER_URL",)),
    "an issuer that is no URL": (having(ISSUER_URL="issuer"), ("AUTHSVC_ISSUER_URL", "absolute http or https URL")),
    "an issuer with a query": (having(ISSUER_URL="https://x.example?a=b"), ("AUTHSVC_ISSUER_URL", "without query")),
    "tenants that are not there": (
        having(TENANTS_FILE="/nowhere/tenants.yaml"),
        ("AUTHSVC_TENANTS_FILE", "cannot be read"),
    ),
    "tenants that break rules": (
        with_file("TENANTS_FILE", TENANT_FAULTS),
        ("AUTHSVC_TENANTS_FILE", "document 1", "max_ttl", "document 2", "authsvc"),
    ),
    "a directory of tenants that is not there": (
        having(TENANTS_DIR="/nowhere/tenants"),
        ("AUTHSVC_TENANTS_DIR", "cannot be read"),
    ),
    "a directory of tenants that breaks rules": (
        with_directory({"a.yaml": TENANT_FAULTS, "b.json": '{"name": "demo", "what": 1}', "c.yml": "name: fine\n"}),
        ("a.yaml", "max_ttl", "authsvc", "b.json", "what"),
    ),
    "a tenant in two files": (
        with_directory({"a.yaml": "name: demo\n"}),
        ("AUTHSVC_TENANTS_DIR", "a.yaml", "tenant demo", "another file", "AUTHSVC_TENANTS_FILE"),
    ),
    "tenants with an unknown field": (with_file("TENANTS_FILE", "name: demo\nwhat: 1\n"), ("document 1", "what")),
    "no sealing key": (without("SEALING_KEY_FILE"), ("AUTHSVC_SEALING_KEY_FILE",)),
    "a sealing key that is not there": (
        having(SEALING_KEY_FILE="/nowhere/key"),
        ("AUTHSVC_SEALING_KEY_FILE", "cannot be read"),
    ),
    "a sealing key that is short": (
        with_file("SEALING_KEY_FILE", "c2hvcnQ="),
        ("AUTHSVC_SEALING_KEY_FILE", "32 bytes"),
    ),
    "a sealing key that is no base64": (
        with_file("SEALING_KEY_FILE", "~" * 43),
        ("AUTHSVC_SEALING_KEY_FILE", "base64"),
    ),
    "a sealing key open to the group": (
        with_file("SEALING_KEY_FILE", "A" * 43 + "=", 0o640),
        ("AUTHSVC_SEALING_KEY_FILE", "0640", "chmod 600"),
    ),
    "a sealing key open to all": (
        with_file("SEALING_KEY_FILE", "A" * 43 + "=", 0o644),
        ("AUTHSVC_SEALING_KEY_FILE", "0644", "chmod 600"),
    ),
    "another sealing key": (with_another_sealing_key, ("AUTHSVC_SEALING_KEY_FILE", "does not open")),
    "a data directory open to all": (with_mode("", 0o755), ("AUTHSVC_DATA_DIR", "0755", "chmod 0700")),
    "a data directory open to the group": (with_mode("", 0o710), ("AUTHSVC_DATA_DIR", "0710", "chmod 0700")),
    "a database open to all": (
        with_mode("authsvc.db", 0o644),
        ("AUTHSVC_DATA_DIR", "authsvc.db", "0644", "chmod 0600"),
    ),
    "a revision open to the group": (with_mode("revision", 0o620), ("AUTHSVC_DATA_DIR", "revision", "chmod 0600")),
    "a database elsewhere": (with_link("authsvc.db"), ("AUTHSVC_DATA_DIR", "symbolic link")),
    "TLS without files": (without("TLS"), ("AUTHSVC_TLS_CERT_FILE", "AUTHSVC_TLS_KEY_FILE", "AUTHSVC_TLS=off")),
    "TLS with half its files": (
        having(TLS="on", TLS_CERT_FILE="/nowhere/cert.pem"),
        ("AUTHSVC_TLS_CERT_FILE", "AUTHSVC_TLS_KEY_FILE"),
    ),
    "TLS for clients alone": (
        having(TLS_CLIENT_CA_FILE="/nowhere/ca.pem"),
        ("AUTHSVC_TLS_CLIENT_CA_FILE", "asks for TLS"),
    ),
    "TLS with files that are not there": (
        having(TLS="on", TLS_CERT_FILE="/nowhere/cert.pem", TLS_KEY_FILE="/nowhere/key.pem"),
        ("/nowhere/cert.pem", "cannot be read"),
    ),
    "TLS with a key of another certificate": (with_tls_of_two, ("AUTHSVC_TLS_KEY_FILE", "not the key")),
    "a word for TLS": (having(TLS="maybe"), ("AUTHSVC_TLS",)),
    "no workers": (having(WORKERS="0"), ("AUTHSVC_WORKERS",)),
    "two wrong settings": (having(WORKERS="many", MAX_STREAMS="0"), ("AUTHSVC_WORKERS", "AUTHSVC_MAX_STREAMS")),
    "an address that is none": (having(ADMIN_ADDRESS="127.0.0.1:none"), ("AUTHSVC_ADMIN_ADDRESS",)),
}
USED_BEFORE = {name for name in WRONG if name.startswith(("a data directory", "a database", "a revision", "another"))}
"""Those whose data directory must be there before it is spoilt."""
SECRETS = ("A" * 43, "c2hvcnQ=", "~" * 43)


@pytest.fixture(scope="module")
def endings(starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """How each wrongly configured server ended: its exit code and what it wrote."""
    ended = {}
    for name, (spoil, _) in WRONG.items():
        settings = production_settings(tmp_path_factory.mktemp("wrong"))
        if name in USED_BEFORE:
            starter.bootstrap(settings)
        settings |= {f"AUTHSVC_{name}_ADDRESS": f"127.0.0.1:{free_port()}" for name in ("GRPC", "ADMIN")}
        spoil(settings)
        ended[name] = starter.run(settings, "serve")
    return ended


@pytest.mark.parametrize("name", WRONG)
def test_it_does_not_start_and_says_why(endings: dict[str, tuple[int, str]], name: str) -> None:
    code, output = endings[name]
    assert code == ExitCode.CONFIGURATION, output
    assert [word for word in WRONG[name][1] if word not in output] == []
    assert "Traceback" not in output
    assert not [secret for secret in SECRETS if secret in output]


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0:1",
        "[::]:1",
        "192.0.2.1:1",
        "localhost.example:1",
        "127.0.0.1.example:1",
        "127.example:1",
        "unix:/tmp/x",
    ],
)
def test_a_development_server_listens_on_loopback_only(starter: Starter, tmp_path: Path, address: str) -> None:
    settings = {"AUTHSVC_DATA_DIR": str(tmp_path / "data"), "AUTHSVC_GRPC_ADDRESS": address}
    code, output = starter.run(settings, "serve", "--dev")
    assert code == ExitCode.CONFIGURATION, output
    assert "AUTHSVC_GRPC_ADDRESS" in output
    assert not (tmp_path / "data").exists()


def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    settings = production_settings(tmp_path / "place")
    done = subprocess.run(
        ["/bin/sh", "-c", f"umask 000; exec {sys.executable} -m authsvc.cli bootstrap"],
        env=environment(settings),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    data = tmp_path / "place" / "data"
    assert data.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in data.iterdir()}
    assert {"authsvc.db", "bootstrap.key", "lock", "revision"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_an_admin_key_that_others_can_read_stops_a_development_server(starter: Starter, tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    assert server.stop() == 0
    (tmp_path / "data" / "bootstrap.key").chmod(0o644)
    settings = {f"AUTHSVC_{name}_ADDRESS": f"127.0.0.1:{free_port()}" for name in ("GRPC", "ADMIN")}
    code, output = starter.run(settings | {"AUTHSVC_DATA_DIR": str(tmp_path / "data")}, "serve", "--dev")
    assert code == ExitCode.CONFIGURATION, output
    assert "chmod 600" in output


def test_an_rpc_without_an_access_option_stops_the_start(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", command=("-m", "tests.contract.planted.undeclared", "serve"), wait=False)
    code = server.process.wait(60)
    assert code == ExitCode.CONFIGURATION, server.log
    assert "/made.up.Service/Do" in server.log
    assert "declares no access" in server.log
    assert not (tmp_path / "data" / "authsvc.db").exists()
