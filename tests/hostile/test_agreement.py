"""Three readers of one token agree: PyJWT's full decode, joserfc and the decision return the same claims.

Payloads are random and signed with a true key, some after a random edit of their JSON, so that what lies behind the
signature is searched as well: nothing raises there either.
"""

import base64
import os
from collections import Counter
from random import Random
from typing import Any

import jwt
import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from authsvc.scopes.claim import read_scope_claim
from authsvc.tokens.claims import KNOWN_CLAIMS
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.tokens.verdict import Decision, Question
from authsvc.v1.reason_pb2 import Reason
from tests.hostile.build import AUDIENCE, ISSUER_BASE, build, compact
from tests.hostile.cases import fixed_world
from tests.hostile.derived_keys import b64, derived_key, public_form
from tests.hostile.mutations import edit_json, edit_json_text
from tests.hostile.payloads import random_payload, written
from tests.hostile.signatures import sign

TOKENS = 10_000 if os.environ.get("CI") == "true" else 1_000
EDITED = 0.4
"""The share of payloads that are edited before they are signed."""
KEYS = ("acme-hs256",) * 12 + ("acme-es256", "acme-eddsa", "acme-rs256", "acme-ps256")


def verifying_key(name: str) -> tuple[Any, Any]:
    """The key as PyJWT and as joserfc want it."""
    private = derived_key(name).private
    if isinstance(private, bytes):
        return private, OctKey.import_key(private)
    kinds: dict[str, type[ECKey | OKPKey | RSAKey]] = {"acme-es256": ECKey, "acme-eddsa": OKPKey}
    return private.public_key(), kinds.get(name, RSAKey).import_key(public_form(name, "pem"))


def same_as_payload(token: AuthenticToken, payload: dict[str, Any]) -> bool:
    """Whether the typed claims say what the payload says."""
    claims = token.claims
    assert not isinstance(claims, Refusal)
    audience = payload["aud"]
    return (
        (claims.issuer, claims.subject, claims.client_id, claims.token_id)
        == (payload["iss"], payload["sub"], payload["client_id"], payload["jti"])
        and (claims.issue_time, claims.expire_time, claims.not_before_time)
        == (payload["iat"], payload["exp"], payload.get("nbf"))
        and list(claims.audiences) == (audience if isinstance(audience, list) else [audience])
        and claims.scopes == read_scope_claim(payload)
        and repr(claims.extra) == repr({name: value for name, value in payload.items() if name not in KNOWN_CLAIMS})
    )


def read_by_others(text: str, name: str, keys: dict[str, tuple[Any, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The claims as PyJWT and joserfc read them. The clock is ours, so both leave the times alone."""
    algorithm = derived_key(name).algorithm
    pyjwt = jwt.decode(
        text,
        keys[name][0],
        algorithms=[algorithm],
        audience=AUDIENCE,
        issuer=f"{ISSUER_BASE}/t/acme",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    joserfc = joserfc_jwt.decode(text, keys[name][1], algorithms=[algorithm]).claims
    return pyjwt, joserfc


# The name EdDSA of RFC 8037 is the one that tokens bear today; RFC 9864 would have it say Ed25519.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
def test_three_readers_agree_on_every_accepted_token(seed: int) -> None:
    world, random = fixed_world(), Random(seed)
    question = Question(world.tenants["acme"], AUDIENCE, world.now, world.index)
    keys = {name: verifying_key(name) for name in set(KEYS)}
    decision = Decision(100)
    counted: Counter[str] = Counter()
    while counted["REASON_OK"] < TOKENS:
        name = random.choice(KEYS)
        raw = written(random, random_payload(random, world)).encode()
        text = signed(name, edited(random, raw) if random.random() < EDITED else raw)
        outcome = decision.decide(text, question, world.ring)
        if isinstance(outcome, Refusal):
            counted[Reason.Name(outcome.reason)] += 1
            continue
        counted["REASON_OK"] += 1
        pyjwt, joserfc = read_by_others(text, name, keys)
        assert repr(pyjwt) == repr(joserfc), text
        assert same_as_payload(outcome, pyjwt), text
    print(f"{counted.total()} signed tokens: {dict(counted.most_common())}")
    assert counted["REASON_MALFORMED"]
    assert counted["REASON_INVALID_CLAIMS"]


def signed(name: str, payload: bytes) -> str:
    """A token of any payload, signed by a true key."""
    key = derived_key(name)
    signing_input = f"{b64(compact({'alg': key.algorithm, 'typ': 'at+jwt', 'kid': name}).encode())}.{b64(payload)}"
    return f"{signing_input}.{b64(sign(key, key.algorithm, signing_input.encode()))}"


def edited(random: Random, raw: bytes) -> bytes:
    """The JSON after a random edit."""
    segment = b64(raw)
    text = random.choice((edit_json, edit_json_text))(random, f"{segment}.{segment}.AA", "")
    segment = random.choice(text.split(".")[:2])
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def test_a_disagreement_would_be_seen() -> None:
    world = fixed_world()
    keys = {"acme-hs256": verifying_key("acme-hs256")}
    text = build({"key": "acme-hs256"}, world.now, "x")
    outcome = Decision(0).decide(text, Question(world.tenants["acme"], AUDIENCE, world.now, world.index), world.ring)
    assert isinstance(outcome, AuthenticToken)
    payload, _ = read_by_others(text, "acme-hs256", keys)
    assert same_as_payload(outcome, payload)
    for name, value in (("sub", "x"), ("exp", payload["exp"] + 1), ("aud", "x"), ("scope", "x"), ("x", 1)):
        assert not same_as_payload(outcome, {**payload, name: value}), name
    with pytest.raises(jwt.InvalidSignatureError):
        read_by_others(build({"key": "acme-hs256", "edits": [["flip", 0]]}, world.now, "x"), "acme-hs256", keys)
