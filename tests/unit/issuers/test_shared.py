"""Key sets that workers share: one fetch for all, what it brought for all, and the last good one for who comes later."""

import asyncio
import stat
from pathlib import Path

import pytest

from authsvc.issuers.fetch import FetchError, FetchFault
from authsvc.issuers.schedule import MISS_SECONDS
from authsvc.issuers.shared import DIRECTORY_NAME, SharedKeySets
from tests.unit.keys.jwks import ES256, RS256, jwk, jwks

URL, OTHER = "https://login.partner.example/jwks", "https://other.example/jwks"


class Workers:
    """Several workers on one data directory, with a clock and an issuer in hand."""

    def __init__(self, data_dir: Path, count: int = 4) -> None:
        self.now = 1_800_000_000.0
        self.answer: bytes | FetchError = jwks(jwk(ES256))
        self.downloads = 0
        self.all = [SharedKeySets(data_dir, self.download, lambda: self.now) for _ in range(count)]

    async def download(self, _url: str) -> bytes:
        self.downloads += 1
        await asyncio.sleep(0.01)
        if isinstance(self.answer, FetchError):
            raise self.answer
        return self.answer

    async def fetch(self) -> list[str]:
        """What each worker gets, all asking at once: the kids, or the fault."""
        found = await asyncio.gather(*(worker.fetch(URL) for worker in self.all), return_exceptions=True)
        return [
            one.fault.value if isinstance(one, FetchError) else one.jwks.keys[0].key_id
            for one in found
            if not isinstance(one, BaseException) or isinstance(one, FetchError)
        ]


@pytest.fixture
def workers(tmp_path: Path) -> Workers:
    return Workers(tmp_path)


async def test_one_fetches_for_all(workers: Workers) -> None:
    assert await workers.fetch() == [ES256] * 4
    assert workers.downloads == 1
    workers.now += MISS_SECONDS - 1
    assert await workers.fetch() == [ES256] * 4
    assert workers.downloads == 1


async def test_after_ten_seconds_it_is_fetched_again_once(workers: Workers) -> None:
    await workers.fetch()
    workers.now += MISS_SECONDS
    workers.answer = jwks(jwk(RS256))
    assert await workers.fetch() == [RS256] * 4
    assert workers.downloads == 2


async def test_a_failure_is_one_for_all_and_leaves_the_last_good_set(workers: Workers) -> None:
    await workers.fetch()
    workers.now += 100
    workers.answer = FetchError(FetchFault.TIMEOUT, "slow")
    assert await workers.fetch() == ["timeout"] * 4
    assert workers.downloads == 2
    last = await workers.all[3].last_good(URL)
    assert last is not None
    assert ([key.key_id for key in last.jwks.keys], last.age) == ([ES256], 100.0)


async def test_a_broken_set_replaces_no_good_one(workers: Workers) -> None:
    await workers.fetch()
    workers.now += 100
    workers.answer = b"<html>"
    assert await workers.fetch() == ["key_set"] * 4
    assert await workers.all[0].last_good(URL) is not None


async def test_without_a_good_set_there_is_none(workers: Workers) -> None:
    assert await workers.all[0].last_good(URL) is None
    workers.answer = FetchError(FetchFault.CONNECT, "dead")
    await workers.fetch()
    assert await workers.all[0].last_good(URL) is None


async def test_a_file_that_was_cut_short_is_fetched_anew(workers: Workers, tmp_path: Path) -> None:
    await workers.fetch()
    (path,) = (tmp_path / DIRECTORY_NAME).glob("*.json")
    for text in ("", "{", "[]", '{"attempt_time": 1, "x": 2}', path.read_text()[:-20]):
        path.write_text(text)
        before = workers.downloads
        assert await workers.fetch() == [ES256] * 4
        assert workers.downloads == before + 1


async def test_a_clock_that_jumps_back_does_not_stop_fetching(workers: Workers) -> None:
    await workers.fetch()
    workers.now -= 10_000
    await workers.fetch()
    assert workers.downloads == 2


async def test_what_no_document_names_is_deleted(workers: Workers, tmp_path: Path) -> None:
    await workers.fetch()
    await workers.all[0].fetch(OTHER)
    directory = tmp_path / DIRECTORY_NAME
    assert len(list(directory.glob("*.json"))) == 2
    await workers.all[0].keep_only({OTHER})
    assert len(list(directory.glob("*.json"))) == 1
    assert await workers.all[0].last_good(URL) is None
    await SharedKeySets(tmp_path / "nothing", workers.download, lambda: 0.0).keep_only(())


async def test_only_the_service_reads_them(workers: Workers, tmp_path: Path) -> None:
    await workers.fetch()
    directory = tmp_path / DIRECTORY_NAME
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}
