"""How much the tests do: little where somebody waits for them, much with CI=true."""

import os

import pytest

IN_CI = os.environ.get("CI") == "true"

planted = pytest.mark.skipif(
    not IN_CI and not os.environ.get("AUTHSVC_TEST_PLANTS"),
    reason="plants a fault and shows that it is found: with CI=true or AUTHSVC_TEST_PLANTS=1",
)
"""Marks the proof that another test can fail, where that takes seconds."""


def scaled(local: int, ci: int, variable: str | None = None) -> int:
    """How much of something to do: little here, much in CI, and as much as the environment variable says if it is set."""
    if variable is not None and (said := os.environ.get(variable)):
        return int(said)
    return ci if IN_CI else local
