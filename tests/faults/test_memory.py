"""Memory: a million revocations have their place, and calls leave nothing behind (C36)."""

import secrets
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from authsvc.store.opening import open_store
from tests.faults.support import OK, REVOKED, Caller, Mint, planted_server
from tests.support.scale import planted, scaled
from tests.support.server import Server

pytestmark = pytest.mark.timeout(1200)
MIB = 1024 * 1024
REVOCATIONS = scaled(100_000, 1_000_000)
BYTES_PER_REVOCATION = 64 * MIB / 1_000_000
NOISE = 6 * MIB
"""By which two processes of the same program differ. It is no part of the bound on a million."""
CALLS = scaled(4_000, 25_000)
"""Tokens verified, most of them a hundred a call; besides, one in 50 is issued and one in 100 revoked."""
CACHE = 400
"""Signatures that the worker may remember, far fewer than it sees."""
PLANTED_CALLS = 8_000
GROWTH = 6 * MIB
"""By which the calls may make the worker grow once it is warm: pages of the heap that are not used well. A token that
stayed in memory would take some 1.5 KiB."""


def resident(server: Server) -> int:
    """Bytes of memory of the one worker."""
    (pid,) = server.worker_pids()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def fill(data_dir: Path, count: int, issuer: str) -> None:
    """Write so many revocations of token ids, as so many calls would have done."""
    keep_until = int(time.time()) + 86_400 * 30
    # In the order of the index, which is how they are written fastest.
    token_ids = sorted(secrets.token_hex(16) for _ in range(count))
    rows = (("demo", "token", issuer, token_id, keep_until, "", 0) for token_id in token_ids)
    with closing(sqlite3.connect(data_dir / "authsvc.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO revocations (tenant, kind, issuer, name, keep_until, reason, revoke_time) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        connection.execute("COMMIT")


def memory_of_revocations(directory: Path, fault: str, count: int) -> int:
    """How much more memory a worker takes with so many revocations than without."""
    with planted_server(directory / "empty", fault) as server:
        empty = resident(server)
    open_store(directory / "full").close()
    fill(directory / "full", count, "http://127.0.0.1:8080/t/demo")
    with planted_server(directory / "full", fault) as server:
        token = Mint(server.data_dir).token()
        caller = Caller.of(server)
        assert caller.verify(token).reason == OK
        caller.revoke_token(token)
        assert caller.verify(token).reason == REVOKED
        return resident(server) - empty


def test_a_million_revocations_take_at_most_64_mib_of_a_worker(tmp_path: Path) -> None:
    taken = memory_of_revocations(tmp_path, "none", REVOCATIONS)
    print(f"{REVOCATIONS} revocations take {taken / MIB:.1f} MiB, {taken / REVOCATIONS:.0f} bytes each")
    assert taken <= REVOCATIONS * BYTES_PER_REVOCATION + (NOISE if REVOCATIONS < 1_000_000 else 0)


def growth(directory: Path, fault: str, calls: int) -> int:
    """By how much a warm worker grows over so many verified tokens."""
    with planted_server(directory / "data", fault, environment={"AUTHSVC_SIGNATURE_CACHE_SIZE": str(CACHE)}) as server:
        caller, mint = Caller.of(server), Mint(server.data_dir)
        before = 0
        # The first part fills the caches and the heap.
        for part in range(-3 * CACHE, calls, 100):
            if before == 0 and part >= 0:
                before = resident(server)
            tokens = mint.tokens(100)
            assert caller.reasons(tokens) == [OK] * 100
            for token in tokens[:5]:
                assert caller.verify(token).reason == OK
            for token in [caller.issue().token for _ in range(2)][:1]:
                caller.revoke_token(token)
                assert caller.verify(token).reason == REVOKED
        return resident(server) - before


def test_calls_leave_nothing_in_memory(tmp_path: Path) -> None:
    grown = growth(tmp_path, "none", CALLS)
    print(f"{CALLS} tokens verified, {CALLS // 50} issued, {CALLS // 100} revoked: {grown / MIB:+.1f} MiB")
    assert grown <= GROWTH


@planted
def test_the_bounds_find_a_planted_fault(tmp_path: Path) -> None:
    taken = memory_of_revocations(tmp_path, "revocations-kept-twice", 50_000)
    print(f"every revocation kept twice: {taken / 50_000:.0f} bytes each")
    assert taken > 50_000 * BYTES_PER_REVOCATION + NOISE
    (tmp_path / "calls").mkdir()
    grown = growth(tmp_path / "calls", "unbounded-cache", PLANTED_CALLS)
    print(f"an unbounded cache: {grown / MIB:+.1f} MiB over {PLANTED_CALLS} tokens")
    assert grown > GROWTH
