"""Canaries: every token, key and secret that a test's server has to do with must show up nowhere that it leaves behind.

A `Canaries` knows the secrets of one server. It learns of them from the calls that tests make, from the files that only
the server may read, and from tests that say so. When the server ends, its log, its metrics, its error texts, the command
lines and environments of its processes and the raw bytes of its data directory are searched for them.
"""

import base64
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from authsvc.keys.key_material import PrivateMaterial, SigningKey, dump_private
from authsvc.keys.sealed_key import Algorithm, KeyPurpose, KeyState, SealedKey
from authsvc.keys.sealing import SealingError, SealingKey

PRIVATE_FILES = frozenset({"bootstrap.key", "sealing.key"})
"""The files that are there to hold a secret."""

_WINDOW = 24
"""Characters of a token's part that tell it from every other text: 144 bits."""
_RUN = re.compile(rb"[A-Za-z0-9_-]{%d,}" % _WINDOW)
_ANY_TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}")
_TEXT_PLACES = ("log", "metrics", "errors")


class LeakError(AssertionError):
    """A secret was found. The message says of what kind it is and where it stands, and does not show it."""


@dataclass
class Tally:
    """What was searched in this session, for its summary."""

    servers: int = 0
    secrets: int = 0
    bytes: int = 0
    leaks: int = 0


TALLY = Tally()


@dataclass
class Canaries:
    """The secrets of one server."""

    tokens: set[str] = field(default_factory=set)
    secrets: dict[bytes, str] = field(default_factory=dict)
    """The bytes of other secrets in every spelling, with what they are."""
    errors: set[bytes] = field(default_factory=set)
    """What callers were told of refused calls."""

    def add_token(self, text: str) -> None:
        """Learn of a token. What has not its form is no token, and its text may stand anywhere."""
        parts = text.split(".")
        if len(parts) == 3 and all(len(part) >= _WINDOW for part in parts[1:]):
            self.tokens.add(text)

    def add_text(self, text: str) -> None:
        """Learn of a secret that is a text, and of a token too."""
        self.add_token(text)
        self.secrets[text.encode()] = "a secret text"

    def add_bytes(self, secret: bytes, kind: str) -> None:
        """Learn of a secret in bytes, in every way in which bytes come to stand in a text."""
        for spelling in _spellings(secret):
            self.secrets[spelling] = kind

    def add_error(self, *texts: str | bytes) -> None:
        """Keep what a caller was told."""
        self.errors.update(text.encode() if isinstance(text, str) else text for text in texts)

    def search(self, places: Mapping[str, bytes]) -> None:
        """Look for every secret in every place.

        Raises:
            LeakError: one was found.
        """
        windows = {window: kind for token in self.tokens for window, kind in _windows(token)}
        found: list[str] = []
        for place, content in {**places, "errors": b"\n".join(self.errors)}.items():
            found += [f"{kind} in {place}" for kind in _tokens_in(content, windows)]
            found += [f"{kind} in {place}" for secret, kind in self.secrets.items() if secret in content]
            if place.startswith(_TEXT_PLACES) and _ANY_TOKEN.search(content):
                found.append(f"what looks like a token in {place}")
            TALLY.bytes += len(content)
        TALLY.secrets += len(self.tokens) + len(set(self.secrets.values()))
        TALLY.leaks += len(found)
        if found:
            raise LeakError("; ".join(sorted(set(found))))


@contextmanager
def leaking() -> Iterator[list[LeakError]]:
    """A block that must end with a LeakError, because a leak was planted: it does not count for the session.

    Yields a list that holds the error afterwards.
    """
    before = TALLY.leaks
    found: list[LeakError] = []
    try:
        yield found
    except LeakError as error:
        TALLY.leaks = before
        found.append(error)
    else:
        raise AssertionError("the planted leak was not found")


def _windows(token: str) -> Iterator[tuple[bytes, str]]:
    _, payload, signature = token.encode().split(b".")
    for part, kind in ((payload, "the payload of a token"), (signature, "the signature of a token")):
        for start in (0, (len(part) - _WINDOW) // 2, len(part) - _WINDOW):
            window = part[start : start + _WINDOW]
            # A made-up token of one letter would be found wherever that letter was repeated.
            if len(set(window)) >= _WINDOW // 3:
                yield window, kind


def _tokens_in(content: bytes, windows: Mapping[bytes, str]) -> Iterator[str]:
    for run in _RUN.finditer(content):
        text = run[0]
        for start in range(len(text) - _WINDOW + 1):
            kind = windows.get(text[start : start + _WINDOW])
            if kind is not None:
                yield kind


def _spellings(secret: bytes) -> Iterator[bytes]:
    yield secret
    yield secret.hex().encode()
    # The last group depends on what follows the secret, so it is left out.
    whole = secret[: len(secret) // 3 * 3]
    yield base64.b64encode(whole)
    yield base64.urlsafe_b64encode(whole)


def secret_numbers(private: PrivateMaterial) -> Iterator[bytes]:
    """What is secret in a signing key, as bytes."""
    if isinstance(private, ec.EllipticCurvePrivateKey):
        yield private.private_numbers().private_value.to_bytes(32, "big")
    elif isinstance(private, rsa.RSAPrivateKey):
        numbers = private.private_numbers()
        for number in (numbers.d, numbers.p, numbers.q):
            yield number.to_bytes((number.bit_length() + 7) // 8, "big")
    elif isinstance(private, ed25519.Ed25519PrivateKey):
        yield private.private_bytes_raw()
    else:
        yield dump_private(private)


def sealed_keys(data_dir: Path) -> list[SealedKey]:
    """The signing keys in a data directory, read from a copy: nobody who uses it is disturbed."""
    with tempfile.TemporaryDirectory() as aside:
        for path in data_dir.glob("authsvc.db*"):
            shutil.copy(path, aside)
        connection = sqlite3.connect(Path(aside) / "authsvc.db")
        try:
            rows = connection.execute(
                "SELECT tenant, key_id, algorithm, state, sealed, create_time, purpose, issuer FROM signing_keys"
            )
            return [
                SealedKey(
                    tenant,
                    key_id,
                    Algorithm(algorithm),
                    KeyState(state),
                    sealed,
                    create_time,
                    KeyPurpose(purpose),
                    issuer,
                )
                for tenant, key_id, algorithm, state, sealed, create_time, purpose, issuer in rows
            ]
        finally:
            connection.close()


def add_files(canaries: Canaries, data_dir: Path, sealing_key_file: Path) -> None:
    """Learn of the secrets that lie in files: the sealing key, the admin key, and the signing keys that it opens."""
    admin_key = data_dir / "bootstrap.key"
    if admin_key.is_file():
        canaries.add_text(admin_key.read_text().strip())
    if not sealing_key_file.is_file():
        return
    text = sealing_key_file.read_text().strip()
    try:
        sealing_key = SealingKey.from_text(text)
        canaries.add_bytes(base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_")), "the sealing key")
        for sealed in sealed_keys(data_dir):
            key = sealing_key.open_any(sealed)
            if isinstance(key, SigningKey):
                numbers = secret_numbers(key.private)
            else:
                # What only verifies is public, but for a shared secret.
                numbers = secret_numbers(key.public) if isinstance(key.public, bytes) else iter(())
            for number in numbers:
                canaries.add_bytes(number, f"a signing key of tenant {sealed.tenant}")
    except (SealingError, sqlite3.Error):
        # A test may have spoilt the one or the other on purpose; then there is no key to leak.
        return


def data_places(data_dir: Path) -> dict[str, bytes]:
    """The raw bytes of a data directory, file by file, without those that are there to hold a secret."""
    return {
        f"data directory, {path.name}": path.read_bytes()
        for path in data_dir.rglob("*")
        if path.is_file() and not path.is_symlink() and path.name not in PRIVATE_FILES
    }


def process_places(pids: Iterable[int]) -> dict[str, bytes]:
    """The command lines and environments of processes, which others on the machine may read."""
    places: dict[str, bytes] = {}
    for pid in pids:
        for name in ("cmdline", "environ"):
            try:
                places[f"{name} of process {pid}"] = Path(f"/proc/{pid}/{name}").read_bytes()
            except OSError:
                continue
    return places


class CanaryInterceptor(grpc.UnaryUnaryClientInterceptor):
    """Learns of every key that is sent, every token that is sent or comes back, and every error text."""

    def __init__(self, canaries: Canaries) -> None:
        self._canaries = canaries

    def intercept_unary_unary(
        self, continuation: Callable[[Any, Any], Any], client_call_details: Any, request: Any
    ) -> Any:
        hear_request(self._canaries, client_call_details.metadata, request)
        call = continuation(client_call_details, request)
        call.add_done_callback(self._hear)
        return call

    def _hear(self, call: Any) -> None:
        if call.cancelled():
            return
        error = call.exception()
        if error is None:
            hear_response(self._canaries, call.result())
        elif isinstance(error, grpc.Call):
            hear_error(self._canaries, error)


def hear_request(canaries: Canaries, metadata: Iterable[tuple[str, str | bytes]] | None, request: Any) -> None:
    """Learn of the key and the tokens of a call."""
    for name, value in metadata or ():
        if name == "authorization" and isinstance(value, str):
            canaries.add_token(value.partition(" ")[2])
    token = getattr(request, "token", "")
    if isinstance(token, str):
        canaries.add_token(token)


def hear_response(canaries: Canaries, response: Any) -> None:
    """Learn of the token in an answer to Issue."""
    token = getattr(response, "token", "")
    if isinstance(token, str):
        canaries.add_token(token)


def hear_error(canaries: Canaries, error: Any) -> None:
    """Keep what a refused caller was told, its details among it."""
    canaries.add_error(error.details() or "", *(value for _, value in error.trailing_metadata() or ()))
