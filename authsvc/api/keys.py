"""ListKeys, RotateKey, ActivateKey, TaintKey and RetireKey: the life of a tenant's keys, by hand."""

import asyncio
from dataclasses import dataclass

from google.protobuf.duration_pb2 import Duration

from authsvc.api.caller import Call
from authsvc.api.fields import FieldFaults, parse
from authsvc.api.gate import Gate
from authsvc.api.key_message import check_key_id, key_message
from authsvc.api.key_page import read_key_page, write_key_page
from authsvc.api.key_revocation import KeyRevocation
from authsvc.api.revision import RevisionCodec
from authsvc.audit.entry import AuditEntry
from authsvc.clock import Clock
from authsvc.keys.lifecycle import MICROSECONDS, Schedule
from authsvc.keys.sealing import SealingKey
from authsvc.policy.bounds import LIFETIME_CEILING
from authsvc.revocation.entry import Revocation, TargetKind
from authsvc.store.contract import KeyStore
from authsvc.tokens.verdict import LEEWAY
from authsvc.v1.key_service_pb2 import (
    ActivateKeyRequest,
    ActivateKeyResponse,
    ListKeysRequest,
    ListKeysResponse,
    RetireKeyRequest,
    RetireKeyResponse,
    RotateKeyRequest,
    RotateKeyResponse,
    TaintKeyRequest,
    TaintKeyResponse,
)

DEFAULT_PAGE = 100
MAX_PAGE = 1000
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class KeyDesk:
    """What the methods on keys have in common."""

    gate: Gate
    store: KeyStore
    sealing_key: SealingKey
    revocation: KeyRevocation
    schedule: Schedule
    revisions: RevisionCodec
    clock: Clock


def key_audit(action: str, tenant: str, key_id: str, call: Call, **detail: str) -> AuditEntry:
    """The audit of what a caller did to a key."""
    return AuditEntry(
        action=action,
        tenant=tenant,
        actor=call.caller.client_id,
        actor_token_id=call.caller.token_id,
        target=f"{TargetKind.KEY.value}:{key_id}",
        call_id=call.call_id,
        detail={name: value for name, value in detail.items() if value},
    )


class ListKeys:
    """The RPC ListKeys."""

    def __init__(self, desk: KeyDesk) -> None:
        self._desk = desk

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            InvalidFieldError: the page size or the page token breaks its rule.
        """
        message = parse(ListKeysRequest, request)
        tenant = self._desk.gate.tenant_of(call.caller, message.tenant)
        faults = FieldFaults()
        if not 0 <= message.page_size <= MAX_PAGE:
            faults.add("page_size", f"must be 0 to {MAX_PAGE}")
        faults.refuse()
        size = message.page_size or DEFAULT_PAGE
        after = read_key_page(tenant.name, message.page_token)
        # One more than asked for tells whether another page follows.
        found = await self._desk.store.list_keys(tenant.name, limit=size + 1, after=after)
        answer = ListKeysResponse(keys=map(key_message, found[:size]))
        if len(found) > size:
            answer.next_page_token = write_key_page(tenant.name, found[size - 1].create_time, found[size - 1].key_id)
        return answer.SerializeToString()


class RotateKey:
    """The RPC RotateKey. The new key is on disk and published when it is acknowledged."""

    def __init__(self, desk: KeyDesk) -> None:
        self._desk = desk

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            InvalidFieldError: prepare_for breaks its rule.
            KeyStateError: as many keys are prepared as may be.
        """
        desk = self._desk
        message = parse(RotateKeyRequest, request)
        tenant = desk.gate.tenant_of(call.caller, message.tenant)
        publication = desk.schedule.publication
        if message.HasField("prepare_for"):
            publication = self._publication(message.prepare_for)
        # An RSA key takes a tenth of a second: made aside, so that no other call waits for it.
        key = await asyncio.to_thread(desk.sealing_key.make, tenant.name, tenant.algorithm, now=desk.clock())
        audit = key_audit("RotateKey", tenant.name, key.key_id, call)
        receipt = await desk.store.prepare(key, audit, publication)
        answer = RotateKeyResponse(key=key_message(receipt.key), revision=desk.revisions.write(receipt.revision))
        return answer.SerializeToString()

    def _publication(self, wanted: Duration) -> int:
        least = self._desk.schedule.publication
        span = wanted.seconds * MICROSECONDS + wanted.nanos // 1000
        faults = FieldFaults()
        if wanted.seconds < 0 or not 0 <= wanted.nanos < _NANOSECONDS or span < least:
            faults.add(
                "prepare_for",
                f"must be twice the refresh interval of verifiers or longer, {least / MICROSECONDS:g} s here",
            )
        elif wanted.seconds > LIFETIME_CEILING:
            faults.add("prepare_for", "must be shorter than ten years")
        faults.refuse()
        return span


class ActivateKey:
    """The RPC ActivateKey. Idempotent."""

    def __init__(self, desk: KeyDesk) -> None:
        self._desk = desk

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            KeyNotFoundError: the tenant has no such key.
            KeyStateError: the key cannot become active, or has not been published long enough and force is not set.
        """
        desk = self._desk
        message = parse(ActivateKeyRequest, request)
        tenant = desk.gate.tenant_of(call.caller, message.tenant)
        _check_key_id(message.key_id)
        audit = key_audit("ActivateKey", tenant.name, message.key_id, call, force="true" if message.force else "")
        receipt = await desk.store.activate(
            tenant.name, message.key_id, audit, desk.schedule, tenant.max_ttl, force=message.force
        )
        answer = ActivateKeyResponse(key=key_message(receipt.key), revision=desk.revisions.write(receipt.revision))
        return answer.SerializeToString()


class RetireKey:
    """The RPC RetireKey. Idempotent."""

    def __init__(self, desk: KeyDesk) -> None:
        self._desk = desk

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            KeyNotFoundError: the tenant has no such key.
            KeyStateError: the key is active or tainted, or tokens that it signed may be alive and force is not set.
        """
        desk = self._desk
        message = parse(RetireKeyRequest, request)
        tenant = desk.gate.tenant_of(call.caller, message.tenant)
        _check_key_id(message.key_id)
        audit = key_audit("RetireKey", tenant.name, message.key_id, call, force="true" if message.force else "")
        receipt = await desk.store.retire(tenant.name, message.key_id, audit, force=message.force)
        answer = RetireKeyResponse(key=key_message(receipt.key), revision=desk.revisions.write(receipt.revision))
        return answer.SerializeToString()


class TaintKey:
    """The RPC TaintKey. Idempotent; when it is acknowledged no worker lets a token of the key pass."""

    def __init__(self, desk: KeyDesk) -> None:
        self._desk = desk

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            KeyNotFoundError: the tenant has no such key.
            LastAdminKeyError: nobody could administer the service afterwards, and force is not set.
        """
        desk = self._desk
        message = parse(TaintKeyRequest, request)
        tenant = desk.gate.tenant_of(call.caller, message.tenant)
        faults = FieldFaults()
        check_key_id(faults, "key_id", message.key_id)
        faults.text("reason", message.reason, required=False)
        if message.force and not tenant.is_service:
            faults.add("force", "is only for the keys of this service")
        faults.refuse()
        keep_until = int(desk.clock()) + LEEWAY + LIFETIME_CEILING
        revocation = Revocation(
            tenant.name, TargetKind.KEY, message.key_id, keep_until=keep_until, reason=message.reason
        )
        audit = key_audit("TaintKey", tenant.name, message.key_id, call, reason=message.reason)
        receipt = await desk.revocation.revoke(revocation, tenant, audit, force=message.force)
        key = await desk.store.find_key(tenant.name, message.key_id)
        answer = TaintKeyResponse(key=key_message(key), revision=desk.revisions.write(receipt.revision))
        return answer.SerializeToString()


def _check_key_id(key_id: str) -> None:
    faults = FieldFaults()
    check_key_id(faults, "key_id", key_id)
    faults.refuse()
