"""ListTokens: newest first, every record once, whatever is written meanwhile; a page token is of one listing."""

import secrets
from typing import Any

import pytest

from authsvc.v1 import token_service_pb2 as pb
from authsvc.v1.token_record_pb2 import TokenState
from tests.contract.client import Client


def pages(client: Client, **fields: Any) -> list[list[str]]:
    """The ids, page by page."""
    found: list[list[str]] = []
    token = ""
    while True:
        answer = client.do("ListTokens", page_token=token, **fields)
        found.append([record.token_id for record in answer.records])
        token = answer.next_page_token
        if not token:
            return found


@pytest.fixture(scope="module")
def subject() -> str:
    return f"listed-{secrets.token_hex(6)}"


@pytest.fixture(scope="module")
def issued(client: Client, subject: str) -> list[str]:
    """The ids of 25 tokens, newest first."""
    made = [client.issue("lists", subject=subject, label=f"label {number % 2}") for number in range(25)]
    return [token.token_id for token in reversed(made)]


@pytest.mark.parametrize("size", [1, 2, 7, 24, 25, 26, 1000])
def test_pages_hold_every_record_once_newest_first(client: Client, subject: str, issued: list[str], size: int) -> None:
    found = pages(client, tenant="lists", subject=subject, page_size=size)
    assert [token_id for page in found for token_id in page] == issued
    assert all(len(page) == size for page in found[:-1])
    assert found[-1], "no last page is empty"


def test_a_listing_is_not_disturbed_by_what_is_written_meanwhile(
    client: Client, subject: str, issued: list[str]
) -> None:
    query = {"tenant": "lists", "subject": subject, "page_size": 10}
    first = client.do("ListTokens", **query)
    inserted = [client.issue("lists", subject=subject, label="label 2").token_id for _ in range(3)]
    second = client.do("ListTokens", **query, page_token=first.next_page_token)
    third = client.do("ListTokens", **query, page_token=second.next_page_token)
    found = [record.token_id for answer in (first, second, third) for record in answer.records]
    assert found == issued
    assert client.do("ListTokens", **query).records[0].token_id == inserted[-1]


def test_the_size_of_a_page_may_change_on_the_way(client: Client, subject: str, issued: list[str]) -> None:
    query = {"tenant": "lists", "subject": subject, "label": "label 0"}
    first = client.do("ListTokens", **query, page_size=2)
    rest = client.do("ListTokens", **query, page_size=1000, page_token=first.next_page_token)
    found = [record.token_id for answer in (first, rest) for record in answer.records]
    assert found == [token_id for token_id in issued if token_id in found]
    assert len(found) == 13


def test_a_page_token_is_of_its_own_listing(client: Client, subject: str, issued: list[str]) -> None:
    query: dict[str, Any] = {"tenant": "lists", "subject": subject, "label": "label 1", "page_size": 1}
    token = client.do("ListTokens", **query).next_page_token
    assert client.do("ListTokens", **query, page_token=token).records[0].token_id in issued
    others: list[dict[str, Any]] = [
        {"subject": subject + "x"},
        {"subject": ""},
        {"label": "label 0"},
        {"label": ""},
        {"client_id": "client of *"},
        {"state": TokenState.TOKEN_STATE_LIVE},
        {"tenant": "demo"},
    ]
    for change in others:
        refusal = client.refused("ListTokens", **{**query, **change, "page_token": token})
        assert refusal.fields == ["page_token"], change
    for spoilt in (token[:-4], token + "AAAA", token.swapcase(), token[4:], f" {token}", "A" * 5000):
        assert client.refused("ListTokens", **{**query, "page_token": spoilt}).fields == ["page_token"]


def test_states_part_the_records(client: Client) -> None:
    subject = f"states-{secrets.token_hex(6)}"
    tokens = [client.issue("lists", subject=subject) for _ in range(4)]
    client.revoke("lists", token_id=pb.TokenTarget(token_id=tokens[0].token_id))
    client.revoke("lists", token=tokens[2].token)
    query: dict[str, Any] = {"tenant": "lists", "subject": subject, "page_size": 1}
    found = {
        state: sorted(token_id for page in pages(client, state=state, **query) for token_id in page)
        for state in TokenState.values()
    }
    revoked, live = sorted(tokens[n].token_id for n in (0, 2)), sorted(tokens[n].token_id for n in (1, 3))
    assert found == {
        TokenState.TOKEN_STATE_UNSPECIFIED: sorted(revoked + live),
        TokenState.TOKEN_STATE_LIVE: live,
        TokenState.TOKEN_STATE_EXPIRED: [],
        TokenState.TOKEN_STATE_REVOKED: revoked,
    }


def test_a_default_page_has_100_records(client: Client) -> None:
    subject = f"hundred-{secrets.token_hex(6)}"
    for _ in range(101):
        client.issue("lists", subject=subject)
    assert [len(page) for page in pages(client, tenant="lists", subject=subject)] == [100, 1]
