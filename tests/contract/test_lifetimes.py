"""How long a token lives, and how long it is."""

import time

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from authsvc.v1 import token_service_pb2 as pb
from authsvc.v1.scopes_pb2 import ScopeRequirement
from tests.contract.client import Client, name_of
from tests.contract.contract import Refusal
from tests.support.server import await_true

DAY = 86400


@pytest.mark.parametrize(
    ("tenant", "ttl", "life"),
    [
        ("demo", None, 3600),
        ("demo", Duration(seconds=1), 1),
        ("demo", Duration(seconds=1, nanos=999_999_999), 1),
        ("demo", Duration(seconds=90 * DAY), 90 * DAY),
        ("demo", Duration(seconds=90 * DAY + 1), 90 * DAY),
        ("demo", Duration(seconds=315_576_000_000), 90 * DAY),
        ("brief", None, 20),
        ("brief", Duration(seconds=60), 60),
        ("brief", Duration(seconds=61), 60),
    ],
)
def test_the_real_end_comes_back(client: Client, tenant: str, ttl: Duration | None, life: int) -> None:
    issued = client.issue(tenant, ttl=ttl)
    assert issued.expire_time.seconds - issued.issue_time.seconds == life
    assert abs(issued.issue_time.seconds - time.time()) < 10
    assert client.claims(issued.token, tenant).expire_time == issued.expire_time


def test_a_token_dies_in_the_second_of_its_end(client: Client) -> None:
    issued = client.issue(ttl=Duration(seconds=1))
    await_true(lambda: client.verdict(issued.token) == "EXPIRED", "the token expires")
    assert issued.expire_time.seconds <= time.time() < issued.expire_time.seconds + 5
    assert client.record(issued.token_id).state == 2


def test_not_before_is_rounded_up_and_has_five_seconds_of_leeway(client: Client) -> None:
    now = int(time.time())
    for ahead, verdict in ((3, "OK"), (30, "NOT_YET_VALID")):
        issued = client.issue(not_before_time=Timestamp(seconds=now + ahead, nanos=1))
        assert client.verdict(issued.token) == verdict
        assert client.record(issued.token_id).not_before_time.seconds == now + ahead + 1


def filled(client: Client, length: int) -> pb.IssueResponse | Refusal:
    claims = Struct()
    claims.update({"fill": "x" * length})
    answer: pb.IssueResponse | Refusal = client.ask(
        "Issue", tenant="demo", subject="long", audiences=["demo-api"], claims=claims
    )
    return answer


def test_the_longest_token_is_good_for_every_rpc_and_a_longer_one_is_never_made(client: Client) -> None:
    # Found by halving: the most that is not refused.
    low, high = 0, 4096
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if not isinstance(filled(client, middle), Refusal) else (low, middle)
    longest, refused = filled(client, low), filled(client, high)
    assert isinstance(longest, pb.IssueResponse)
    assert 4096 - 2 <= len(longest.token) <= 4096
    assert isinstance(refused, Refusal)
    assert refused.fields == ["claims"]
    head = {"tenant": "demo", "audience": "demo-api"}
    requirement = ScopeRequirement(any_of=["x"])
    assert client.verdict(longest.token) == "OK"
    assert client.do("CheckScopes", **head, token=longest.token, requirement=requirement).valid
    assert client.do("Inspect", **head, token=longest.token).valid
    assert all(result.valid for result in client.do("BatchVerify", **head, tokens=[longest.token] * 100).results)
    items = [pb.CheckScopesItem(token=longest.token, requirement=requirement)] * 100
    assert all(result.valid for result in client.do("BatchCheckScopes", **head, items=items).results)
    client.revoke(token=longest.token)


def test_a_text_longer_than_4_kib_is_malformed_for_every_rpc(client: Client) -> None:
    head = {"tenant": "demo", "audience": "demo-api"}
    requirement = ScopeRequirement(any_of=["x"])
    for length, check in ((4096, "text.segments"), (4097, "text.length"), (60_000, "text.length")):
        text = "a" * length
        item = pb.CheckScopesItem(token=text, requirement=requirement)
        inspected = client.do("Inspect", **head, token=text)
        assert inspected.steps[0].check == check
        reasons = [
            inspected.reason,
            client.do("Verify", **head, token=text).reason,
            client.do("CheckScopes", **head, token=text, requirement=requirement).reason,
            client.do("BatchVerify", **head, tokens=[text]).results[0].reason,
            client.do("BatchCheckScopes", **head, items=[item]).results[0].reason,
        ]
        assert {name_of(reason) for reason in reasons} == {"MALFORMED"}


def test_the_longest_key_fits_the_metadata(client: Client) -> None:
    # A token of 4 KiB is a good token, so as a key it must reach the service, whatever it then says.
    longest = "a" * 2000 + "." + "b" * 2000 + "." + "c" * 94
    refusal = Client(client.channel, (("authorization", f"Bearer {longest}"),)).refused("Verify", audience="x")
    assert refusal.reason == "INVALID_KEY"
