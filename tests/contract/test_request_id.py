"""A request_id makes the retry of Issue safe: one request, one token, however often and from wherever it is sent."""

import secrets
import threading
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration

from authsvc.v1 import token_service_pb2 as pb
from tests.contract.callers import Callers, bearer
from tests.contract.client import Client
from tests.contract.contract import Refusal, call
from tests.contract.test_scope_forms import parts_of, struct
from tests.support.server import await_true


def asked(**changes: Any) -> dict[str, Any]:
    return {
        "tenant": "demo",
        "subject": "again",
        "audiences": ["demo-api"],
        "scopes": ["repo", "read:user"],
        "claims": struct({"plan": "gold", "seats": 5}),
        "label": "note",
        "request_id": f"id-{secrets.token_hex(8)}",
        **changes,
    }


def test_a_replay_is_the_same_token_signed_again(client: Client) -> None:
    request = asked()
    first, again = client.do("Issue", **request), client.do("Issue", **request)
    assert parts_of(again.token) == parts_of(first.token)
    for name in ("token_id", "key_id", "issue_time", "expire_time", "scopes"):
        assert getattr(again, name) == getattr(first, name)
    assert [client.verdict(issued.token) for issued in (first, again)] == ["OK", "OK"]
    client.revoke(token=first.token)
    assert [client.verdict(issued.token) for issued in (first, again)] == ["REVOKED", "REVOKED"]


def test_without_a_request_id_each_call_makes_a_token(client: Client) -> None:
    request = asked(request_id="")
    assert client.do("Issue", **request).token_id != client.do("Issue", **request).token_id


def test_every_other_request_under_the_same_id_is_refused(client: Client) -> None:
    request = asked()
    first = client.do("Issue", **request)
    changes: list[dict[str, Any]] = [
        {"subject": "another"},
        {"client_id": "another"},
        {"audiences": ["demo-api", "https://api.demo.example"]},
        {"scopes": ["repo"]},
        {"scopes": []},
        {"ttl": Duration(seconds=60)},
        {"claims": struct({"plan": "silver", "seats": 5})},
        {"claims": None},
        {"label": ""},
    ]
    for change in changes:
        refusal = client.refused("Issue", **{**request, **change})
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED"), change
    assert client.do("Issue", **request).token_id == first.token_id


def test_a_bad_request_does_not_use_its_id_up(client: Client) -> None:
    request = asked()
    client.refused("Issue", **{**request, "audiences": []})
    assert client.do("Issue", **request).token_id


def test_an_id_is_of_one_tenant_and_one_caller(client: Client, channel: grpc.Channel, callers: Callers) -> None:
    request = asked()
    first = client.do("Issue", **request).token_id
    assert client.do("Issue", **{**request, "tenant": "acme"}).token_id != first
    other = bearer(callers.fresh_key("*", client_id="another client"))
    assert call(channel, "Issue", pb.IssueRequest(**request), other).token_id != first
    same = bearer(callers.fresh_key("*"))
    assert call(channel, "Issue", pb.IssueRequest(**request), same).token_id == first


def test_the_id_of_an_expired_token_is_spent(client: Client) -> None:
    request = asked(ttl=Duration(seconds=1))
    first = client.do("Issue", **request)
    await_true(lambda: client.verdict(first.token) == "EXPIRED", "the token expires")
    refusal = client.refused("Issue", **request)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "REQUEST_ID_SPENT")


def test_the_id_of_a_revoked_token_is_spent(client: Client) -> None:
    for target in ("token", "subject"):
        request = asked(subject=f"spent by {target}")
        first = client.do("Issue", **request)
        revoked: dict[str, Any] = {"token": first.token, "subject": pb.SubjectTarget(subject=request["subject"])}
        client.revoke(**{target: revoked[target]})
        refusal = client.refused("Issue", **request)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "REQUEST_ID_SPENT")


def storm(client: Client, request: dict[str, Any], threads: int = 8) -> list[Any]:
    """The answers to four retries of each thread, all at once."""
    answers: list[Any] = []
    start = threading.Barrier(threads)

    def retry() -> None:
        start.wait()
        answers.extend(client.ask("Issue", **request) for _ in range(4))

    running = [threading.Thread(target=retry) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return answers


def test_a_storm_of_retries_makes_one_token(client: Client) -> None:
    for _ in range(5):
        answers = storm(client, asked())
        assert not [answer for answer in answers if isinstance(answer, Refusal)]
        assert len({answer.token_id for answer in answers}) == 1
        assert len(answers) == 32
