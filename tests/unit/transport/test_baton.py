"""The baton: of the event loop and the thread of the calls one runs at a time, and each in its turn."""

import asyncio
import threading
import time
from collections.abc import Callable

from authsvc.transport.grpc.baton import Baton, loop_with

ROUNDS = 2000
PATIENCE = 5.0


class Room:
    """Notes when two are in it at a time."""

    def __init__(self) -> None:
        self._inside = 0
        self.met = 0

    def visit(self) -> None:
        self._inside += 1
        # Long enough for the interpreter to let another thread go on.
        for _ in range(50):
            if self._inside > 1:
                self.met += 1
        self._inside -= 1


def together(baton: Baton, loop: asyncio.AbstractEventLoop, *, visits_alone: Callable[[Room], object]) -> Room:
    """A loop that is always busy, and a thread beside it, in one room."""
    room, rounds = Room(), ROUNDS
    ended = threading.Event()

    def visit_from_the_side() -> None:
        for _ in range(ROUNDS):
            visits_alone(room)
        ended.set()

    def visit_and_come_again() -> None:
        nonlocal rounds
        room.visit()
        rounds -= 1
        if rounds > 0 or not ended.is_set():
            loop.call_soon(visit_and_come_again)
        else:
            loop.stop()

    thread = threading.Thread(target=visit_from_the_side)
    with baton:
        loop.call_soon(visit_and_come_again)
        thread.start()
        try:
            loop.run_forever()
        finally:
            loop.close()
    thread.join()
    return room


def test_never_two_at_a_time() -> None:
    baton = Baton()

    def visit(room: Room) -> None:
        with baton:
            room.visit()

    assert together(baton, loop_with(baton), visits_alone=visit).met == 0


def test_without_it_they_meet() -> None:
    # The fault that the test above would find: a loop that holds nothing.
    other = Baton()

    def visit(room: Room) -> None:
        with other:
            room.visit()

    met = 0
    for _ in range(20):
        baton = Baton()
        met += together(baton, loop_with(baton), visits_alone=visit).met
        if met:
            break
    assert met


def is_handed_over(baton: Baton, is_waiting: Callable[[], bool]) -> bool:
    """Whether one who gives the baton and asks for it again gets it after the one who has waited."""
    order: list[str] = []

    def visit() -> None:
        with baton:
            order.append("the other")

    thread = threading.Thread(target=visit)
    baton.take()
    thread.start()
    end = time.monotonic() + PATIENCE
    while not is_waiting() and time.monotonic() < end:
        time.sleep(0.001)
    baton.give()
    baton.take()
    order.append("the first")
    baton.give()
    thread.join()
    return order == ["the other", "the first"]


def test_whoever_has_waited_comes_first() -> None:
    for _ in range(200):
        baton = Baton()
        assert is_handed_over(baton, baton._next.locked)
        assert not baton._next.locked()


def test_of_a_lock_alone_whoever_has_waited_may_come_last() -> None:
    class Lock(Baton):
        def take(self) -> None:
            self._now.acquire()

    # The fault that the test above would find.
    assert not all(is_handed_over(Lock(), lambda: True) for _ in range(200))


def test_the_loop_waits_without_it() -> None:
    baton = Baton()
    loop = loop_with(baton)
    reached = threading.Event()

    async def wait() -> bool:
        thread = threading.Thread(target=take)
        thread.start()
        # Nothing else happens on the loop meanwhile.
        done = await asyncio.to_thread(reached.wait, 20)
        thread.join()
        return done

    def take() -> None:
        with baton:
            reached.set()

    with baton, asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(wait())
