"""The refresh beside the calls: with a fetch that is a fake and a clock that is moved by hand."""

import asyncio
from collections import Counter
from collections.abc import Collection
from dataclasses import replace

import pytest

from authsvc.issuers.fetch import FetchError, FetchFault
from authsvc.issuers.refresh import JwksRefresh
from authsvc.issuers.schedule import MISS_SECONDS, Timing
from authsvc.issuers.shared import FetchedSet
from authsvc.keys.fetched_keys import FetchedKeys
from authsvc.keys.issuer_keys import IssuerKeySet
from authsvc.keys.public_jwk import PublicJwkSet, read_public_jwk_set
from authsvc.keys.sealed_key import Algorithm
from authsvc.policy.tenant import TenantPolicy
from authsvc.policy.trusted_issuer import KeySource
from tests.hostile.cases import fixed_world
from tests.unit.keys.jwks import ES256, RS256, jwk, jwks

URL = "https://login.partner.example/jwks"
OTHER = "https://other.partner.example/jwks"
ES = frozenset({Algorithm.ES256})
DAY = 86400.0


def tenants(*urls: str) -> tuple[TenantPolicy, ...]:
    """A tenant that trusts an issuer for each URL."""
    acme = fixed_world().tenants["acme"]
    one = acme.trusted_issuers["https://login.partner.example"]
    trusted = {
        url: replace(one, issuer=url, source=KeySource.URL, jwks_url=url, inline_keys=IssuerKeySet()) for url in urls
    }
    return (replace(acme, trusted_issuers=trusted),)


class Rig:
    """A refresh with everything around it in hand."""

    def __init__(self, *urls: str) -> None:
        self.now = 1000.0
        self.tenants = tenants(*urls)
        self.answer: PublicJwkSet | Exception = read_public_jwk_set(jwks(jwk(ES256)))
        self.calls: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.age = 0.0
        self.kept: set[str] = set()
        self.fetched = FetchedKeys()
        self.gate = asyncio.Event()
        self.gate.set()
        self.called = asyncio.Condition()
        timing = Timing(refresh_seconds=300.0, max_age_seconds=DAY)
        self.last: FetchedSet | None = None
        self.refresh = JwksRefresh(self.fetched, lambda: self.tenants, self, timing, lambda: self.now, self)

    async def fetch(self, url: str) -> FetchedSet:
        async with self.called:
            self.calls[url] += 1
            self.called.notify_all()
        await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return FetchedSet(self.answer, 0.0)

    async def last_good(self, _url: str) -> FetchedSet | None:
        await asyncio.sleep(0)
        return self.last

    async def keep_only(self, urls: Collection[str]) -> None:
        await asyncio.sleep(0)
        self.kept = set(urls)

    async def until(self, calls: int) -> None:
        """Wait for so many fetches."""
        async with self.called:
            await self.called.wait_for(lambda: self.calls.total() >= calls)

    def jwks_fetched(self, outcome: str) -> None:
        self.outcomes[outcome] += 1

    def jwks_age(self, seconds: float) -> None:
        self.age = seconds

    def knows(self, kid: str = ES256, url: str = URL) -> bool:
        return self.fetched.find(url, ES, kid, "ES256") is not None

    async def at(self, now: float) -> None:
        """Let everything that is due at a time happen."""
        self.now = now
        await self.refresh.first()


async def test_every_url_is_fetched_before_anything_is_asked() -> None:
    rig = Rig(URL, OTHER)
    await rig.refresh.first()
    assert rig.calls == {URL: 1, OTHER: 1}
    assert rig.knows()
    assert rig.outcomes == {"ok": 2}


async def test_a_dead_issuer_holds_up_no_other() -> None:
    rig = Rig(URL)
    rig.gate.clear()
    rig.refresh.start_due()
    await asyncio.sleep(0)
    rig.tenants = tenants(URL, OTHER)
    rig.refresh.start_due()
    await asyncio.sleep(0)
    assert rig.calls == {URL: 1, OTHER: 1}
    rig.gate.set()
    await rig.refresh.first()


async def test_a_flood_of_unknown_kids_causes_one_fetch_in_ten_seconds() -> None:
    rig = Rig(URL)
    await rig.refresh.first()
    for tenth in range(600):
        for number in range(20):
            assert not rig.knows(f"unknown-{tenth}-{number}")
        assert rig.knows()
        await rig.at(1000.0 + tenth / 10)
    print(f"{600 * 20} unknown kids in 60 s: {rig.calls[URL]} fetches")
    assert rig.calls[URL] == 1 + int(59.9 // MISS_SECONDS)


async def test_without_the_limit_a_flood_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("authsvc.issuers.schedule.MISS_SECONDS", 0.0)
    with pytest.raises(AssertionError):
        await test_a_flood_of_unknown_kids_causes_one_fetch_in_ten_seconds()


async def test_a_key_that_is_new_is_good_after_the_fetch_that_it_caused() -> None:
    rig = Rig(URL)
    await rig.refresh.first()
    rig.answer = read_public_jwk_set(jwks(jwk(ES256), jwk("acme-es256")))
    assert not rig.knows("acme-es256")
    await rig.at(1000.0 + MISS_SECONDS)
    assert rig.knows("acme-es256")
    assert rig.knows()


async def test_a_dead_issuer_leaves_its_keys_until_their_age() -> None:
    rig = Rig(URL)
    await rig.refresh.first()
    rig.answer = FetchError(FetchFault.CONNECT, "dead")
    for hour in range(1, 25):
        await rig.at(1000.0 + hour * 3600)
        assert rig.knows(), hour
    assert rig.age == DAY
    await rig.at(1000.0 + DAY + 1)
    assert not rig.knows()
    rig.answer = read_public_jwk_set(jwks(jwk(ES256)))
    await rig.at(1000.0 + DAY + 100)
    assert rig.knows()
    assert rig.outcomes["connect"] >= 24


async def test_who_starts_beside_a_dead_issuer_has_what_the_others_have_until_its_age() -> None:
    for age, good in ((0.0, True), (DAY - 10, True), (DAY + 1, False)):
        rig = Rig(URL)
        rig.answer = FetchError(FetchFault.CONNECT, "dead")
        rig.last = FetchedSet(read_public_jwk_set(jwks(jwk(ES256))), age)
        await rig.refresh.first()
        assert rig.knows() is good
        rig.last = FetchedSet(rig.last.jwks, age + 20)
        await rig.at(1000.0 + 20)
        assert rig.knows() is (age == 0.0)


async def test_a_set_that_is_broken_leaves_the_one_before() -> None:
    rig = Rig(URL)
    await rig.refresh.first()
    rig.answer = FetchError(FetchFault.KEY_SET, "broken")
    await rig.at(1300.0)
    assert rig.knows()
    assert rig.outcomes == {"ok": 1, "key_set": 1}


async def test_a_fault_of_our_own_is_a_failure_like_another() -> None:
    rig = Rig(URL, OTHER)
    await rig.refresh.first()
    rig.answer = RecursionError()
    await rig.at(1300.0)
    assert rig.knows()
    assert rig.outcomes == {"ok": 2, "protocol": 2}
    rig.answer = read_public_jwk_set(jwks(jwk(ES256)))
    await rig.at(1310.0)
    assert rig.outcomes["ok"] == 4


async def test_a_url_that_no_document_names_is_forgotten() -> None:
    rig = Rig(URL)
    await rig.refresh.first()
    rig.tenants = tenants(OTHER)
    await rig.at(1001.0)
    assert not rig.knows()
    assert rig.calls == {URL: 1, OTHER: 1}
    await rig.at(5000.0)
    assert rig.calls[URL] == 1


async def test_what_arrives_after_its_document_is_gone_is_dropped() -> None:
    rig = Rig(URL)
    rig.gate.clear()
    rig.refresh.start_due()
    await asyncio.sleep(0)
    rig.tenants = tenants(OTHER)
    rig.refresh.start_due()
    rig.gate.set()
    await rig.refresh.first()
    assert URL not in rig.fetched
    assert rig.kept == {OTHER}


async def test_a_miss_wakes_the_refresh() -> None:
    rig = Rig(URL)
    running = asyncio.create_task(rig.refresh.run())
    await rig.until(1)
    rig.now += MISS_SECONDS
    rig.knows("unknown")
    await rig.until(2)
    running.cancel()


async def test_keys_that_were_left_out_do_not_spoil_the_set() -> None:
    rig = Rig(URL)
    rig.answer = read_public_jwk_set(
        jwks({"kty": "oct", "k": "c2VjcmV0", "kid": "secret"}, jwk(RS256, e="AQ"), jwk(ES256))
    )
    await rig.refresh.first()
    assert rig.knows()
    assert not rig.knows("secret")
