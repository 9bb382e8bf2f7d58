"""A stranger with bad tokens is slowed down by its address, as one with bad keys is."""

from dataclasses import dataclass
from typing import Any

import pytest

from authsvc.errors import RateLimitedError
from authsvc.transport.grpc.callers import AddressGuard, Callers

RATE = 5.0


@dataclass
class Context:
    """A call from an address."""

    address: str

    def peer(self) -> str:
        return f"ipv4:{self.address}:1234"


class Gate:
    """Admits every holder and knows no key."""

    def __init__(self) -> None:
        self.admitted = 0

    def admit_holder(self, _path: str) -> None:
        self.admitted += 1

    def knows(self, _key: str) -> bool:
        return False


def callers_of(gate: Any, *, limited: bool = True) -> Callers:
    return Callers(gate, None, AddressGuard(RATE, lambda: 1000.0) if limited else None)


def context(address: str) -> Any:
    return Context(address)


def test_bad_tokens_use_up_what_an_address_may_send() -> None:
    gate = Gate()
    callers = callers_of(gate)
    stranger, other = context("192.0.2.1"), context("192.0.2.2")
    callers.admit_holder("/x", stranger)
    for _ in range(1000):
        callers.charge(stranger)
    with pytest.raises(RateLimitedError):
        callers.admit_holder("/x", stranger)
    before = gate.admitted
    callers.admit_holder("/x", other)
    assert gate.admitted == before + 1


def test_good_tokens_use_nothing_up() -> None:
    gate = Gate()
    callers = callers_of(gate)
    for _ in range(1000):
        callers.admit_holder("/x", context("192.0.2.1"))
    assert gate.admitted == 1000


def test_without_a_limit_nothing_is_counted() -> None:
    gate = Gate()
    callers = callers_of(gate, limited=False)
    for _ in range(1000):
        callers.admit_holder("/x", context("192.0.2.1"))
        callers.charge(context("192.0.2.1"))
    assert gate.admitted == 1000
