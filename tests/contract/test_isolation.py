"""What is another tenant's is answered as what does not exist, and nothing is written outside one's own tenant."""

from collections import Counter
from pathlib import Path

import grpc
import pytest

from tests.contract.callers import Callers
from tests.contract.isolation import (
    Ids,
    Place,
    answer_to,
    every_right,
    make_ids,
    places,
    rows_of_others,
)
from tests.contract.tenants import document
from tests.support.server import Server, start_server

ENOUGH = 200


def differing(channel: grpc.Channel, callers: Callers, found: list[Place], ids: Ids) -> Counter[str]:
    """The places where the two answers differ; "asked" counts the pairs."""
    metadata, told = every_right(callers), Counter[str]()
    for place in found:
        for kind, theirs in ids.theirs.items():
            pair = [
                answer_to(channel, place.rpc, place.request(text), metadata, text)
                for text in (theirs, ids.nobodys[kind])
            ]
            told["asked"] += 1
            told["granted"] += pair[1][0] == "OK"
            if pair[0] != pair[1]:
                told[f"{place}: {kind}"] += 1
                print(f"{place}: {kind}: {pair}")
    return told


def test_what_is_anothers_is_answered_as_what_does_not_exist(
    server: Server, channel: grpc.Channel, callers: Callers
) -> None:
    found, ids = list(places(channel, callers)), make_ids(server, channel, callers)
    # Made before the look: a key is written under the tenant that it opens the service for, which is none of ours.
    every_right(callers)
    before = rows_of_others(server)
    told = differing(channel, callers, found, ids)
    after = rows_of_others(server)
    asked, granted = told.pop("asked"), told.pop("granted")
    print(
        f"{len({place.rpc for place in found})} RPCs, {len(found)} fields of text, {len(ids.theirs)} kinds of ids:"
        f" {asked} pairs of answers compared, {granted} of them granted; {sum(told.values())} differ"
    )
    assert not told
    assert asked >= ENOUGH
    assert 0 < granted < asked
    changed = {table: rows ^ after[table] for table, rows in before.items()}
    # The change log is the store's own: it tells of revisions, and of each change whose it is.
    assert {table: rows for table, rows in changed.items() if rows} == {}


PLANTS = {
    "tells tenants": "Verify tenant: tenant",
    "reads everywhere": "GetToken token_id: token_id",
}


@pytest.fixture
def tenants_file(tmp_path: Path) -> str:
    path = tmp_path / "tenants.yaml"
    path.write_text(document(), encoding="utf-8")
    return str(path)


def planted(plant: str, tmp_path: Path, tenants_file: str) -> Server:
    return start_server(
        tmp_path / "data",
        arguments=(),
        command=("-m", "tests.contract.planted.server", plant),
        environment={"AUTHSVC_TENANTS_FILE": tenants_file},
    )


@pytest.mark.parametrize(("plant", "seen_at"), PLANTS.items())
def test_a_planted_difference_is_seen(plant: str, seen_at: str, tmp_path: Path, tenants_file: str) -> None:
    server = planted(plant, tmp_path, tenants_file)
    try:
        channel, callers = server.channel(), Callers(server)
        rpc, field = seen_at.partition(":")[0].split()
        found = [place for place in places(channel, callers) if (place.rpc, place.path) == (rpc, (field,))]
        told = differing(channel, callers, found, make_ids(server, channel, callers))
        assert seen_at in told
    finally:
        server.kill()


def test_a_planted_write_elsewhere_is_seen(tmp_path: Path, tenants_file: str) -> None:
    server = planted("writes elsewhere", tmp_path, tenants_file)
    try:
        channel, callers = server.channel(), Callers(server)
        ids, metadata = make_ids(server, channel, callers), every_right(callers)
        before = rows_of_others(server)
        place = Place("Revoke", ("token_id", "token_id"), {})
        answer_to(channel, "Revoke", place.request(ids.theirs["token_id"]), metadata, "")
        assert rows_of_others(server) != before
    finally:
        server.kill()
