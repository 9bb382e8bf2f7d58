"""The claims: each has its type and its bounds, and any JSON is typed or refused without raising."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.tokens.claims import (
    CLAIM_CHECKS,
    KNOWN_CLAIMS,
    MAX_AUDIENCES,
    MAX_ISSUER_LENGTH,
    MAX_NAME_LENGTH,
    MAX_TIME,
    SERVICE_TENANT,
    Claims,
    read_claims,
)
from authsvc.tokens.refusal import Refusal
from authsvc.v1.reason_pb2 import Reason

PAYLOAD: dict[str, Any] = {
    "iss": "https://issuer.example/t/acme",
    "sub": "user-1",
    "aud": "https://api.example",
    "client_id": "client-1",
    "iat": 1_800_000_000,
    "exp": 1_800_003_600,
    "jti": "1",
    "scope": "read:users create:users",
}


def check_of(payload: dict[str, Any], tenant: str = "acme") -> str:
    """The check that refuses the payload; empty when it is taken."""
    outcome = read_claims(payload, tenant)
    if isinstance(outcome, Refusal):
        assert outcome.reason == Reason.REASON_INVALID_CLAIMS
        return outcome.check
    return ""


def changed(**members: Any) -> dict[str, Any]:
    return {**PAYLOAD, **members}


def test_a_good_payload_is_typed() -> None:
    claims = read_claims(
        changed(nbf=1_800_000_010, aud=["a", "b"], tenant="acme", email="a@example.com", x=None), "acme"
    )
    assert claims == Claims(
        issuer="https://issuer.example/t/acme",
        subject="user-1",
        client_id="client-1",
        audiences=("a", "b"),
        token_id="1",
        issue_time=1_800_000_000,
        expire_time=1_800_003_600,
        not_before_time=1_800_000_010,
        scopes=("create:users", "read:users"),
        bound_tenant="",
        extra={"email": "a@example.com", "x": None},
    )


@pytest.mark.parametrize("name", ["iss", "sub", "client_id", "jti", "aud", "iat", "exp"])
def test_every_required_claim_is_missed(name: str) -> None:
    payload = {member: value for member, value in PAYLOAD.items() if member != name}
    assert check_of(payload) == f"claims.{name}"


@pytest.mark.parametrize("name", ["iss", "sub", "client_id", "jti"])
@pytest.mark.parametrize("value", [None, "", 1, True, 1.5, [], ["x"], {}, {"x": 1}], ids=repr)
def test_names_are_texts_that_are_not_empty(name: str, value: Any) -> None:
    assert check_of(changed(**{name: value})) == f"claims.{name}"


@pytest.mark.parametrize(
    ("name", "limit"),
    [("iss", MAX_ISSUER_LENGTH), *((name, MAX_NAME_LENGTH) for name in ("sub", "client_id", "jti", "aud"))],
)
def test_names_have_a_length(name: str, limit: int) -> None:
    assert check_of(changed(**{name: "é" * limit})) == ""
    assert check_of(changed(**{name: "é" * (limit + 1)})) == f"claims.{name}"


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "value", [0, -1, True, False, 1.8e9, 1_800_000_000.5, "1800000000", [], {}, None, MAX_TIME, 10**30], ids=repr
)
def test_times_are_whole_seconds_in_their_range(name: str, value: Any) -> None:
    assert check_of(changed(**{name: value})) == f"claims.{name}"


def test_the_range_of_times_ends_where_it_says() -> None:
    assert check_of(changed(iat=1, exp=2, nbf=1)) == ""
    assert check_of(changed(iat=MAX_TIME - 2, exp=MAX_TIME - 1, nbf=MAX_TIME - 1)) == ""
    assert check_of(changed(iat=5, exp=5)) == check_of(changed(iat=6, exp=5)) == "claims.order"


@pytest.mark.parametrize(
    "value", ["", [], {}, None, 1, True, [""], ["a", 1], ["a", None], [["a"]], ["a"] * 17], ids=repr
)
def test_audiences_are_a_text_or_a_list_of_texts(value: Any) -> None:
    assert check_of(changed(aud=value)) == "claims.aud"


def test_as_many_audiences_as_there_may_be() -> None:
    audiences = [str(number) for number in range(MAX_AUDIENCES)]
    assert check_of(changed(aud=audiences)) == ""
    assert check_of(changed(aud=[*audiences, "x"])) == "claims.aud"


@pytest.mark.parametrize("value", ["globex", "", None, 1, True, ["acme"], {}, "Acme", "acme "], ids=repr)
def test_the_tenant_claim_names_the_tenant_of_the_key(value: Any) -> None:
    assert check_of(changed(tenant=value)) == "claims.tenant"
    assert check_of(changed(tenant="acme")) == ""


@pytest.mark.parametrize("value", ["*", "acme", "", None, 1, []], ids=repr)
def test_bound_tenant_is_in_keys_of_the_service_alone(value: Any) -> None:
    assert check_of(changed(bound_tenant=value)) == "claims.bound_tenant"
    refused = "" if value in ("*", "acme") else "claims.bound_tenant"
    assert check_of(changed(bound_tenant=value), SERVICE_TENANT) == refused
    assert check_of(PAYLOAD, SERVICE_TENANT) == "claims.bound_tenant"


@pytest.mark.parametrize(
    "members",
    [{"scope": ""}, {"scope": "a  b"}, {"scope": None}, {"scope": {"a": {}}}, {"scopes": []}, {"scopes": None}],
    ids=repr,
)
def test_scopes_are_there_once_and_in_one_of_their_forms(members: dict[str, Any]) -> None:
    assert check_of(changed(**members)) == "claims.scope"


def test_a_payload_without_scopes_holds_none() -> None:
    payload = {name: value for name, value in PAYLOAD.items() if name != "scope"}
    forms: tuple[dict[str, Any], ...] = ({}, {"scope": []}, {"scopes": []}, {"scopes": {}})
    for members in forms:
        claims = read_claims({**payload, **members}, "acme")
        assert isinstance(claims, Claims)
        assert claims.scopes == ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**16), 10**16) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(sorted(KNOWN_CLAIMS)) | st.text(max_size=4), json_values),
    st.sampled_from(["acme", "authsvc"]),
)
def test_any_payload_is_typed_or_refused(members: dict[str, Any], tenant: str) -> None:
    for payload in (members, {**PAYLOAD, **members}):
        outcome = read_claims(payload, tenant)
        if isinstance(outcome, Claims):
            assert type(outcome.issue_time) is type(outcome.expire_time) is int
            assert 0 < outcome.issue_time < outcome.expire_time < MAX_TIME
            assert all(isinstance(one, str) and one for one in outcome.audiences)
            assert not KNOWN_CLAIMS & outcome.extra.keys()
            assert bool(outcome.bound_tenant) == (tenant == SERVICE_TENANT)


@given(st.sets(st.sampled_from(["iss", "sub", "client_id", "jti", "aud", "iat", "exp"]), min_size=1))
def test_of_several_faults_the_first_check_answers(names: set[str]) -> None:
    order = [check.name for check in CLAIM_CHECKS]
    expected = min((f"claims.{name}" for name in names), key=order.index)
    assert check_of(changed(**dict.fromkeys(names))) == expected
