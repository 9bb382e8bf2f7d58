"""StrictJson: what it takes is what json takes, less what a token may not hold; and it raises nothing but its own error."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from authsvc.tokens.strict_json import MAX_DEPTH, MAX_INTEGER_DIGITS, StrictJson, StrictJsonError

CHECKS = {"utf8", "json", "object", "duplicates", "constants", "integers", "floats", "depth", "surrogates"}
LARGEST = 10**MAX_INTEGER_DIGITS - 1

texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["[[[[[[[[[[", '"{"', "\\", "{}", "\\ud800"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=20,
)
objects = st.dictionaries(texts, values, max_size=4)


def depth_of(value: Any) -> int:
    """The levels of a value, counted from the value and not from its text."""
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


def check_of(raw: bytes) -> str:
    """The check that refuses the bytes; empty when they are taken."""
    try:
        StrictJson().parse_object(raw)
    except StrictJsonError as error:
        return error.check
    return ""


@given(objects, st.booleans())
def test_what_is_allowed_is_read_as_json_reads_it(value: dict[str, Any], ascii_only: bool) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    if depth_of(value) > MAX_DEPTH:
        assert check_of(raw) == "depth"
    else:
        assert repr(StrictJson().parse_object(raw)) == repr(json.loads(raw))


@given(values)
def test_only_an_object_is_taken(value: Any) -> None:
    raw = json.dumps(value).encode()
    if depth_of(value) <= MAX_DEPTH:
        assert check_of(raw) == ("" if isinstance(value, dict) else "object")


@given(st.binary(max_size=80) | st.text('[]{}",:\\u018d.eE+- NaInfity\n', max_size=80).map(str.encode))
@example(b"")
@example(b"[" * 5000)
@example(b'{"a":' * 5000)
@example(b"\xef\xbb\xbf{}")
@example(b'{"a":1' + b"0" * 5000 + b"}")
def test_any_bytes_are_taken_or_refused_by_a_named_check(raw: bytes) -> None:
    assert check_of(raw) in CHECKS | {""}


@given(objects, st.data())
def test_a_member_twice_is_refused_wherever_it_stands(value: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(texts)
    members = f"{json.dumps(name)}:1,{json.dumps(name)}:1"
    inner = data.draw(st.sampled_from(["{%s}", '{"x":{%s}}', '{"x":[{"y":{%s}}]}']))
    assert check_of((inner % members).encode()) == "duplicates"
    assert check_of(f'{{"v":{json.dumps(value)},{members}}}'.encode()) in {"duplicates", "depth"}


def nested(levels: int, opening: str, closing: str) -> bytes:
    """That many levels in all."""
    return ('{"x":' + opening * (levels - 1) + "1" + closing * (levels - 1) + "}").encode()


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_eight_levels_are_taken_and_nine_are_not(opening: str, closing: str) -> None:
    each = opening.count("[") + opening.count("{")
    times = (MAX_DEPTH - 1) // each
    assert not check_of(nested(times + 1, opening, closing))
    assert check_of(nested(times + 2 if each == 1 else times + 3, opening, closing)) == "depth"


def test_eight_levels_beside_many_brackets_are_taken() -> None:
    flat = ",".join(["[]", "{}"] * 20)
    deepest = "[" * (MAX_DEPTH - 2) + "]" * (MAX_DEPTH - 2)
    assert not check_of(f'{{"x":[{flat},{deepest},{flat}]}}'.encode())
    assert check_of(f'{{"x":[{flat},[{deepest}],{flat}]}}'.encode()) == "depth"


@pytest.mark.parametrize(
    ("number", "check"),
    [
        (str(LARGEST), ""),
        (str(-LARGEST), ""),
        (str(LARGEST + 1), "integers"),
        (str(-LARGEST - 1), "integers"),
        ("-0", ""),
        ("1e308", ""),
        ("1e309", "floats"),
        ("-1e309", "floats"),
        ("1e-400", ""),
        ("0." + "1" * 400, ""),
        ("NaN", "constants"),
        ("Infinity", "constants"),
        ("-Infinity", "constants"),
        ("01", "json"),
        ("1.", "json"),
        ("0x1", "json"),
    ],
)
def test_numbers(number: str, check: str) -> None:
    assert check_of(f'{{"x":{number}}}'.encode()) == check


@pytest.mark.parametrize(
    ("raw", "check"),
    [
        (b'{"x":"\\ud800"}', "surrogates"),
        (b'{"\\udc00":1}', "surrogates"),
        (b'{"x":"\\udc00\\ud800"}', "surrogates"),
        (b'{"x":["\\ud83d\\ud83d\\udddd"]}', "surrogates"),
        (b'{"x":"\\ud83d\\udddd"}', ""),
        (b'{"x":"\\\\ud800"}', ""),
        (b'{"x":"\xed\xa0\x80"}', "utf8"),
        (b'{"x":"\xc0\xaf"}', "utf8"),
        ('{"x":1}'.encode("utf-16"), "utf8"),
        ('{"x":1}'.encode("utf-16-le"), "json"),
        (b'\xef\xbb\xbf{"x":1}', "json"),
        (b'{"x":1} {}', "json"),
        (b'{"x":1}\0', "json"),
    ],
)
def test_characters(raw: bytes, check: str) -> None:
    assert check_of(raw) == check


def test_the_error_holds_nothing_of_the_text() -> None:
    for raw in (b'{"secret":NaN}', b'{"secret":1,"secret":2}', b"secret", b'["secret"]', b'{"secret":1e999}'):
        with pytest.raises(StrictJsonError) as refused:
            StrictJson().parse_object(raw)
        assert "secret" not in str(refused.value)
        assert refused.value.__cause__ is None


HOOKS: dict[str, tuple[dict[str, Callable[..., Any]], bytes]] = {
    "duplicates": ({"members": dict}, b'{"x":1,"x":2}'),
    "constants": ({"constant": float}, b'{"x":NaN}'),
    "integers": ({"integer": int}, b'{"x":12345678901234567}'),
    "floats": ({"floating": float}, b'{"x":1e400}'),
    "depth": ({"depth": lambda _text: None}, b'{"x":[[[[[[[[1]]]]]]]]}'),
    "surrogates": ({"characters": lambda _text, _value: None}, b'{"x":"\\ud800"}'),
    "utf8": ({"encoding": lambda raw: raw.decode("utf-16")}, '{"x":1}'.encode("utf-16")),
    "object": ({"top": lambda value: value}, b"[]"),
}


@pytest.mark.parametrize("check", HOOKS)
def test_each_check_is_one_hook_that_can_be_taken_out(check: str) -> None:
    hooks, raw = HOOKS[check]
    assert check_of(raw) == check
    StrictJson(**hooks).parse_object(raw)


def test_every_check_but_the_parser_itself_is_a_hook() -> None:
    assert set(HOOKS) == CHECKS - {"json"}
