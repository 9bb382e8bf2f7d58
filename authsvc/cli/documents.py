"""JSON and YAML objects given as text or as @FILE."""

import math
from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from authsvc.cli.errors import UsageError

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


def parse_object(text: str, option: str) -> dict[str, JsonValue]:
    """The object that JSON or YAML text, or the file named after an @, holds.

    Raises:
        UsageError: the file cannot be read, or it holds anything but one object of JSON values.
    """
    if text.startswith("@"):
        text = _read(Path(text[1:]), option)
    try:
        # JSON is YAML 1.2, and this reader refuses a member that is given twice.
        document = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError):
        raise UsageError(f"{option}: neither JSON nor YAML") from None
    if not isinstance(document, Mapping):
        raise UsageError(f"{option}: not an object", next_step="write it like '{users: {actions: [read, create]}}'")
    return {_name(name, option): _plain(value, option) for name, value in document.items()}


def _read(path: Path, option: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise UsageError(f"{option}: {path} cannot be read: {reason}") from None


def _name(name: object, option: str) -> str:
    if not isinstance(name, str):
        raise UsageError(f"{option}: every name must be a string; put quotes around {name!r}")
    return name


def _plain(value: object, option: str) -> JsonValue:
    match value:
        case float() if not math.isfinite(value):
            raise UsageError(f"{option}: holds a number that JSON does not know")
        case None | bool() | int() | float() | str():
            return value
        case list():
            return [_plain(item, option) for item in value]
        case dict():
            return {_name(name, option): _plain(item, option) for name, item in value.items()}
        case _:
            raise UsageError(
                f"{option}: holds a {type(value).__name__}, which is not a JSON value; put quotes around it"
            )
