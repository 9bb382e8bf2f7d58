"""Run as a process of its own: decides the corpus with an audit hook that counts files, sockets and processes.

An audit hook cannot be taken off again, hence the process. With "plant" as argument it opens a file and a socket on
purpose in the middle, to show that the hook would see it. Prints one line of JSON.
"""

import json
import socket
import sys
from pathlib import Path

from authsvc.tokens.refusal import Refusal
from tests.hostile.cases import deciding, fixed_vectors, fixed_world

WATCHED = (
    "open",
    "socket.",
    "os.",
    "subprocess.",
    "sqlite3.",
    "urllib.",
    "shutil.",
    "glob.",
    "import",
    "ctypes.",
    "exec",
)
"""Beginnings of the audit events of everything that reaches out of the process, or loads code into it."""


class Watch:
    """Counts the events while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.events: list[str] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event.startswith(WATCHED):
            self.events.append(f"{event} {arguments[:1]!r}"[:200])


def main(*, plant: bool) -> None:
    """Decide everything, cold and hot."""
    world, vectors = fixed_world(), fixed_vectors()
    decision = deciding(10_000)
    # What Python imports or opens when a part is first used is no work of a token: one good and one bad token before.
    for vector in (vectors[0], next(vector for vector in vectors if vector.case.is_good)):
        decision.decide(vector.text, world.question(vector.case), world.ring)
    watch = Watch()
    sys.addaudithook(watch)
    watch.on = True
    decided = accepted = 0
    for number, vector in enumerate((*vectors, *vectors)):
        verdict = decision.decide(vector.text, world.question(vector.case), world.ring)
        decided += 1
        accepted += not isinstance(verdict, Refusal)
        if plant and number == len(vectors):
            Path(__file__).read_bytes()
            socket.socket().close()
    watch.on = False
    print(json.dumps({"decided": decided, "accepted": accepted, "events": watch.events}))


if __name__ == "__main__":
    main(plant=sys.argv[1:] == ["plant"])
