"""`authsvc` with a service whose one method does not say who may call it: `python -m tests.contract.planted.undeclared`."""

import sys

from google.protobuf import descriptor_pb2, descriptor_pool

from authsvc.api import methods
from authsvc.app import parts
from authsvc.cli.main import run


def plant() -> None:
    """Offer one method more, without the option."""
    file = descriptor_pb2.FileDescriptorProto(name="made/up.proto", package="made.up", syntax="proto3")
    file.message_type.add(name="Nothing")
    file.service.add(name="Service").method.add(
        name="Do", input_type=".made.up.Nothing", output_type=".made.up.Nothing"
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    services = (*methods.SERVICES, pool.FindServiceByName("made.up.Service"))
    for module in (methods, parts):
        vars(module)["SERVICES"] = services


if __name__ == "__main__":
    plant()
    sys.exit(run())
