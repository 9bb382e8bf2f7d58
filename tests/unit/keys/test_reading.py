"""Keys that are brought: 153 of them as data, each read for what it is or refused with its rule and nothing of itself."""

import base64
import json
import re
from typing import Any

import pytest

from authsvc.keys.hygiene import _factors_lie_close
from authsvc.keys.key_material import KeyMaterialError, dump_public
from authsvc.keys.reading import BroughtKey, read_jwk, read_pem, read_secret
from authsvc.keys.sealed_key import Algorithm
from tests.unit.keys.make_vectors import PATH
from tests.unit.keys.test_canaries import shown_by

VECTORS: list[dict[str, Any]] = json.loads(PATH.read_text())
GOOD = [vector for vector in VECTORS if "rule" not in vector]
BAD = [vector for vector in VECTORS if "rule" in vector]
PIECE = 12


def name_of(vector: dict[str, Any]) -> str:
    return f"{vector['form']} {vector['name']}"


def read(vector: dict[str, Any]) -> BroughtKey:
    algorithm = Algorithm(vector["algorithm"])
    if vector["form"] == "secret":
        return read_secret(base64.b64decode(vector["material"]))
    return (read_pem if vector["form"] == "pem" else read_jwk)(vector["material"], algorithm)


def test_there_are_many_of_each() -> None:
    print(f"{len(BAD)} keys refused, {len(GOOD)} taken")
    assert len(BAD) > 120
    assert len(GOOD) > 20
    assert len({name_of(vector) for vector in VECTORS}) == len(VECTORS)


@pytest.mark.parametrize("vector", GOOD, ids=name_of)
def test_a_good_key_is_read(vector: dict[str, Any]) -> None:
    brought = read(vector)
    assert (brought.private is not None) == vector["private"]
    assert dump_public(brought.public)
    assert repr(brought) in {"BroughtKey(key_id=None)", "BroughtKey(key_id='mine')"}


@pytest.mark.parametrize("vector", BAD, ids=name_of)
def test_a_bad_key_is_refused_with_its_rule(vector: dict[str, Any]) -> None:
    with pytest.raises(KeyMaterialError) as caught:
        read(vector)
    assert vector["rule"] in str(caught.value)
    shown = shown_by(caught.value)
    body = re.sub(r"-----[A-Z0-9 ]+-----", " ", vector["material"])
    words = re.findall(rf"[A-Za-z0-9+/_-]{{{PIECE},}}", body)
    pieces = {word[start : start + PIECE] for word in words for start in range(len(word) - PIECE + 1)}
    assert not [piece for piece in pieces if piece in shown]


@pytest.mark.parametrize("apart", [2, 1 << 512, 1 << 517], ids=["a square, nearly", "at once", "later"])
def test_factors_that_lie_close_are_found_in_some_steps(apart: int) -> None:
    # Half of the modulus' bits each; the further apart, the more steps: the last takes more than a hundred.
    factor = (1 << 1024) - 105
    assert _factors_lie_close(factor * (factor - apart))
    assert not _factors_lie_close(factor * (factor - (1 << 700)))
