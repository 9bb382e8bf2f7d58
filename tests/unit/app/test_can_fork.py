"""A process is forked while it has one thread, as the kernel counts them."""

import threading
from pathlib import Path

import pytest

from authsvc.app import workers


class Threads:
    """Thread directories that are there for some looks, in the place of the kernel's."""

    def __init__(self, *counts: int) -> None:
        self._counts = list(counts)

    def is_dir(self) -> bool:
        return True

    def iterdir(self) -> list[Path]:
        count = self._counts.pop(0) if len(self._counts) > 1 else self._counts[0]
        return [Path(str(number)) for number in range(count)]


@pytest.mark.parametrize(("counts", "forks"), [((1,), True), ((2,), False), ((3, 2, 1), True)])
def test_a_thread_that_is_about_to_end_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, counts: tuple[int, ...], forks: bool
) -> None:
    monkeypatch.setattr(workers, "_THREADS", Threads(*counts))
    assert workers.can_fork() is forks


def test_a_thread_that_stays_forbids_it() -> None:
    goes_on = threading.Event()
    thread = threading.Thread(target=goes_on.wait)
    thread.start()
    try:
        assert not workers.can_fork()
    finally:
        goes_on.set()
        thread.join()
