"""Services made up at run time, each with one method and the access that a test gives it."""

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from authsvc.v1.options_pb2 import AccessRule, access


def service(
    options: bytes | None, *, package: str = "made.up", methods: tuple[str, ...] = ("Do",)
) -> ServiceDescriptor:
    """A service whose methods all carry these serialized MethodOptions."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}/service.proto", package=package, syntax="proto3")
    file.message_type.add(name="Nothing")
    declared = file.service.add(name="Service")
    for name in methods:
        method = declared.method.add(name=name, input_type=f".{package}.Nothing", output_type=f".{package}.Nothing")
        if options is not None:
            method.options.ParseFromString(options)
    pool = descriptor_pool.DescriptorPool()
    # The pool must know the option, or it would be a field that nobody can name.
    for dependency in ("google/protobuf/descriptor.proto", "authsvc/v1/scopes.proto", "authsvc/v1/options.proto"):
        known = descriptor_pb2.FileDescriptorProto()
        descriptor_pool.Default().FindFileByName(dependency).CopyToProto(known)
        pool.Add(known)
    file.dependency.append("authsvc/v1/options.proto")
    pool.Add(file)
    return pool.FindServiceByName(f"{package}.Service")


def method(options: bytes | None) -> MethodDescriptor:
    return service(options).methods[0]


def declaring(rule: AccessRule) -> bytes:
    """MethodOptions with the option set to the rule."""
    options = descriptor_pb2.MethodOptions()
    options.Extensions[access].CopyFrom(rule)  # type: ignore[index]  # the stubs type the extension as a descriptor
    return options.SerializeToString()


def raw_declaring(rule: bytes) -> bytes:
    """MethodOptions with the option set to the bytes of a rule, whatever they hold."""
    # Field 50551, length-delimited (protobuf wire type 2).
    return bytes([0xBA, 0xD7, 0x18, len(rule)]) + rule
