"""The descriptors of a running server, as its reflection tells them (grpc.reflection.v1alpha)."""

from collections.abc import Iterator
from typing import Any, cast

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from authsvc.cli.errors import CommandError
from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.target import Target

_Stub = Any  # the package has no types
_Request = reflection_pb2.ServerReflectionRequest
_OWN = "grpc.reflection."


def reflected_files(target: Target, timeout: float) -> FileDescriptorSet:
    """The files of all services of a server, those before that they import.

    Raises:
        CommandError: the server is out of reach, or does not reflect to strangers.
    """
    files: dict[str, FileDescriptorProto] = {}
    with target.open() as channel:
        stub: _Stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        try:
            listed = _ask(stub, timeout, _Request(list_services=""))
            names = [service.name for service in listed.list_services_response.service]
            for name in names:
                if not name.startswith(_OWN):
                    _take(stub, timeout, files, _Request(file_containing_symbol=name))
        except grpc.RpcError as error:
            # A failed call is its own error.
            code = cast("grpc.Call", error).code().name
            raise CommandError(
                f"{target.address} does not reflect ({code})",
                ExitCode.UNAVAILABLE,
                next_step="is it up, and is reflection on there? A descriptor set does as well: --descriptor-set FILE",
            ) from None
    return FileDescriptorSet(file=files.values())


def _ask(
    stub: _Stub, timeout: float, request: reflection_pb2.ServerReflectionRequest
) -> reflection_pb2.ServerReflectionResponse:
    answers: Iterator[reflection_pb2.ServerReflectionResponse] = stub.ServerReflectionInfo(
        iter((request,)), timeout=timeout
    )
    return next(answers)


def _take(
    stub: _Stub, timeout: float, files: dict[str, FileDescriptorProto], request: reflection_pb2.ServerReflectionRequest
) -> None:
    answer = _ask(stub, timeout, request)
    if answer.HasField("error_response"):
        told = answer.error_response.error_message
        raise CommandError(f"reflection: {told}", ExitCode.UNAVAILABLE)
    for serialized in answer.file_descriptor_response.file_descriptor_proto:
        file = FileDescriptorProto.FromString(serialized)
        if file.name in files:
            continue
        for needed in file.dependency:
            if needed not in files:
                _take(stub, timeout, files, _Request(file_by_filename=needed))
        files.setdefault(file.name, file)
