"""Operations of a tenant document, read from the descriptors of the services that declare them."""

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import DecodeError

from authsvc.access.declared import DescriptorsError, declared_methods
from authsvc.access.rules import UndeclaredAccessError
from authsvc.policy.bounds import MAX_DESCRIPTION_LENGTH
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Operation


class DeclaredOperationsError(Exception):
    """The descriptors cannot be read, or declare what is impossible. The message says what to do."""


def read_descriptor_set(serialized: bytes) -> FileDescriptorSet:
    """The files of a serialized google.protobuf.FileDescriptorSet.

    Raises:
        DeclaredOperationsError: the bytes are something else.
    """
    try:
        return FileDescriptorSet.FromString(serialized)
    except DecodeError:
        raise DeclaredOperationsError(
            "this is no descriptor set; make one with `buf build --output api.binpb`"
            " or `protoc --include_imports --include_source_info --descriptor_set_out=api.binpb`"
        ) from None


def operations_of(files: FileDescriptorSet) -> list[Operation]:
    """An operation for each method that declares scopes, named by its path, described by the first sentence of its comment.

    Raises:
        DeclaredOperationsError: an import is missing, or a method declares what is impossible.
    """
    try:
        return [
            Operation(
                name=method.path,
                requirement=ScopeRequirement(any_of=method.requirement.any_of, all_of=method.requirement.all_of),
                description=method.comment[:MAX_DESCRIPTION_LENGTH],
            )
            for method in declared_methods(files)
        ]
    except (DescriptorsError, UndeclaredAccessError) as error:
        raise DeclaredOperationsError(str(error)) from None
