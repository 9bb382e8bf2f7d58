"""The key in the metadata: one, whole, and nowhere else; whatever else a peer sends, the server stays and its log stays whole."""

import json

import grpc
import pytest

from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.token_service_pb2 import VerifyRequest, VerifyResponse
from tests.contract.callers import Callers
from tests.contract.contract import Refusal, call
from tests.contract.raw_http2 import Header, RawAnswer, call_headers, raw_call
from tests.support.server import Server

PATH = b"/authsvc.v1.TokenService/Verify"
MESSAGE = VerifyRequest(tenant="demo", token="x", audience="y").SerializeToString()
OK, UNIMPLEMENTED, INTERNAL, UNAUTHENTICATED = 0, 12, 13, 16
INJECTED = b'{"level": "critical", "event": "injected"}'


@pytest.fixture(scope="module")
def key(callers: Callers) -> bytes:
    return dict(callers.bound("demo"))["authorization"].removeprefix("Bearer ").encode()


def answer_to(server: Server, headers: list[Header], path: bytes = PATH) -> RawAnswer:
    return raw_call(server.address, call_headers(path, headers), MESSAGE)


GOOD: dict[str, list[Header]] = {
    "Bearer": [(b"authorization", b"Bearer KEY")],
    "bearer in lower case": [(b"authorization", b"bearer KEY")],
    "beside a binary entry of any bytes": [(b"authorization", b"Bearer KEY"), (b"x-bin", b"/////w")],
    "beside a binary entry of the same name": [(b"authorization", b"Bearer KEY"), (b"authorization-bin", b"AAAA")],
    "beside other entries that stand twice": [(b"authorization", b"Bearer KEY"), (b"x", b"1"), (b"x", b"1")],
}

UNAUTHENTICATED_WITH: dict[str, list[Header]] = {
    "nothing": [],
    "the key twice": [(b"authorization", b"Bearer KEY"), (b"authorization", b"Bearer KEY")],
    "another key first": [(b"authorization", b"Bearer x"), (b"authorization", b"Bearer KEY")],
    "another key after it": [(b"authorization", b"Bearer KEY"), (b"authorization", b"Bearer x")],
    "an empty one beside it": [(b"authorization", b""), (b"authorization", b"Bearer KEY")],
    "two in one": [(b"authorization", b"Bearer KEY,Bearer KEY")],
    "a line feed after it": [(b"authorization", b"Bearer KEY\n")],
    "an entry injected after it": [(b"authorization", b"Bearer KEY\r\nx-admin: yes")],
    "a carriage return in it": [(b"authorization", b"Bearer \rKEY")],
    "a NUL after it": [(b"authorization", b"Bearer KEY\0")],
    "a NUL before it": [(b"authorization", b"Bearer \0KEY")],
    "a letter outside ASCII": [(b"authorization", "Bearer KEYé".encode())],
    "a byte that is no UTF-8": [(b"authorization", b"Bearer KEY\xff")],
    "two blanks": [(b"authorization", b"Bearer  KEY")],
    "a tab": [(b"authorization", b"Bearer\tKEY")],
    "a blank after it": [(b"authorization", b"Bearer KEY ")],
    "a blank before it": [(b"authorization", b" Bearer KEY")],
    "a comment after it": [(b"authorization", b"Bearer KEY; x")],
    "quotes": [(b"authorization", b'Bearer "KEY"')],
    "no scheme": [(b"authorization", b"KEY")],
    "the scheme alone": [(b"authorization", b"Bearer")],
    "the scheme and a blank": [(b"authorization", b"Bearer ")],
    "another scheme": [(b"authorization", b"Basic KEY")],
    "a binary entry alone": [(b"authorization-bin", b"QmVhcmVyIEtFWQ")],
    "another entry": [(b"x-authorization", b"Bearer KEY")],
    "a proxy's entry": [(b"proxy-authorization", b"Bearer KEY")],
    "a cookie": [(b"cookie", b"authorization=Bearer KEY")],
}

ODD: dict[str, list[Header]] = {
    "a line injected in another entry": [(b"authorization", b"Bearer KEY"), (b"x", b"x\r\n" + INJECTED)],
    "a NUL in another entry": [(b"authorization", b"Bearer KEY"), (b"x", b"x\0y")],
    "bytes that are no UTF-8 in another entry": [(b"authorization", b"Bearer KEY"), (b"x", b"\xff\xfe")],
    "a user agent with a line": [(b"authorization", b"Bearer KEY"), (b"user-agent", b"a\n" + INJECTED)],
    "a binary entry that is no base64": [(b"authorization", b"Bearer KEY"), (b"x-bin", b"!!!")],
    "a name in capitals": [(b"Authorization", b"Bearer KEY")],
    "a name with a line": [(b"authorization", b"Bearer KEY"), (b"x\ny", b"z")],
    "an empty name": [(b"authorization", b"Bearer KEY"), (b"", b"z")],
    "a timeout that is none": [(b"authorization", b"Bearer KEY"), (b"grpc-timeout", b"soon")],
    "a timeout that is over": [(b"authorization", b"Bearer KEY"), (b"grpc-timeout", b"0n")],
    "an encoding that nobody knows": [(b"authorization", b"Bearer KEY"), (b"grpc-encoding", b"zip")],
    "a second path": [(b"authorization", b"Bearer KEY"), (b":path", b"/x")],
    "a status": [(b"authorization", b"Bearer KEY"), (b":status", b"200")],
}

PATHS = (
    b"/authsvc.v1.TokenService/\xff\xfe",
    b"/\xc3\x28",
    b"\xff",
    b"",
    b"/",
    b"authsvc.v1.TokenService/Verify",
    PATH + b"\n" + INJECTED,
    PATH + b"\0",
    PATH + b"/",
    b"/" + PATH,
    PATH + b"?x=y",
    b"/authsvc.v1.TokenService/" + b"x" * 4000,
    b"http://localhost" + PATH,
)


def with_key(headers: list[Header], key: bytes) -> list[Header]:
    return [(name, value.replace(b"KEY", key)) for name, value in headers]


@pytest.mark.parametrize("name", GOOD)
def test_a_key_is_taken(server: Server, key: bytes, name: str) -> None:
    answer = answer_to(server, with_key(GOOD[name], key))
    assert answer.status == OK
    assert VerifyResponse.FromString(answer.data[5:]).reason == Reason.REASON_MALFORMED


@pytest.mark.parametrize("name", UNAUTHENTICATED_WITH)
def test_anything_else_is_no_key(server: Server, key: bytes, name: str) -> None:
    answer = answer_to(server, with_key(UNAUTHENTICATED_WITH[name], key))
    assert (answer.status, answer.data) == (UNAUTHENTICATED, b"")


@pytest.mark.parametrize("name", ODD)
def test_what_no_client_sends_neither_opens_nor_breaks_anything(server: Server, key: bytes, name: str) -> None:
    answer = answer_to(server, with_key(ODD[name], key))
    # Nobody but the holder of the key has sent it: what grpc lets through is answered, the rest is refused.
    assert answer.was_reset or answer.status is not None
    assert (answer.status == OK) == (answer.data != b"")
    assert_serves(server, key)


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_a_path_that_is_none_finds_nothing_and_ends_nothing(server: Server, key: bytes, path: bytes) -> None:
    for headers in ([], with_key(GOOD["Bearer"], key)):
        answer = answer_to(server, headers, path)
        assert answer.was_reset or answer.status in {UNIMPLEMENTED, INTERNAL}
        assert answer.data == b""
    assert_serves(server, key)


def assert_serves(server: Server, key: bytes) -> None:
    assert answer_to(server, with_key(GOOD["Bearer"], key)).status == OK


def test_every_line_of_the_log_stays_one(server: Server, key: bytes) -> None:
    for headers in (UNAUTHENTICATED_WITH | ODD).values():
        answer_to(server, with_key(headers, key))
        answer_to(server, with_key(headers, key), b"/authsvc.v1.TokenService/Issue")
    lines = [line for line in server.log.splitlines() if line.startswith("{")]
    assert len(lines) > len(UNAUTHENTICATED_WITH)
    for line in lines:
        entry = json.loads(line)
        assert {"event", "level", "process", "timestamp"} <= entry.keys()
        assert entry["event"] != "injected"
    assert "injected" not in server.log


def test_nothing_but_the_announcement_and_json_is_written(server: Server) -> None:
    # grpc's own core writes to standard error too, and may quote what a peer sent.
    text = server.log
    announced = text[text.index("authsvc serves") : text.index("Ctrl-C ends it.") + len("Ctrl-C ends it.\n")]
    rest = text.replace(announced, "")
    assert [line for line in rest.splitlines() if not line.startswith("{")] == []


def test_a_client_for_all_methods_is_told_apart_by_its_key_alone(channel: grpc.Channel, key: bytes) -> None:
    entries = (("authorization", f"Bearer {key.decode()}"), ("x-forwarded-client", "admin"), ("x-tenant", "acme"))
    answer = call(channel, "Verify", VerifyRequest(tenant="acme", audience="x"), entries)
    assert isinstance(answer, Refusal)
    assert answer.reason == "TENANT_NOT_ALLOWED"


def test_the_calls_of_strangers_are_not_logged_by_their_texts(hurried: Server) -> None:
    key, before = hurried.admin_key.encode(), len(hurried.log)
    for headers in (UNAUTHENTICATED_WITH | ODD | GOOD).values():
        answer_to(hurried, with_key(headers, key))
    lines = [json.loads(line) for line in hurried.log[before:].splitlines()]
    calls = [entry for entry in lines if entry["event"] == "call"]
    assert len(calls) > len(UNAUTHENTICATED_WITH)
    texts = {"method", "code", "reason", "call_id", "client_id", "event", "process", "level", "timestamp"}
    assert set().union(*calls) <= texts
    assert {entry["code"] for entry in calls} == {"OK", "UNAUTHENTICATED"}
