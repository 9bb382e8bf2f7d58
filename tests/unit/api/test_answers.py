"""The claims of an answer, written field by field, are byte for byte what protobuf itself would write."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.api import answers
from authsvc.api.answers import ancestors_of, claims_of
from authsvc.keys.key_material import HMAC_BYTES, SigningKey
from authsvc.keys.sealed_key import Algorithm
from authsvc.scopes.grammar import ScopeSet
from authsvc.tokens.claims import MAX_TIME, Claims
from authsvc.tokens.lineage import Ancestor
from authsvc.tokens.signature_cache import AuthenticToken
from authsvc.v1.claims_pb2 import Origin, TokenClaims

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
times = st.integers(1, MAX_TIME)
scopes = st.lists(st.text("abc:", min_size=1, max_size=8), max_size=6)
ancestors = st.builds(
    Ancestor,
    issuer=texts,
    token_id=texts,
    key_id=texts,
    subject=texts,
    client_id=texts,
    issue_time=times,
)
extra = st.dictionaries(texts, st.one_of(st.booleans(), st.none(), texts, st.integers(-(2**40), 2**40)), max_size=1)
claims = st.builds(
    Claims,
    issuer=texts,
    subject=texts,
    client_id=texts,
    audiences=st.lists(texts, min_size=1, max_size=4).map(tuple),
    token_id=texts,
    issue_time=times,
    expire_time=times,
    not_before_time=st.none() | times,
    scopes=scopes.map(ScopeSet),
    bound_tenant=st.just("") | texts,
    extra=extra,
    ancestors=st.lists(ancestors, max_size=3).map(tuple),
    family_id=st.just("") | texts,
    family_end=st.none() | times,
)


def token(found: Claims, key_id: str) -> AuthenticToken:
    key = SigningKey("acme", key_id, Algorithm.HS256, bytes(HMAC_BYTES), bytes(HMAC_BYTES))
    return AuthenticToken(key, found, (0, 0), frozenset(found.scopes))


def by_protobuf(found: Claims, key_id: str) -> bytes:
    message = TokenClaims(
        tenant="acme",
        issuer=found.issuer,
        subject=found.subject,
        client_id=found.client_id,
        audiences=found.audiences,
        token_id=found.token_id,
        key_id=key_id,
        scopes=found.scopes,
        origin=Origin.ORIGIN_ISSUED,
        bound_tenant=found.bound_tenant,
        ancestors=ancestors_of(found.ancestors),
        family_id=found.family_id,
    )
    message.issue_time.seconds = found.issue_time
    message.expire_time.seconds = found.expire_time
    if found.not_before_time is not None:
        message.not_before_time.seconds = found.not_before_time
    if found.family_end is not None:
        message.family_end_time.seconds = found.family_end
    if found.extra:
        message.extra.update(found.extra)
    serialized: bytes = message.SerializeToString(deterministic=True)
    return serialized


@given(claims, texts)
def test_the_bytes_are_those_of_protobuf(found: Claims, key_id: str) -> None:
    assert claims_of(token(found, key_id)) == by_protobuf(found, key_id)


def test_every_field_is_written() -> None:
    source = {name.removeprefix("_").lower() for name in vars(answers) if name.startswith("_")}
    assert {field.name for field in TokenClaims.DESCRIPTOR.fields} <= source


@pytest.mark.parametrize("refusal", [None, "refused"])
def test_only_a_decided_token_has_claims(refusal: Any) -> None:
    undecided = AuthenticToken(SigningKey("a", "k", Algorithm.HS256, b"", b""), refusal, (0, 0), frozenset())
    with pytest.raises(TypeError):
        claims_of(undecided)
