"""The last admin key is not revoked unless it is asked for."""

import pytest

from authsvc.errors import LastAdminKeyError
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.store.opening import Store
from authsvc.tokens.record import TokenRecord
from tests.store.builders import AUDIT, HOUR, START, TurnableClock, admin_record, cutoff, key, of_key, of_token, tenant
from tests.store.conftest import Backend

ROOT = of_token("root", tenant="authsvc")
WAYS = [
    ROOT,
    cutoff(TargetKind.SUBJECT, "alice", START, tenant="authsvc"),
    cutoff(TargetKind.CLIENT, "ci", START, tenant="authsvc"),
    cutoff(TargetKind.TENANT, "", START, tenant="authsvc"),
    of_key("k1", tenant="authsvc"),
]
NO_ADMINS = [
    admin_record("other", bound_tenant="acme"),
    admin_record("other", scopes=("admin:authsvc2", "issue:tokens")),
    admin_record("other", scopes=("ADMIN:AUTHSVC",)),
    admin_record("other", tenant="acme"),
    admin_record("other", expire_time=START),
    admin_record("other", not_before_time=START + 60),
]


@pytest.fixture
async def rooted(store: Store) -> Store:
    """A store with one admin key."""
    await store.tokens.add_key(key("k1", tenant="authsvc"), AUDIT)
    await store.tokens.issue(admin_record("root"), None, AUDIT)
    return store


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.kind.value)
async def test_no_way_to_revoke_it_is_open(rooted: Store, backend: Backend, way: Revocation) -> None:
    with pytest.raises(LastAdminKeyError) as refused:
        await rooted.tokens.revoke(way, AUDIT, successor=key("k2", tenant="authsvc"), keep_an_admin=True)
    assert "recover" in refused.value.metadata["next_step"]
    assert rooted.reader.newest_revision() == 1
    assert backend.rows("SELECT count(*) FROM revocations") == [(0,)]
    assert backend.rows("SELECT count(*) FROM audit_records") == [(2,)]
    await rooted.tokens.revoke(way, AUDIT, successor=key("k2", tenant="authsvc"))
    stored = await rooted.tokens.get_token("authsvc", "root")
    assert stored is not None
    assert stored.revoke_time is not None


async def test_one_of_two_may_go(rooted: Store) -> None:
    await rooted.tokens.issue(admin_record("second"), None, AUDIT)
    await rooted.tokens.revoke(ROOT, AUDIT, keep_an_admin=True)
    with pytest.raises(LastAdminKeyError):
        await rooted.tokens.revoke(of_token("second", tenant="authsvc"), AUDIT, keep_an_admin=True)


@pytest.mark.parametrize("other", NO_ADMINS, ids=["bound", "scope", "case", "tenant", "expired", "not yet"])
async def test_what_is_no_live_admin_key_does_not_count(rooted: Store, other: TokenRecord) -> None:
    await rooted.tenants.put(tenant("acme"), AUDIT)
    await rooted.tokens.issue(other, None, AUDIT)
    with pytest.raises(LastAdminKeyError):
        await rooted.tokens.revoke(ROOT, AUDIT, keep_an_admin=True)


async def test_without_a_live_admin_key_everything_may_go(rooted: Store, clock: TurnableClock) -> None:
    clock.now += HOUR
    await rooted.tokens.revoke(ROOT, AUDIT, keep_an_admin=True)


async def test_other_tenants_and_other_keys_are_not_held_back(rooted: Store) -> None:
    for revocation in (cutoff(TargetKind.TENANT, ""), of_token("root"), of_token("worker", tenant="authsvc")):
        await rooted.tokens.revoke(revocation, AUDIT, keep_an_admin=True)
