"""Reads the code blocks of a page, so that what stands there can be tried."""

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    """A command of a console block and the lines that it should print; "…" stands for any number of lines."""

    text: str
    output: tuple[str, ...]


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of one language, in order."""
    return [body for name, body in _BLOCK.findall(page.read_text()) if name == language]


def commands(block: str) -> list[Command]:
    """The commands of a console block."""
    found: list[Command] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:], ()))
        else:
            found[-1] = Command(found[-1].text, (*found[-1].output, line))
    return found


def matches(expected: tuple[str, ...], printed: str) -> bool:
    """Whether what was printed is what the page shows."""
    pattern = "".join(r"(?:.*\n)*" if line == "…" else re.escape(line) + r"\n" for line in expected)
    return re.fullmatch(pattern, printed if printed.endswith("\n") or not printed else printed + "\n") is not None
