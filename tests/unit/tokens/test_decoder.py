"""The decoder: what it takes has one text, and it never raises."""

import base64
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from authsvc.keys.sealed_key import Algorithm
from authsvc.tokens.decoder import (
    HEADER_CHECKS,
    MAX_TOKEN_LENGTH,
    TEXT_CHECKS,
    Decoder,
    Draft,
    UnverifiedToken,
    decode_segment,
)
from authsvc.tokens.refusal import Refusal
from authsvc.v1.reason_pb2 import Reason

HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": "k"}
PAYLOAD = {"sub": "user-1"}
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(header: Any = None, payload: Any = None, signature: bytes = b"signature") -> str:
    parts = [json.dumps(HEADER if header is None else header), json.dumps(PAYLOAD if payload is None else payload)]
    return ".".join([*(encode(part.encode()) for part in parts), encode(signature)])


def check_of(text: str, decoder: Decoder | None = None) -> str:
    """The check that refuses the text; empty when it is taken."""
    outcome = (decoder or Decoder()).decode(text)
    if isinstance(outcome, Refusal):
        assert outcome.reason == Reason.REASON_MALFORMED
        return outcome.check
    return ""


@given(st.binary(min_size=1, max_size=200), st.dictionaries(st.text(max_size=5), st.integers(0, 9), max_size=5))
def test_the_parts_come_back_as_they_were_put_in(signature: bytes, payload: dict[str, int]) -> None:
    text = token(payload=payload, signature=signature)
    outcome = Decoder().decode(text)
    assert isinstance(outcome, UnverifiedToken)
    assert (outcome.algorithm, outcome.key_id) == ("ES256", "k")
    assert (outcome.unverified_header, outcome.unverified_payload) == (HEADER, payload)
    assert outcome.signature == signature
    assert outcome.signing_input.decode() + "." + encode(signature) == text


@given(st.text(max_size=60) | st.text(BASE64URL + ".=", max_size=60))
def test_any_text_is_refused_without_raising(text: str) -> None:
    assert check_of(text)
    assert Decoder().peek(text)


@given(st.lists(st.binary(max_size=60), min_size=3, max_size=3))
def test_any_bytes_in_three_segments_are_refused_without_raising(segments: list[bytes]) -> None:
    text = ".".join(map(encode, segments))
    assert check_of(text)
    Decoder().peek(text)


@given(st.data())
def test_no_other_text_of_the_same_bytes_is_taken(data: st.DataObject) -> None:
    """Whatever decodes to the parts of a good token and is not its text is refused: one token, one text."""
    text = token(signature=data.draw(st.binary(min_size=1, max_size=70)))
    at = data.draw(st.integers(0, len(text)))
    character = data.draw(st.sampled_from(BASE64URL + "=+/ \n.") | st.characters(codec="utf-8"))
    other = data.draw(st.sampled_from([text[:at] + character + text[at:], text[:at] + character + text[at + 1 :]]))
    assume(other != text)
    outcome = Decoder().decode(other)
    if isinstance(outcome, UnverifiedToken):
        segments = [decode_segment(segment) for segment in text.split(".")]
        assert segments != [decode_segment(segment) for segment in other.split(".")]


@given(st.binary(min_size=1, max_size=12), st.sampled_from(BASE64URL))
def test_a_segment_with_another_last_character_is_another_segment(raw: bytes, last: str) -> None:
    segment = encode(raw)
    (canonical,) = [check for check in TEXT_CHECKS if check.name == "text.canonical"]
    assert canonical.passes(Draft(f"{segment}.{segment}.{segment}"))
    other = segment[:-1] + last
    if other != segment and decode_segment(other) == raw:
        assert not canonical.passes(Draft(f"{segment}.{segment}.{other}"))


def test_the_length_is_counted_in_characters_up_to_the_cap() -> None:
    bare = len(token(signature=b""))
    size = (MAX_TOKEN_LENGTH - bare) * 3 // 4
    longest = token(signature=bytes(size))
    assert len(longest) == MAX_TOKEN_LENGTH
    assert not check_of(longest)
    assert check_of(token(signature=bytes(size + 1))) == "text.length"
    assert check_of("é" * MAX_TOKEN_LENGTH) == "text.segments"
    assert check_of("é" * (MAX_TOKEN_LENGTH + 1)) == "text.length"


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("", "text.segments"),
        ("a.b", "text.segments"),
        ("{t}.", "text.segments"),
        ("{t}.AA", "text.segments"),
        ("..", "text.alphabet"),
        ("{h}..{s}", "text.alphabet"),
        ("{h}.{p}.", "text.alphabet"),
        (".{p}.{s}", "text.alphabet"),
        ("{t}=", "text.alphabet"),
        ("{t}\n", "text.alphabet"),
        ("{h}.{p}.A", "text.canonical"),
        ("{h}.{p}.AB", "text.canonical"),
    ],
)
def test_texts(text: str, check: str) -> None:
    good = token()
    header, payload, signature = good.split(".")
    assert check_of(text.format(t=good, h=header, p=payload, s=signature)) == check


@pytest.mark.parametrize("algorithm", Algorithm)
def test_the_five_algorithms_are_taken(algorithm: Algorithm) -> None:
    assert not check_of(token({**HEADER, "alg": algorithm.value}))


@pytest.mark.parametrize(
    ("header", "check"),
    [
        ({**HEADER, "cty": "JWT"}, "header.members"),
        ({**HEADER, "crit": ["exp"]}, "header.members"),
        ({}, "header.alg"),
        ({**HEADER, "alg": "none"}, "header.alg"),
        ({**HEADER, "alg": ["ES256"]}, "header.alg"),
        ({**HEADER, "alg": {"ES256": 1}}, "header.alg"),
        ({"alg": "ES256", "typ": "at+jwt"}, "header.kid"),
        ({**HEADER, "kid": None}, "header.kid"),
        ({**HEADER, "kid": ["k"]}, "header.kid"),
        ({"alg": "ES256", "kid": "k"}, "header.typ"),
        ({**HEADER, "typ": "JWT"}, "header.typ"),
        ({**HEADER, "typ": "AT+JWT"}, "header.typ"),
        ([], "header.object"),
        ("x", "header.object"),
    ],
)
def test_headers(header: Any, check: str) -> None:
    assert check_of(token(header)) == check


@given(
    st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "x"]), st.none() | st.integers() | st.text() | st.lists(st.text())
    )
)
def test_only_the_one_form_of_header_is_taken(header: dict[str, Any]) -> None:
    taken = not check_of(token(header))
    assert taken == (
        header.keys() == {"alg", "kid", "typ"}
        and header["alg"] in list(Algorithm)
        and isinstance(header["kid"], str)
        and header["typ"] == "at+jwt"
    )


def test_each_check_can_be_taken_out() -> None:
    for name in [check.name for check in TEXT_CHECKS]:
        decoder = Decoder(text_checks=tuple(check for check in TEXT_CHECKS if check.name != name))
        assert len(decoder.text_checks) == len(TEXT_CHECKS) - 1
        assert not check_of(token(), decoder)
    for name in [check.name for check in HEADER_CHECKS]:
        decoder = Decoder(header_checks=tuple(check for check in HEADER_CHECKS if check.name != name))
        assert not check_of(token(), decoder)


def test_peek_shows_what_can_be_read_and_nothing_else() -> None:
    peek = Decoder().peek
    assert peek(token()) == (HEADER, PAYLOAD)
    assert peek(token({"alg": "none", "jku": "x"})) == ({"alg": "none", "jku": "x"}, PAYLOAD)
    assert peek(token([], [])) == (None, None)
    assert peek(token() + "=.x") == (HEADER, PAYLOAD)
    assert peek(token(payload={}).partition(".")[0]) == (HEADER, None)
    assert peek("") == (None, None)
    assert peek("é.é.é") == (None, None)
    assert peek("\ud800.x.y") == (None, None)
    assert peek(token(signature=bytes(MAX_TOKEN_LENGTH))) == (None, None)
    assert peek(encode(b'{"x":NaN}') + "." + encode(b'{"x":1,"x":2}') + ".x") == (None, None)


def test_a_refusal_holds_nothing_of_the_token() -> None:
    for text in (
        "secret",
        token({**HEADER, "secret": 1}),
        token({**HEADER, "alg": "secret"}),
        token(payload=["secret"]),
    ):
        refusal = Decoder().decode(text)
        assert isinstance(refusal, Refusal)
        assert "secret" not in repr(refusal)


def test_what_is_remembered_of_headers_is_bounded_and_good() -> None:
    decoder = Decoder()
    for number in range(3000):
        assert check_of(token({**HEADER, "kid": f"k{number}"}), decoder) == ""
    assert 0 < len(decoder._good_headers) <= 1024
    known = set(decoder._good_headers)
    # A long one is read each time, and a bad one is not taken the second time either.
    assert check_of(token({**HEADER, "kid": "k" * 1000}), decoder) == ""
    for _ in range(2):
        assert check_of(token({**HEADER, "alg": "none"}), decoder) == "header.alg"
        assert check_of(token({**HEADER, "crit": []}), decoder) == "header.members"
    assert set(decoder._good_headers) == known


def test_a_header_that_is_known_changes_nothing_for_the_rest() -> None:
    decoder = Decoder()
    assert check_of(token(), decoder) == ""
    for text in (token(payload=[]), token() + "=", token()[:-2], token(payload={"sub": "user-2"}) + "."):
        assert check_of(text, decoder) == check_of(text) != ""
    outcome = decoder.decode(token(payload={"sub": "user-2"}))
    assert isinstance(outcome, UnverifiedToken)
    assert (outcome.unverified_header, outcome.unverified_payload) == (HEADER, {"sub": "user-2"})


def test_decoders_of_other_checks_remember_for_themselves() -> None:
    careless = Decoder(header_checks=tuple(check for check in HEADER_CHECKS if check.name != "header.typ"))
    other = token({**HEADER, "typ": "JWT"})
    assert check_of(other, careless) == ""
    assert check_of(other) == "header.typ"
