"""Fixtures of the hostile suite."""

import time
from collections.abc import Iterator

import pytest

from tests.hostile.corpus_server import AHEAD, CorpusServer, running_corpus_server


@pytest.fixture(scope="session", params=[10_000, 0], ids=["cache on", "cache off"])
def corpus_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CorpusServer]:
    """A server with the corpus' tenants, keys and revocations."""
    with running_corpus_server(tmp_path_factory.mktemp("corpus"), int(time.time()) + AHEAD, request.param) as server:
        yield server
