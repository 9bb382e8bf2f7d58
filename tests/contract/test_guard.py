"""Every RPC is guarded by what it declares, and the server tells of no other RPC than the contract holds."""

from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import Message
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from authsvc.access.rules import Access, method_path, read_rule
from authsvc.api.methods import SERVICES
from authsvc.app.parts import access_rules
from authsvc.config import load_settings
from authsvc.scopes.requirement import Requirement
from tests.contract.callers import ALL_SCOPES, Callers, bearer
from tests.contract.case import Run, load_cases
from tests.contract.contract import METHODS, Refusal, call, refusal_of, request_type
from tests.support.server import Server

PUBLIC = tuple(rpc for rpc, method in METHODS.items() if read_rule(method) is Access.PUBLIC)
HOLDERS = tuple(rpc for rpc, method in METHODS.items() if read_rule(method) is Access.HOLDER)
"""The RPCs whose right is the token in the request."""
GUARDED = tuple(rpc for rpc in METHODS if rpc not in {*PUBLIC, *HOLDERS})
RPCS = pytest.mark.parametrize("rpc", GUARDED)
ADMIN_SCOPE = "admin:authsvc"
GARBAGE = (
    "x",
    "not.a.key",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
    "a" * 4096,
    "=",
)


def reflect(
    channel: grpc.Channel, request: reflection_pb2.ServerReflectionRequest
) -> reflection_pb2.ServerReflectionResponse:
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    answer: reflection_pb2.ServerReflectionResponse = next(
        iter(stub.ServerReflectionInfo(iter((request,)), timeout=10))
    )
    return answer


def offered(channel: grpc.Channel) -> set[str]:
    """The paths of all methods that the server tells of."""
    listed = reflect(channel, reflection_pb2.ServerReflectionRequest(list_services=""))
    paths = set()
    for service in listed.list_services_response.service:
        found = reflect(channel, reflection_pb2.ServerReflectionRequest(file_containing_symbol=service.name))
        for serialized in found.file_descriptor_response.file_descriptor_proto:
            file = FileDescriptorProto.FromString(serialized)
            paths |= {
                f"/{file.package}.{declared.name}/{method.name}"
                for declared in file.service
                if f"{file.package}.{declared.name}" == service.name
                for method in declared.method
            }
    return paths


FOR_ALL_ALONE = frozenset({"DeleteTenant", "VerifyAuditLog"})
"""The RPCs that no caller bound to one tenant may call."""
NAMES_TENANT = pytest.mark.parametrize(
    "rpc", [rpc for rpc in GUARDED if "tenant" in METHODS[rpc].input_type.fields_by_name]
)


def good_request(rpc: str, channel: grpc.Channel, callers: Callers, tenant: str = "") -> Message:
    """A request that the caller "demo", or else one for all tenants, may make; for the tenant, if one is named."""
    caller = "platform" if rpc in FOR_ALL_ALONE else "demo"
    case = next(case for case in load_cases() if case.rpc == rpc and case.is_good and case.caller == caller)
    run = Run(channel, callers)
    run.answer(case)
    run.set_up(case)
    request: Any = json_format.ParseDict(run.fill(dict(case.request)), request_type(rpc)())
    if tenant and (field := METHODS[rpc].input_type.fields_by_name.get("tenant")):
        if field.message_type is None:
            request.tenant = tenant
        else:
            request.tenant.name = tenant
    whole: Message = request
    return whole


def test_the_server_offers_the_contract_and_health_and_nothing_else(channel: grpc.Channel) -> None:
    health = {"/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/List", "/grpc.health.v1.Health/Watch"}
    assert offered(channel) == {method_path(method) for method in METHODS.values()} | health
    assert {service.full_name for service in SERVICES} == {
        method.containing_service.full_name for method in METHODS.values() if method.containing_service
    }


@RPCS
def test_every_rpc_has_a_guard_entry_that_asks_for_a_scope(rpc: str) -> None:
    rule = read_rule(METHODS[rpc])
    assert isinstance(rule, Requirement)
    assert not rule.all_of
    assert ADMIN_SCOPE in rule.any_of
    assert access_rules(load_settings(dev=True)).rules[method_path(METHODS[rpc])] == rule


def test_public_keys_alone_are_open_to_anybody(channel: grpc.Channel, callers: Callers) -> None:
    assert PUBLIC == ("GetJwks",)
    request = good_request("GetJwks", channel, callers)
    answers = {
        call(channel, "GetJwks", request, metadata).jwks
        for metadata in ((), bearer("x"), callers.admin, callers.bound("acme", ()))
    }
    assert len(answers) == 1


def test_nothing_is_open_but_health_public_keys_and_on_a_development_server_reflection() -> None:
    for dev in (True, False):
        settings = load_settings(
            dev=dev, issuer_url="https://x.example", sealing_key_file="x", tenants_file="x", tls="off"
        )
        public = {path for path, rule in access_rules(settings).rules.items() if rule is Access.PUBLIC}
        reflection = {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"} if dev else set()
        health = {f"/grpc.health.v1.Health/{name}" for name in ("Check", "List", "Watch")}
        assert public == health | reflection | {method_path(METHODS[rpc]) for rpc in PUBLIC}


def test_possession_is_the_right_to_these_and_no_others() -> None:
    assert set(HOLDERS) == {"Exchange", "RotateToken"}


@pytest.mark.parametrize("rpc", HOLDERS)
def test_the_token_in_the_request_is_the_only_right(rpc: str, channel: grpc.Channel, callers: Callers) -> None:
    for metadata in ((), callers.admin, callers.bound("*"), bearer("x")):
        for request in (
            request_type(rpc)(tenant="demo", token="x"),
            request_type(rpc)(tenant="nobody", token=callers.fresh_key("demo")),
            request_type(rpc)(tenant="demo", token=callers.fresh_key("demo")),
        ):
            answer = call(channel, rpc, request, metadata)
            assert isinstance(answer, Refusal)
            # One answer, whatever is wrong with the token and whether or not there is such a tenant.
            assert (answer.code, answer.reason, answer.message) == (
                grpc.StatusCode.UNAUTHENTICATED,
                "TOKEN_NOT_GOOD",
                "the token of this call is not valid here",
            )


@RPCS
def test_it_is_refused_without_a_key(rpc: str, channel: grpc.Channel, callers: Callers) -> None:
    for request in (b"", good_request(rpc, channel, callers)):
        answer = call(channel, rpc, request)
        assert isinstance(answer, Refusal)
        assert (answer.code, answer.reason) == (grpc.StatusCode.UNAUTHENTICATED, "MISSING_KEY")


@RPCS
def test_it_is_refused_with_a_garbage_key(rpc: str, channel: grpc.Channel) -> None:
    for key in GARBAGE:
        answer = call(channel, rpc, b"", bearer(key))
        assert isinstance(answer, Refusal)
        assert answer.code is grpc.StatusCode.UNAUTHENTICATED
        assert key not in answer.message or len(key) == 1


@RPCS
def test_it_is_refused_with_a_token_that_is_no_key(
    rpc: str, server: Server, channel: grpc.Channel, callers: Callers
) -> None:
    request = request_type("Issue")(tenant="demo", subject="admin", audiences=["demo-api"], scopes=[ADMIN_SCOPE])
    token = call(channel, "Issue", request, callers.admin).token
    keys = (token, token[:-4] + "AAAA", server.admin_key[:-4] + "AAAA")
    answers = [call(channel, rpc, b"", bearer(key)) for key in keys]
    # One answer for a token of a tenant, a forged one and a forged key: a stranger is told nothing.
    assert {(answer.code, answer.reason, answer.message) for answer in answers} == {
        (grpc.StatusCode.UNAUTHENTICATED, "INVALID_KEY", "the call's key is not valid here")
    }


@RPCS
def test_it_is_refused_with_a_key_that_has_every_scope_but_its_own(
    rpc: str, channel: grpc.Channel, callers: Callers
) -> None:
    rule = read_rule(METHODS[rpc])
    assert isinstance(rule, Requirement)
    others = [scope for scope in (*ALL_SCOPES, "admin", "authsvc", "*") if scope not in rule.any_of]
    answer = call(channel, rpc, good_request(rpc, channel, callers), callers.bound("demo", others))
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.reason) == (grpc.StatusCode.PERMISSION_DENIED, "INSUFFICIENT_SCOPE")


@RPCS
def test_it_is_open_to_a_key_with_its_scope_and_no_other(rpc: str, channel: grpc.Channel, callers: Callers) -> None:
    rule = read_rule(METHODS[rpc])
    assert isinstance(rule, Requirement)
    own = [scope for scope in rule.any_of if scope != ADMIN_SCOPE]
    caller = callers.bound("*" if rpc in FOR_ALL_ALONE else "demo", own)
    assert not isinstance(call(channel, rpc, good_request(rpc, channel, callers), caller), Refusal)


@NAMES_TENANT
def test_it_is_refused_with_the_key_of_another_tenant(rpc: str, channel: grpc.Channel, callers: Callers) -> None:
    answers = set()
    # The same answer for a tenant that exists, one that does not, and the service's own.
    for tenant in ("demo", "nobody", "authsvc", "Acme", "acme ", "*"):
        answer = call(channel, rpc, good_request(rpc, channel, callers, tenant), callers.bound("acme"))
        assert isinstance(answer, Refusal)
        answers.add((answer.code, answer.reason, answer.message))
    assert answers == {
        (grpc.StatusCode.PERMISSION_DENIED, "TENANT_NOT_ALLOWED", "the call's key is bound to another tenant")
    }


@NAMES_TENANT
def test_a_caller_for_all_tenants_cannot_reach_the_keys_of_the_service(
    rpc: str, channel: grpc.Channel, callers: Callers
) -> None:
    answer = call(channel, rpc, good_request(rpc, channel, callers, "authsvc"), callers.bound("*"))
    assert isinstance(answer, Refusal)
    assert answer.reason == "TENANT_NOT_ALLOWED"


@pytest.mark.parametrize("path", ["authsvc.v1.TokenService/Everything", "authsvc.v1.TokenService/verify", "x.Y/Z", "x"])
def test_a_method_that_does_not_exist_is_unimplemented(channel: grpc.Channel, callers: Callers, path: str) -> None:
    for metadata in ((), callers.admin):
        ask = channel.unary_unary(f"/{path}", request_serializer=bytes, response_deserializer=bytes)
        with pytest.raises(grpc.RpcError) as caught:
            ask(b"", metadata=metadata, timeout=10)
        refusal = refusal_of(caught.value)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNIMPLEMENTED, "UNKNOWN_METHOD")
        stream = channel.stream_stream(f"/{path}", request_serializer=bytes, response_deserializer=bytes)
        with pytest.raises(grpc.RpcError) as caught:
            list(stream(iter(()), metadata=metadata, timeout=10))
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
