"""grpc.health.v1: "" is readiness, as stock clients and balancers read it; "liveness" is on until the process ends."""

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_health.v1.health_pb2 import HealthCheckResponse

READINESS = ""
LIVENESS = "liveness"

PUBLIC_METHODS = ("/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch", "/grpc.health.v1.Health/List")
"""Open to anybody: kubelets and balancers have no key, and the answer says nothing of tenants."""


class Health:
    """The two health services of one server."""

    def __init__(self, service_names: tuple[str, ...] = ()) -> None:
        """`service_names` are answered like readiness."""
        self._servicer = health_aio.HealthServicer()
        self._ready_names = (READINESS, *service_names)
        self._draining = False

    def add_to(self, server: grpc.aio.Server) -> None:
        """Serve health on a server."""
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)

    async def set_alive(self) -> None:
        """Say that the process lives."""
        await self._servicer.set(LIVENESS, HealthCheckResponse.SERVING)

    async def set_ready(self, ready: bool) -> None:
        """Say whether calls should come here. After `drain` it stays off."""
        status = HealthCheckResponse.SERVING if ready and not self._draining else HealthCheckResponse.NOT_SERVING
        for name in self._ready_names:
            await self._servicer.set(name, status)

    async def drain(self) -> None:
        """Turn readiness off for good."""
        self._draining = True
        await self.set_ready(ready=False)
