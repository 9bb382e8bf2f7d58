"""The decision log of a running server: which decisions it tells, and that no token and no key is in it."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.contract.callers import Callers
from tests.contract.client import Client
from tests.support.server import Server, await_true, running_server


@contextmanager
def logging_server(place: Path, **settings: str) -> Iterator[Server]:
    environment = {f"AUTHSVC_DECISION_LOG{name}": value for name, value in settings.items()}
    with running_server(place / "data", environment=environment) as running:
        yield running


def decisions(server: Server) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == "decision"]


def ask(server: Server, subject: str) -> str:
    """One good verdict, one on a revoked token, one on rubbish; returns the id of the token."""
    client = Client(server.channel(), Callers(server).bound("*"))
    issued = client.issue(subject=subject)
    assert client.verdict(issued.token) == "OK"
    client.revoke(token=issued.token)
    assert client.verdict(issued.token) == "REVOKED"
    assert client.verdict("rubbish") == "MALFORMED"
    token_id: str = issued.token_id
    return token_id


def test_all_decisions_are_told_with_ids_and_reason(tmp_path: Path) -> None:
    with logging_server(tmp_path, **{"": "all"}) as server:
        token_id = ask(server, "alice")
        await_true(lambda: len(decisions(server)) == 3, "three decisions are logged")
        good, revoked, rubbish = decisions(server)
        assert [told["reason"] for told in (good, revoked, rubbish)] == ["OK", "REVOKED", "MALFORMED"]
        assert [told["allowed"] for told in (good, revoked, rubbish)] == [True, False, False]
        for told in (good, revoked):
            assert (told["token_id"], told["subject"], told["tenant"]) == (token_id, "alice", "demo")
        assert revoked["check"] == "revoked.id"
        assert good["process"] == "worker-0"
        assert "token_id" not in rubbish
        assert "rubbish" not in json.dumps(rubbish)
        assert rubbish["caller"] == "client of *"
        assert "authsvc_decision_log_dropped_total 0.0" in server.metrics()


def test_denials_alone_and_of_a_subject(tmp_path: Path) -> None:
    subject = f"s-{secrets.token_hex(4)}"
    with logging_server(tmp_path, **{"": "denials", "_SUBJECT": subject, "_TENANT": "demo"}) as server:
        ask(server, "somebody else")
        token_id = ask(server, subject)
        await_true(lambda: bool(decisions(server)), "the denial is logged")
    told = decisions(server)
    assert [(line["token_id"], line["reason"]) for line in told] == [(token_id, "REVOKED")]


@pytest.mark.parametrize("settings", [{}, {"": "off"}, {"": "all", "_SAMPLE": "0"}, {"": "all", "_TENANT": "acme"}])
def test_nothing_is_told_unasked(tmp_path: Path, settings: dict[str, str]) -> None:
    with logging_server(tmp_path, **settings) as server:
        ask(server, "alice")
    assert decisions(server) == []
