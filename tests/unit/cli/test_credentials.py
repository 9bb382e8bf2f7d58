import os
import stat
from pathlib import Path

import pytest

from authsvc.cli.credentials import find_api_key, write_secret
from authsvc.cli.errors import SettingsError, UsageError
from authsvc.cli.exit_codes import ExitCode
from tests.unit.cli import answers
from tests.unit.cli.conftest import TOKEN, CommandLine
from tests.unit.cli.fake_server import FakeTokenService

VERIFY = ("verify", "--audience", "api")


def test_which_key_wins(
    authsvc: CommandLine, fake: FakeTokenService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers["Verify"] = answers.good()
    monkeypatch.delenv("AUTHSVC_API_KEY")
    (tmp_path / "flag.key").write_text(" key-of-flag \n")
    (tmp_path / "variable.key").write_text("key-of-file-variable")
    (tmp_path / "data").mkdir()
    (tmp_path / "elsewhere").mkdir()

    authsvc(*VERIFY, stdin=TOKEN)
    (tmp_path / "data" / "bootstrap.key").write_text("key-of-bootstrap\n")
    authsvc(*VERIFY, stdin=TOKEN)
    (tmp_path / "elsewhere" / "bootstrap.key").write_text("key-of-data-directory\n")
    monkeypatch.setenv("AUTHSVC_DATA_DIR", str(tmp_path / "elsewhere"))
    authsvc(*VERIFY, stdin=TOKEN)
    monkeypatch.setenv("AUTHSVC_API_KEY", "key-of-variable")
    authsvc(*VERIFY, stdin=TOKEN)
    monkeypatch.setenv("AUTHSVC_API_KEY_FILE", "variable.key")
    authsvc(*VERIFY, stdin=TOKEN)
    authsvc(*VERIFY, "--api-key-file", "flag.key", stdin=TOKEN)

    sent = [metadata.get("authorization", "").removeprefix("Bearer ") for metadata in fake.metadata]
    assert sent == [
        "",
        "key-of-bootstrap",
        "key-of-data-directory",
        "key-of-variable",
        "key-of-file-variable",
        "key-of-flag",
    ]


def test_a_named_key_file_must_be_there(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc(*VERIFY, "--api-key-file", "missing", stdin=TOKEN)
    assert outcome.code == ExitCode.CONFIGURATION
    assert "AUTHSVC_API_KEY_FILE" in outcome.err
    assert not fake.requests


@pytest.mark.parametrize("content", [b"", b"two words", b"two\nlines", b"\x00", "schl\u00fcssel".encode(), b"x" * 9000])
def test_what_cannot_be_a_key_is_never_sent_or_shown(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        find_api_key(file)
    shown = caught.value.message + caught.value.next_step
    assert "two" not in shown
    assert str(file) in shown


def test_a_secret_replaces_even_a_link_without_following_it(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("untouched")
    link = tmp_path / "link"
    link.symlink_to(other)
    write_secret(link, "secret", "--token-out")
    assert other.read_text() == "untouched"
    assert not link.is_symlink()
    assert stat.S_IMODE(link.stat().st_mode) == 0o600
    assert link.read_text() == "secret\n"


def test_a_secret_that_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "token"
    target.write_text("older")

    def fail(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(UsageError, match="No space left"):
        write_secret(target, "secret", "--token-out")
    assert [path.name for path in tmp_path.iterdir()] == ["token"]
    assert target.read_text() == "older"


def test_a_secret_for_a_directory(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--token-out"):
        write_secret(tmp_path, "secret", "--token-out")
