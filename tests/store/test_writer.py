"""The writer: commit, then publish, then answer; a bounded queue; cancelled callers harm nothing."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from authsvc.errors import StoreUnavailableError
from authsvc.store import writer
from authsvc.store.opening import Store
from authsvc.store.writer import Outcome, TransactionThread
from tests.store.builders import AUDIT, of_token, record
from tests.store.conftest import Backend, SqliteBackend

REVOKED = "SELECT count(*) FROM revocations"


class Gate:
    """A transaction that waits, so that others queue behind it."""

    def __init__(self, thread: TransactionThread) -> None:
        self._entered = threading.Event()
        self._open = threading.Event()
        self.future = thread.submit(self._transaction)
        assert self._entered.wait(5)

    def _transaction(self, _: Connection) -> Outcome[str]:
        self._entered.set()
        assert self._open.wait(5)
        return Outcome("through")

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def gate(store: Store) -> Iterator[Gate]:
    made = Gate(store.tokens._writer)
    yield made
    made.open()


def acknowledge_before_commit(
    transaction: Any, outcome: Outcome[Any], publish: Callable[[int], None], acknowledge: Callable[[Any], None]
) -> None:
    acknowledge(outcome.result)
    # Long enough for the one who was told too early to look.
    threading.Event().wait(0.05)
    transaction.commit()
    publish(outcome.revision or 0)


def publish_after_acknowledgement(
    transaction: Any, outcome: Outcome[Any], publish: Callable[[int], None], acknowledge: Callable[[Any], None]
) -> None:
    transaction.commit()
    acknowledge(outcome.result)
    threading.Event().wait(0.05)
    publish(outcome.revision or 0)


def publish_before_commit(
    transaction: Any, outcome: Outcome[Any], publish: Callable[[int], None], acknowledge: Callable[[Any], None]
) -> None:
    publish(outcome.revision or 0)
    transaction.commit()
    acknowledge(outcome.result)


async def revoke_and_look(backend: Backend) -> None:
    """Revoke, and look from outside at what holds when it is published, and when it is answered."""
    on_disk_when_published: list[int] = []
    store = backend.open(publish=lambda _: on_disk_when_published.append(backend.rows(REVOKED)[0][0]))
    receipt = await store.tokens.revoke(of_token("a"), AUDIT)
    published, on_disk = store.revision.value, backend.rows(REVOKED)
    assert on_disk == [(1,)]
    assert published == receipt.revision == 1
    assert on_disk_when_published == [1]


async def test_commit_then_publish_then_answer(backend: Backend) -> None:
    await revoke_and_look(backend)


@pytest.mark.parametrize("plant", [acknowledge_before_commit, publish_after_acknowledgement, publish_before_commit])
async def test_the_order_is_really_looked_at(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, plant: Callable[..., None]
) -> None:
    monkeypatch.setattr(writer, "commit_publish_acknowledge", plant)
    with pytest.raises(AssertionError):
        await revoke_and_look(backend)


async def test_a_repetition_publishes_too_since_the_first_publisher_may_have_died(backend: Backend) -> None:
    published: list[int] = []
    store = backend.open(publish=published.append)
    await store.tokens.revoke(of_token("a"), AUDIT)
    await store.tokens.revoke(of_token("a"), AUDIT)
    await store.tokens.issue(record("b"), None, AUDIT)
    assert published == [1, 1, 1]


async def test_a_full_queue_is_refused_at_once(sqlite: SqliteBackend) -> None:
    store = sqlite.open(queue_size=3)
    gate = Gate(store.tokens._writer)
    waiting = [asyncio.create_task(store.tokens.revoke(of_token(str(n)), AUDIT)) for n in range(3)]
    await asyncio.sleep(0)
    before = time.monotonic()
    with pytest.raises(StoreUnavailableError):
        await store.tokens.revoke(of_token("one too many"), AUDIT)
    assert time.monotonic() - before < 0.5
    gate.open()
    assert [receipt.revision for receipt in await asyncio.gather(*waiting)] == [1, 2, 3]


async def test_look_ups_do_not_wait_for_writes(store: Store, gate: Gate) -> None:
    assert await asyncio.wait_for(store.tokens.get_token("acme", "a"), 2) is None
    assert not gate.future.done()


async def test_a_caller_cancelled_before_its_turn_leaves_nothing(store: Store, backend: Backend, gate: Gate) -> None:
    waiting = asyncio.create_task(store.tokens.revoke(of_token("a"), AUDIT))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.open()
    await store.tokens.revoke(of_token("b"), AUDIT)
    assert backend.rows("SELECT name FROM revocations") == [("b",)]
    assert backend.rows("SELECT count(*) FROM audit_records") == [(1,)]


async def test_a_caller_cancelled_in_its_turn_is_written_whole(
    store: Store, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, go_on = threading.Event(), threading.Event()
    in_order = writer.commit_publish_acknowledge

    def slowly(*arguments: Any) -> None:
        entered.set()
        assert go_on.wait(5)
        in_order(*arguments)

    monkeypatch.setattr(writer, "commit_publish_acknowledge", slowly)
    running = asyncio.create_task(store.tokens.revoke(of_token("a"), AUDIT))
    await asyncio.get_running_loop().run_in_executor(None, entered.wait, 5)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    go_on.set()
    await store.tokens.revoke(of_token("b"), AUDIT)
    assert backend.rows(REVOKED) == [(2,)]
    assert backend.rows("SELECT count(*) FROM audit_records") == [(2,)]
    assert store.revision.value == 2


async def test_a_bug_reaches_its_caller_and_nobody_else(store: Store, backend: Backend) -> None:
    def buggy(connection: Connection) -> Outcome[None]:
        connection.exec_driver_sql("DELETE FROM audit_records")
        message = "a bug"
        raise ZeroDivisionError(message)

    await store.tokens.revoke(of_token("a"), AUDIT)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wrap_future(store.tokens._writer.submit(buggy))
    assert backend.rows("SELECT count(*) FROM audit_records") == [(1,)]
    await store.tokens.revoke(of_token("b"), AUDIT)


async def test_closing_finishes_what_is_queued_and_takes_no_more(backend: Backend) -> None:
    store = backend.open()
    gate = Gate(store.tokens._writer)
    waiting = [asyncio.create_task(store.tokens.revoke(of_token(str(n)), AUDIT)) for n in range(20)]
    await asyncio.sleep(0)
    closing = asyncio.get_running_loop().run_in_executor(None, store.close)
    gate.open()
    await closing
    assert {receipt.revision for receipt in await asyncio.gather(*waiting)} == set(range(1, 21))
    with pytest.raises(StoreUnavailableError):
        await store.tokens.revoke(of_token("late"), AUDIT)
    assert backend.rows(REVOKED) == [(20,)]


def test_closing_gives_up_in_time(backend: Backend) -> None:
    store = backend.open()
    gate = Gate(store.tokens._writer)
    assert not store.tokens._writer.close(0.05)
    gate.open()
    assert store.tokens._writer.close(5)
