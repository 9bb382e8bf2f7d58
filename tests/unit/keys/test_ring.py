"""The key ring: which key signs, which may verify, and that an id is looked up whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authsvc.errors import NoSigningKeyError
from authsvc.keys.key_material import SigningKey
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import Algorithm, KeyState

PREPARED, ACTIVE, VERIFY_ONLY, RETIRED, TAINTED = KeyState
SECRET = bytes(range(32))


def key(tenant: str, key_id: str, algorithm: Algorithm = Algorithm.HS256) -> SigningKey:
    return SigningKey(tenant, key_id, algorithm, SECRET, SECRET)


def signing(ring: KeyRing, tenant: str) -> str | None:
    try:
        return ring.signing_key(tenant).key_id
    except NoSigningKeyError:
        return None


names = st.tuples(st.sampled_from(("demo", "other")), st.sampled_from(("k1", "k2", "k3")))
changes = st.lists(st.tuples(names, st.sampled_from(KeyState)), max_size=20)


@given(changes)
def test_any_changes_end_where_the_model_ends(drawn: list[tuple[tuple[str, str], KeyState]]) -> None:
    ring = KeyRing()
    states: dict[tuple[str, str], KeyState] = {}
    signs: dict[str, str] = {}
    for (tenant, key_id), wanted in drawn:
        ring.put(key(tenant, key_id), wanted)
        state = TAINTED if states.get((tenant, key_id)) is TAINTED else wanted
        states[tenant, key_id] = state
        if state is ACTIVE:
            signs[tenant] = key_id
        elif signs.get(tenant) == key_id:
            del signs[tenant]
        for name in (("demo", "k1"), ("demo", "k2"), ("demo", "k3"), ("other", "k1"), ("other", "k2"), ("other", "k3")):
            found = ring.find(*name)
            assert (found is not None) == (states.get(name) in {PREPARED, ACTIVE, VERIFY_ONLY})
            assert found is None or (found.tenant, found.key_id) == name
        for owner in ("demo", "other"):
            assert signing(ring, owner) == signs.get(owner)
            assert owner not in signs or ring.find(owner, signs[owner]) is ring.signing_key(owner)


def test_the_latest_active_key_signs_and_the_one_before_still_verifies() -> None:
    ring = KeyRing([(key("demo", "k1"), ACTIVE), (key("demo", "k2"), ACTIVE)])
    assert signing(ring, "demo") == "k2"
    assert ring.find("demo", "k1") is not None
    ring.put(key("demo", "k1"), VERIFY_ONLY)
    assert signing(ring, "demo") == "k2"


def test_a_key_that_only_verifies_never_signs() -> None:
    ring = KeyRing([(key("demo", "k1"), VERIFY_ONLY)])
    assert signing(ring, "demo") is None
    assert not ring.has_signing_key("demo", "HS256")
    with pytest.raises(NoSigningKeyError):
        ring.signing_key("demo")


@pytest.mark.parametrize("later", [ACTIVE, VERIFY_ONLY, TAINTED])
def test_a_tainted_key_is_never_found_again(later: KeyState) -> None:
    ring = KeyRing([(key("demo", "k1"), ACTIVE)])
    ring.put(key("demo", "k1"), TAINTED)
    assert ring.find("demo", "k1") is None
    assert signing(ring, "demo") is None
    ring.put(key("demo", "k1"), later)
    assert ring.find("demo", "k1") is None
    assert signing(ring, "demo") is None


def test_a_key_that_was_tainted_before_it_was_known_is_never_found() -> None:
    ring = KeyRing([(key("demo", "k1"), TAINTED)])
    ring.put(key("demo", "k1"), ACTIVE)
    assert ring.find("demo", "k1") is None
    assert signing(ring, "demo") is None


def test_a_change_of_state_keeps_the_object() -> None:
    first = key("demo", "k1")
    ring = KeyRing([(first, ACTIVE)])
    ring.put(key("demo", "k1"), VERIFY_ONLY)
    assert ring.find("demo", "k1") is first


def test_the_algorithm_of_the_active_key_is_known() -> None:
    ring = KeyRing([(key("demo", "k1", Algorithm.HS256), ACTIVE)])
    assert ring.has_signing_key("demo", "HS256")
    assert not ring.has_signing_key("demo", "ES256")
    assert not ring.has_signing_key("other", "HS256")


NEIGHBOURS = (
    "",
    "k",
    "k11",
    "K1",
    "k1 ",
    " k1",
    "k1\0",
    "k1\n",
    "k\u200b1",
    "k\uff11",
    "\uff4b1",
    "./k1",
    "demo/k1",
    "../demo/k1",
    "k1%00",
    "*",
    "k1' OR '1'='1",
    "/dev/null",
    "/proc/sys/kernel/random/uuid",
    "http://127.0.0.1/k1",
    "k1\ud800",
)


@pytest.mark.parametrize("key_id", NEIGHBOURS, ids=range(len(NEIGHBOURS)))
def test_an_id_is_looked_up_whole(key_id: str) -> None:
    ring = KeyRing([(key("demo", "k1"), ACTIVE)])
    assert ring.find("demo", key_id) is None


@pytest.mark.parametrize("tenant", ["", "Demo", "demo ", "dem", "demok", "other", "authsvc", "*", "demo\0"])
def test_a_tenant_is_looked_up_whole(tenant: str) -> None:
    ring = KeyRing([(key("demo", "k1"), ACTIVE), (key("demok", "1"), ACTIVE)])
    assert ring.find(tenant, "k1") is None
    assert signing(ring, tenant) in {None, "1"}
