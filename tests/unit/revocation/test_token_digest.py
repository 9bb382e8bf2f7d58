"""A token is identified by tenant, issuer and jti together, and by no two others."""

from hypothesis import given
from hypothesis import strategies as st

from authsvc.revocation.index import token_digest

names = st.text(st.sampled_from("ab\0\x01|:/\u00e9\ud800"), max_size=5)
triples = st.tuples(names, names, names)


@given(triples, triples)
def test_two_digests_are_one_only_when_the_triples_are(
    first: tuple[str, str, str], second: tuple[str, str, str]
) -> None:
    assert (token_digest(*first) == token_digest(*second)) == (first == second)


def test_no_split_of_one_text_is_another() -> None:
    text = "demo\0https://issuer.example/t/demo\0\0\0\0\x04abcd0123"
    splits = [
        (text[:first], text[first:second], text[second:])
        for first in range(len(text) + 1)
        for second in range(first, len(text) + 1)
    ]
    print(f"{len(splits)} splits")
    assert len({token_digest(*split) for split in splits}) == len(splits)


def test_a_length_in_a_name_is_not_taken_for_a_length() -> None:
    inner = len(b"b").to_bytes(4, "big").decode()
    assert token_digest("a", "", f"{inner}b") != token_digest("a", f"{inner}b", "")
    assert token_digest(f"a{inner}b", "", "") != token_digest("a", "b", "")


def test_both_halves_have_64_bits_and_the_digest_stays_what_it_is() -> None:
    first, second = token_digest("demo", "https://issuer.example/t/demo", "0123456789abcdef")
    assert 0 <= first < 1 << 64
    assert 0 <= second < 1 << 64
    assert (first, second) == token_digest("demo", "https://issuer.example/t/demo", "0123456789abcdef")
    assert len({half for number in range(1000) for half in token_digest("demo", "i", f"{number}")}) == 2000
