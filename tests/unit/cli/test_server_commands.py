import json
import stat
from pathlib import Path

import pytest

from authsvc.app import admin_key, orders, serving
from authsvc.app.admin_key import BootstrapResult
from authsvc.cli.exit_codes import ExitCode
from authsvc.config import Settings
from authsvc.errors import ConfigurationError, StoreUnavailableError
from tests.unit.cli.conftest import TOKEN, CommandLine

EXPIRE_TIME = 1416929109


@pytest.fixture
def authsvc(authsvc: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.delenv("AUTHSVC_GRPC_ADDRESS")
    return authsvc


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    seen: list[Settings] = []

    def serve(settings: Settings) -> int:
        seen.append(settings)
        return 0

    monkeypatch.setattr(serving, "serve", serve)
    return seen


def test_serve_passes_flags_over_variables(
    authsvc: CommandLine, served: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHSVC_DATA_DIR", "from-variable")
    monkeypatch.setenv("AUTHSVC_ADMIN_ADDRESS", "127.0.0.1:1")
    assert authsvc("serve", "--dev").code == ExitCode.OK
    outcome = authsvc(
        *("serve", "--dev", "--data-dir", "from-flag", "--address", "127.0.0.1:2", "--admin-address", "127.0.0.1:3"),
        *("--tenants-file", "tenants.yaml", "--workers", "2"),
    )
    assert outcome.code == ExitCode.OK
    plain, flagged = served
    assert (plain.dev, plain.data_dir, plain.admin_address) == (True, Path("from-variable"), "127.0.0.1:1")
    assert plain.grpc_address == "127.0.0.1:50051"
    assert (flagged.data_dir, flagged.grpc_address, flagged.admin_address) == (
        Path("from-flag"),
        "127.0.0.1:2",
        "127.0.0.1:3",
    )
    assert (flagged.tenants_file, flagged.workers) == (Path("tenants.yaml"), 2)


def test_serve_without_dev_takes_the_variable(
    authsvc: CommandLine, served: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHSVC_DEV", "true")
    assert authsvc("serve").code == ExitCode.OK
    assert served[0].dev


def test_serve_that_is_not_configured_says_what_to_set(authsvc: CommandLine, served: list[Settings]) -> None:
    outcome = authsvc("serve")
    assert outcome.code == ExitCode.CONFIGURATION
    assert "authsvc serve --dev" in outcome.err
    assert not served
    assert authsvc("serve", "--dev", "--workers", "0").code == ExitCode.CONFIGURATION


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (0, ExitCode.OK),
        (orders.EXIT_CONFIGURATION, ExitCode.CONFIGURATION),
        (1, ExitCode.INTERNAL),
        (7, ExitCode.INTERNAL),
    ],
)
def test_how_serve_ends(authsvc: CommandLine, monkeypatch: pytest.MonkeyPatch, status: int, code: ExitCode) -> None:
    monkeypatch.setattr(serving, "serve", lambda _: status)
    assert authsvc("serve", "--dev").code == code


@pytest.fixture(params=["bootstrap", "recover"])
def order(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name: str = request.param
    monkeypatch.setattr(admin_key, name, lambda _: BootstrapResult("id-1", EXPIRE_TIME, TOKEN))
    return name


def test_the_key_goes_into_a_private_file_and_nowhere_else(authsvc: CommandLine, order: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    outcome = authsvc(order, "--dev")
    assert outcome.code == ExitCode.OK, outcome.err
    file = tmp_path / "data" / "bootstrap.key"
    assert file.read_text() == f"{TOKEN}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "eyJ" not in outcome.out
    assert outcome.out.splitlines() == [
        "admin key",
        "file: data/bootstrap.key",
        "token id: id-1",
        "expires: 2014-11-25T15:25:09Z",
    ]


def test_out_names_another_file(authsvc: CommandLine, order: str, tmp_path: Path) -> None:
    outcome = authsvc(order, "--dev", "--out", "other.key", "--json")
    assert json.loads(outcome.out) == {"path": "other.key", "token_id": "id-1", "expire_time": "2014-11-25T15:25:09Z"}
    assert [path.name for path in tmp_path.iterdir()] == ["other.key"]


def test_print_shows_the_key_alone(authsvc: CommandLine, order: str, tmp_path: Path) -> None:
    assert authsvc(order, "--dev", "--print").out == f"{TOKEN}\n"
    assert not list(tmp_path.iterdir())
    assert json.loads(authsvc(order, "--dev", "--print", "--json").out)["key"] == TOKEN
    assert authsvc(order, "--dev", "--print", "--out", "k").out == f"{TOKEN}\n"
    assert (tmp_path / "k").read_text() == f"{TOKEN}\n"


def test_no_key_is_made_for_a_file_that_cannot_be_written(
    authsvc: CommandLine, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_key, order, lambda _: pytest.fail("a key was made and is lost"))
    outcome = authsvc(order, "--dev", "--out", "missing/k")
    assert outcome.code == ExitCode.USAGE
    assert "--out" in outcome.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError("a live admin key exists\nand more"), ExitCode.CONFIGURATION),
        (StoreUnavailableError("the store is locked"), ExitCode.UNAVAILABLE),
    ],
)
def test_what_the_service_says_is_passed_on(
    authsvc: CommandLine, order: str, monkeypatch: pytest.MonkeyPatch, error: Exception, code: ExitCode
) -> None:
    def fail(_: Settings) -> None:
        raise error

    monkeypatch.setattr(admin_key, order, fail)
    outcome = authsvc(order, "--dev")
    assert outcome.code == code
    assert outcome.err.startswith(f"error: {str(error).splitlines()[0]}\n")
    assert not outcome.out
