"""The search for secrets finds what is planted: in every place, in every spelling, whole or in part."""

import base64
import json
import secrets
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest

from authsvc.v1 import token_service_pb2 as pb
from tests.contract.client import Client
from tests.contract.contract import Refusal, call
from tests.contract.planted.server import FAULT_TEXT
from tests.support.canaries import TALLY, Canaries, LeakError, leaking
from tests.support.server import Server, start_server

PLANTED = ("-m", "tests.contract.planted.server")


def made_up_token() -> str:
    parts = ({"alg": "ES256"}, {"iss": "https://x.example", "jti": secrets.token_hex(16), "sub": "someone"})
    head = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return f"{head}.{base64.urlsafe_b64encode(secrets.token_bytes(64)).rstrip(b'=').decode()}"


SHAPES: dict[str, Callable[[str], str]] = {
    "whole": lambda token: token,
    "its payload": lambda token: token.split(".")[1],
    "its signature": lambda token: token.split(".")[2],
    "the beginning of its signature": lambda token: token.split(".")[2][:30],
    "the end of its signature": lambda token: token.split(".")[2][-30:],
    "the middle of its payload": lambda token: token.split(".")[1][len(token.split(".")[1]) // 2 - 20 :][:60],
    "quoted": lambda token: json.dumps({"key": f"Bearer {token}"}),
    "among other letters": lambda token: f"AAAA{token.split('.')[2]}BBBB",
}
PLACES = ("log", "metrics", "data directory, authsvc.db", "cmdline of process 1")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_token_is_found(shape: str, place: str) -> None:
    canaries, token = Canaries(), made_up_token()
    canaries.add_token(token)
    content = b"\0\xff before " + SHAPES[shape](token).encode() + b" after \0"
    with leaking():
        canaries.search({place: content})
    canaries.search({place: b"\0\xff before " + SHAPES[shape](made_up_token()).encode()[:8] + b" after \0"})


@pytest.mark.parametrize("spell", [bytes, lambda raw: raw.hex().encode(), base64.b64encode, base64.urlsafe_b64encode])
def test_a_secret_in_bytes_is_found_in_every_spelling(spell: Callable[[bytes], bytes]) -> None:
    canaries, secret = Canaries(), secrets.token_bytes(32)
    canaries.add_bytes(secret, "a sealing key")
    with leaking():
        canaries.search({"data directory, x": b"..." + spell(secret) + b"..."})
    canaries.search({"data directory, x": b"..." + spell(secrets.token_bytes(32)) + b"..."})


def test_an_error_that_a_caller_saw_is_searched() -> None:
    canaries, token = Canaries(), made_up_token()
    canaries.add_token(token)
    canaries.add_error(f"not good: {token}")
    with leaking():
        canaries.search({})


def test_a_token_that_nobody_knew_of_is_found_in_a_log() -> None:
    with leaking():
        Canaries().search({"log": b"key=" + made_up_token().encode()})


def test_the_message_shows_no_secret() -> None:
    canaries, token = Canaries(), made_up_token()
    canaries.add_token(token)
    before = TALLY.leaks
    with pytest.raises(LeakError) as caught:
        canaries.search({"log": token.encode()})
    TALLY.leaks = before
    assert not any(part in str(caught.value) for part in token.split("."))


@pytest.fixture
def leaky(tmp_path: Path) -> Server:
    return start_server(tmp_path / "data", command=PLANTED, arguments=("leaks",))


def test_a_leaking_server_fails_the_test_that_stops_it(leaky: Server) -> None:
    client = Client(leaky.channel(), leaky.metadata())
    issued = client.issue()
    assert client.verdict(issued.token) == "OK"
    refusal = call(leaky.channel(), "Verify", b"", [*leaky.metadata(), ("x-quote", "yes")])
    assert isinstance(refusal, Refusal)
    with leaking() as found:
        leaky.stop()
    for place in ("log", "metrics", "errors", "data directory, authsvc.db"):
        assert place in str(found[0])


def test_a_bug_is_told_by_its_call_id_and_by_nothing_of_the_call(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data", command=PLANTED, arguments=("fault",))
    client = Client(server.channel(), server.metadata())
    issued = client.issue()
    refusals = [client.refused("Verify", tenant="demo", token=issued.token, audience="demo-api") for _ in range(2)]
    for refusal in refusals:
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
        call_id = refusal.metadata["call_id"]
        assert refusal.message == f"internal error, call {call_id}"
        lines = [json.loads(line) for line in server.log.splitlines() if call_id in line]
        assert [line["event"] for line in lines] == ["fault", "call"]
        assert lines[0]["fault"].startswith("KeyError at ")
    assert refusals[0].metadata != refusals[1].metadata
    assert FAULT_TEXT not in server.log
    # It is that call which failed, and nothing else.
    assert client.do("BatchVerify", tenant="demo", audience="demo-api", tokens=[issued.token]).results[0].valid
    assert 'authsvc_errors_total{method="Verify",reason="INTERNAL"} 2.0' in server.metrics()
    assert server.stop() == 0


def test_the_tokens_of_a_server_are_known_by_the_calls_made(server: Server, channel: grpc.Channel) -> None:
    request = pb.IssueRequest(tenant="demo", subject="s", audiences=["demo-api"])
    issued = call(channel, "Issue", request, server.metadata())
    assert {issued.token, server.admin_key} <= server.canaries.tokens
    future = channel.unary_unary(
        "/authsvc.v1.TokenService/Issue",
        request_serializer=pb.IssueRequest.SerializeToString,
        response_deserializer=pb.IssueResponse.FromString,
    ).future(request, metadata=tuple(server.metadata()))
    token = future.result(10).token
    assert token in server.canaries.tokens
