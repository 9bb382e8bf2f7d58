"""The examples are tried: every command of their page runs word for word and prints what it shows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.readme import blocks, commands, matches
from tests.e2e.test_readme import ROOT, a_reader, run
from tests.support.server import Server

EXAMPLES = ROOT / "examples"
PAGE = EXAMPLES / "README.md"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Server]]:
    """A reader's directory, with the examples in it and a development server running."""
    place = tmp_path_factory.mktemp("reader")
    (place / "examples").symlink_to(EXAMPLES, target_is_directory=True)
    yield from a_reader(place)


def test_the_walks_go_as_the_page_shows(reader: tuple[Path, Server]) -> None:
    place, server = reader
    tried = 0
    for block in blocks(PAGE, "console"):
        for command in commands(block):
            printed = run(command.text, place, server)
            assert matches(command.output, printed), f"$ {command.text}\n{printed}"
            assert "Traceback" not in printed
            tried += 1
    print(f"{tried} commands of the examples tried")


def test_every_example_has_its_walk() -> None:
    page = PAGE.read_text()
    for document in EXAMPLES.glob("*/tenant.yaml"):
        assert f"examples/{document.relative_to(EXAMPLES)}" in page, document
