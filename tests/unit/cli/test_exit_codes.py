import re
from collections.abc import Iterator

from authsvc.cli import exit_codes
from authsvc.cli.exit_codes import ExitCode
from tests.unit.cli.conftest import ROOT

ROW = re.compile(r"^\| (\d+) \| (\w+) \| (.+) \|$", re.MULTILINE)
TABLE = [(code.value, code.name, code.meaning) for code in ExitCode]


def _rows(text: str) -> Iterator[tuple[int, str, str]]:
    for number, name, meaning in ROW.findall(text):
        yield int(number), name, meaning


def test_the_docstring_holds_the_table() -> None:
    assert list(_rows(exit_codes.__doc__ or "")) == TABLE


def test_the_page_holds_the_table() -> None:
    assert list(_rows((ROOT / "docs" / "cli.md").read_text())) == TABLE


def test_a_number_without_a_name_is_a_fault() -> None:
    assert ExitCode.of(3) is ExitCode.INSUFFICIENT_SCOPE
    assert ExitCode.of(99) is ExitCode.INTERNAL
