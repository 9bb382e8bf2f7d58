"""What a store promises, whatever database is beneath it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from authsvc.audit.entry import AuditEntry
from authsvc.audit.listing import AuditFilter, AuditRecord
from authsvc.audit.verification import Chunk
from authsvc.keys.key_material import SigningKey
from authsvc.keys.lifecycle import Schedule
from authsvc.keys.sealed_key import SealedKey
from authsvc.revocation.entry import Revocation
from authsvc.store.life_contract import Parent, TokenUse
from authsvc.store.tenant_contract import StoredTenant, TenantChange
from authsvc.tokens.record import TokenRecord


class DeadOnArrivalError(Exception):
    """The record may not be written: a cut-off refuses its issue_time. A later issue_time would pass.

    It never leaves the service: whoever issues tries again with an issue_time after `cutoff`.
    """

    def __init__(self, cutoff: int) -> None:
        super().__init__("a cut-off refuses the issue_time of the record")
        self.cutoff = cutoff
        """The latest cut-off that the record falls under: seconds since the epoch."""


class SuccessorNeededError(Exception):
    """The key is active, none is prepared and no successor was given: the tenant could not sign any more.

    It never leaves the service: whoever revokes makes a successor, which takes a while, and tries again.
    """

    def __init__(self) -> None:
        super().__init__("the key is active and nothing can take its place")


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
class KeyReceipt:
    """A key as it stands on disk."""

    key: SealedKey
    revision: int


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A record with its state, all of one moment."""

    position: int
    """Grows with every record; the key of pages."""
    record: TokenRecord
    revoke_time: float | None
    """None when not revoked."""
    revoke_reason: str
    last_used_time: int | None = None
    """Seconds since the epoch; None when it was not used yet, as far as was written down."""


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
    body: Revocation | KeyChange | TenantChange


@dataclass(frozen=True, slots=True)
class StoreSnapshot:
    """Everything that decides, of one moment."""

    revision: int
    keys: tuple[SealedKey, ...]
    revocations: Iterator[Revocation]
    """Read in chunks while it is iterated, still of that one moment; to be exhausted or closed."""
    tenants: tuple[StoredTenant, ...] = ()


class TokenStore(Protocol):
    """The writes, each one transaction with its audit row, durable before the awaitable is done.

    Every method raises StoreUnavailableError or StoreFullError when the store cannot do it; nothing is half done.
    """

    async def issue(
        self,
        record: TokenRecord,
        key: IdempotencyKey | None,
        audit: AuditEntry,
        *,
        max_live: int = 0,
        is_recorded: bool = True,
    ) -> Issued:
        """Write the record, if fewer than `max_live` recorded tokens of its client live; 0 for any number.

        When it is not to be recorded, the audit row alone is written; then there must be no `key`.

        Raises:
            TooManyLiveTokensError: as many live already. It is looked up and written as one, whoever else issues.
            RequestIdReusedError: the request_id stands for another request.
            DeadOnArrivalError: a cut-off already refuses the record's issue_time.
            NoSigningKeyError: the record's key has been tainted meanwhile; signing again may find its successor.
        """

    async def derive(
        self,
        record: TokenRecord,
        parent: Parent,
        key: IdempotencyKey | None,
        audit: AuditEntry,
        *,
        parent_end: int | None = None,
        max_live: int = 0,
        is_recorded: bool = True,
    ) -> Issued:
        """Write the record of a token that is made from another one, unless that one is dead by now.

        With `parent_end`, in seconds since the epoch, it replaces the other one, which is refused from that second on.

        Raises:
            TokenNotGoodError: the parent, or a token that it came from, has been revoked meanwhile.
            FamilyEndedError: the parent was replaced before, and this is no replay.
            RequestIdReusedError, NoSigningKeyError, TooManyLiveTokensError: see issue.
        """

    async def revoke(
        self,
        revocation: Revocation,
        audit: AuditEntry,
        *,
        successor: SealedKey | None = None,
        needs_successor: bool = False,
        keep_an_admin: bool = False,
    ) -> RevokeReceipt:
        """Write the revocation; the same one again is a success with the first one's time.

        Of one target the latest cut-off stands, and the latest keep_until, give or take an hour: a keep_until
        that is later by less changes nothing, so that a repetition is one. Whatever is written is in the change
        log, so a follower may drop an entry a day after its keep_until.

        For TargetKind.KEY the key becomes tainted. If it was active, the key that was prepared first becomes active in its
        place, or `successor` where none is prepared.

        Raises:
            KeyNotFoundError: the tenant has no such key.
            SuccessorNeededError: with needs_successor, nothing could take the place of the active key.
            LastAdminKeyError: with keep_an_admin, no live key of the service holds admin:authsvc for all tenants
                afterwards though one did before.
        """

    async def add_key(self, key: SealedKey, audit: AuditEntry) -> int:
        """Write a key and return the revision; a key active until now becomes verify-only if the new one is active."""

    async def get_token(self, tenant: str, token_id: str, issuer: str | None = None) -> StoredToken | None:
        """The record of a token, or None. Without an issuer, the newest with that id."""

    async def list_tokens(self, token_filter: TokenFilter, *, limit: int, before: int | None) -> list[StoredToken]:
        """Records with a position lower than `before`, newest first."""

    async def append_audit(self, audit: AuditEntry) -> None:
        """Write an audit row by itself: that something was refused."""

    async def list_usage(
        self, token_filter: TokenFilter, *, limit: int, before: int | None
    ) -> list[tuple[StoredToken, Mapping[str, int]]]:
        """As list_tokens, each record with its scopes that met a check and the second in which each last did."""

    async def write_usage(self, uses: Sequence[TokenUse]) -> int:
        """Write down the uses of those tokens that have a record, and return how many have. It has no audit row.

        A time never goes back. Other writes get their turn in between.
        """

    async def prune(self) -> int:
        """Delete what no longer matters and return the number of rows deleted."""


class KeyStore(Protocol):
    """The life of keys. Writes are as those of TokenStore; each knows a key by tenant and id.

    What names one key raises KeyNotFoundError when the tenant has none of that id, and KeyStateError when its state does not
    allow it (authsvc.keys.lifecycle).
    """

    async def list_keys(self, tenant: str, *, limit: int, after: tuple[int, str] | None) -> list[SealedKey]:
        """A tenant's keys after one of that create_time and id, newest first."""

    async def find_key(self, tenant: str, key_id: str) -> SealedKey:
        """The key."""

    async def prepare(
        self, key: SealedKey, audit: AuditEntry, publication: int, *, if_none: bool = False
    ) -> KeyReceipt:
        """Write a key for signing, prepared, to become active after its publication in microseconds.

        Raises:
            KeyExistsError: the tenant has one of that id.
            KeyStateError: it has as many prepared keys as it may have, or with `if_none` any.
        """

    async def trust(self, key: SealedKey, audit: AuditEntry) -> KeyReceipt:
        """Write a key of a trusted issuer.

        Raises:
            KeyExistsError: the tenant has one of that id.
        """

    async def activate(
        self, tenant: str, key_id: str, audit: AuditEntry, schedule: Schedule, max_lifetime: int, *, force: bool
    ) -> KeyReceipt:
        """Make a key active, and the one before verify-only until its tokens of at most `max_lifetime` seconds are dead."""

    async def retire(self, tenant: str, key_id: str, audit: AuditEntry, *, force: bool) -> KeyReceipt:
        """Retire a key."""

    async def advance(self, schedule: Schedule, max_lifetime: Callable[[str], int]) -> list[SealedKey]:
        """Make prepared keys active and retire verify-only ones whose time has come, and return them as they now stand.

        One transaction, and none when no time has come. Several servers may do it at once, each step is taken once.
        `max_lifetime` gives the seconds that a tenant's tokens live at most.
        """

    async def due_for_rotation(self, longest: int) -> list[str]:
        """The tenants whose key has been active for so many microseconds, and who have none prepared."""

    async def reseal(self, newest: str, reseal: Callable[[SealedKey], SealedKey], audit: AuditEntry) -> int:
        """Seal every key anew that the sealing key named `newest` has not sealed, and return how many there were."""


class AuditLog(Protocol):
    """The audit rows and the chain that seals them.

    Every method raises StoreUnavailableError or StoreFullError when the store cannot do it; nothing is half done.
    """

    async def append(self, entry: AuditEntry) -> None:
        """Write a row that tells of no change, a refusal say. It is durable before the awaitable is done."""

    async def seal(self, key: SigningKey, open_key: Callable[[SealedKey], SigningKey]) -> int:
        """Seal every row that has no seal and sign the new head with that key; returns how many were sealed.

        Safe while other servers seal in the same store: each row is sealed once and never again.

        Raises:
            ChainBrokenError: the chain does not end as its signed head says; nothing was sealed.
            NoSigningKeyError: the key is not the active one of the reserved tenant any more.
        """

    async def list_records(
        self, audit_filter: AuditFilter, *, limit: int, before: int | None = None
    ) -> list[AuditRecord]:
        """Records with a position lower than `before`, newest first."""

    async def chunk(self, after: int | None, open_key: Callable[[SealedKey], SigningKey]) -> Chunk:
        """What follows a position in the chain, for a verification; its begin with None."""

    async def find_key(self, key_id: str) -> SealedKey | None:
        """The key of the reserved tenant with that id, whatever its state; never one that others sign with too."""


class ChangeReader(Protocol):
    """Reads for the in-memory replica: synchronous, on a connection of its own that never waits for a writer."""

    def snapshot(self) -> StoreSnapshot:
        """Everything, of one moment, read by one transaction."""

    def changes_after(self, revision: int) -> list[Change] | None:
        """The changes after that revision in order; None when the log no longer reaches back so far."""
