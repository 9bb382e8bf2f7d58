"""What a stranger's text may cost before it is refused: counted in work, not in time."""

import json
from typing import Any

import pytest

from authsvc.tokens import strict_json
from authsvc.tokens.decoder import MAX_TOKEN_LENGTH, decode_segment
from authsvc.tokens.jose import signature_is_valid
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.verdict import Decision, Question
from tests.hostile.build import AUDIENCE, build
from tests.hostile.cases import deciding, fixed_vectors, fixed_world


class Work:
    """Counts what is decoded, parsed and verified."""

    def __init__(self) -> None:
        self.decoded = 0
        self.parsed = 0
        self.verified = 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    counted = Work()
    parse = json.JSONDecoder.decode
    # The world is read from files: that is not counted.
    build({}, fixed_world().now, "first")

    def counting_decode(segment: str) -> bytes:
        counted.decoded += 1
        return decode_segment(segment)

    def counting_parse(parser: json.JSONDecoder, text: str) -> Any:
        counted.parsed += 1
        return parse(parser, text)

    def counting_verify(*arguments: Any) -> bool:
        counted.verified += 1
        return signature_is_valid(*arguments)

    monkeypatch.setattr("authsvc.tokens.decoder.decode_segment", counting_decode)
    monkeypatch.setattr("authsvc.tokens.verdict.signature_is_valid", counting_verify)
    monkeypatch.setattr(json.JSONDecoder, "decode", counting_parse)
    return counted


def refuse(text: str) -> str:
    world = fixed_world()
    outcome = Decision(0).decide(text, Question(world.tenants["acme"], AUDIENCE, world.now, world.index), world.ring)
    return outcome.check if isinstance(outcome, Refusal) else ""


@pytest.mark.parametrize("length", [MAX_TOKEN_LENGTH + 1, 8192, 65_536, 1_048_576, 4_194_304])
def test_an_oversize_text_is_refused_before_anything_is_decoded(work: Work, length: int) -> None:
    good = build({}, fixed_world().now, "long")
    for text in ("A" * length, "." * length, good + "A" * (length - len(good)), good + "=" * (length - len(good))):
        assert refuse(text) == "text.length"
    assert (work.decoded, work.parsed, work.verified) == (0, 0, 0)


def test_a_good_token_is_decoded_parsed_and_verified_once(work: Work) -> None:
    text = build({"length": MAX_TOKEN_LENGTH}, fixed_world().now, "long")
    assert refuse(text) == ""
    assert work.decoded > 0
    assert (work.parsed, work.verified) == (2, 1)


def test_five_segments_are_refused_before_anything_is_decoded(work: Work) -> None:
    assert refuse("eyJhbGciOiJQQkVTMiJ9.AAAA.AAAA.AAAA.AAAA") == "text.segments"
    assert (work.decoded, work.parsed, work.verified) == (0, 0, 0)


def test_a_strange_header_costs_no_look_at_the_payload(work: Work) -> None:
    for header in ({"jku": "https://attacker.example"}, {"alg": "none"}, {"kid": 1}, {"typ": "JWT"}):
        text = build({"header": header}, fixed_world().now, "x")
        work.parsed = 0
        assert refuse(text).startswith("header.")
        assert (work.parsed, work.verified) == (1, 0)


def test_no_case_is_verified_more_than_once_or_before_it_is_well_formed(work: Work) -> None:
    world = fixed_world()
    for vector in fixed_vectors():
        work.decoded = work.parsed = work.verified = 0
        outcome = deciding(0).decide(vector.text, world.question(vector.case), world.ring)
        check = outcome.check if isinstance(outcome, Refusal) else ""
        early = check.startswith(("text.", "header.", "payload.", "key.", "foreign.kid", "foreign.typ"))
        assert work.verified == (0 if early else 1), vector.case.name
        # A token of an issuer with another form is read once more, by its rules.
        assert work.parsed <= 3, vector.case.name


def test_brackets_beyond_the_depth_never_reach_the_parser(work: Work) -> None:
    for raw in ("[" * 2500, '{"a":' * 450, "[" * 9 + '"' + '\\"' * 1000):
        text = build({"payload_text": raw.replace("{{", "{ {")}, fixed_world().now, "x")
        work.parsed = 0
        assert refuse(text) == "payload.depth"
        assert work.parsed == 1  # the header


def test_a_string_that_never_closes_is_scanned_once() -> None:
    # As many matches as quotes would mean as many scans to the end of the text.
    text = "[" * 9 + '"' + '\\"' * 1500
    assert len(strict_json._STRINGS.findall(text)) == 1
    assert len(strict_json._STRINGS.findall('"' * 2999)) <= 1500
