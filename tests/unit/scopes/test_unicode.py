"""Look-alikes of a scope are refused in every form, and never match the scope (RFC 6749 section 3.3)."""

import unicodedata
from typing import Any

import pytest

from authsvc.scopes.claim import read_scope_claim
from authsvc.scopes.grammar import ScopeError, canonical, is_scope, split_scope_string
from authsvc.scopes.requirement import Requirement
from authsvc.scopes.tree import format_tree, parse_tree

PLAIN = "read:users"

TWINS = {
    # Compatibility twins: NFKC folds each to the plain scope.
    "fullwidth r": "\uff52ead:users",
    "fullwidth colon": "read\uff1ausers",
    "small form colon": "read\ufe55users",
    "presentation form colon": "read\ufe13users",
    "mathematical bold r": "\U0001d42bead:users",
    "mathematical script u": "read:\U0001d4casers",
    "mathematical monospace s": "read:u\U0001d69cers",
    "mathematical sans e": "r\U0001d5bead:users",
    "double-struck d": "rea\U0001d555:users",
    "circled a": "re\u24d0d:users",
    "superscript r": "\u02b3ead:users",
    "modifier u": "read:\u1d58sers",
    "long s": "read:u\u017fers",
    "feminine ordinal": "re\u00aad:users",
    "subscript e": "r\u2091ad:users",
}
OTHERS = {
    # Homoglyphs of other scripts: nothing folds them, the eye does.
    "cyrillic e": "r\u0435ad:users",
    "cyrillic a": "re\u0430d:users",
    "armenian u": "read:\u057dsers",
    "cyrillic s": "read:u\u0455ers",
    "greek alpha": "re\u03b1d:users",
    "cherokee d": "rea\u13e7:users",
    "latin alpha": "re\u0251d:users",
    "ratio": "read\u2236users",
    "modifier letter colon": "read\ua789users",
    "hebrew sof pasuq": "read\u05c3users",
    # Characters that show nothing.
    "zero width space": "read:\u200busers",
    "zero width non-joiner": "read:users\u200c",
    "zero width joiner": "re\u200dad:users",
    "word joiner": "\u2060read:users",
    "byte order mark": "\ufeffread:users",
    "soft hyphen": "read:us\u00aders",
    "mongolian vowel separator": "read:\u180eusers",
    "combining grapheme joiner": "read\u034f:users",
    "variation selector": "read:users\ufe0f",
    "tag letter": "read:users\U000e0061",
    "invisible times": "read:\u2062users",
    "hangul filler": "read:users\u3164",
    # Characters that reorder or combine.
    "right-to-left override": "\u202eread:users",
    "left-to-right mark": "read:users\u200e",
    "first strong isolate": "\u2068read:users",
    "combining acute": "re\u0301ad:users",
    "precomposed e": "r\u00e9ad:users",
    "combining dot": "read:users\u0307",
    # Control characters and blanks.
    "nul at the end": "read:users\0",
    "nul inside": "read:\0users",
    "line feed at the end": "read:users\n",
    "carriage return": "read:users\r",
    "tab in front": "\tread:users",
    "vertical tab": "read:users\v",
    "form feed": "read:users\f",
    "delete": "read:users\x7f",
    "escape": "\x1bread:users",
    "next line": "read:users\x85",
    "line separator": "read:users\u2028",
    "blank in front": " read:users",
    "blank at the end": "read:users ",
    "no-break space": "read:users\u00a0",
    "ideographic space": "\u3000read:users",
    "ogham space": "read:users\u1680",
    # Not characters at all.
    "lone high surrogate": "read:users\ud800",
    "lone low surrogate": "\udc80read:users",
    "non-character": "read:users\ufffe",
    "replacement character": "read:users\ufffd",
    # ASCII that the grammar leaves out.
    "quote": 'read:users"',
    "backslash": "read:users\\",
}
REFUSED = {**TWINS, **OTHERS}


def test_there_are_enough_of_them() -> None:
    print(f"{len(REFUSED)} look-alikes")
    assert len(set(REFUSED.values())) == len(REFUSED) >= 30


@pytest.mark.parametrize("text", TWINS.values(), ids=TWINS)
def test_a_twin_would_fold_to_the_plain_scope(text: str) -> None:
    assert text != PLAIN
    assert unicodedata.normalize("NFKC", text) == PLAIN


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_refused_in_every_form(text: str) -> None:
    assert not is_scope(text)
    with pytest.raises(ScopeError):
        canonical([PLAIN, text])
    with pytest.raises(ScopeError):
        split_scope_string(f"{PLAIN} {text}")
    with pytest.raises(ScopeError):
        format_tree([text])
    with pytest.raises(ScopeError):
        parse_tree({text: {}})
    with pytest.raises(ScopeError):
        parse_tree({"users": {"actions": [text]}})
    payloads: tuple[dict[str, Any], ...] = (
        {"scope": text},
        {"scope": [text]},
        {"scopes": [text]},
        {"scopes": {text: {}}},
    )
    for payload in payloads:
        with pytest.raises(ScopeError):
            read_scope_claim(payload)
    with pytest.raises(ScopeError):
        Requirement.of(any_of=[text])
    with pytest.raises(ScopeError):
        Requirement.of(all_of=[PLAIN, text])


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_never_matches_the_plain_scope(text: str) -> None:
    for requirement in (Requirement.of(any_of=[PLAIN]), Requirement.of(all_of=[PLAIN])):
        assert not requirement.is_met_by({text})
        assert requirement.matched({text}) == []
    assert not Requirement((text,), ()).is_met_by({PLAIN})


@pytest.mark.parametrize(
    "held",
    ["READ:USERS", "Read:users", "read:Users", "read:user", "read:users_", "read", "users", "read:", ":users", "*"],
)
def test_a_valid_neighbour_is_another_scope(held: str) -> None:
    assert canonical([held, PLAIN]) == tuple(sorted((held, PLAIN)))
    for requirement in (Requirement.of(any_of=[PLAIN]), Requirement.of(all_of=[PLAIN])):
        assert not requirement.is_met_by({held})
