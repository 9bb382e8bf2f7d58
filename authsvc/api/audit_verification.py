"""VerifyAuditLog: whether the log still says what it said."""

import base64
import binascii
from collections.abc import Sequence

from authsvc.api.caller import Call
from authsvc.api.fields import FieldFaults, parse
from authsvc.audit.chain import SEAL_BYTES, encoded
from authsvc.audit.checkpoint import (
    CheckpointError,
    UnverifiedCheckpoint,
    is_made_by,
    read_checkpoint,
    write_checkpoint,
)
from authsvc.audit.head import Head
from authsvc.audit.verification import ChainVerification, Progress
from authsvc.errors import InvalidFieldError, TenantNotAllowedError
from authsvc.keys.sealing import SealingError, SealingKey
from authsvc.replica.replica import Replica
from authsvc.store.contract import AuditLog
from authsvc.tokens.claims import ALL_TENANTS, SERVICE_TENANT
from authsvc.tokens.jose import raw_signature, signature_is_valid
from authsvc.v1.audit_service_pb2 import AuditFault, VerifyAuditLogRequest, VerifyAuditLogResponse

MAX_CHECKPOINTS = 16
RECORDS_PER_CALL = 10_000
"""Sealed records that one call goes through, unless the log ends before: well within the deadline of a busy server."""

_PROGRESS = "authsvc audit progress 1"
_NUMBER_BYTES = 8
_NUMBERS = 4


class VerifyAuditLog:
    """The RPC VerifyAuditLog. It reads a chunk at a time, between the look-ups of other calls."""

    def __init__(
        self,
        replica: Replica,
        log: AuditLog,
        sealing_key: SealingKey,
        store_id: str,
        *,
        records_per_call: int = RECORDS_PER_CALL,
    ) -> None:
        self._replica = replica
        self._log = log
        self._sealing_key = sealing_key
        self._store_id = store_id
        self._records_per_call = records_per_call

    async def __call__(self, request: bytes, call: Call) -> bytes:
        """The answer to a request, both serialized.

        Raises:
            TenantNotAllowedError: the caller is not for all tenants.
            InvalidFieldError: too many checkpoints, a text that is none, or a page token of another verification.
            NoSigningKeyError: the reserved tenant has no key to sign with.
        """
        message = parse(VerifyAuditLogRequest, request)
        if call.caller.bound_tenant != ALL_TENANTS:
            raise TenantNotAllowedError("the call's key is bound to one tenant, and the audit log is that of all")
        checkpoints = _read_checkpoints(message.checkpoints)
        progress = self._read_page_token(message)
        genuine, strange = await self._tell_apart(checkpoints)
        verification = ChainVerification(self._store_id, genuine, progress)
        if progress is None:
            for number, rule in strange.items():
                verification.fault(0, "checkpoint.signature", f"checkpoint {number}: {rule}")
        head = await self._go_through(verification)
        return self._answer(message, verification, head).SerializeToString()

    async def _tell_apart(self, checkpoints: Sequence[UnverifiedCheckpoint]) -> tuple[dict[int, Head], dict[int, str]]:
        """The checkpoints that this service made, by their number from 1 on, and what is wrong with the others."""
        genuine: dict[int, Head] = {}
        strange: dict[int, str] = {}
        for number, checkpoint in enumerate(checkpoints, 1):
            if checkpoint.store_id != self._store_id:
                strange[number] = "it is of another store"
            elif not await self._is_ours(checkpoint):
                strange[number] = "no key of this service signed it"
            else:
                genuine[number] = checkpoint.head
        return genuine, strange

    async def _is_ours(self, checkpoint: UnverifiedCheckpoint) -> bool:
        # The state of the key is of no account: a checkpoint only ever shows a fault, it never hides one.
        sealed = await self._log.find_key(checkpoint.key_id)
        try:
            return sealed is not None and is_made_by(checkpoint, self._sealing_key.open(sealed))
        except (SealingError, ValueError):
            return False

    async def _go_through(self, verification: ChainVerification) -> Head | None:
        """Go through as much as one call does; returns the head as it stood last."""
        head, begun = None, verification.progress.sealed
        while not verification.is_done and verification.progress.sealed - begun < self._records_per_call:
            chunk = await self._log.chunk(verification.position, self._sealing_key.open)
            head = chunk.head
            verification.take(chunk)
        return head

    def _answer(
        self, message: VerifyAuditLogRequest, verification: ChainVerification, head: Head | None
    ) -> VerifyAuditLogResponse:
        progress = verification.progress
        answer = VerifyAuditLogResponse(
            intact=progress.faults == 0,
            faults=[
                AuditFault(position=fault.position, check=fault.check, description=fault.rule)
                for fault in sorted(verification.faults, key=lambda fault: fault.position)
            ],
            sealed_records=progress.sealed,
            position=progress.position,
            head_position=0 if head is None else head.position,
        )
        if not verification.is_done:
            answer.next_page_token = self._write_page_token(message, progress)
        elif answer.intact:
            key = self._replica.keys.signing_key(SERVICE_TENANT)
            answer.checkpoint = write_checkpoint(self._store_id, head or Head(0, progress.seal, 0), key)
        return answer

    def _write_page_token(self, message: VerifyAuditLogRequest, progress: Progress) -> str:
        key = self._replica.keys.signing_key(SERVICE_TENANT)
        said = _said(progress)
        # Signed, since a good end of the verification is stated in a checkpoint: a made-up begin must not lead to one.
        signature = raw_signature(key.algorithm, key.private, self._signing_input(message, said))
        return base64.urlsafe_b64encode(said + signature).decode()

    def _read_page_token(self, message: VerifyAuditLogRequest) -> Progress | None:
        if not message.page_token:
            return None
        key = self._replica.keys.signing_key(SERVICE_TENANT)
        try:
            raw = base64.b64decode(message.page_token.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        size = _NUMBERS * _NUMBER_BYTES + SEAL_BYTES
        said, signature = raw[:size], raw[size:]
        if not signature_is_valid(key.algorithm, key.public, self._signing_input(message, said), signature):
            raise InvalidFieldError.of("page_token", "must be the next_page_token of the same verification")
        return _progress(said)

    def _signing_input(self, message: VerifyAuditLogRequest, said: bytes) -> bytes:
        return encoded(_PROGRESS, self._store_id, said, *message.checkpoints)


def _read_checkpoints(texts: Sequence[str]) -> list[UnverifiedCheckpoint]:
    faults = FieldFaults()
    if len(texts) > MAX_CHECKPOINTS:
        faults.add("checkpoints", f"must hold at most {MAX_CHECKPOINTS} entries, has {len(texts)}")
    faults.refuse()
    found = []
    for place, text in enumerate(texts):
        try:
            found.append(read_checkpoint(text))
        except CheckpointError as error:
            faults.add(f"checkpoints[{place}]", f"must be a checkpoint of this service: {error}")
    faults.refuse()
    return found


def _said(progress: Progress) -> bytes:
    numbers = (progress.position, progress.sealed_position, progress.sealed, progress.faults)
    return b"".join(number.to_bytes(_NUMBER_BYTES, "big", signed=True) for number in numbers) + progress.seal


def _progress(said: bytes) -> Progress:
    position, sealed_position, sealed, faults = (
        int.from_bytes(said[place * _NUMBER_BYTES : (place + 1) * _NUMBER_BYTES], "big", signed=True)
        for place in range(_NUMBERS)
    )
    return Progress(position, sealed_position, said[_NUMBERS * _NUMBER_BYTES :], sealed, faults)
