"""Where tokens and keys come from and go to: files, standard input and the environment, never argv."""

import os
import re
import secrets
import stat
import sys
from pathlib import Path

from authsvc.cli.errors import SettingsError, UsageError
from authsvc.cli.text import ADVICE

STDIN = "-"
BOOTSTRAP_KEY = "bootstrap.key"

# Far above the 4 KiB of the longest good token: the service is the one who says that a token is too long.
MAX_TOKEN_BYTES = 64 * 1024

_KEY = re.compile(r"[\x21-\x7E]{1,8192}")


def read_token(source: str | None, token_file: str | None) -> str:
    """The token from `-` or --token-file, or else from AUTHSVC_TOKEN, or else from a pipe.

    Raises:
        UsageError: no token, two sources, a token on the command line, or a file that cannot be read.
    """
    token = read_named_token(source, token_file)
    if token is not None:
        return token
    if from_environment := os.environ.get("AUTHSVC_TOKEN", "").strip():
        return from_environment
    if not sys.stdin.isatty():
        return _read_stdin()
    raise UsageError("no token was given", next_step=ADVICE)


def read_named_token(source: str | None, token_file: str | None) -> str | None:
    """The token from `-` or --token-file, or None when neither is given.

    Raises:
        UsageError: both are given, a token stands on the command line, or the file cannot be read.
    """
    if source is not None and source != STDIN:
        raise UsageError("a token is not taken from the command line, where others can read it", next_step=ADVICE)
    if source is not None and token_file is not None:
        raise UsageError("give `-` or --token-file, not both")
    if STDIN in {source, token_file}:
        return _read_stdin()
    return None if token_file is None else _read_file(Path(token_file))


def find_api_key(api_key_file: Path | None) -> str | None:
    """The caller's key: from the file, AUTHSVC_API_KEY, or the data directory's bootstrap.key, or None.

    Raises:
        SettingsError: a file that is named or found cannot be read, or what it holds cannot be a key.
    """
    source, key = "AUTHSVC_API_KEY", os.environ.get("AUTHSVC_API_KEY", "")
    path = api_key_file
    if path is None and not key:
        bootstrap_key = default_key_file()
        path = bootstrap_key if bootstrap_key.exists() else None
    if path is not None:
        source = str(path)
        try:
            key = path.read_bytes()[: MAX_TOKEN_BYTES + 1].decode("ascii", errors="replace")
        except OSError as error:
            raise SettingsError(
                f"the API key file {path} cannot be read: {error.strerror}",
                next_step="set AUTHSVC_API_KEY_FILE to the file with your key, or run `authsvc bootstrap`",
            ) from None
    elif not key:
        return None
    key = key.strip()
    # What gRPC cannot carry as metadata would otherwise fail with an error that quotes it.
    if _KEY.fullmatch(key) is None:
        raise SettingsError(f"{source} does not hold an API key", next_step="it must hold the key alone, on one line")
    return key


def default_key_file() -> Path:
    """Where `authsvc bootstrap` leaves the key: bootstrap.key in the data directory."""
    return Path(os.environ.get("AUTHSVC_DATA_DIR") or "data") / BOOTSTRAP_KEY


def write_secret(path: Path, secret: str, option: str) -> None:
    """Put the secret and a line end into the file, which only its owner may read, whole or not at all.

    Raises:
        UsageError: the file cannot be written; `option` names the culprit.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        # A new file that replaces the old one, whose mode, owner or links could lay the secret open.
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"{secret}\n")
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"{option}: {path} cannot be written: {error.strerror}") from None


def _read_stdin() -> str:
    if sys.stdin.isatty():
        sys.stderr.write("paste the token, then press Enter and Ctrl-D\n")
    return _token(sys.stdin.buffer.read(MAX_TOKEN_BYTES + 1), "standard input")


def _read_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _token(file.read(MAX_TOKEN_BYTES + 1), str(path))
    except OSError as error:
        raise UsageError(f"--token-file: {path} cannot be read: {error.strerror}") from None


def _token(content: bytes, source: str) -> str:
    if len(content) > MAX_TOKEN_BYTES:
        raise UsageError(f"{source} holds no token: it is longer than 64 KiB")
    try:
        token = content.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise UsageError(f"{source} holds no token: it is not text") from None
    if not token:
        raise UsageError(f"{source} holds no token: it is empty", next_step=ADVICE)
    return token
