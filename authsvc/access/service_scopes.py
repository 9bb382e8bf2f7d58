"""The scopes of this service itself: those that its RPCs ask for."""

from authsvc.access.rules import read_rule
from authsvc.scopes.requirement import Requirement
from authsvc.v1 import audit_service_pb2, key_service_pb2, tenant_service_pb2, token_service_pb2

ADMIN_SCOPE = "admin:authsvc"
"""Opens everything, for a key that is bound to no tenant."""

_CONTRACT = (audit_service_pb2, key_service_pb2, tenant_service_pb2, token_service_pb2)


def _asked_for() -> frozenset[str]:
    rules = [
        read_rule(method)
        for file in _CONTRACT
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    ]
    return frozenset(scope for rule in rules if isinstance(rule, Requirement) for scope in (*rule.any_of, *rule.all_of))


SERVICE_SCOPES = _asked_for()
"""Every scope that some RPC of the contract asks for."""
