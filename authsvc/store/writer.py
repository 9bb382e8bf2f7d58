"""The thread that runs transactions one by one, and the one place where a commit becomes an answer."""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection, RootTransaction

from authsvc.errors import StoreUnavailableError
from authsvc.store.faults import BUSY, CLOSED, database_error, store_error

DEFAULT_QUEUE_SIZE = 1024
"""Transactions that may wait; one more is refused at once."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What a transaction hands to its caller, and the revision to publish with it, if any."""

    result: T
    revision: int | None = None


Transaction = Callable[[Connection], Outcome[T]]
"""One transaction's work. It neither commits nor rolls back."""


class Connector(Protocol):
    """Where the thread gets its connection from."""

    def open(self) -> Connection:
        """A new connection."""

    def is_current(self) -> bool:
        """Whether the connection opened last still leads to the database."""


def commit_publish_acknowledge(
    transaction: RootTransaction,
    outcome: Outcome[T],
    publish: Callable[[int], None],
    acknowledge: Callable[[T], None],
) -> None:
    """The order on which everything rests: on disk, then known to every process, then answered."""
    transaction.commit()
    if outcome.revision is not None:
        publish(outcome.revision)
    acknowledge(outcome.result)


@dataclass(slots=True)
class _Job:
    transaction: Transaction[Any]
    future: "Future[Any]" = field(default_factory=Future)
    submitted: float = field(default_factory=time.monotonic)


class TransactionThread:
    """One thread with one connection. It heals by itself: after an error of the database it connects anew.

    A job that is cancelled before its turn does not run; once begun it runs whole, whoever waits for it.
    A job that has waited longer than `patience` seconds is refused, so that an outage ends with the outage.
    """

    def __init__(
        self,
        name: str,
        connector: Connector,
        path: Path,
        *,
        publish: Callable[[int], None],
        patience: float,
        queue_size: int = DEFAULT_QUEUE_SIZE,
    ) -> None:
        self._connector = connector
        self._path = path
        self._publish = publish
        self._patience = patience
        self._connection: Connection | None = None
        self._jobs: queue.Queue[_Job | None] = queue.Queue(queue_size + 1)
        self._queue_size = queue_size
        self._closed = False
        self._submitting = threading.Lock()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, transaction: Transaction[T]) -> "Future[T]":
        """Queue a transaction. The future ends with its result, after the commit, or with its error.

        Raises:
            StoreUnavailableError: too many are waiting, or the thread is closed.
        """
        job = _Job(transaction)
        with self._submitting:
            if self._closed:
                raise StoreUnavailableError(CLOSED)
            # The queue's last place is kept for the end mark of `close`.
            if self._jobs.qsize() >= self._queue_size:
                raise StoreUnavailableError(BUSY)
            self._jobs.put_nowait(job)
        return job.future

    def close(self, timeout: float) -> bool:
        """Take no more jobs and finish the queued ones.

        Returns:
            Whether they were all finished within `timeout` seconds.
        """
        with self._submitting:
            if not self._closed:
                self._closed = True
                self._jobs.put_nowait(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._run(job)
            # The next get may wait long: nothing of this job should live on in the meantime.
            del job
        self._disconnect()

    def _run(self, job: _Job) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        try:
            if time.monotonic() - job.submitted > self._patience:
                raise StoreUnavailableError(BUSY)  # noqa: TRY301 (one exit for failures)
            with self._connected().begin() as transaction:
                outcome = job.transaction(transaction.connection)
                commit_publish_acknowledge(transaction, outcome, self._publish, job.future.set_result)
        except BaseException as error:  # noqa: BLE001 (whatever it is, the caller has to hear it)
            if database_error(error) is not None:
                self._disconnect()
            if not job.future.done():
                job.future.set_exception(self._told(error))

    def _told(self, error: BaseException) -> BaseException:
        told = store_error(error, self._path)
        if told is None:
            return error
        told.__cause__ = error
        return told

    def _connected(self) -> Connection:
        if self._connection is not None and not self._connector.is_current():
            self._disconnect()
        if self._connection is None:
            self._connection = self._connector.open()
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
