"""The in-memory index that says whether a token is revoked: by id, by cut-off, in constant memory for each id.

Ids are kept as 128-bit digests in hash tables of plain numbers, spread over shards by their first bits: a million of them
take some 40 MB, a look-up goes to one place in memory, and a table that grows never holds up a call for long.
"""

import secrets
from array import array
from collections.abc import Iterable
from hashlib import blake2b
from heapq import heappop, heappush

from authsvc.revocation.entry import CUTOFF_KINDS, Revocation, TargetKind, bound_client_name

_SHARD_BITS = 7
SHARDS = 1 << _SHARD_BITS
_SHIFT = 64 - _SHARD_BITS
_HALF = 8

# Another in every process, so that nobody can choose ids that crowd one place of a table.
_DIGEST_KEY = secrets.token_bytes(16)

TokenDigest = tuple[int, int]
"""Two halves of 64 bits, the first never 0. Good within one process only."""


def token_digest(tenant: str, issuer: str, token_id: str) -> TokenDigest:
    """Identifies a token by (tenant, issuer, jti)."""
    # The lengths come first, so no two triples share the hashed bytes.
    text = f"{len(tenant)} {len(issuer)} {tenant}{issuer}{token_id}"
    hashed = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=2 * _HALF, key=_DIGEST_KEY).digest()
    # A first half of 0 marks a free row of a table.
    return int.from_bytes(hashed[:_HALF], "big") or 1, int.from_bytes(hashed[_HALF:], "big")


def family_digest(tenant: str, issuer: str, family_id: str) -> TokenDigest:
    """Identifies a family by (tenant, issuer, family_id). It is no token's digest."""
    return token_digest(f"family of {tenant}", issuer, family_id)


_LEAST_ROWS = 4
_FULL = 0.6
"""The part of the rows that may be taken: beyond it the searches for what is not there become long."""
_ROOM = 0.48
_FOR_EVER = 2**32 - 1


class _Shard:
    """Digests in an open-addressing table with linear probing."""

    __slots__ = ("_kept", "_rows", "count")

    def __init__(self) -> None:
        self._make(_LEAST_ROWS)

    def _make(self, size: int) -> None:
        self.count = 0
        # Row by row both halves, so that a digest is looked at in one place of the memory.
        self._rows = array("Q", bytes(16 * size))
        # The second after keep_until, 0 for a free row.
        self._kept = array("I", bytes(4 * size))

    def find(self, first: int, second: int) -> int:
        """The row of a digest, or -1."""
        rows, size = self._rows, len(self._kept)
        row = first % size
        while found := rows[2 * row]:
            if found == first and rows[2 * row + 1] == second:
                return row
            row += 1
            if row == size:
                row = 0
        return -1

    def add(self, first: int, second: int, keep_until: int) -> bool:
        """Take a digest up; False when it was there already, and then the later end stands."""
        kept = min(keep_until + 1, _FOR_EVER)
        row = self.find(first, second)
        if row >= 0:
            self._kept[row] = max(self._kept[row], kept)
            return False
        if self.count + 1 > _FULL * len(self._kept):
            self._rebuild(self.entries())
        self._put(first, second, kept)
        return True

    def forget_before(self, time: int) -> int:
        """Drop what is kept until before `time`; returns how many went."""
        before = self.count
        left = [entry for entry in self.entries() if entry[2] > time or entry[2] == _FOR_EVER]
        if len(left) < before:
            self._rebuild(left)
        return before - self.count

    def entries(self) -> list[tuple[int, int, int]]:
        """Both halves of each digest and the second after its keep_until, in no order."""
        rows = self._rows
        return [(rows[2 * row], rows[2 * row + 1], kept) for row, kept in enumerate(self._kept) if kept]

    def _rebuild(self, entries: list[tuple[int, int, int]]) -> None:
        self._make(max(_LEAST_ROWS, int((len(entries) + 1) / _ROOM)))
        for first, second, kept in entries:
            self._put(first, second, kept)

    def _put(self, first: int, second: int, kept: int) -> None:
        taken = self._kept
        size = len(taken)
        row = first % size
        while taken[row]:
            row += 1
            if row == size:
                row = 0
        self._rows[2 * row], self._rows[2 * row + 1], taken[row] = first, second, kept
        self.count += 1


class RevocationIndex:
    """What is revoked, as far as one replica has followed. Adding is idempotent, and the order does not matter."""

    def __init__(self, revocations: Iterable[Revocation] = ()) -> None:
        self._shards = [_Shard() for _ in range(SHARDS)]
        self._cutoffs: dict[tuple[TargetKind, str, str], int] = {}
        self.ends: dict[TokenDigest, int] = {}
        """The second from which on a token is refused because it was rotated, for ends that lie ahead or lately passed."""
        self._by_end: list[tuple[int, TokenDigest, int]] = []
        self._next_shard = 0
        self.token_count = 0
        for revocation in revocations:
            self.add(revocation)

    def add(self, revocation: Revocation) -> None:
        """Take a revocation up. That of a key is not looked for here: the key ring drops the key."""
        if revocation.kind is TargetKind.TOKEN:
            self._add_token(token_digest(revocation.tenant, revocation.issuer, revocation.name), revocation.keep_until)
        elif revocation.kind is TargetKind.FAMILY:
            # The first token of a family does not name it: the family's id is its own.
            for digest in (token_digest, family_digest):
                self._add_token(digest(revocation.tenant, revocation.issuer, revocation.name), revocation.keep_until)
        elif revocation.kind is TargetKind.ROTATION and revocation.cutoff is not None:
            self._add_end(revocation, revocation.cutoff)
        elif revocation.kind in CUTOFF_KINDS and revocation.cutoff is not None:
            # The cut-off of a tenant is looked up without a name, so a name written with it must not hide it.
            target = "" if revocation.kind is TargetKind.TENANT else revocation.name
            name = (revocation.kind, revocation.tenant, target)
            self._cutoffs[name] = max(self._cutoffs.get(name, 0), revocation.cutoff)

    def _add_token(self, digest: TokenDigest, keep_until: int) -> None:
        first, second = digest
        self.token_count += self._shards[first >> _SHIFT].add(first, second, keep_until)

    def _add_end(self, revocation: Revocation, end: int) -> None:
        digest = token_digest(revocation.tenant, revocation.issuer, revocation.name)
        if end < self.ends.get(digest, _FOR_EVER):
            self.ends[digest] = end
            heappush(self._by_end, (end, digest, revocation.keep_until))

    def has_token(self, digest: TokenDigest) -> bool:
        """Whether the token of that digest is revoked by its id, or the family of it. `ends` holds those that die at a time."""
        first, second = digest
        return self._shards[first >> _SHIFT].find(first, second) >= 0

    def cutoff(self, tenant: str, subject: str, client_id: str, bound_tenant: str = "") -> int:
        """The latest second in which a token of these may not have been issued; 0 when there is none.

        A token is refused when its iat is that second or an earlier one. A key of the service is bound to a tenant, and
        goes with that tenant and with the client there.
        """
        cutoffs = self._cutoffs
        if not cutoffs:
            return 0
        latest = max(
            cutoffs.get((TargetKind.SUBJECT, tenant, subject), 0),
            cutoffs.get((TargetKind.CLIENT, tenant, client_id), 0),
            cutoffs.get((TargetKind.TENANT, tenant, ""), 0),
        )
        if bound_tenant:
            latest = max(
                latest,
                cutoffs.get((TargetKind.BOUND_TENANT, tenant, bound_tenant), 0),
                cutoffs.get((TargetKind.BOUND_CLIENT, tenant, bound_client_name(bound_tenant, client_id)), 0),
            )
        return latest

    def forget_before(self, time: int, *, shards: int = 1) -> int:
        """Drop the ids kept until before `time` from the next of the `SHARDS`; call it often. Returns how many went.

        `time` is past for every clock that decides: an end before it becomes an id like any other.
        """
        while self._by_end and self._by_end[0][0] < time:
            _, digest, keep_until = heappop(self._by_end)
            if self.ends.pop(digest, None) is not None and keep_until >= time:
                self._add_token(digest, keep_until)
        dropped = 0
        for _ in range(shards):
            dropped += self._shards[self._next_shard].forget_before(time)
            self._next_shard = (self._next_shard + 1) % SHARDS
        self.token_count -= dropped
        return dropped
