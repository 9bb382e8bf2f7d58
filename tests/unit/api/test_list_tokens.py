"""A page of records fits what a stock client takes, and the next one goes on where it ended."""

from dataclasses import dataclass
from typing import Any

from authsvc.api.caller import Call, Caller
from authsvc.api.records import MAX_PAGE_BYTES, ListTokens
from authsvc.policy.tenant import TenantPolicy
from authsvc.store.contract import StoredToken, TokenFilter
from authsvc.tokens.record import TokenRecord
from authsvc.v1.token_service_pb2 import ListTokensRequest, ListTokensResponse

CALL = Call(Caller("c", "s", "i", frozenset(), "demo"), "0")


@dataclass
class Shelf:
    """A store of records that are all the same but for their place."""

    count: int
    claims: dict[str, Any]

    async def list_tokens(self, _filter: TokenFilter, *, limit: int, before: int | None) -> list[StoredToken]:
        highest = self.count if before is None else min(self.count, before - 1)
        return [
            StoredToken(place, self._record(place), None, "") for place in range(highest, max(0, highest - limit), -1)
        ]

    def _record(self, place: int) -> TokenRecord:
        return TokenRecord(
            tenant="demo",
            issuer="https://issuer.example",
            token_id=f"{place:032x}",
            subject="s",
            client_id="c",
            audiences=("a",),
            scopes=(),
            key_id="k",
            issue_time=1,
            expire_time=2**40,
            claims=self.claims,
        )


class Doorless:
    """Lets everybody into the one tenant."""

    def tenant_of(self, _caller: Caller, _name: str) -> TenantPolicy:
        return TenantPolicy("demo", "https://issuer.example")


async def pages(shelf: Shelf, size: int) -> list[ListTokensResponse]:
    gate: Any = Doorless()
    store: Any = shelf
    listing = ListTokens(gate, store, lambda: 10.0)
    found, token = [], ""
    while True:
        request = ListTokensRequest(page_size=size, page_token=token)
        answer = await listing(request.SerializeToString(), CALL)
        assert len(answer) < 4 * 1024 * 1024 - 1024
        found.append(ListTokensResponse.FromString(answer))
        token = found[-1].next_page_token
        if not token:
            return found


async def test_large_records_make_short_pages_and_none_is_lost() -> None:
    # Small numbers take far more room in a message than in a token.
    shelf = Shelf(400, {"numbers": [1] * 1300})
    found = await pages(shelf, 1000)
    assert len(found) > 2
    assert [record.token_id for page in found for record in page.records] == [f"{n:032x}" for n in range(400, 0, -1)]
    assert all(page.ByteSize() <= MAX_PAGE_BYTES + 100_000 for page in found)


async def test_one_record_is_shown_however_large_it_is() -> None:
    found = await pages(Shelf(3, {"text": "x" * MAX_PAGE_BYTES}), 1000)
    assert [len(page.records) for page in found] == [1, 1, 1]


async def test_small_records_fill_the_page() -> None:
    assert [len(page.records) for page in await pages(Shelf(2500, {}), 1000)] == [1000, 1000, 500]


async def test_the_last_page_says_so() -> None:
    assert [len(page.records) for page in await pages(Shelf(20, {}), 10)] == [10, 10]
    assert [len(page.records) for page in await pages(Shelf(0, {}), 10)] == [0]
