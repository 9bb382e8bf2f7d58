"""Issue: the record, its idempotency, and what refuses it."""

import asyncio
import itertools
import threading
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from authsvc.errors import NoSigningKeyError, RequestIdReusedError, TooManyLiveTokensError
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.store.contract import DeadOnArrivalError, StoredToken
from authsvc.store.opening import Store
from tests.store.builders import AUDIT, DAY, START, TurnableClock, cutoff, key, of_key, of_token, record, retry
from tests.store.conftest import Backend


async def test_a_record_comes_back_as_it_went_in(store: Store) -> None:
    given = record(
        "a",
        audiences=("api", "https://other.example/"),
        scopes=("read:users", "write:ü"),
        not_before_time=START + 5,
        label='quotes " and \\ and 鍵',
        claims={"n": 12345678901234567890, "f": 0.5, "deep": {"list": [1, "two", None, True]}},
        bound_tenant="*",
    )
    issued = await store.tokens.issue(given, None, AUDIT)
    assert (issued.record, issued.replayed, issued.revoked) == (given, False, False)
    assert await store.tokens.get_token("acme", "a") == StoredToken(1, given, None, "")


async def test_get_finds_only_its_own_tenant_and_issuer_byte_for_byte(store: Store) -> None:
    await store.tokens.issue(record("a"), None, AUDIT)
    other = record("a", issuer="https://other.example", subject="bob")
    await store.tokens.issue(other, None, AUDIT)
    assert (await store.tokens.get_token("acme", "a", other.issuer)).record == other  # type: ignore[union-attr]
    newest = await store.tokens.get_token("acme", "a")
    assert newest is not None
    assert newest.record == other
    for tenant, token_id in (("Acme", "a"), ("acme", "A"), ("acme", "a "), ("acme", "b"), ("other", "a")):
        assert await store.tokens.get_token(tenant, token_id) is None


async def test_issue_makes_no_change_and_tells_the_newest_revision(store: Store) -> None:
    assert (await store.tokens.issue(record("a"), None, AUDIT)).revision == 0
    receipt = await store.tokens.revoke(of_token("x"), AUDIT)
    assert (await store.tokens.issue(record("b"), None, AUDIT)).revision == receipt.revision == 1
    assert store.reader.changes_after(1) == []


async def test_a_replay_returns_the_first_record(store: Store) -> None:
    first = await store.tokens.issue(record("a"), retry("r"), AUDIT)
    again = await store.tokens.issue(record("b"), retry("r"), AUDIT)
    assert again == replace(first, replayed=True)
    assert await store.tokens.get_token("acme", "b") is None


async def test_a_replay_of_a_revoked_token_says_so(store: Store) -> None:
    await store.tokens.issue(record("a"), retry("r"), AUDIT)
    await store.tokens.revoke(cutoff(TargetKind.SUBJECT, "alice"), AUDIT)
    assert (await store.tokens.issue(record("b", issue_time=START + 1), retry("r"), AUDIT)).revoked


async def test_a_request_id_is_the_callers_and_the_tenants_own(store: Store) -> None:
    for token in (record("a"), record("b", tenant="other")):
        assert not (await store.tokens.issue(token, retry("r"), AUDIT)).replayed
    assert not (await store.tokens.issue(record("c"), retry("r", caller="cd"), AUDIT)).replayed
    assert not (await store.tokens.issue(record("d"), retry("R"), AUDIT)).replayed


async def test_a_request_id_for_another_request_is_refused_without_echo(store: Store) -> None:
    await store.tokens.issue(record("a"), retry("hunter2"), AUDIT)
    with pytest.raises(RequestIdReusedError) as refused:
        await store.tokens.issue(record("b"), retry("hunter2", digest=b"e" * 32), AUDIT)
    assert "hunter2" not in str(refused.value)
    assert await store.tokens.get_token("acme", "b") is None


async def test_a_request_id_is_forgotten_after_a_day(store: Store, clock: TurnableClock) -> None:
    await store.tokens.issue(record("a", expire_time=START + 9 * DAY), retry("r"), AUDIT)
    clock.now += DAY - 1
    assert (await store.tokens.issue(record("b"), retry("r"), AUDIT)).record.token_id == "a"
    clock.now += 1
    assert (await store.tokens.issue(record("c"), retry("r", digest=b"e" * 32), AUDIT)).record.token_id == "c"
    assert (await store.tokens.issue(record("d"), retry("r", digest=b"e" * 32), AUDIT)).record.token_id == "c"


@pytest.mark.parametrize(
    "revocation",
    [
        cutoff(TargetKind.SUBJECT, "alice", START),
        cutoff(TargetKind.CLIENT, "ci", START),
        cutoff(TargetKind.TENANT, "", START),
    ],
    ids=lambda revocation: revocation.kind.value,
)
async def test_a_cutoff_refuses_its_own_second_and_lets_the_next_pass(store: Store, revocation: Revocation) -> None:
    await store.tokens.revoke(replace(revocation, cutoff=START - 9), AUDIT)
    await store.tokens.revoke(revocation, AUDIT)
    with pytest.raises(DeadOnArrivalError) as refused:
        await store.tokens.issue(record("a"), retry("r"), AUDIT)
    assert refused.value.cutoff == START
    assert await store.tokens.get_token("acme", "a") is None
    issued = await store.tokens.issue(record("b", issue_time=START + 1), retry("r"), AUDIT)
    assert not issued.replayed


async def test_the_latest_of_several_cutoffs_is_told(store: Store) -> None:
    await store.tokens.revoke(cutoff(TargetKind.SUBJECT, "alice", START + 1), AUDIT)
    await store.tokens.revoke(cutoff(TargetKind.TENANT, "", START + 7), AUDIT)
    await store.tokens.revoke(cutoff(TargetKind.CLIENT, "ci", START + 3), AUDIT)
    with pytest.raises(DeadOnArrivalError) as refused:
        await store.tokens.issue(record("a"), None, AUDIT)
    assert refused.value.cutoff == START + 7


async def test_a_cutoff_of_somebody_else_refuses_nothing(store: Store) -> None:
    for revocation in (
        cutoff(TargetKind.SUBJECT, "ci", START),
        cutoff(TargetKind.CLIENT, "alice", START),
        cutoff(TargetKind.SUBJECT, "Alice", START),
        cutoff(TargetKind.TENANT, "", START, tenant="acme2"),
    ):
        await store.tokens.revoke(revocation, AUDIT)
    assert (await store.tokens.issue(record("a"), None, AUDIT)).record.token_id == "a"


async def test_a_token_signed_with_a_key_that_was_tainted_meanwhile_is_refused(store: Store) -> None:
    await store.tokens.add_key(key("k1"), AUDIT)
    await store.tokens.revoke(of_key("k1"), AUDIT, successor=key("k2"))
    with pytest.raises(NoSigningKeyError):
        await store.tokens.issue(record("a"), None, AUDIT)
    await store.tokens.issue(record("b", key_id="k2"), None, AUDIT)


async def test_a_storm_of_retries_in_one_loop_makes_one_token(store: Store, backend: Backend) -> None:
    async def caller(number: int) -> list[str]:
        return [
            (await store.tokens.issue(record(f"{number}-{turn}"), retry("r"), AUDIT)).record.token_id
            for turn in range(50)
        ]

    answers = Counter(itertools.chain.from_iterable(await asyncio.gather(*map(caller, range(8)))))
    assert answers.total() == 400
    assert len(answers) == 1
    assert backend.rows("SELECT count(*) FROM token_records") == [(1,)]


def test_a_storm_of_retries_from_threads_with_loops_of_their_own_makes_one_token(store: Store) -> None:
    answers: Counter[str] = Counter()
    lock = threading.Lock()

    async def caller(number: int) -> None:
        for turn in range(40):
            issued = await store.tokens.issue(record(f"{number}-{turn}"), retry(f"r{turn}"), AUDIT)
            with lock:
                answers[f"r{turn} {issued.record.token_id}"] += 1

    threads = [threading.Thread(target=asyncio.run, args=(caller(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.total() == 320
    assert len(answers) == 40


async def test_no_more_than_so_many_tokens_of_a_client_live(store: Store, clock: TurnableClock) -> None:
    async def issue(name: str, **changes: Any) -> bool:
        try:
            await store.tokens.issue(record(name, **changes), None, AUDIT, max_live=2)
        except TooManyLiveTokensError:
            return False
        return True

    assert await issue("a")
    assert await issue("b", expire_time=START + 60)
    assert not await issue("c")
    # Another client, another tenant, and a name that differs by case do not count.
    assert await issue("d", client_id="CI")
    assert await issue("e", tenant="other")
    await store.tokens.revoke(of_token("a"), AUDIT)
    assert await issue("f")
    assert not await issue("g")
    clock.now = START + 60
    assert await issue("h", issue_time=START + 60)
    assert not await issue("i", issue_time=START + 60)
    await store.tokens.revoke(cutoff(TargetKind.CLIENT, "ci", START + 60), AUDIT)
    assert await issue("j", issue_time=START + 61)


async def test_a_cap_holds_for_any_number_at_once(store: Store) -> None:
    issues = (store.tokens.issue(record(f"t{number}"), None, AUDIT, max_live=7) for number in range(40))
    outcomes = await asyncio.gather(*issues, return_exceptions=True)
    assert sum(isinstance(outcome, TooManyLiveTokensError) for outcome in outcomes) == 33


async def test_a_retry_is_no_further_token(store: Store) -> None:
    first = await store.tokens.issue(record("a"), retry("r"), AUDIT, max_live=1)
    again = await store.tokens.issue(record("b"), retry("r"), AUDIT, max_live=1)
    assert (again.record, again.replayed) == (first.record, True)


async def test_what_is_not_recorded_is_audited(store: Store, backend: Backend) -> None:
    await store.tokens.issue(record("a"), None, AUDIT, is_recorded=False)
    assert await store.tokens.get_token("acme", "a") is None
    await store.tokens.append_audit(AUDIT)
    assert backend.rows("SELECT count(*) FROM audit_records") == [(2,)]
