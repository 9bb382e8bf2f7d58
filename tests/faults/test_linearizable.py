"""A revocation acknowledged by one worker is refused by every other one from then on (C7)."""

import random
import secrets
import threading
from pathlib import Path

import pytest

from tests.faults.history import Call, Recorder, in_threads, violations
from tests.faults.support import OK, REVOKED, Caller, Mint, await_ready, caller_of_each_worker, planted_server, seeded
from tests.support.scale import planted, scaled
from tests.support.server import Server

pytestmark = pytest.mark.timeout(1200)
WORKERS = 4
THREADS = 4
PAIRS = scaled(500, 10_000)
CALLS = scaled(1_000, 20_000)
PLANTED_PAIRS = 200
WINDOW = 6
"""Tokens that the calls of a history are about at one time."""
CHANCE_OF_REVOKING = 0.05
DEATHS = scaled(2, 5)


def revoke_then_verify(server: Server, pairs: int, chance: random.Random) -> tuple[int, list[str]]:
    """Revoke on one worker, then verify on another: how many accepted, and what is wrong with the whole history."""
    callers = list(caller_of_each_worker(server, WORKERS).values())
    mint, recorder = Mint(server.data_dir), Recorder()
    seeds = [chance.random() for _ in range(THREADS)]
    stale: list[str] = []

    def work(number: int) -> None:
        mine = random.Random(seeds[number])
        for _ in range(pairs // THREADS):
            token_id = secrets.token_hex(16)
            token = mint.token(token_id)
            first, second = mine.sample(callers, 2)
            # Half of the tokens are hot there: their signature is in its cache.
            if mine.random() < 0.5:
                assert recorder.verify(second, token_id, token) == OK
            assert recorder.revoke(first, token_id, token)
            if recorder.verify(second, token_id, token) != REVOKED:
                stale.append(token_id)

    in_threads(THREADS, work)
    return len(stale), violations(recorder.calls)


def call_at_random(server: Server, count: int, chance: random.Random) -> list[Call]:
    """A history of calls about a few tokens at a time, by several threads over all workers."""
    callers = list(caller_of_each_worker(server, WORKERS).values())
    mint, recorder = Mint(server.data_dir), Recorder()
    token_ids = [secrets.token_hex(16) for _ in range(int(count * CHANCE_OF_REVOKING) + WINDOW)]
    tokens = [(token_id, mint.token(token_id)) for token_id in token_ids]
    seeds = [chance.random() for _ in range(THREADS)]

    def work(number: int) -> None:
        mine = random.Random(seeds[number])
        for _ in range(count // THREADS):
            # The window moves on with the calls, so that about one revocation falls to each token.
            place = int(len(recorder.calls) * CHANCE_OF_REVOKING)
            token_id, token = mine.choice(tokens[place : place + WINDOW])
            caller = mine.choice(callers)
            if mine.random() < CHANCE_OF_REVOKING:
                assert recorder.revoke(caller, token_id, token)
            else:
                recorder.verify(caller, token_id, token)

    in_threads(THREADS, work)
    return recorder.calls


def test_no_verify_sent_after_the_acknowledgement_accepts(tmp_path: Path) -> None:
    with planted_server(tmp_path / "data", environment={"AUTHSVC_WORKERS": str(WORKERS)}) as server:
        stale, found = revoke_then_verify(server, PAIRS, seeded("pairs"))
        print(f"{PAIRS} pairs of Revoke and Verify over {WORKERS} workers, {stale} stale accepts")
        assert (stale, found) == (0, [])
        calls = call_at_random(server, CALLS, seeded("history"))
    revoked = sum(call.reason == REVOKED for call in calls)
    sent = sum(call.reason is None for call in calls)
    found = violations(calls)
    print(f"a history of {len(calls)} calls, {sent} of them Revoke, {revoked} refusals, {len(found)} violations")
    assert found == []
    # A history in which nothing happens proves nothing.
    assert sent > CALLS * CHANCE_OF_REVOKING / 2
    assert CALLS / 20 < revoked < CALLS * 19 / 20


@planted
def test_the_pairs_and_the_history_find_a_planted_fault(tmp_path: Path) -> None:
    environment = {"AUTHSVC_WORKERS": str(WORKERS)}
    with planted_server(tmp_path / "data", "publish-after-acknowledgement", environment=environment) as server:
        stale, found = revoke_then_verify(server, PLANTED_PAIRS, seeded("planted pairs"))
        calls = call_at_random(server, CALLS // 4, seeded("planted history"))
    print(f"publication after acknowledgement: {stale} stale accepts in {PLANTED_PAIRS} pairs")
    assert stale > 0
    assert found
    assert violations(calls)


def answer_through_a_death(server: Server, marker: Path, mint: Mint) -> list[Call]:
    """A worker dies between the commit of a revocation and its publication while others are asked about the token."""
    await_ready(server)
    callers = caller_of_each_worker(server, 3)
    doomed, *others = callers.values()
    recorder, token_id = Recorder(), secrets.token_hex(16)
    token = mint.token(token_id)
    marker.write_text("before publication")
    unanimous = threading.Barrier(len(others))

    def ask(caller: Caller) -> None:
        while recorder.verify(caller, token_id, token) != REVOKED:
            pass
        unanimous.wait(30)

    def work(number: int) -> None:
        if number < len(others):
            ask(others[number])
        else:
            assert not recorder.revoke(doomed, token_id, token)

    in_threads(len(others) + 1, work)
    server.close_channels()
    return recorder.calls


def test_workers_agree_on_a_revocation_whose_writer_died_before_it_was_published(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    environment = {"AUTHSVC_WORKERS": "3", "PLANT_MARKER": str(marker), "PLANT_SHORT_PAUSES": "1"}
    with planted_server(tmp_path / "data", "die-where-marked", environment=environment) as server:
        mint = Mint(server.data_dir)
        found = [violations(answer_through_a_death(server, marker, mint)) for _ in range(DEATHS)]
    print(f"{DEATHS} deaths between commit and publication, {sum(map(bool, found))} with a violation")
    assert found == [[]] * DEATHS


@pytest.mark.parametrize(
    ("calls", "count"),
    [
        ([Call("a", 0, 1, None), Call("a", 2, 3, REVOKED)], 0),
        ([Call("a", 0, 2, None), Call("a", 1, 3, OK), Call("a", 1, 3, REVOKED)], 0),
        ([Call("a", 0, 1, None), Call("b", 2, 3, OK)], 0),
        ([Call("a", 0, 1, None), Call("a", 2, 3, OK)], 1),
        ([Call("a", 0, float("inf"), None), Call("a", 1, 2, REVOKED), Call("a", 3, 4, OK)], 1),
        ([Call("a", 0, float("inf"), None), Call("a", 1, 3, REVOKED), Call("a", 2, 4, OK)], 0),
        ([Call("a", 0, 1, REVOKED), Call("a", 2, 3, None)], 1),
        ([Call("a", 0, 1, REVOKED)], 1),
    ],
)
def test_the_checker_tells_histories_apart(calls: list[Call], count: int) -> None:
    assert len(violations(calls)) == count
