"""The safety tests can fail: each of them does, once the protection it watches is taken out."""

from pathlib import Path

import pytest

from tests.unit.cli import answers, test_failures, test_issue, test_main, test_revoke, test_target, test_verify
from tests.unit.cli.conftest import TOKEN, CommandLine
from tests.unit.cli.fake_server import FakeTokenService

FAILS = pytest.raises((AssertionError, pytest.fail.Exception))


def test_a_command_line_that_is_not_searched_for_tokens(
    authsvc: CommandLine, fake: FakeTokenService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("authsvc.cli.main.holds_token", lambda _: False)
    with FAILS:
        test_main.test_a_token_on_the_command_line_is_refused_and_not_repeated(authsvc, fake, (TOKEN,))


def test_words_of_the_server_shown_as_they_are(
    authsvc: CommandLine, fake: FakeTokenService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("authsvc.cli.screen.without_tokens", lambda text: text)
    with FAILS:
        test_failures.test_a_token_in_the_servers_words_is_not_repeated(authsvc, fake)


def test_control_characters_shown_as_they_are(
    authsvc: CommandLine, fake: FakeTokenService, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers["Verify"] = answers.good()
    monkeypatch.setattr("authsvc.cli.screen.visible", lambda text: text)
    with FAILS:
        test_verify.test_what_a_token_says_cannot_drive_the_terminal(authsvc, fake)


def test_a_token_written_for_everybody(
    authsvc: CommandLine, fake: FakeTokenService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def write_openly(path: Path, secret: str, _option: str) -> None:
        path.write_text(f"{secret}\n")

    fake.answers["Issue"] = answers.issued()
    monkeypatch.setattr("authsvc.cli.delivery.write_secret", write_openly)
    with FAILS:
        test_issue.test_token_out_is_a_private_file_and_the_only_place(authsvc, tmp_path)


def test_plain_text_to_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("authsvc.cli.target._resolve", lambda address: (address, True))
    with FAILS:
        test_target.test_plain_text_to_another_machine_must_be_asked_for("192.0.2.7:1")


def test_everything_revoked_without_a_question(
    authsvc: CommandLine, fake: FakeTokenService, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers["Revoke"] = answers.receipt()
    monkeypatch.setattr("authsvc.cli.commands.revoke._confirmed", lambda: True)
    with FAILS:
        test_revoke.test_anything_unclear_revokes_nothing(authsvc, fake, ("--all",), "every token of the tenant")
