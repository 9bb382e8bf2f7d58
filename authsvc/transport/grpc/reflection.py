"""gRPC reflection: open to anybody on a development server, otherwise to callers with a key."""

from __future__ import annotations  # grpc's classes take type arguments in stubs only

from collections.abc import AsyncIterator, Mapping

import grpc
from grpc_reflection.v1alpha.reflection import SERVICE_NAME as REFLECTION_SERVICE
from grpc_reflection.v1alpha.reflection import aio as reflection_aio
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest as Request
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionResponse as Response

from authsvc.api.gate import Gate
from authsvc.errors import AuthsvcError
from authsvc.transport.grpc.callers import Callers
from authsvc.transport.grpc.status import DETAILS_KEY, details_of, status_of

METHOD = f"/{REFLECTION_SERVICE}/ServerReflectionInfo"


class GuardedReflection:
    """Reflection behind the gate."""

    def __init__(self, service_names: tuple[str, ...], gate: Gate, callers: Callers) -> None:
        self._servicer = reflection_aio.ReflectionServicer(service_names)
        self._gate = gate
        self._callers = callers
        self._handler: grpc.RpcMethodHandler[Request, Response] = grpc.stream_stream_rpc_method_handler(
            self._serve,
            request_deserializer=Request.FromString,
            response_serializer=Response.SerializeToString,
        )

    @property
    def methods(self) -> Mapping[str, grpc.RpcMethodHandler[Request, Response]]:
        """The one method."""
        return {METHOD: self._handler}

    async def _serve(
        self, requests: AsyncIterator[Request], context: grpc.aio.ServicerContext[Request, Response]
    ) -> AsyncIterator[Response]:
        if not self._gate.is_public(METHOD):
            try:
                self._callers.admit(METHOD, context)
            except AuthsvcError as error:
                await context.abort(status_of(error), error.message, ((DETAILS_KEY, details_of(error)),))
        async for response in self._servicer.ServerReflectionInfo(requests, context):  # type: ignore[attr-defined]  # it is an async generator
            yield response
