"""How long it takes until a large tenant document is in force."""

import time

import grpc

from authsvc.policy.document import parse_tenant_documents
from authsvc.v1.tenant_service_pb2 import ApplyTenantRequest
from authsvc.v1.tenant_service_pb2_grpc import TenantServiceStub
from bench.errors import WrongAnswerError
from bench.results import Applied, Spread
from bench.servers import authsvc_server
from bench.stage import Stage
from bench.world import RICH_OPERATIONS, make_world, rich_documents

_SECONDS = 60.0


def applied(stage: Stage) -> Applied:
    """Apply a document of many operations again and again, each time with another text in each of them.

    Raises:
        WrongAnswerError: the document in force is not the one that was applied.
    """
    world = make_world(stage.directory("applied"))
    tenant = parse_tenant_documents(rich_documents().partition("\n---\n")[0])[0]
    metadata = (("authorization", f"Bearer {world.admin_key}"),)
    readings: list[float] = []
    with authsvc_server(world, stage.server_cpus) as server, grpc.insecure_channel(server.address) as channel:
        stub = TenantServiceStub(channel)
        for turn in range(stage.options.pairs):
            stage.progress("apply", turn, stage.options.pairs)
            for operation in tenant.operations:
                operation.description = f"in turn {turn}"
            started = time.perf_counter()
            answer = stub.ApplyTenant(ApplyTenantRequest(tenant=tenant), metadata=metadata, timeout=_SECONDS)
            readings.append(time.perf_counter() - started)
            if answer.tenant.operations != tenant.operations or not answer.changes:
                raise WrongAnswerError("another document is in force than was applied")
    stage.progress("apply", stage.options.pairs, stage.options.pairs)
    return Applied(operations=RICH_OPERATIONS, seconds=Spread.of(readings))
