"""VerifyAuditLog on a store: part by part, against checkpoints, and what it signs."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection

from authsvc.api.audit_verification import VerifyAuditLog
from authsvc.api.caller import Call, Caller
from authsvc.audit.checkpoint import is_made_by, read_checkpoint, write_checkpoint
from authsvc.audit.head import Head
from authsvc.errors import InvalidFieldError, TenantNotAllowedError
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import Algorithm, KeyPurpose, KeyState, SealedKey
from authsvc.store import audit_log
from authsvc.store.opening import Store
from authsvc.store.writer import Outcome
from authsvc.v1.audit_service_pb2 import VerifyAuditLogRequest, VerifyAuditLogResponse
from tests.store.auditing import SEALING_KEY, Log, service_key
from tests.store.builders import AUDIT, START, of_key

AUDITOR = Call(Caller("auditor", "s", "i", frozenset({"verify:audit"}), "*"), "call")


def method(log: Log, **options: Any) -> VerifyAuditLog:
    replica: Any = SimpleNamespace(keys=KeyRing([(log.key, KeyState.ACTIVE)]))
    return VerifyAuditLog(replica, log.store.audit, SEALING_KEY, log.store.store_id, **options)


async def ask(rpc: VerifyAuditLog, *checkpoints: str, page_token: str = "") -> VerifyAuditLogResponse:
    request = VerifyAuditLogRequest(checkpoints=checkpoints, page_token=page_token)
    return VerifyAuditLogResponse.FromString(await rpc(request.SerializeToString(), AUDITOR))


@pytest.fixture
async def log(store: Store) -> Log:
    return await Log.begin(store)


async def test_an_empty_log_has_a_checkpoint_that_is_met_later(log: Log) -> None:
    first = await ask(method(log))
    assert (first.intact, first.sealed_records, first.next_page_token) == (True, 0, "")
    assert read_checkpoint(first.checkpoint).head.position == 0
    await log.write(3)
    await log.seal()
    second = await ask(method(log), first.checkpoint)
    assert (second.intact, second.sealed_records, second.position, second.head_position) == (True, 4, 4, 4)
    third = await ask(method(log), first.checkpoint, second.checkpoint)
    assert third.intact
    assert third.checkpoint == "" or read_checkpoint(third.checkpoint).head.position == 4


async def test_a_checkpoint_says_the_head_and_is_signed_by_the_active_key(log: Log) -> None:
    await log.write(2)
    await log.seal()
    read = read_checkpoint((await ask(method(log))).checkpoint)
    assert is_made_by(read, log.key)
    assert (read.store_id, read.head.position) == (log.store.store_id, 3)


@pytest.mark.parametrize("size", [1, 4, 7, 100])
async def test_a_long_log_takes_several_calls(log: Log, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(audit_log, "CHUNK", 3)
    await log.write(12)
    await log.seal()
    early = await ask(method(log))
    await log.write(10)
    await log.seal()
    rpc = method(log, records_per_call=size)
    answer, calls = await ask(rpc, early.checkpoint), 1
    while answer.next_page_token:
        assert answer.intact
        assert answer.checkpoint == ""
        assert answer.head_position == 23
        answer, calls = await ask(rpc, early.checkpoint, page_token=answer.next_page_token), calls + 1
    assert (answer.intact, answer.sealed_records, answer.position) == (True, 23, 23)
    assert answer.checkpoint
    assert (calls > 1) == (size < 23)


def spoil(connection: Connection) -> Outcome[None]:
    connection.exec_driver_sql("UPDATE audit_records SET actor = 'x' WHERE position = 2")
    return Outcome(None)


async def test_a_fault_of_an_earlier_part_is_not_forgotten(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "CHUNK", 3)
    await log.write(12)
    await log.seal()
    log.store.audit._writer.submit(spoil).result(5)
    rpc = method(log, records_per_call=5)
    first = await ask(rpc)
    assert [(fault.position, fault.check) for fault in first.faults] == [(2, "record.hash")]
    answer = await ask(rpc, page_token=first.next_page_token)
    while answer.next_page_token:
        answer = await ask(rpc, page_token=answer.next_page_token)
    assert not answer.faults
    assert not answer.intact
    assert answer.checkpoint == ""


async def test_a_page_token_is_of_its_own_verification(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "CHUNK", 3)
    await log.write(12)
    await log.seal()
    rpc = method(log, records_per_call=3)
    first = await ask(rpc)
    token, checkpoint = first.next_page_token, await log.checkpoint()
    for spoilt in (token[:-4], "B" + token[1:], token + "AAAA", "x", "é", token.swapcase()):
        with pytest.raises(InvalidFieldError) as caught:
            await ask(rpc, page_token=spoilt)
        assert [violation.field for violation in caught.value.violations] == ["page_token"]
    with pytest.raises(InvalidFieldError):
        await ask(rpc, checkpoint, page_token=token)
    assert (await ask(rpc, page_token=token)).intact


async def test_a_checkpoint_of_another_store_or_key_is_a_fault(log: Log) -> None:
    await log.seal()
    chunk = await log.store.audit.chunk(None, SEALING_KEY.open)
    assert chunk.head is not None
    stranger = SEALING_KEY.open(service_key())
    store_id = log.store.store_id
    strange = {
        "another store": write_checkpoint("0" * 16, chunk.head, log.key),
        "unknown key": write_checkpoint(store_id, chunk.head, stranger),
        "forged": write_checkpoint(store_id, chunk.head, replace(stranger, key_id=log.key.key_id)),
    }
    for text in strange.values():
        answer = await ask(method(log), await log.checkpoint(), text)
        assert [(fault.position, fault.check) for fault in answer.faults] == [(0, "checkpoint.signature")]
        assert answer.faults[0].description.startswith("checkpoint 2: ")
        assert not answer.intact
        assert answer.checkpoint == ""


async def test_who_shares_a_key_with_the_service_makes_no_checkpoint(log: Log) -> None:
    await log.seal()
    chunk = await log.store.audit.chunk(None, SEALING_KEY.open)
    assert chunk.head is not None
    found = {}
    for purpose in KeyPurpose:
        shared = SealedKey("authsvc", purpose.value, Algorithm.HS256, KeyState.VERIFY_ONLY, b"", START, purpose)
        sealed = SEALING_KEY.seal_key(shared, b"k" * 32)
        await log.store.tokens.add_key(sealed, AUDIT)
        answer = await ask(method(log), write_checkpoint(log.store.store_id, chunk.head, SEALING_KEY.open(sealed)))
        found[purpose] = [fault.check for fault in answer.faults]
    assert found == {KeyPurpose.SIGNING: [], KeyPurpose.TRUSTED_ISSUER: ["checkpoint.signature"]}


async def test_what_is_no_checkpoint_is_a_wrong_field(log: Log) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        await ask(method(log), "x", "eyJ.a.b")
    assert [violation.field for violation in caught.value.violations] == ["checkpoints[0]", "checkpoints[1]"]
    with pytest.raises(InvalidFieldError) as caught:
        await ask(method(log), *["x"] * 17)
    assert [violation.field for violation in caught.value.violations] == ["checkpoints"]


async def test_the_checkpoint_of_a_key_that_is_tainted_since_still_tells(log: Log) -> None:
    await log.seal()
    before = (await ask(method(log))).checkpoint
    successor = service_key()
    await log.store.tokens.revoke(of_key(log.key.key_id, tenant="authsvc"), AUDIT, successor=successor)
    after = Log(log.store, successor)
    await after.seal()
    assert (await ask(method(after), before)).intact
    later = write_checkpoint(log.store.store_id, Head(99, bytes(32), 0), log.key)
    assert [fault.check for fault in (await ask(method(after), later)).faults] == ["checkpoint.reached"]


async def test_a_caller_for_one_tenant_is_refused(log: Log) -> None:
    bound = Call(replace(AUDITOR.caller, bound_tenant="acme"), "call")
    with pytest.raises(TenantNotAllowedError):
        await method(log)(b"", bound)
