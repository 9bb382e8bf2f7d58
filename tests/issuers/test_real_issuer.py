"""Tokens of a real issuer, npm's oidc-provider, over every RPC that decides; its keys rotate, and in the end it dies."""

import json
import os
import signal
import time
from collections.abc import Iterator

import grpc
import pytest

from authsvc.v1.claims_pb2 import Origin
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import SigningAlgorithm, Tenant, TrustedIssuer
from authsvc.v1.tenant_service_pb2 import ApplyTenantRequest
from authsvc.v1.tenant_service_pb2_grpc import TenantServiceStub
from authsvc.v1.token_service_pb2 import (
    BatchVerifyRequest,
    CheckScopesRequest,
    CheckScopesResponse,
    InspectRequest,
    RevokeRequest,
    SubjectTarget,
    VerifyRequest,
    VerifyResponse,
)
from tests.issuers.real_issuer import ALGORITHMS, AUDIENCE, RealIssuer, real_issuer
from tests.support.server import Server, await_true, start_server

OK = Reason.REASON_OK
SOON = 30.0
"""Seconds in which a rotated key must be good: the limit of 10 s between fetches, and room for a busy machine."""


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealIssuer]:
    with real_issuer(tmp_path_factory.mktemp("issuer")) as running:
        yield running


def tenants(issuer: RealIssuer) -> str:
    """Two tenants that trust it, each within caps of its own."""
    trusted = {
        "issuer": issuer.url,
        "jwks_url": issuer.jwks_url,
        "algorithms": [f"SIGNING_ALGORITHM_{algorithm.upper()}" for algorithm in ALGORITHMS],
    }
    acme = {**trusted, "scopes": ["read:users", "repo"], "client_ids": [f"worker-{name}" for name in ALGORITHMS]}
    globex = {**trusted, "scopes": ["create:users"], "max_ttl": "60s"}
    documents = [{"name": "acme", "trusted_issuers": [acme]}, {"name": "globex", "trusted_issuers": [globex]}]
    return "\n---\n".join(map(json.dumps, [*documents, {"name": "initech"}]))


@pytest.fixture(scope="module")
def server(issuer: RealIssuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("trusting")
    (folder / "tenants.yaml").write_text(tenants(issuer))
    environment = {"AUTHSVC_TENANTS_FILE": str(folder / "tenants.yaml"), "AUTHSVC_WORKERS": "2"}
    server = start_server(folder / "data", environment=environment)
    try:
        yield server
    finally:
        status = server.stop()
    assert status == 0, server.log


def verify(server: Server, token: str, tenant: str = "acme", audience: str = AUDIENCE) -> VerifyResponse:
    request = VerifyRequest(tenant=tenant, token=token, audience=audience)
    return server.tokens().Verify(request, metadata=tuple(server.metadata()))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_each_algorithm_is_good(issuer: RealIssuer, server: Server, algorithm: str) -> None:
    answer = verify(server, issuer.token(algorithm))
    assert answer.reason == OK, Reason.Name(answer.reason)
    said = answer.claims
    assert (said.origin, said.tenant, said.issuer) == (Origin.ORIGIN_EXTERNAL, "acme", issuer.url)
    assert (said.client_id, list(said.audiences)) == (f"worker-{algorithm}", [AUDIENCE])
    assert list(said.scopes) == ["read:users", "repo"]
    assert said.token_id
    assert said.key_id


def test_every_rpc_that_decides_says_the_same(issuer: RealIssuer, server: Server) -> None:
    token, stub, metadata = issuer.token(), server.tokens(), tuple(server.metadata())
    for scope, reason in (("read:users", OK), ("create:users", Reason.REASON_INSUFFICIENT_SCOPE)):
        checked: CheckScopesResponse = stub.CheckScopes(
            CheckScopesRequest(
                tenant="acme", token=token, audience=AUDIENCE, requirement=ScopeRequirement(any_of=[scope])
            ),
            metadata=metadata,
        )
        assert (checked.valid, checked.reason) == (True, reason)
    batch = stub.BatchVerify(
        BatchVerifyRequest(tenant="acme", tokens=[token, token + "x"], audience=AUDIENCE), metadata=metadata
    )
    assert [result.valid for result in batch.results] == [True, False]
    inspected = stub.Inspect(InspectRequest(tenant="acme", token=token, audience=AUDIENCE), metadata=metadata)
    assert inspected.valid
    assert inspected.claims.origin == Origin.ORIGIN_EXTERNAL


def test_the_caps_of_each_tenant_hold(issuer: RealIssuer, server: Server) -> None:
    token = issuer.token()
    assert verify(server, token, "globex").reason == Reason.REASON_INVALID_CLAIMS
    assert verify(server, token, "initech").reason == Reason.REASON_UNKNOWN_KEY
    assert verify(server, token, audience="https://other.example").reason == Reason.REASON_WRONG_AUDIENCE


def test_its_tokens_are_revoked_like_any_other(issuer: RealIssuer, server: Server) -> None:
    first, second = issuer.token("RS256"), issuer.token("RS256")
    stub, metadata = server.tokens(), tuple(server.metadata())
    stub.Revoke(RevokeRequest(tenant="acme", token=first), metadata=metadata)
    assert verify(server, first).reason == Reason.REASON_REVOKED
    assert verify(server, second).reason == OK
    stub.Revoke(RevokeRequest(tenant="acme", subject=SubjectTarget(subject="worker-RS256")), metadata=metadata)
    assert verify(server, second).reason == Reason.REASON_REVOKED


def test_a_document_that_is_applied_later_is_in_force_soon(issuer: RealIssuer, server: Server) -> None:
    stub = TenantServiceStub(server.channel())
    trusted = TrustedIssuer(
        issuer=issuer.url,
        jwks_url=f"{issuer.jwks_url}?later",
        algorithms=[SigningAlgorithm.SIGNING_ALGORITHM_ES256],
        scopes=["repo"],
    )
    document = Tenant(name="later", trusted_issuers=[trusted])
    stub.ApplyTenant(ApplyTenantRequest(tenant=document), metadata=tuple(server.metadata()))
    token = issuer.token()
    await_true(lambda: verify(server, token, "later").valid, "a key set is fetched for a new document", SOON)
    assert list(verify(server, token, "later").claims.scopes) == ["repo"]


def fetches(server: Server, outcome: str = "ok") -> int:
    """How many fetches of a key set all workers together have counted."""
    wanted = f'authsvc_jwks_fetches_total{{outcome="{outcome}"}} '
    return sum(
        int(float(line.removeprefix(wanted))) for line in server.metrics().splitlines() if line.startswith(wanted)
    )


def everywhere(server: Server, token: str) -> bool:
    """Whether every worker accepts a token, as far as a dozen connections tell."""
    request = VerifyRequest(tenant="acme", token=token, audience=AUDIENCE)
    try:
        return all(
            server.tokens(fresh=True).Verify(request, metadata=tuple(server.metadata()), timeout=10).valid
            for _ in range(12)
        )
    except grpc.RpcError:  # a worker is just being replaced
        return False


def test_a_rotated_key_is_good_soon_and_a_dead_issuer_leaves_its_keys(issuer: RealIssuer, server: Server) -> None:
    old = issuer.token()
    assert verify(server, old).valid
    issuer.order("both")
    fresh = issuer.token()
    began = time.monotonic()
    assert verify(server, fresh).reason in {Reason.REASON_UNKNOWN_KEY, OK}
    await_true(lambda: everywhere(server, fresh), "the new key is known to every worker", SOON)
    print(f"a rotated key was good everywhere after {time.monotonic() - began:.1f} s")
    assert verify(server, old).valid
    issuer.order("rotate")
    last = issuer.token()
    await_true(lambda: everywhere(server, last), "the third key is known to every worker", SOON)
    # What its set no longer holds verifies nothing.
    assert verify(server, fresh).reason == Reason.REASON_UNKNOWN_KEY
    issuer.stop()
    unknown = fresh
    assert verify(server, unknown).reason == Reason.REASON_UNKNOWN_KEY
    await_true(lambda: fetches(server, "connect") > 0, "a fetch from the dead issuer has failed", SOON)
    assert everywhere(server, last)
    # Workers that start while the issuer is dead have its keys too.
    before = set(server.worker_pids())
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    await_true(
        lambda: len(set(server.worker_pids()) - before) == len(before) and everywhere(server, last),
        "workers that started while the issuer was dead know its keys",
        SOON,
    )
