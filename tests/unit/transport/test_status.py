"""Every reason has a status, every error a reason, and every detail is what the contract says."""

from datetime import timedelta

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from authsvc.errors import (
    AuthsvcError,
    FieldViolation,
    InvalidFieldError,
    LastAdminKeyError,
    RateLimitedError,
    TenantNotFoundError,
)
from authsvc.transport.grpc.status import (
    DOMAIN,
    STATUS_OF_REASON,
    InternalError,
    details_of,
    reason_name,
    status_of,
)
from authsvc.v1 import error_reason_pb2
from authsvc.v1.error_reason_pb2 import ErrorReason
from tests.contract.bounds import PROTOS


def subclasses(kind: type[AuthsvcError]) -> set[type[AuthsvcError]]:
    direct = set(kind.__subclasses__())
    return direct.union(*(subclasses(child) for child in direct))


def test_every_reason_has_a_status() -> None:
    assert set(STATUS_OF_REASON) == set(ErrorReason.values()) - {ErrorReason.ERROR_REASON_UNSPECIFIED}


def test_every_status_is_the_one_that_the_contract_names() -> None:
    text = (PROTOS / "error_reason.proto").read_text(encoding="utf-8")
    comment = ""
    stated = {}
    for line in map(str.strip, text.splitlines()):
        if line.startswith("//"):
            comment = line
        elif " = " in line and line.startswith("ERROR_REASON_"):
            stated[ErrorReason.Value(line.split(" = ")[0])] = comment.removeprefix("// ").partition(".")[0]
    del stated[ErrorReason.ERROR_REASON_UNSPECIFIED]
    assert {reason: status.name for reason, status in STATUS_OF_REASON.items()} == stated


def test_every_error_has_a_reason_of_its_own() -> None:
    kinds = subclasses(AuthsvcError)
    assert len(kinds) >= 18
    reasons = [kind.reason for kind in kinds]
    assert len(set(reasons)) == len(reasons)
    # Nothing but the fault of the service itself is told as one.
    assert [kind for kind in kinds if kind.reason == ErrorReason.ERROR_REASON_INTERNAL] == [InternalError]
    assert set(reasons) == set(STATUS_OF_REASON)


def test_no_error_is_ok_or_unknown() -> None:
    assert not {grpc.StatusCode.OK, grpc.StatusCode.UNKNOWN} & set(STATUS_OF_REASON.values())


def unpacked(error: AuthsvcError) -> tuple[Status, list[ErrorInfo | BadRequest | RetryInfo]]:
    status = Status.FromString(details_of(error))
    details: list[ErrorInfo | BadRequest | RetryInfo] = []
    for packed in status.details:
        assert isinstance(packed, AnyMessage)
        kind = {"ErrorInfo": ErrorInfo, "BadRequest": BadRequest, "RetryInfo": RetryInfo}[
            packed.TypeName().rpartition(".")[2]
        ]
        detail = kind()
        packed.Unpack(detail)
        details.append(detail)
    return status, details


def test_an_error_names_its_reason_and_domain() -> None:
    status, details = unpacked(TenantNotFoundError("there is none"))
    assert (status.code, status.message) == (Code.NOT_FOUND, "there is none")
    assert details == [ErrorInfo(reason="TENANT_NOT_FOUND", domain=DOMAIN)]


def test_fields_travel_with_their_rules() -> None:
    error = InvalidFieldError([FieldViolation("a", "is required"), FieldViolation("b[1].c", "is wrong")])
    status, details = unpacked(error)
    assert status.message == "a: is required; b[1].c: is wrong"
    assert details[1] == BadRequest(
        field_violations=[
            BadRequest.FieldViolation(field="a", description="is required"),
            BadRequest.FieldViolation(field="b[1].c", description="is wrong"),
        ]
    )


@pytest.mark.parametrize("seconds", [0.0, 0.05, 2.5, 86400.0])
def test_a_limit_says_when_to_come_back(seconds: float) -> None:
    _, details = unpacked(RateLimitedError("too many", retry_after=timedelta(seconds=seconds)))
    assert isinstance(details[1], RetryInfo)
    assert details[1].retry_delay.ToTimedelta().total_seconds() == seconds


def test_metadata_travels_with_the_reason() -> None:
    _, details = unpacked(LastAdminKeyError("no", metadata={"next_step": "force"}))
    assert isinstance(details[0], ErrorInfo)
    assert dict(details[0].metadata) == {"next_step": "force"}


def test_a_fault_says_its_call_and_nothing_else() -> None:
    error = InternalError("0123456789abcdef")
    assert error.message == "internal error, call 0123456789abcdef"
    assert status_of(error) is grpc.StatusCode.INTERNAL
    assert reason_name(error) == "INTERNAL"


def test_the_enum_is_the_contracts() -> None:
    assert error_reason_pb2.DESCRIPTOR.package == "authsvc.v1"
