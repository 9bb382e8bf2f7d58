"""Reads the option (authsvc.v1.access) of RPCs and decides by it."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from authsvc.scopes.grammar import ScopeError
from authsvc.scopes.requirement import Requirement
from authsvc.v1 import options_pb2

# The stubs give an extension the type of a plain descriptor, which no message takes as its extension.
_ACCESS: Any = options_pb2.access


class UndeclaredAccessError(Exception):
    """An RPC does not say who may call it, or says it wrongly. The message names the RPC and the next step."""


class Access(Enum):
    """The kinds of access that need no scopes."""

    HOLDER = "holder"
    """Possession of the token in the request is the right."""
    PUBLIC = "public"
    """Anybody, without a key."""


AccessRule = Requirement | Access


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Who may call what, by the full name of the method: "/package.Service/Method"."""

    rules: Mapping[str, AccessRule]

    def permits(self, method: str, held: AbstractSet[str]) -> bool:
        """Whether a caller with these scopes may call the method. A method without a rule is refused."""
        rule = self.rules.get(method)
        if isinstance(rule, Requirement):
            return rule.is_met_by(held)
        return rule is not None

    def matched(self, method: str, held: AbstractSet[str]) -> list[str]:
        """The scopes of the method's rule that are held, sorted."""
        rule = self.rules.get(method)
        return rule.matched(held) if isinstance(rule, Requirement) else []


def method_path(method: MethodDescriptor) -> str:
    """The name of a method as it stands in the path of a call."""
    service = method.containing_service
    return f"/{service.full_name if service else ''}/{method.name}"


def declares_access(method: MethodDescriptor) -> bool:
    """Whether a method carries the option at all."""
    return bool(method.GetOptions().HasExtension(_ACCESS))


def read_rule(method: MethodDescriptor) -> AccessRule:
    """The rule that a method declares.

    Raises:
        UndeclaredAccessError: it declares none, or an impossible one.
    """
    options = method.GetOptions()
    path = method_path(method)
    if not options.HasExtension(_ACCESS):
        raise UndeclaredAccessError(f"{path} declares no access: add option (authsvc.v1.access) to it")
    declared: options_pb2.AccessRule = options.Extensions[_ACCESS]
    kind = declared.WhichOneof("rule")
    if kind == "scopes":
        try:
            return Requirement.of(declared.scopes.any_of, declared.scopes.all_of)
        except ScopeError as error:
            raise UndeclaredAccessError(f"{path} declares an impossible access: scopes {error}") from None
    if kind == "holder" and declared.holder:
        return Access.HOLDER
    if kind == "public" and declared.public:
        return Access.PUBLIC
    raise UndeclaredAccessError(f"{path} declares an empty access: set scopes, holder or public")


def read_rules(services: Iterable[ServiceDescriptor], fixed: Mapping[str, AccessRule] | None = None) -> AccessRules:
    """The rules of all methods of some services; `fixed` are those of services that cannot carry the option.

    Raises:
        UndeclaredAccessError: a method declares none.
    """
    rules: dict[str, AccessRule] = dict(fixed or {})
    for service in services:
        for method in service.methods:
            rules[method_path(method)] = read_rule(method)
    return AccessRules(rules)
