"""No audit, no acknowledgement; and whatever is killed, what was acknowledged is audited and the chain is whole (B18, B19)."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from authsvc.app.files import read_sealing_key
from authsvc.audit.verification import ChainVerification
from authsvc.config import Settings
from authsvc.store.opening import open_store
from authsvc.v1 import token_service_pb2 as messages
from authsvc.v1.key_service_pb2 import (
    ActivateKeyRequest,
    ImportKeyRequest,
    RetireKeyRequest,
    RotateKeyRequest,
    TaintKeyRequest,
)
from authsvc.v1.key_service_pb2_grpc import KeyServiceStub
from authsvc.v1.tenant_pb2 import SigningAlgorithm, Tenant
from authsvc.v1.tenant_service_pb2 import ApplyTenantRequest, DeleteTenantRequest
from authsvc.v1.tenant_service_pb2_grpc import TenantServiceStub
from tests.faults.support import AUDIENCE, OK, REVOKED, TENANT, Caller, names, planted_server, refusal, rows, seeded
from tests.faults.test_kill import kill_rounds
from tests.support.scale import planted, scaled

ROUNDS = scaled(4, 10, "AUTHSVC_TEST_KILL_ROUNDS")
PLANTED_ROUNDS = 25
"""In so many rounds at most, a planted fault must have shown."""
_REFUSING = "CREATE TRIGGER no_audit BEFORE INSERT ON audit_records BEGIN SELECT RAISE(ABORT, 'planted: no row is written'); END"


def execute(data_dir: Path, statement: str) -> None:
    with closing(sqlite3.connect(data_dir / "authsvc.db", timeout=10.0, isolation_level=None)) as connection:
        connection.execute(statement)


@contextmanager
def without_audit(data_dir: Path) -> Iterator[None]:
    """No audit row can be written, for the length of the block."""
    execute(data_dir, _REFUSING)
    try:
        yield
    finally:
        execute(data_dir, "DROP TRIGGER no_audit")


def chain_faults(data_dir: Path) -> list[str]:
    """What an offline verification finds."""
    sealing_key = read_sealing_key(Settings(dev=True, data_dir=data_dir))
    store = open_store(data_dir)

    async def verify() -> list[str]:
        found = ChainVerification(store.store_id, {})
        while not found.is_done:
            found.take(await store.audit.chunk(found.position, sealing_key.open))
        return [f"{fault.position}: {fault.check}" for fault in found.faults]

    try:
        return asyncio.run(verify())
    finally:
        store.close()


def writes(caller: Caller, token_id: str, token: str) -> dict[str, Callable[[], object]]:
    """Every kind of write."""

    def revoke(**target: object) -> object:
        request = messages.RevokeRequest(tenant=TENANT, **target)  # type: ignore[arg-type]  # one target of the oneof
        return caller.stub.Revoke(request, metadata=caller.metadata, timeout=5.0)

    return {
        "issue": lambda: caller.issue("unaudited"),
        "issue with a request id": lambda: caller.issue("unaudited", request_id="again"),
        "revoke a token": lambda: caller.revoke_token(token),
        "revoke an id": lambda: caller.revoke(token_id),
        "revoke a subject": lambda: revoke(subject=messages.SubjectTarget(subject="alice")),
        "revoke a client": lambda: revoke(client=messages.ClientTarget(client_id="bootstrap")),
        "revoke a tenant's tokens": lambda: revoke(all=messages.TenantTarget()),
    }


def administration(caller: Caller, prepared: str, another: str) -> dict[str, Callable[[], object]]:
    """Every other kind of write: of tenants, and of the keys of the tenant demo, of which these two are prepared."""
    tenants, keys = TenantServiceStub(caller.channel), KeyServiceStub(caller.channel)

    def asked(method: Any, request: Any) -> Callable[[], object]:
        return lambda: method(request, metadata=caller.metadata, timeout=5.0)

    own = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    imported = ImportKeyRequest(
        tenant=TENANT, algorithm=SigningAlgorithm.SIGNING_ALGORITHM_ES256, pem=own.decode("ascii")
    )
    return {
        "apply a tenant": asked(tenants.ApplyTenant, ApplyTenantRequest(tenant=Tenant(name="fresh", audiences=["a"]))),
        "delete a tenant": asked(tenants.DeleteTenant, DeleteTenantRequest(tenant="other")),
        "rotate a key": asked(keys.RotateKey, RotateKeyRequest(tenant=TENANT)),
        "import a key": asked(keys.ImportKey, imported),
        "activate a key": asked(keys.ActivateKey, ActivateKeyRequest(tenant=TENANT, key_id=prepared, force=True)),
        "retire a key": asked(keys.RetireKey, RetireKeyRequest(tenant=TENANT, key_id=another, force=True)),
        "taint a key": asked(keys.TaintKey, TaintKeyRequest(tenant=TENANT, key_id=prepared)),
    }


def contents(data_dir: Path) -> list[list[tuple[object, ...]]]:
    """Everything that a write could leave, but for the seals, which a chore adds."""
    return [
        rows(data_dir, query)
        for query in (
            "SELECT * FROM token_records",
            "SELECT * FROM issue_requests",
            "SELECT * FROM revocations",
            "SELECT * FROM changes",
            "SELECT * FROM signing_keys",
            "SELECT * FROM tenants",
            "SELECT * FROM audit_records",
        )
    ]


def test_what_cannot_be_audited_is_not_acknowledged_and_does_not_happen(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with planted_server(data_dir, environment={"AUTHSVC_WORKERS": "2"}) as server:
        caller = Caller.of(server)
        issued = caller.issue()
        other = ApplyTenantRequest(tenant=Tenant(name="other", audiences=["a"]))
        TenantServiceStub(caller.channel).ApplyTenant(other, metadata=caller.metadata, timeout=5.0)
        rotation = RotateKeyRequest(tenant=TENANT)
        rotate = KeyServiceStub(caller.channel).RotateKey
        prepared = [rotate(rotation, metadata=caller.metadata, timeout=5.0).key.key_id for _ in range(2)]
        of_tokens = writes(caller, issued.token_id, issued.token)
        of_others = administration(caller, *prepared)
        before = contents(data_dir)
        refused = 0
        with without_audit(data_dir):
            for name, write in (of_tokens | of_others).items():
                with pytest.raises(grpc.RpcError) as caught:
                    write()
                assert refusal(caught.value)[0] is grpc.StatusCode.INTERNAL, name
                assert contents(data_dir) == before, name
                assert caller.reasons([issued.token]) == [OK], name
                refused += 1
        print(f"{refused} kinds of writes refused, none of which happened")
        audited = len(before[-1])
        for name, write in of_tokens.items():
            write()
            audited += 1
            assert len(rows(data_dir, "SELECT 1 FROM audit_records")) == audited, name
        assert caller.reasons([issued.token]) == [REVOKED]
        for name, write in of_others.items():
            write()
            found = len(rows(data_dir, "SELECT 1 FROM audit_records"))
            assert found > audited, name
            audited = found


def test_a_stranger_writes_no_row(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with planted_server(data_dir) as server:
        caller = Caller.of(server)
        caller.issue()
        before = rows(data_dir, "SELECT * FROM audit_records")
        request = messages.IssueRequest(tenant=TENANT, subject="s", audiences=[AUDIENCE])
        for metadata in ((), (("authorization", "Bearer x"),), (("authorization", f"Bearer {server.admin_key}x"),)):
            for _ in range(20):
                with pytest.raises(grpc.RpcError) as caught:
                    caller.stub.Issue(request, metadata=metadata, timeout=5.0)
                assert refusal(caught.value)[0] is grpc.StatusCode.UNAUTHENTICATED
        assert rows(data_dir, "SELECT * FROM audit_records") == before


@pytest.mark.timeout(120 + 10 * ROUNDS)
def test_what_was_acknowledged_is_audited_and_the_chain_is_whole_after_kills(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    found, ledger = kill_rounds(data_dir, "none", seeded("audit kill"), ROUNDS)
    assert found == []
    issues = set(names(data_dir, "SELECT target FROM audit_records WHERE action = 'Issue'"))
    revocations = set(names(data_dir, "SELECT target FROM audit_records WHERE action = 'Revoke'"))
    assert ledger.issued <= issues
    assert {f"token:{token_id}" for token_id in ledger.revoked} <= revocations
    [(sealed,)] = rows(data_dir, "SELECT count(*) FROM audit_seals")
    print(
        f"{ROUNDS} kills, {len(ledger.issued)} issues and {len(ledger.revoked)} revocations acknowledged, all audited; "
        f"{sealed} rows sealed"
    )
    assert isinstance(sealed, int)
    assert sealed > 0
    assert chain_faults(data_dir) == []


@planted
def test_the_kills_find_a_head_that_is_not_written_with_its_seals(tmp_path: Path) -> None:
    chance = seeded("audit kill, planted")
    for number in range(PLANTED_ROUNDS):
        data_dir = tmp_path / f"{number}" / "data"
        data_dir.parent.mkdir()
        kill_rounds(data_dir, "head-in-a-transaction-of-its-own", chance, 1)
        if found := chain_faults(data_dir):
            print(f"found in round {number}: {found}")
            return
    pytest.fail("the planted fault did not show")
