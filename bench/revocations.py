"""What a million revocations cost: the look-up in the index, and the memory of a worker that holds them."""

import os
import random
import sqlite3
import time
from collections.abc import Callable

from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.revocation.index import RevocationIndex, TokenDigest, token_digest
from bench.cpu import resident_bytes
from bench.results import LookUp, Memory, Spread
from bench.servers import authsvc_server
from bench.stage import Stage
from bench.world import TENANT, World, make_world

SIZES = (1_000, 10_000, 100_000, 1_000_000)
_LOOK_UPS = 20_000
_ISSUER = "https://tokens.bench.example/t/bench"
_KEEP_SECONDS = 30 * 24 * 3600
_MEGABYTE = 1e6
_SEED = 20_240_501


def look_ups(stage: Stage) -> list[LookUp]:
    """has_token over random digests, half of them revoked, among 10³ to 10⁶: one after the other in each round."""
    largest = SIZES[-1] if stage.options.scale >= 1 else SIZES[-2]
    sizes = [size for size in SIZES if size <= largest]
    random_numbers = random.Random(_SEED)
    subjects: list[tuple[RevocationIndex, list[TokenDigest]]] = []
    for position, size in enumerate(sizes):
        stage.progress("look-up", position, len(sizes))
        names = [f"{random_numbers.getrandbits(128):032x}" for _ in range(size)]
        index = RevocationIndex(Revocation(TENANT, TargetKind.TOKEN, name, _ISSUER, None, 2**40) for name in names)
        asked = [random_numbers.choice(names) for _ in range(_LOOK_UPS // 2)]
        asked += [f"{random_numbers.getrandbits(128):032x}" for _ in range(_LOOK_UPS // 2)]
        random_numbers.shuffle(asked)
        subjects.append((index, [token_digest(TENANT, _ISSUER, name) for name in asked]))
    rounds: list[list[float]] = [[] for _ in sizes]
    for _ in range(stage.options.pairs):
        for readings, (index, digests) in zip(rounds, subjects, strict=True):
            readings.append(_nanoseconds(index.has_token, digests))
    stage.progress("look-up", len(sizes), len(sizes))
    return [
        LookUp(
            revocations=size,
            nanoseconds=Spread.of(readings),
            ratio=Spread.of([many / few for many, few in zip(readings, rounds[0], strict=True)]),
        )
        for size, readings in zip(sizes, rounds, strict=True)
    ]


def _nanoseconds(has_token: Callable[[TokenDigest], bool], digests: list[TokenDigest]) -> float:
    started = time.process_time_ns()
    found = sum([has_token(digest) for digest in digests])
    took = time.process_time_ns() - started
    # Every revoked one is found, and by chance no other: 128 bits do not collide.
    if found != len(digests) // 2:
        raise AssertionError(f"{found} of {len(digests)} are found revoked, and {len(digests) // 2} are")
    return took / len(digests)


def memory(stage: Stage) -> Memory:
    """A worker that has loaded a million revocations from its store, beside one that has none."""
    count = SIZES[-1] if stage.options.scale >= 1 else SIZES[-2]
    now: list[int] = []
    peak: list[int] = []
    for position, revocations in enumerate((0, count)):
        stage.progress("memory", position, 2)
        world = make_world(stage.directory(f"memory-{revocations}"))
        _revoke(world, revocations)
        with authsvc_server(world, stage.server_cpus) as server:
            now.append(resident_bytes(server.pids[0]))
            peak.append(resident_bytes(server.pids[0], peak=True))
    stage.progress("memory", 2, 2)
    return Memory(
        revocations=count,
        megabytes=(now[1] - now[0]) / _MEGABYTE,
        peak_megabytes=(peak[1] - peak[0]) / _MEGABYTE,
    )


def _revoke(world: World, count: int) -> None:
    """Write revocations straight into the store: through the service each would wait for the disk."""
    seconds = int(time.time())
    rows = (
        (TENANT, TargetKind.TOKEN.value, world.tenant.issuer, os.urandom(16).hex(), seconds + _KEEP_SECONDS, "bench", 0)
        for _ in range(count)
    )
    with sqlite3.connect(world.data_dir / "authsvc.db") as connection:
        connection.executemany(
            "INSERT INTO revocations (tenant, kind, issuer, name, keep_until, reason, revoke_time)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
    connection.close()
