"""Fixtures of the hostile suite."""

import os
import time
from collections.abc import Iterator
from random import SystemRandom

import pytest

from tests.hostile.corpus_server import AHEAD, CorpusServer, running_corpus_server


@pytest.fixture(scope="session", params=[10_000, 0], ids=["cache on", "cache off"])
def corpus_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CorpusServer]:
    """A server with the corpus' tenants, keys and revocations."""
    with running_corpus_server(tmp_path_factory.mktemp("corpus"), int(time.time()) + AHEAD, request.param) as server:
        yield server


@pytest.fixture
def seed() -> int:
    """The seed of this run, printed; HOSTILE_SEED repeats one."""
    chosen = int(os.environ.get("HOSTILE_SEED") or SystemRandom().randrange(2**32))
    print(f"HOSTILE_SEED={chosen}")
    return chosen
