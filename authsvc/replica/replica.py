"""Keys, policy and revocations in memory, brought up to date before any answer that could be stale."""

from typing import Protocol

from authsvc.errors import RevisionNotReachedError
from authsvc.keys.key_material import SigningKey, TrustedKey
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import VERIFYING, KeyState, SealedKey
from authsvc.keys.sealing import SealingKey
from authsvc.replica.policies import Policies
from authsvc.revocation.index import RevocationIndex
from authsvc.store.contract import Change, ChangeReader, KeyChange
from authsvc.store.tenant_contract import TenantChange


class PublishedRevision(Protocol):
    """The newest revision that any process on this data directory has published."""

    @property
    def value(self) -> int:
        """It is asked before every answer, so it has to be cheap."""

    def publish(self, revision: int) -> None:
        """Raise it, for every process; a lower one changes nothing."""


class Replica:
    """The state of one worker. Reads and changes happen on one thread."""

    def __init__(
        self, reader: ChangeReader, sealing_key: SealingKey, issuer_base: str, published: PublishedRevision
    ) -> None:
        """Load everything.

        Args:
            reader: reads the store's snapshot and change log.
            sealing_key: opens the signing keys.
            issuer_base: the base of every tenant's issuer, without a slash at its end.
            published: what every process on this data directory is to know before its next answer.

        Raises:
            StoreUnavailableError: the store cannot be read.
            SealingError: a signing key does not open.
        """
        self._reader = reader
        self._sealing_key = sealing_key
        self._published = published
        self._opened: dict[tuple[str, str], SigningKey | TrustedKey] = {}
        self._policies = Policies(issuer_base)
        self.tenants = self._policies.tenants()
        self.keys = KeyRing()
        self.revocations = RevocationIndex()
        self.revision = -1
        self._load()

    def _load(self) -> None:
        # Built aside and put in place whole: a failure in between leaves the old state as it was.
        snapshot = self._reader.snapshot()
        keys = KeyRing()
        for key in snapshot.keys:
            self._take_up(keys, key)
        revocations = RevocationIndex(snapshot.revocations)
        policies = self._policies.all_of(snapshot.tenants)
        self._policies, self.tenants = policies, policies.tenants()
        self.keys, self.revocations, self.revision = keys, revocations, snapshot.revision

    def _take_up(self, keys: KeyRing, sealed: SealedKey) -> None:
        if sealed.state in VERIFYING:
            keys.put(self._open(sealed), sealed.state)
            return
        # Retired keys grow many: they are neither opened nor kept open.
        self._opened.pop((sealed.tenant, sealed.key_id), None)
        keys.put_away(sealed.tenant, sealed.key_id, tainted=sealed.state is KeyState.TAINTED)

    def _open(self, sealed: SealedKey) -> SigningKey | TrustedKey:
        # An opened key is kept: its identity is its generation, and opening it twice would empty the signature cache.
        name = (sealed.tenant, sealed.key_id)
        key = self._opened.get(name)
        if key is None:
            key = self._opened[name] = self._sealing_key.open_any(sealed)
        return key

    def catch_up(self) -> None:
        """Take up every published change; without one this is a comparison of two numbers.

        Raises:
            StoreUnavailableError: something changed and the store cannot be read; no answer may be given.
        """
        if self._published.value > self.revision:
            self.poll()

    def poll(self) -> None:
        """Read the change log whether or not anything was published: a writer may have died between commit and publication.

        Raises:
            StoreUnavailableError: the store cannot be read.
        """
        changes = self._reader.changes_after(self.revision)
        if changes is None:
            self._load()
        else:
            for change in changes:
                self._apply(change)
        # What its writer left unpublished is published before it decides here: otherwise this process would refuse a
        # token that others still accept.
        if self.revision > self._published.value:
            self._published.publish(self.revision)

    def _apply(self, change: Change) -> None:
        if isinstance(change.body, KeyChange):
            self._take_up(self.keys, change.body.key)
        elif isinstance(change.body, TenantChange):
            self._policies.put(change.body)
            # Put in place whole: whoever holds the tenants sees one state of all of them.
            self.tenants = self._policies.tenants()
        else:
            self.revocations.add(change.body)
        self.revision = change.revision

    def reach(self, revision: int) -> None:
        """Make sure that this state knows `revision`.

        Raises:
            RevisionNotReachedError: the store itself has not got so far.
            StoreUnavailableError: the store cannot be read.
        """
        if revision > self.revision:
            self.poll()
            if revision > self.revision:
                raise RevisionNotReachedError("min_revision is not reached yet; try again")
