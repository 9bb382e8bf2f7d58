import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.cli.text import holds_token, visible, without_tokens
from tests.unit.cli.conftest import TOKEN


@given(st.text())
def test_visible_text_keeps_to_its_line(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def test_plain_text_stays_as_it_is() -> None:
    assert visible("größe 日本 \\ [bold]") == "größe 日本 \\ [bold]"
    assert visible("a\tb\x7f\u200d\ud800") == r"a\tb\x7f\u200d\ud800"


@pytest.mark.parametrize("text", [TOKEN, TOKEN[:25], f"Bearer {TOKEN}", f"--x={TOKEN}", f"'{TOKEN}'", f"a\n{TOKEN}\n"])
def test_tokens_are_seen(text: str) -> None:
    assert holds_token(text)
    assert "eyJ" not in without_tokens(text)


@pytest.mark.parametrize("text", ["", "alice", "keyJar", "eyJ", "repo public_repo", "aa7f8d0a95c", "/tmp/eyJ/x"])
def test_other_words_are_left_alone(text: str) -> None:
    assert not holds_token(text)
    assert without_tokens(text) == text
