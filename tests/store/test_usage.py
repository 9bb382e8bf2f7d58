"""When tokens were of use: written for those that have a record, never set back, gone with their record."""

from authsvc.store.contract import TokenFilter
from authsvc.store.life_contract import TokenUse
from authsvc.store.opening import Store
from tests.store.builders import AUDIT, DAY, HOUR, ISSUER, START, TurnableClock, record
from tests.store.conftest import Backend

ACME = TokenFilter("acme")


def use(token_id: str = "a", second: int = START + 5, *scopes: str, issuer: str = ISSUER) -> TokenUse:
    return TokenUse("acme", issuer, token_id, second, START + HOUR, frozenset(scopes))


async def usage(store: Store) -> dict[str, tuple[int | None, dict[str, int]]]:
    found = await store.tokens.list_usage(ACME, limit=100)
    return {stored.record.token_id: (stored.last_used_time, dict(scopes)) for stored, scopes in found}


async def test_a_token_is_unused_at_first(store: Store) -> None:
    await store.tokens.issue(record("a"), None, AUDIT)
    assert await usage(store) == {"a": (None, {})}


async def test_the_latest_time_stands(store: Store) -> None:
    await store.tokens.issue(record("a"), None, AUDIT)
    await store.tokens.issue(record("b"), None, AUDIT)
    assert await store.tokens.write_usage([use("a", START + 5, "x", "y")]) == 1
    await store.tokens.write_usage([use("a", START + 9, "y")])
    # Another worker's, and late.
    await store.tokens.write_usage([use("a", START + 7, "x", "z"), use("b", START + 1)])
    assert await usage(store) == {
        "a": (START + 9, {"x": START + 7, "y": START + 9, "z": START + 7}),
        "b": (START + 1, {}),
    }
    stored = await store.tokens.get_token("acme", "a")
    assert stored is not None
    assert stored.last_used_time == START + 9


async def test_what_has_no_record_leaves_nothing(store: Store, backend: Backend) -> None:
    await store.tokens.issue(record("a"), None, AUDIT)
    uses = [use("unknown", START, "x"), use("A", START, "x"), use("a", START, "x", issuer="https://other.example")]
    assert await store.tokens.write_usage(uses) == 0
    assert backend.rows("SELECT count(*) FROM token_usage") == [(0,)]


async def test_it_makes_no_change_and_no_audit_row(store: Store, backend: Backend) -> None:
    await store.tokens.issue(record("a"), None, AUDIT)
    await store.tokens.write_usage([use("a", START, "x")])
    assert store.reader.newest_revision() == 0
    assert backend.rows("SELECT count(*) FROM audit_records") == [(1,)]


async def test_many_are_written_in_several_transactions(store: Store) -> None:
    for number in range(3):
        await store.tokens.issue(record(str(number)), None, AUDIT)
    uses = [use(str(number % 3), START + number) for number in range(1201)]
    assert await store.tokens.write_usage(uses) == 1201
    assert (await usage(store))["0"] == (START + 1200, {})


async def test_it_goes_with_the_record(store: Store, backend: Backend, clock: TurnableClock) -> None:
    await store.tokens.issue(record("a"), None, AUDIT)
    await store.tokens.write_usage([use("a", START, "x")])
    clock.now = START + HOUR + 29 * DAY
    await store.tokens.prune()
    assert backend.rows("SELECT count(*) FROM token_usage") == [(1,)]
    clock.now = START + HOUR + 31 * DAY
    await store.tokens.prune()
    assert backend.rows("SELECT count(*) FROM token_usage") == [(0,)]
