"""The replica: it follows the change log, starts anew over a gap, and keeps its state when the store is away."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from authsvc.errors import RevisionNotReachedError, StoreUnavailableError
from authsvc.keys.sealed_key import Algorithm, KeyState, SealedKey
from authsvc.keys.sealing import SealingError, SealingKey
from authsvc.replica.replica import Replica
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.revocation.index import token_digest
from authsvc.store.contract import Change, KeyChange, StoreSnapshot
from authsvc.store.tenant_contract import StoredTenant, TenantChange
from authsvc.v1.tenant_pb2 import Tenant

SEALING_KEY = SealingKey(bytes(32))
BASE = "https://issuer.example"
TENANT, ISSUER = "demo", f"{BASE}/t/demo"


@dataclass
class FakeReader:
    """A store whose log a test writes; it counts how often it is asked."""

    keys: list[SealedKey] = field(default_factory=list)
    revocations: list[Revocation] = field(default_factory=list)
    tenants: dict[str, StoredTenant] = field(default_factory=dict)
    log: list[Change] = field(default_factory=list)
    first_kept: int = 1
    is_away: bool = False
    fails_at: int | None = None
    snapshots: int = 0
    polls: int = 0

    @property
    def newest(self) -> int:
        return self.log[-1].revision if self.log else self.first_kept - 1

    def write(self, body: Revocation | KeyChange | TenantChange) -> int:
        """Commit a change."""
        self.log.append(Change(self.newest + 1, body))
        if isinstance(body, KeyChange):
            self.keys = [key for key in self.keys if key.key_id != body.key.key_id] + [body.key]
        elif isinstance(body, TenantChange):
            self.tenants.pop(body.name, None)
            if body.tenant is not None:
                self.tenants[body.name] = body.tenant
        else:
            self.revocations.append(body)
        return self.newest

    def forget(self) -> None:
        """Prune the log, and let its numbers go on."""
        self.first_kept = self.newest + 1
        self.log.clear()

    def snapshot(self) -> StoreSnapshot:
        self.snapshots += 1
        if self.is_away:
            raise StoreUnavailableError("away")
        return StoreSnapshot(self.newest, tuple(self.keys), self._revocations(), tuple(self.tenants.values()))

    def _revocations(self) -> Iterator[Revocation]:
        for number, revocation in enumerate(self.revocations):
            if number == self.fails_at:
                raise StoreUnavailableError("away in the middle")
            yield revocation

    def changes_after(self, revision: int) -> list[Change] | None:
        self.polls += 1
        if self.is_away:
            raise StoreUnavailableError("away")
        if revision < self.first_kept - 1:
            return None
        return [change for change in self.log if change.revision > revision]


@dataclass
class Published:
    """The revision that all processes share."""

    value: int = 0

    def publish(self, revision: int) -> None:
        self.value = max(self.value, revision)


@dataclass
class World:
    reader: FakeReader
    published: Published
    replica: Replica

    def commit(self, body: Revocation | KeyChange | TenantChange) -> int:
        """Write and publish, as a writer does."""
        revision = self.reader.write(body)
        self.published.publish(revision)
        return revision

    def revoked(self, token_id: str) -> bool:
        return self.replica.revocations.has_token(token_digest(TENANT, ISSUER, token_id))


def sealed(algorithm: Algorithm = Algorithm.HS256) -> SealedKey:
    return SEALING_KEY.make(TENANT, algorithm, now=1.0)


def revocation(token_id: str) -> Revocation:
    return Revocation(TENANT, TargetKind.TOKEN, token_id, ISSUER, keep_until=2**40)


@pytest.fixture
def world() -> World:
    reader, published = FakeReader(), Published()
    reader.write(KeyChange(sealed()))
    reader.write(revocation("old"))
    published.publish(reader.newest)
    return World(reader, published, Replica(reader, SEALING_KEY, BASE, published))


def test_it_starts_with_everything(world: World) -> None:
    assert world.replica.revision == world.reader.newest == 2
    assert world.revoked("old")
    assert world.replica.keys.signing_key(TENANT).key_id == world.reader.keys[0].key_id


def test_without_a_change_no_query_is_made(world: World) -> None:
    before = (world.reader.polls, world.reader.snapshots)
    for _ in range(1000):
        world.replica.catch_up()
    assert (world.reader.polls, world.reader.snapshots) == before


def test_a_published_change_is_taken_up_at_the_next_look(world: World) -> None:
    world.commit(revocation("a"))
    assert not world.revoked("a")
    world.replica.catch_up()
    assert world.revoked("a")
    assert world.replica.revision == world.reader.newest
    assert world.reader.snapshots == 1


def test_what_a_dead_writer_left_unpublished_is_found_by_polling_and_published(world: World) -> None:
    world.reader.write(revocation("a"))
    world.replica.catch_up()
    assert not world.revoked("a")
    world.replica.poll()
    assert world.revoked("a")
    assert world.published.value == world.reader.newest


def test_a_gap_is_bridged_by_a_snapshot(world: World) -> None:
    world.commit(revocation("a"))
    world.commit(KeyChange(sealed()))
    world.reader.forget()
    world.commit(revocation("b"))
    world.reader.forget()
    world.replica.catch_up()
    assert world.reader.snapshots == 2
    assert world.revoked("old")
    assert world.revoked("a")
    assert world.revoked("b")
    assert world.replica.revision == world.reader.newest


def test_a_store_that_is_away_is_an_error_only_when_something_changed(world: World) -> None:
    world.reader.is_away = True
    world.replica.catch_up()
    world.published.publish(world.replica.revision + 1)
    with pytest.raises(StoreUnavailableError):
        world.replica.catch_up()
    with pytest.raises(StoreUnavailableError):
        world.replica.poll()
    assert world.replica.revision == 2
    assert world.revoked("old")
    assert world.replica.keys.signing_key(TENANT)


def test_it_catches_up_when_the_store_is_back(world: World) -> None:
    world.reader.is_away = True
    world.commit(revocation("a"))
    with pytest.raises(StoreUnavailableError):
        world.replica.catch_up()
    world.reader.is_away = False
    world.replica.catch_up()
    assert world.revoked("a")


def test_a_snapshot_that_breaks_off_leaves_the_old_state_whole(world: World) -> None:
    keys, revocations, revision = world.replica.keys, world.replica.revocations, world.replica.revision
    world.commit(revocation("a"))
    world.reader.forget()
    world.published.publish(world.commit(revocation("b")))
    world.reader.forget()
    world.reader.fails_at = 2
    with pytest.raises(StoreUnavailableError):
        world.replica.catch_up()
    assert world.replica.keys is keys
    assert world.replica.revocations is revocations
    assert world.replica.revision == revision
    assert not world.revoked("a")
    world.reader.fails_at = None
    world.replica.catch_up()
    assert world.revoked("a")
    assert world.revoked("b")


def test_a_key_stays_the_same_object_for_as_long_as_it_may_verify(world: World) -> None:
    # The signature cache stands on its identity.
    first = world.replica.keys.signing_key(TENANT)
    world.commit(KeyChange(sealed()))
    world.commit(KeyChange(replace(world.reader.keys[0], state=KeyState.VERIFY_ONLY)))
    world.replica.catch_up()
    assert world.replica.keys.find(TENANT, first.key_id) is first
    world.reader.forget()
    world.commit(revocation("a"))
    world.reader.forget()
    world.commit(revocation("b"))
    world.replica.catch_up()
    assert world.reader.snapshots == 1 or world.replica.keys.find(TENANT, first.key_id) is first


def test_a_tainted_key_verifies_nothing_from_the_change_on(world: World) -> None:
    first = world.replica.keys.signing_key(TENANT)
    tainted = replace(world.reader.keys[0], state=KeyState.TAINTED)
    world.commit(KeyChange(tainted))
    world.replica.catch_up()
    assert world.replica.keys.find(TENANT, first.key_id) is None
    world.commit(KeyChange(sealed(Algorithm.EDDSA)))
    world.replica.catch_up()
    assert world.replica.keys.signing_key(TENANT).algorithm is Algorithm.EDDSA


def test_a_key_that_does_not_open_stops_the_start() -> None:
    reader = FakeReader()
    reader.write(KeyChange(SealingKey(bytes([1]) * 32).make(TENANT, Algorithm.HS256, now=1.0)))
    with pytest.raises(SealingError):
        Replica(reader, SEALING_KEY, BASE, Published(1))


def test_a_key_that_does_not_open_is_met_again_at_the_next_look(world: World) -> None:
    world.commit(revocation("a"))
    world.commit(KeyChange(SealingKey(bytes([1]) * 32).make(TENANT, Algorithm.HS256, now=1.0)))
    world.commit(revocation("b"))
    for _ in range(2):
        with pytest.raises(SealingError):
            world.replica.catch_up()
    # What came before it is in force, and nothing after it is skipped over.
    assert world.revoked("a")
    assert not world.revoked("b")
    assert world.replica.revision == 3


def test_it_reaches_what_the_store_has_and_nothing_more(world: World) -> None:
    world.replica.reach(1)
    world.replica.reach(2)
    newest = world.reader.write(revocation("a"))
    world.replica.reach(newest)
    assert world.revoked("a")
    with pytest.raises(RevisionNotReachedError):
        world.replica.reach(newest + 1)
    world.reader.is_away = True
    world.replica.reach(newest)
    with pytest.raises(StoreUnavailableError):
        world.replica.reach(newest + 1)


def test_a_store_set_back_never_takes_a_revocation_away(world: World) -> None:
    world.commit(revocation("a"))
    world.replica.catch_up()
    world.reader.log.pop()
    world.replica.poll()
    assert world.revoked("a")


def put(name: str, etag: str, description: str = "") -> TenantChange:
    """A document of that version in place."""
    document = Tenant(name=name, description=description).SerializeToString()
    return TenantChange(name, StoredTenant(name, "uid", etag, document, 1.0, 1.0))


def test_a_document_is_taken_up_at_the_next_look_whole_and_beside_the_others(world: World) -> None:
    world.commit(put("a", "1"))
    world.commit(put("b", "1"))
    world.replica.catch_up()
    before = world.replica.tenants
    world.commit(put("b", "2", "new"))
    assert world.replica.tenants is before
    world.replica.catch_up()
    after = world.replica.tenants
    assert (before.find("b").description, after.find("b").description) == ("", "new")
    assert after.find("a") is before.find("a")
    world.commit(TenantChange("a", None))
    world.replica.catch_up()
    assert {tenant.name for tenant in world.replica.tenants} == {"authsvc", "b"}
    assert world.reader.snapshots == 1


def test_documents_over_a_gap(world: World) -> None:
    world.commit(put("a", "1"))
    world.commit(put("b", "1"))
    world.replica.catch_up()
    before = world.replica.tenants
    world.commit(TenantChange("a", None))
    world.commit(put("c", "1"))
    world.reader.forget()
    world.commit(revocation("x"))
    world.reader.forget()
    world.replica.catch_up()
    assert world.reader.snapshots == 2
    assert {tenant.name for tenant in world.replica.tenants} == {"authsvc", "b", "c"}
    assert world.replica.tenants.find("b") is before.find("b")
