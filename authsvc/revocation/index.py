"""The in-memory index that says whether a token is revoked: by id, by cut-off, in constant memory for each id.

Ids are kept as 128-bit digests in sorted arrays, spread over shards by their first bits, so that a million of them take
some 30 MB and a look-up costs a binary search in one small shard.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import blake2b

from authsvc.revocation.entry import CUTOFF_KINDS, Revocation, TargetKind

_SHARD_BITS = 12
_SHIFT = 64 - _SHARD_BITS
_HALF = 8

TokenDigest = tuple[int, int]
"""Two halves of 64 bits."""


def token_digest(tenant: str, issuer: str, token_id: str) -> TokenDigest:
    """Identifies a token by (tenant, issuer, jti)."""
    # Each part is preceded by its length, so no two triples share the hashed bytes.
    parts = [part.encode("utf-8", "surrogatepass") for part in (tenant, issuer, token_id)]
    hashed = blake2b(b"".join(len(part).to_bytes(4, "big") + part for part in parts), digest_size=2 * _HALF).digest()
    return int.from_bytes(hashed[:_HALF], "big"), int.from_bytes(hashed[_HALF:], "big")


class _Shard:
    """Digests sorted by their first half; the three arrays run in step."""

    __slots__ = ("first", "keep_until", "second")

    def __init__(self) -> None:
        self.first = array("Q")
        self.second = array("Q")
        self.keep_until = array("Q")

    def find(self, first: int, second: int) -> int:
        """The position of a digest, or -1."""
        position = bisect_left(self.first, first)
        while position < len(self.first) and self.first[position] == first:
            if self.second[position] == second:
                return position
            position += 1
        return -1

    def add(self, first: int, second: int, keep_until: int) -> bool:
        found = self.find(first, second)
        if found >= 0:
            self.keep_until[found] = max(self.keep_until[found], keep_until)
            return False
        position = bisect_left(self.first, first)
        self.first.insert(position, first)
        self.second.insert(position, second)
        self.keep_until.insert(position, keep_until)
        return True

    def forget_before(self, time: int) -> int:
        kept = [position for position, until in enumerate(self.keep_until) if until >= time]
        dropped = len(self.first) - len(kept)
        if dropped:
            for name in self.__slots__:
                column: array[int] = getattr(self, name)
                setattr(self, name, array("Q", (column[position] for position in kept)))
        return dropped


class RevocationIndex:
    """What is revoked, as far as one replica has followed. Adding is idempotent, and the order does not matter."""

    def __init__(self, revocations: Iterable[Revocation] = ()) -> None:
        self._shards = [_Shard() for _ in range(1 << _SHARD_BITS)]
        self._cutoffs: dict[tuple[TargetKind, str, str], int] = {}
        self._next_shard = 0
        self.token_count = 0
        for revocation in revocations:
            self.add(revocation)

    def add(self, revocation: Revocation) -> None:
        """Take a revocation up. That of a key is not looked for here: the key ring drops the key."""
        if revocation.kind is TargetKind.TOKEN:
            first, second = token_digest(revocation.tenant, revocation.issuer, revocation.name)
            self.token_count += self._shards[first >> _SHIFT].add(first, second, revocation.keep_until)
        elif revocation.kind in CUTOFF_KINDS and revocation.cutoff is not None:
            # The cut-off of a tenant is looked up without a name, so a name written with it must not hide it.
            target = "" if revocation.kind is TargetKind.TENANT else revocation.name
            name = (revocation.kind, revocation.tenant, target)
            self._cutoffs[name] = max(self._cutoffs.get(name, 0), revocation.cutoff)

    def has_token(self, digest: TokenDigest) -> bool:
        """Whether the token of that digest is revoked by its id."""
        first, second = digest
        return self._shards[first >> _SHIFT].find(first, second) >= 0

    def cutoff(self, tenant: str, subject: str, client_id: str) -> int:
        """The latest second in which a token of these may not have been issued; 0 when there is none.

        A token is refused when its iat is that second or an earlier one.
        """
        cutoffs = self._cutoffs
        if not cutoffs:
            return 0
        return max(
            cutoffs.get((TargetKind.SUBJECT, tenant, subject), 0),
            cutoffs.get((TargetKind.CLIENT, tenant, client_id), 0),
            cutoffs.get((TargetKind.TENANT, tenant, ""), 0),
        )

    def forget_before(self, time: int, *, shards: int = 64) -> int:
        """Drop the ids kept until before `time` from the next few shards; call it often. Returns how many went."""
        dropped = 0
        for _ in range(shards):
            dropped += self._shards[self._next_shard].forget_before(time)
            self._next_shard = (self._next_shard + 1) % len(self._shards)
        self.token_count -= dropped
        return dropped
