"""No bytes that a caller can send are a fault of the service: never INTERNAL, never UNKNOWN, and the server goes on."""

import asyncio
import os
import random
import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError, Message
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from authsvc.access.rules import method_path
from authsvc.v1 import audit_service_pb2
from authsvc.v1 import key_service_pb2 as key_pb
from authsvc.v1 import tenant_service_pb2 as tenant_pb
from authsvc.v1 import token_service_pb2 as pb
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Operation, Tenant
from tests.contract.callers import Callers, Metadata
from tests.contract.client import Client
from tests.contract.contract import METHODS, Refusal, call, refusal_of
from tests.contract.mutation import changed_bytes, changed_values, delimited, groups, nested
from tests.support.server import Server

SEED = int(os.environ.get("AUTHSVC_TEST_SEED") or secrets.randbits(32))
COUNT = 100_000 if os.environ.get("CI") else 3_000
IN_FLIGHT = 64
WRITES = 0.08
"""The part of the calls that may write: each takes its turn at the disk."""
LONG = 0.005
"""The part of the calls that go through the whole audit log."""

ANSWERS = {
    "INVALID_ARGUMENT": {"INVALID_FIELD", "MALFORMED_REQUEST"},
    "NOT_FOUND": {"TENANT_NOT_FOUND", "TOKEN_NOT_FOUND", "OPERATION_NOT_FOUND", "KEY_NOT_FOUND"},
    # A mutated document may come to list clients.
    "PERMISSION_DENIED": {"TENANT_NOT_ALLOWED", "GRANT_EXCEEDED", "CLIENT_NOT_REGISTERED"},
    "ALREADY_EXISTS": {"REQUEST_ID_REUSED", "KEY_EXISTS"},
    "FAILED_PRECONDITION": {"REQUEST_ID_SPENT", "KEY_STATE", "FAMILY_ENDED"},
    "UNAUTHENTICATED": {"TOKEN_NOT_GOOD"},
    "RESOURCE_EXHAUSTED": {"RATE_LIMITED", "MESSAGE_TOO_LARGE", "OVERLOADED"},
    "UNAVAILABLE": {"REVISION_NOT_REACHED"},
    "ABORTED": {"ETAG_MISMATCH"},
}
"""Every answer but OK that such a message may get."""


def seeds(client: Client) -> dict[str, list[Message]]:
    """Good requests of every RPC, with every field set in one of them."""
    claims, tree = Struct(), Struct()
    claims.update({"a": 1, "b": [True, None, "x"], "c": {"d": 2.5}})
    tree.update({"users": {"actions": ["read", "create"]}, "repo": {}})
    issued = client.issue("mutants", scopes=["a", "b"], claims=claims)
    head: dict[str, Any] = {"tenant": "mutants", "audience": "demo-api", "min_revision": issued.revision}
    requirement = ScopeRequirement(any_of=["a", "x"], all_of=["b"])
    when = Timestamp(seconds=1_000_000_000, nanos=5)
    return {
        "Issue": [
            pb.IssueRequest(
                tenant="mutants",
                subject="s",
                client_id="c",
                audiences=["demo-api", "other"],
                scopes=["a", "b c"],
                ttl=Duration(seconds=60, nanos=1),
                not_before_time=when,
                claims=claims,
                label="l",
                request_id="r",
            ),
            pb.IssueRequest(tenant="mutants", subject="s", audiences=["demo-api"], scope_tree=tree),
        ],
        "Verify": [pb.VerifyRequest(token=issued.token, **head)],
        "CheckScopes": [
            pb.CheckScopesRequest(token=issued.token, requirement=requirement, **head),
            pb.CheckScopesRequest(token=issued.token, operation="do", **head),
        ],
        "Revoke": [
            pb.RevokeRequest(tenant="mutants", token=issued.token, reason="r"),
            pb.RevokeRequest(tenant="mutants", token_id=pb.TokenTarget(token_id="x", issuer="https://x.example")),
            pb.RevokeRequest(tenant="mutants", subject=pb.SubjectTarget(subject="x", issued_before_time=when)),
            pb.RevokeRequest(tenant="mutants", client=pb.ClientTarget(client_id="x", issued_before_time=when)),
            pb.RevokeRequest(tenant="mutants", all=pb.TenantTarget(issued_before_time=when)),
            pb.RevokeRequest(tenant="mutants", key=pb.KeyTarget(key_id="x")),
            pb.RevokeRequest(tenant="mutants", family=pb.FamilyTarget(family_id="x")),
        ],
        "BatchVerify": [pb.BatchVerifyRequest(tokens=[issued.token, "x", ""], **head)],
        "BatchCheckScopes": [
            pb.BatchCheckScopesRequest(
                items=[
                    pb.CheckScopesItem(token=issued.token, requirement=requirement),
                    pb.CheckScopesItem(token=issued.token, operation="do"),
                ],
                **head,
            )
        ],
        "Inspect": [pb.InspectRequest(token=issued.token, **head)],
        "GetToken": [pb.GetTokenRequest(tenant="mutants", token_id=issued.token_id)],
        "ListTokens": [
            pb.ListTokensRequest(tenant="mutants", subject="s", client_id="c", label="l", page_size=5),
            pb.ListTokensRequest(tenant="mutants", page_token="AAAAAAAAAAAAAAAAAAAAAA=="),
        ],
        "ApplyTenant": [tenant_pb.ApplyTenantRequest(tenant=document(), dry_run=True)],
        "GetTenant": [tenant_pb.GetTenantRequest(tenant="mutants")],
        "ListTenants": [
            tenant_pb.ListTenantsRequest(page_size=5, page_token="YWZ0ZXI6YQ=="),
        ],
        "ListKeys": [key_pb.ListKeysRequest(tenant="mutants", page_size=5, page_token="AAAAAAAAAAAAAAAAAAAAAGE=")],
        "RotateKey": [key_pb.RotateKeyRequest(tenant="mutants", prepare_for=Duration(seconds=3600, nanos=5))],
        "ActivateKey": [key_pb.ActivateKeyRequest(tenant="mutants", key_id="x", force=True)],
        "TaintKey": [key_pb.TaintKeyRequest(tenant="mutants", key_id="x", reason="r", force=True)],
        "RetireKey": [key_pb.RetireKeyRequest(tenant="mutants", key_id="x", force=True)],
        "ImportKey": [
            key_pb.ImportKeyRequest(
                tenant="mutants", algorithm="SIGNING_ALGORITHM_RS256", pem="-----BEGIN PUBLIC KEY-----"
            ),
            key_pb.ImportKeyRequest(
                tenant="mutants",
                algorithm="SIGNING_ALGORITHM_HS256",
                secret=bytes(range(40)),
                purpose="KEY_PURPOSE_TRUSTED_ISSUER",
                issuer="i",
            ),
            key_pb.ImportKeyRequest(
                tenant="mutants", algorithm="SIGNING_ALGORITHM_ES256", jwk='{"kty":"EC","crv":"P-256"}', key_id="x"
            ),
        ],
        "GetJwks": [key_pb.GetJwksRequest(tenant="mutants")],
        "DeleteTenant": [tenant_pb.DeleteTenantRequest(tenant="no-mutants", etag="0123456789abcdef")],
        "ListAuditRecords": [
            audit_service_pb2.ListAuditRecordsRequest(
                tenant="mutants", action="Issue", actor="c", target="t", start_time=when, end_time=when, page_size=5
            ),
            audit_service_pb2.ListAuditRecordsRequest(tenant="*", page_token="AAAAAAAAAAAAAAAAAAAAAA==", page_size=5),
        ],
        "VerifyAuditLog": [
            audit_service_pb2.VerifyAuditLogRequest(checkpoints=[client.do("VerifyAuditLog").checkpoint]),
            audit_service_pb2.VerifyAuditLogRequest(page_token="AAAAAAAAAAAAAAAAAAAAAA=="),
        ],
        "Exchange": [
            pb.ExchangeRequest(
                tenant="mutants",
                token=client.issue("mutants", scopes=["a", "b"]).token,
                scopes=["a"],
                audiences=["demo-api"],
                ttl=Duration(seconds=60, nanos=1),
                label="l",
                request_id="e",
            )
        ],
        "RotateToken": [
            pb.RotateTokenRequest(
                tenant="mutants",
                token=client.issue("mutants", scopes=["a", "b"]).token,
                overlap=Duration(seconds=60, nanos=1),
                request_id="t",
            )
        ],
        "ListTokenUsage": [
            pb.ListTokenUsageRequest(tenant="mutants", subject="s", client_id="c", label="l", page_size=5)
        ],
    }


def document() -> Tenant:
    """A document with something in every part of it."""
    return Tenant(
        name="mutants",
        default_ttl=Duration(seconds=60),
        max_ttl=Duration(seconds=600),
        audiences=["demo-api", "other"],
        operations=[Operation(name="do", requirement=ScopeRequirement(any_of=["a", "b"], all_of=["c"]))],
        description="d",
    )


def mutants(chance: random.Random, originals: dict[str, list[Message]], count: int) -> Iterator[tuple[str, bytes]]:
    writing, long = ["Issue", "Revoke", "Exchange", "RotateToken", "ApplyTenant", "DeleteTenant"], ["VerifyAuditLog"]
    writing += ["RotateKey", "ActivateKey", "TaintKey", "RetireKey", "ImportKey"]
    reading = [rpc for rpc in originals if rpc not in (*writing, *long)]
    while count:
        [kind] = chance.choices((writing, long, reading), (WRITES, LONG, 1 - WRITES - LONG))
        rpc = chance.choice(kind)
        original = chance.choice(originals[rpc])
        by_value = chance.random() < 0.4
        message = changed_values(chance, original) if by_value else changed_bytes(chance, original.SerializeToString())
        if not ends_the_callers(rpc, message):
            yield rpc, message
            count -= 1


def ends_the_callers(rpc: str, message: bytes) -> bool:
    """Whether it may, rightly, end the keys that the calls of this test are made with.

    Those keys are tokens of the tenant "authsvc", and the deletion of the tenant that a key is bound to ends that key.
    """
    if rpc not in {"Revoke", "DeleteTenant"}:
        return False
    asked = pb.RevokeRequest() if rpc == "Revoke" else tenant_pb.DeleteTenantRequest()
    try:
        asked.ParseFromString(message)
    except DecodeError:
        return False
    return asked.tenant == "authsvc" or (rpc == "DeleteTenant" and asked.tenant == "mutants")


async def send(
    address: str, callers: list[Metadata], messages: Iterator[tuple[str, bytes]], chance: random.Random
) -> tuple[Counter[str], list[str]]:
    """How many got which answer, and those that got one which they may not get."""
    counts: Counter[str] = Counter()
    faults: list[str] = []
    async with grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]) as opened:
        channel: Any = opened
        asks = {rpc: channel.unary_unary(method_path(method)) for rpc, method in METHODS.items()}

        async def work() -> None:
            for rpc, message in messages:
                try:
                    await asks[rpc](message, metadata=chance.choice(callers), timeout=60)
                except grpc.aio.AioRpcError as error:
                    refusal = refusal_of(error)
                    name = f"{refusal.code.name} {refusal.reason}"
                    if refusal.reason not in ANSWERS.get(refusal.code.name, ()):
                        faults.append(f"{rpc}: {name}: {refusal.message}: {message.hex()}")
                else:
                    name = "OK"
                counts[name] += 1

        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return counts, faults


@pytest.mark.timeout(900)
def test_mutated_messages_are_never_a_fault(server: Server, callers: Callers, client: Client) -> None:
    print(f"AUTHSVC_TEST_SEED={SEED}")
    chance = random.Random(SEED)
    messages = mutants(chance, seeds(client), COUNT)
    asking = [callers.bound("*"), callers.bound("mutants")]
    counts, faults = asyncio.run(send(server.address, asking, messages, chance))
    print(dict(counts.most_common()))
    assert faults[:3] == []
    assert sum(counts.values()) == COUNT
    # Not all of them are refused at the first look.
    assert counts["OK"] > COUNT / 20
    assert counts["INVALID_ARGUMENT INVALID_FIELD"] > COUNT / 20
    assert counts["INVALID_ARGUMENT MALFORMED_REQUEST"] > COUNT / 20
    assert '"event": "fault"' not in server.log
    assert client.verdict(client.issue("mutants").token, "mutants") == "OK"


DEEP = (100, 101, 1000, 15_000)


@pytest.mark.parametrize("levels", DEEP)
def test_depth_is_refused_before_it_costs_anything(client: Client, levels: int) -> None:
    good = pb.IssueRequest(tenant="mutants", subject="s", audiences=["a"]).SerializeToString()
    # A Struct in a Struct: fields holds an entry whose value is a struct_value, and so on.
    claims = b""
    for _ in range(min(levels, 3000)):
        entry = delimited(1, b"a") + delimited(2, delimited(5, claims))
        claims = delimited(1, entry)
    for message in (good + nested(100, levels), good + delimited(9, claims), good + groups(levels)):
        answer = call(client.channel, "Issue", message, client.caller)
        if isinstance(answer, Refusal):
            assert answer.code.name in {"INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"}
            assert answer.reason in {"MALFORMED_REQUEST", "INVALID_FIELD", "MESSAGE_TOO_LARGE"}


@pytest.mark.parametrize("rpc", METHODS)
def test_text_that_is_not_utf_8_is_refused_in_every_text(client: Client, rpc: str) -> None:
    for field in METHODS[rpc].input_type.fields:
        if field.type != field.TYPE_STRING:
            continue
        for text in (b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\x80"):
            answer = call(client.channel, rpc, delimited(field.number, text), client.caller)
            assert isinstance(answer, Refusal), field.name
            assert (answer.code.name, answer.reason) == ("INVALID_ARGUMENT", "MALFORMED_REQUEST"), field.name


@pytest.mark.parametrize("rpc", METHODS)
def test_unknown_fields_are_ignored(client: Client, rpc: str) -> None:
    for request in seeds(client)[rpc][:1]:
        plain = request.SerializeToString()
        odd = plain + delimited(1999, b"\xff\xfe") + groups(3) + b"\xf8\x7c\x01"
        before, after = (call(client.channel, rpc, message, client.caller) for message in (plain, odd))
        assert isinstance(before, Refusal) == isinstance(after, Refusal)
        if rpc in {"Verify", "CheckScopes", "BatchVerify", "BatchCheckScopes", "Inspect", "GetToken"}:
            assert before == after
