"""The RPCs on keys as methods that take plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from authsvc.cli.errors import CommandError
from authsvc.cli.exit_codes import ExitCode
from authsvc.v1 import key_service_pb2
from authsvc.v1.key_service_pb2_grpc import KeyServiceStub

Request = TypeVar("Request", bound=Message)
Answer = TypeVar("Answer", bound=Message)


class Caller(Protocol):
    """Makes a call, with the caller's key."""

    def __call__(self, method: "grpc.UnaryUnaryMultiCallable[Request, Answer]", request: Request) -> Answer:
        """The answer, or a CommandError."""


@dataclass(frozen=True, slots=True)
class Material:
    """A key that is brought. Its repr shows nothing of it."""

    kind: str
    """"pem", "jwk" or "secret"."""
    content: bytes

    def __repr__(self) -> str:
        return f"Material({self.kind!r})"


class KeyClient:
    """The calls on a tenant's keys. Every method raises CommandError when the call fails."""

    def __init__(self, channel: grpc.Channel, tenant: str, call: Caller) -> None:
        self._stub = KeyServiceStub(channel)
        self._tenant = tenant
        self._call = call

    def list_keys(self, *, page_size: int = 0) -> Iterator[key_service_pb2.ListKeysResponse]:
        """The keys, page by page."""
        request = key_service_pb2.ListKeysRequest(tenant=self._tenant, page_size=page_size)
        while True:
            page = self._call(self._stub.ListKeys, request)
            yield page
            if not page.next_page_token:
                return
            if page.next_page_token == request.page_token:
                raise CommandError("the server sends the same page again and again", ExitCode.INTERNAL)
            request.page_token = page.next_page_token

    def rotate(self, prepare_for: timedelta | None) -> key_service_pb2.RotateKeyResponse:
        """A new key, prepared."""
        request = key_service_pb2.RotateKeyRequest(tenant=self._tenant)
        if prepare_for is not None:
            span = Duration()
            span.FromTimedelta(prepare_for)
            request.prepare_for.CopyFrom(span)
        return self._call(self._stub.RotateKey, request)

    def activate(self, key_id: str, *, force: bool) -> key_service_pb2.ActivateKeyResponse:
        """The key, active."""
        request = key_service_pb2.ActivateKeyRequest(tenant=self._tenant, key_id=key_id, force=force)
        return self._call(self._stub.ActivateKey, request)

    def taint(self, key_id: str, *, reason: str, force: bool) -> key_service_pb2.TaintKeyResponse:
        """The key, tainted."""
        request = key_service_pb2.TaintKeyRequest(tenant=self._tenant, key_id=key_id, reason=reason, force=force)
        return self._call(self._stub.TaintKey, request)

    def retire(self, key_id: str, *, force: bool) -> key_service_pb2.RetireKeyResponse:
        """The key, retired."""
        request = key_service_pb2.RetireKeyRequest(tenant=self._tenant, key_id=key_id, force=force)
        return self._call(self._stub.RetireKey, request)

    def import_key(
        self, material: Material, *, algorithm: str, key_id: str, issuer: str
    ) -> key_service_pb2.ImportKeyResponse:
        """The key that was brought: for signing, or for a trusted issuer where one is named."""
        request = key_service_pb2.ImportKeyRequest(
            tenant=self._tenant,
            algorithm=f"SIGNING_ALGORITHM_{algorithm.upper()}",
            key_id=key_id,
            purpose="KEY_PURPOSE_TRUSTED_ISSUER" if issuer else "KEY_PURPOSE_SIGNING",
            issuer=issuer,
        )
        if material.kind == "secret":
            request.secret = material.content
        elif material.kind == "pem":
            request.pem = material.content.decode("utf-8", "replace")
        else:
            request.jwk = material.content.decode("utf-8", "replace")
        return self._call(self._stub.ImportKey, request)

    def jwks(self) -> key_service_pb2.GetJwksResponse:
        """The public keys."""
        return self._call(self._stub.GetJwks, key_service_pb2.GetJwksRequest(tenant=self._tenant))
