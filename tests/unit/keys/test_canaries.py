"""No key shows in a repr, an error, its arguments, its chain or a traceback."""

import base64
import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from authsvc.errors import NoSigningKeyError
from authsvc.keys.key_material import (
    PrivateMaterial,
    SigningKey,
    dump_private,
    generate_private,
    load_private,
    public_part,
)
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import Algorithm, KeyState, SealedKey
from authsvc.keys.sealing import SealingKey
from tests.unit.keys.material import GOOD, REFUSED

SEALING_CANARY = bytes(range(64, 96))


def spellings(secret: bytes) -> Iterator[str]:
    """The ways in which bytes come to stand in a text, each whole and by halves."""
    for part in (secret, secret[: len(secret) // 2], secret[len(secret) // 2 :]):
        yield part.hex()
        yield repr(part)[2:-1]
        yield base64.b64encode(part).decode().rstrip("=")[:-1]
        yield base64.urlsafe_b64encode(part).decode().rstrip("=")[:-1]
        yield str(list(part))[1:-1]
        if len(part) <= 512:  # Python writes no longer number out
            yield str(int.from_bytes(part, "big"))


def secret_numbers(private: PrivateMaterial) -> Iterator[bytes]:
    """What is secret in a key, as bytes."""
    yield dump_private(private)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        yield private.private_numbers().private_value.to_bytes(32, "big")
    elif isinstance(private, rsa.RSAPrivateKey):
        numbers = private.private_numbers()
        for number in (numbers.d, numbers.p, numbers.q):
            yield number.to_bytes((number.bit_length() + 7) // 8, "big")
    elif isinstance(private, ed25519.Ed25519PrivateKey):
        yield private.private_bytes_raw()


def shown_by(error: BaseException) -> str:
    """Everything that a handler, a log or a crash could print of an error."""
    texts = ["".join(traceback.format_exception(error))]
    link: BaseException | None = error
    while link is not None:
        texts += [str(link), repr(link), repr(link.args), repr(getattr(link, "__notes__", ""))]
        texts += [repr(value) for value in vars(link).values()]
        link = link.__cause__ or link.__context__
    return "\n".join(texts)


def shown_by_object(thing: object) -> str:
    record = logging.LogRecord("test", logging.ERROR, __file__, 1, "%s %r %s", (thing, thing, [thing]), None)
    return "\n".join((repr(thing), str(thing), f"{thing}", repr({"key": thing}), record.getMessage()))


def assert_hidden(text: str, *secret_bytes: bytes) -> None:
    found = [spelling for secret in secret_bytes for spelling in spellings(secret) if len(spelling) > 8]
    assert found
    assert not [spelling for spelling in found if spelling in text]


SHOWS: tuple[Callable[[bytes], object], ...] = (
    repr,
    bytes.hex,
    list,
    lambda secret: base64.b64encode(secret).decode(),
    lambda secret: base64.urlsafe_b64encode(secret).decode(),
    lambda secret: int.from_bytes(secret, "big"),
    lambda secret: secret[:16],
)


@pytest.mark.parametrize("show", SHOWS, ids=range(len(SHOWS)))
@pytest.mark.parametrize("secret", [b"canary-canary-canary-canary-0123", bytes(range(200, 232))])
def test_the_search_finds_a_canary(secret: bytes, show: Callable[[bytes], object]) -> None:
    with pytest.raises(AssertionError):
        assert_hidden(f"error: {show(secret)}", secret)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_objects_hide_their_keys(algorithm: Algorithm) -> None:
    private = generate_private(algorithm)
    key = SigningKey("demo", "kid", algorithm, private, public_part(algorithm, private))
    sealing = SealingKey(SEALING_CANARY)
    sealed = sealing.seal("demo", "kid", algorithm, dump_private(private), 0)
    ring = KeyRing([(key, KeyState.ACTIVE)])
    for thing in (key, sealing, sealed, ring, [key], {"key": key}):
        assert_hidden(shown_by_object(thing), SEALING_CANARY, sealed.sealed, *secret_numbers(private))
    assert shown_by_object(key).startswith("SigningKey('demo', 'kid'")


def failures(algorithm: Algorithm, dumped: bytes) -> Iterator[Callable[[], object]]:
    """Calls that fail with the key in their hands."""
    sealing = SealingKey(SEALING_CANARY)
    sealed = sealing.seal("demo", "kid", algorithm, dumped, 0)
    changed: list[SealedKey] = [
        replace(sealed, tenant="other"),
        replace(sealed, sealed=sealed.sealed[:-1]),
        replace(sealed, sealed=b""),
        replace(sealed, sealed=dumped),
    ]
    for row in changed:
        yield lambda row=row: sealing.open(row)  # type: ignore[misc]
    yield lambda: SealingKey(bytes(32)).open(sealed)
    yield lambda: SealingKey(SEALING_CANARY[:-1])
    yield lambda: SealingKey(SEALING_CANARY * 2)
    for text in (SEALING_CANARY.decode(), base64.b64encode(SEALING_CANARY[:-1]).decode(), SEALING_CANARY.hex()):
        yield lambda text=text: SealingKey.from_text(text)  # type: ignore[misc]


@pytest.mark.parametrize(("algorithm", "make"), GOOD.values(), ids=GOOD)
def test_errors_about_good_keys_hide_them(algorithm: Algorithm, make: Callable[[], bytes]) -> None:
    dumped = make()
    private = load_private(algorithm, dumped)
    for fail in failures(algorithm, dumped):
        with pytest.raises(Exception, match=r".") as caught:
            fail()
        assert_hidden(shown_by(caught.value), SEALING_CANARY, *secret_numbers(private))


@pytest.mark.parametrize(("algorithm", "make"), REFUSED.values(), ids=REFUSED)
def test_errors_about_bad_keys_hide_them(algorithm: Algorithm, make: Callable[[], bytes]) -> None:
    dumped = make()
    sealing = SealingKey(SEALING_CANARY)
    with pytest.raises(ValueError, match=r".") as caught:
        sealing.open(sealing.seal("demo", "kid", algorithm, dumped, 0))
    # The shortest secrets stand in any text: there is nothing to look for in them.
    assert_hidden(shown_by(caught.value), SEALING_CANARY, *([dumped] if len(dumped) > 8 else []))


def test_an_empty_ring_says_which_tenant_and_no_more() -> None:
    with pytest.raises(NoSigningKeyError, match="tenant demo has no active signing key"):
        KeyRing().signing_key("demo")
