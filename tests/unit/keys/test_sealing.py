"""Keys at rest: a sealed key opens with its own sealing key, in its own place, unchanged, and in no other way."""

import base64
import itertools
from dataclasses import replace

import pytest

from authsvc.keys.key_material import dump_private
from authsvc.keys.sealed_key import Algorithm, KeyState, SealedKey
from authsvc.keys.sealing import SEALING_KEY_BYTES, SealingError, SealingKey, generate_sealing_key

SEALING = SealingKey(bytes(range(32)))
SECRET = bytes(range(100, 140))


def sealed_secret(tenant: str = "demo", key_id: str = "0a1b", algorithm: Algorithm = Algorithm.HS256) -> SealedKey:
    return SEALING.seal(tenant, key_id, algorithm, SECRET, 1_700_000_000)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_made_key_opens_again(algorithm: Algorithm) -> None:
    sealed = SEALING.make("demo", algorithm, now=1_700_000_000.9)
    key = SEALING.open(sealed)
    assert (key.tenant, key.key_id, key.algorithm) == ("demo", sealed.key_id, algorithm)
    assert (sealed.state, sealed.create_time) == (KeyState.ACTIVE, 1_700_000_000)
    assert dump_private(SEALING.open(sealed).private) == dump_private(key.private)
    assert dump_private(key.private) not in sealed.sealed


def test_key_ids_are_64_random_bits() -> None:
    ids = {SEALING.make("demo", Algorithm.HS256, now=0).key_id for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(bytes.fromhex(key_id)) == 8 for key_id in ids)


def test_the_same_key_is_never_sealed_to_the_same_bytes() -> None:
    rows = [sealed_secret().sealed for _ in range(1000)]
    assert len({row[:12] for row in rows}) == 1000
    assert len({row[12:] for row in rows}) == 1000


PLACES = {
    "another tenant": {"tenant": "other"},
    "the tenant in another case": {"tenant": "Demo"},
    "another key id": {"key_id": "0a1c"},
    "a shorter key id": {"key_id": "0a1"},
    "another algorithm of the same bytes": {"algorithm": Algorithm.ES256},
    "RS256": {"algorithm": Algorithm.RS256},
    "tenant and key id exchanged": {"tenant": "0a1b", "key_id": "demo"},
    "a character moved over": {"tenant": "demo0", "key_id": "a1b"},
    "a character moved back": {"tenant": "dem", "key_id": "o0a1b"},
    "no tenant": {"tenant": ""},
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_does_not_open_in_another_place(place: dict[str, str]) -> None:
    moved = replace(sealed_secret(), **place)  # type: ignore[arg-type]  # the values are of the fields' types
    with pytest.raises(SealingError):
        SEALING.open(moved)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_swapped_rows_do_not_open(algorithm: Algorithm) -> None:
    rows = [SEALING.make(tenant, algorithm, now=0) for tenant in ("demo", "demo", "other")]
    for mine in rows:
        for other in rows:
            if mine is not other:
                with pytest.raises(SealingError):
                    SEALING.open(replace(mine, sealed=other.sealed))
        SEALING.open(mine)


def test_rs256_and_ps256_of_one_key_are_two_keys() -> None:
    row = SEALING.make("demo", Algorithm.RS256, now=0)
    with pytest.raises(SealingError):
        SEALING.open(replace(row, algorithm=Algorithm.PS256))


def test_no_two_places_share_their_associated_data() -> None:
    text = "ab\0cd\0\0\0\0\x02ef"
    whole = [(text[:cut], text[cut:]) for cut in range(len(text) + 1)]
    without_the_cut = [(text[:cut], text[cut + 1 :]) for cut in range(len(text))]
    rows = [sealed_secret(*place) for place in (*whole, *without_the_cut)]
    for mine, other in itertools.permutations(rows, 2):
        with pytest.raises(SealingError):
            SEALING.open(replace(mine, sealed=other.sealed))


def test_the_state_of_a_key_is_not_part_of_its_place() -> None:
    sealed = replace(sealed_secret(), state=KeyState.VERIFY_ONLY, create_time=5)
    assert SEALING.open(sealed).private == SECRET


def test_another_sealing_key_opens_nothing() -> None:
    sealed = sealed_secret()
    for other in (bytes(32), bytes(range(1, 33)), bytes([*range(31), 0])):
        with pytest.raises(SealingError, match="AUTHSVC_SEALING_KEY_FILE"):
            SealingKey(other).open(sealed)


def test_a_changed_bit_anywhere_opens_nothing() -> None:
    sealed = sealed_secret()
    for position in range(len(sealed.sealed) * 8):
        changed = bytearray(sealed.sealed)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(SealingError):
            SEALING.open(replace(sealed, sealed=bytes(changed)))


def test_a_row_of_another_length_opens_nothing() -> None:
    sealed = sealed_secret()
    for row in (*(sealed.sealed[:length] for length in range(len(sealed.sealed))), sealed.sealed + b"\0"):
        with pytest.raises(SealingError):
            SEALING.open(replace(sealed, sealed=row))


def test_a_generated_sealing_key_is_read_back() -> None:
    texts = {generate_sealing_key() for _ in range(100)}
    assert len(texts) == 100
    for text in texts:
        key = SealingKey.from_text(text)
        assert key.open(key.seal("demo", "kid", Algorithm.HS256, SECRET, 0)).private == SECRET


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_both_alphabets_and_an_end_of_line_are_read(encode: type[bytes]) -> None:
    raw = bytes(range(224, 256))
    sealed = SealingKey(raw).seal("demo", "kid", Algorithm.HS256, SECRET, 0)
    assert SealingKey.from_text(encode(raw).decode() + "\r\n").open(sealed).private == SECRET


GOOD_TEXT = base64.b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        GOOD_TEXT[:-4],
        GOOD_TEXT.rstrip("="),
        GOOD_TEXT + "AAAA",
        GOOD_TEXT[:20] + "\n" + GOOD_TEXT[20:],
        GOOD_TEXT[:20] + " " + GOOD_TEXT[21:],
        GOOD_TEXT[:20] + "é" + GOOD_TEXT[21:],
        GOOD_TEXT[:20] + "!" + GOOD_TEXT[21:],
        bytes(32).hex(),
        base64.b64encode(bytes(31)).decode(),
        base64.b64encode(bytes(33)).decode(),
        base64.b64encode(bytes(16)).decode(),
        "changeme",
    ],
    ids=range(14),
)
def test_no_other_text_is_a_sealing_key(text: str) -> None:
    with pytest.raises(SealingError):
        SealingKey.from_text(text)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33, 64])
def test_a_sealing_key_has_256_bits(length: int) -> None:
    assert length != SEALING_KEY_BYTES
    with pytest.raises(SealingError):
        SealingKey(bytes(length))
