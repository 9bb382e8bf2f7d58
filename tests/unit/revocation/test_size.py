"""What a revocation costs in memory, and that the shards share the load."""

import sys
from collections import Counter

from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.revocation.index import SHARDS, RevocationIndex, token_digest

COUNT = 100_000
MAX_BYTES_PER_ENTRY = 44
"""Two numbers of 8 bytes and one of 4, in a table that is at least 48 % full."""
MAX_BYTES_WHEN_EMPTY = 100_000


def size(index: RevocationIndex) -> int:
    """The bytes of the shards and their arrays, the room for growth included."""
    return sum(
        sys.getsizeof(shard) + sum(sys.getsizeof(getattr(shard, name)) for name in shard.__slots__)
        for shard in index._shards
    )


def test_an_entry_takes_some_forty_bytes() -> None:
    index = RevocationIndex()
    empty = size(index)
    for number in range(COUNT):
        index.add(Revocation("demo", TargetKind.TOKEN, f"{number:032x}", "https://a.example", keep_until=1))
    entry = (size(index) - empty) / COUNT
    print(f"{empty} bytes when empty, {entry:.1f} bytes for each of {COUNT} entries")
    assert index.token_count == COUNT
    assert 20 / 0.6 <= entry <= MAX_BYTES_PER_ENTRY
    assert empty <= MAX_BYTES_WHEN_EMPTY


def test_the_shards_share_the_load() -> None:
    # Ids that differ in one place only: the worst that an honest or hostile issuer can do is choose them.
    loads = Counter(token_digest("demo", "https://a.example", f"jti-{number}")[0] >> 57 for number in range(COUNT))
    mean = COUNT / SHARDS
    deviation = sum((loads[shard] - mean) ** 2 for shard in range(SHARDS)) / mean
    fewest, most = min(loads.values()), max(loads.values())
    print(f"{len(loads)} shards in use, {fewest} to {most} entries each, chi-square {deviation:.0f}")
    assert len(loads) == SHARDS
    assert max(loads.values()) < 1.5 * mean
    # Chi-square of 127 degrees of freedom has the deviation 16; this is ten of them.
    assert abs(deviation - SHARDS) < 160
