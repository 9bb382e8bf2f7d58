from typing import Any

from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from authsvc.cli.reach import COMMANDS, WITHOUT_COMMAND
from authsvc.v1 import audit_service_pb2, key_service_pb2, tenant_service_pb2, token_service_pb2
from tests.unit.cli.conftest import CommandLine

FILES: list[Any] = [
    key_service_pb2.DESCRIPTOR,
    token_service_pb2.DESCRIPTOR,
    tenant_service_pb2.DESCRIPTOR,
    audit_service_pb2.DESCRIPTOR,
    health_pb2.DESCRIPTOR,
    reflection_pb2.DESCRIPTOR,
]


def _rpcs() -> set[str]:
    return {
        f"/{service.full_name}/{method.name}"
        for file in FILES
        for service in file.services_by_name.values()
        for method in service.methods
    }


def test_every_rpc_has_a_command_or_a_reason() -> None:
    assert not COMMANDS.keys() & WITHOUT_COMMAND.keys()
    stated = COMMANDS.keys() | WITHOUT_COMMAND.keys()
    assert _rpcs() - stated == set()
    # Which of the two reflection packages a server offers depends on the library's release.
    assert {name for name in stated - _rpcs() if "reflection" not in name} == set()


def test_every_command_exists(authsvc: CommandLine) -> None:
    for command in set(COMMANDS.values()):
        words = command.split()[1:]
        assert authsvc(*words, "--help").code == 0
