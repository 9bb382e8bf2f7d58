"""What a store promises, whatever database is beneath it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from authsvc.audit.entry import AuditEntry
from authsvc.keys.sealed_key import SealedKey
from authsvc.revocation.entry import Revocation
from authsvc.tokens.record import TokenRecord


class DeadOnArrivalError(Exception):
    """The record may not be written: a cut-off refuses its issue_time. A later issue_time would pass.

    It never leaves the service: whoever issues tries again with an issue_time after `cutoff`.
    """

    def __init__(self, cutoff: int) -> None:
        super().__init__("a cut-off refuses the issue_time of the record")
        self.cutoff = cutoff
        """The latest cut-off that the record falls under: seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """Names a retry: unique per (tenant, caller, request_id)."""

    caller: str
    request_id: str
    request_digest: bytes
    """SHA-256 of the request without its request_id: two requests are the same when these are."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What became of an issue."""

    record: TokenRecord
    """The record as stored: that of the first call when `replayed`."""
    replayed: bool
    revoked: bool
    """Only of a replay: the token has since been revoked."""
    revision: int


@dataclass(frozen=True, slots=True)
class RevokeReceipt:
    """A revocation that is on disk."""

    revision: int
    revoke_time: float
    """When it was first revoked: seconds since the epoch. A cut-off moved forward is a new revocation."""


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A record with its state, all of one moment."""

    position: int
    """Grows with every record; the key of pages."""
    record: TokenRecord
    revoke_time: float | None
    """None when not revoked."""
    revoke_reason: str


@dataclass(frozen=True, slots=True)
class TokenFilter:
    """Which records to list. Empty strings and None do not filter."""

    tenant: str
    subject: str = ""
    client_id: str = ""
    label: str = ""
    state: str | None = None
    """"live", "expired" or "revoked"."""


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key was added, or its state changed."""

    key: SealedKey


@dataclass(frozen=True, slots=True)
class Change:
    """One step of the change log."""

    revision: int
    body: Revocation | KeyChange


@dataclass(frozen=True, slots=True)
class StoreSnapshot:
    """Everything that decides, of one moment."""

    revision: int
    keys: tuple[SealedKey, ...]
    revocations: Iterator[Revocation]
    """Read in chunks while it is iterated, still of that one moment; to be exhausted or closed."""


class TokenStore(Protocol):
    """The writes, each one transaction with its audit row, durable before the awaitable is done.

    Every method raises StoreUnavailableError or StoreFullError when the store cannot do it; nothing is half done.
    """

    async def issue(self, record: TokenRecord, key: IdempotencyKey | None, audit: AuditEntry) -> Issued:
        """Write the record.

        Raises:
            RequestIdReusedError: the request_id stands for another request.
            DeadOnArrivalError: a cut-off already refuses the record's issue_time.
            NoSigningKeyError: the record's key has been tainted meanwhile; signing again may find its successor.
        """

    async def revoke(
        self,
        revocation: Revocation,
        audit: AuditEntry,
        *,
        successor: SealedKey | None = None,
        keep_an_admin: bool = False,
    ) -> RevokeReceipt:
        """Write the revocation; the same one again is a success with the first one's time.

        Of one target the latest cut-off stands, and the latest keep_until, give or take an hour: a keep_until
        that is later by less changes nothing, so that a repetition is one. Whatever is written is in the change
        log, so a follower may drop an entry a day after its keep_until.

        For TargetKind.KEY the key becomes tainted, and `successor` becomes active in its place if it was active.

        Raises:
            KeyNotFoundError: the tenant has no such key.
            LastAdminKeyError: with keep_an_admin, no live key of the service holds admin:authsvc for all tenants
                afterwards though one did before.
        """

    async def add_key(self, key: SealedKey, audit: AuditEntry) -> int:
        """Write a key and return the revision; a key active until now becomes verify-only if the new one is active."""

    async def get_token(self, tenant: str, token_id: str, issuer: str | None = None) -> StoredToken | None:
        """The record of a token, or None. Without an issuer, the newest with that id."""

    async def list_tokens(self, token_filter: TokenFilter, *, limit: int, before: int | None) -> list[StoredToken]:
        """Records with a position lower than `before`, newest first."""

    async def prune(self) -> int:
        """Delete what no longer matters and return the number of rows deleted."""


class ChangeReader(Protocol):
    """Reads for the in-memory replica: synchronous, on a connection of its own that never waits for a writer."""

    def snapshot(self) -> StoreSnapshot:
        """Everything, of one moment, read by one transaction."""

    def changes_after(self, revision: int) -> list[Change] | None:
        """The changes after that revision in order; None when the log no longer reaches back so far."""
