"""A language whose tools are absent is skipped, but never silently in CI."""

import shutil

import pytest

from tests.clients.programs import demand
from tools.generate_toolchains import COMMANDS, MissingToolchainError, demand_toolchain

LANGUAGES = [language for language, commands in COMMANDS.items() if commands]


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_skipped_with_a_reason(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=f"{language}: not on the PATH: {COMMANDS[language][0]}"):
        demand(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_ci_it_is_a_failure(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=f"{language}: not on the PATH: {COMMANDS[language][0]}"):
        demand(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_generating_names_what_is_missing(language: str) -> None:
    with pytest.raises(MissingToolchainError, match=f"{language} needs {COMMANDS[language][0]}"):
        demand_toolchain(language)
