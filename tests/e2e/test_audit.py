"""The audit on a real server: sealed within a second, verified, exported, and found out when its file was edited."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from authsvc.cli.exit_codes import ExitCode
from tests.e2e.command_line import CommandLine
from tests.support.server import await_true, running_server

SEALED_WITHIN = 1.0
"""Seconds that the service promises; a busy machine gets some more in this test."""
PATIENCE = 5.0

Spoil = Callable[[sqlite3.Connection], object]


def sealed(authsvc: CommandLine) -> bool:
    """Whether every record is sealed."""
    records = authsvc("audit list", "--tenant", "*", "--limit", "0", "--json").document["records"]
    return bool(records) and all(record["hash"] for record in records)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data of a server that has ended lies, and a checkpoint of its whole log."""
    place = tmp_path_factory.mktemp("audited")
    with running_server(place / "data") as server:
        authsvc = CommandLine(server, place)
        authsvc.issue("demo-api")
        await_true(lambda: sealed(authsvc), "every record is sealed", PATIENCE)
        assert authsvc("audit verify", "--export", "checkpoint").code == ExitCode.OK
    return place


def spoil(data_dir: Path, statement: str) -> None:
    with closing(sqlite3.connect(data_dir / "authsvc.db", isolation_level=None)) as connection:
        assert connection.execute(statement).rowcount > 0


def test_what_is_written_is_listed_and_sealed_within_a_second(authsvc: CommandLine) -> None:
    for _ in range(3):
        token_id = authsvc("issue", "--subject", "alice", "--audience", "demo-api", "--json").document["token_id"]
        began = time.monotonic()
        assert authsvc("revoke", "--token-id", token_id, "--reason", "lost").code == ExitCode.OK
        [revoked] = authsvc("audit list", "--target", f"token:{token_id}", "--json").document["records"]
        assert (revoked["action"], revoked["detail"]) == ("Revoke", {"reason": "lost"})
        await_true(lambda: sealed(authsvc), "every record is sealed", PATIENCE)
        print(f"sealed {time.monotonic() - began:.2f} s after the revocation began, {SEALED_WITHIN} s promised")
    assert authsvc("audit list", "--action", "Issue", "--limit", "1").headline.startswith("position\ttime\taction")


def test_the_log_is_intact_and_meets_its_checkpoints(authsvc: CommandLine) -> None:
    assert authsvc("audit verify", "--export", "first").code == ExitCode.OK
    authsvc.issue("demo-api")
    await_true(lambda: sealed(authsvc), "every record is sealed", PATIENCE)
    outcome = authsvc("audit verify", "--checkpoint", "first", "--export", "second")
    assert (outcome.code, outcome.headline) == (ExitCode.OK, "intact")
    assert authsvc("audit verify", "--checkpoint", "second", "--checkpoint", "first").code == ExitCode.OK
    # A checkpoint opens nothing.
    checkpoint = (authsvc.directory / "second").read_text()
    assert authsvc("verify", "--audience", "demo-api", stdin=checkpoint).code == ExitCode.NO


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE audit_records SET actor = 'nobody' WHERE action = 'Issue'", "record.hash"),
        ("DELETE FROM audit_records WHERE position = 1", "record.present"),
        ("UPDATE audit_seals SET seal = zeroblob(32) WHERE position = 2", "record.hash"),
        ("DELETE FROM audit_head", "head.present"),
    ],
)
def test_a_log_that_was_edited_is_found_out(audited: Path, tmp_path: Path, statement: str, check: str) -> None:
    shutil.copytree(audited, tmp_path, dirs_exist_ok=True)
    data_dir = tmp_path / "data"
    spoil(data_dir, statement)
    with running_server(data_dir) as server:
        authsvc = CommandLine(server, tmp_path)
        outcome = authsvc("audit verify", "--export", "fresh")
        assert (outcome.code, outcome.headline) == (ExitCode.NO, "not intact")
        assert f"({check})" in outcome.out
        assert not (tmp_path / "fresh").exists()
        if check.startswith("head"):
            authsvc.issue("demo-api")
            # Nothing is sealed upon it, and it is said: in the log once, and for as long as it lasts in the metrics.
            await_true(lambda: "authsvc_audit_chain_broken 1.0" in server.metrics(), "the metric tells", PATIENCE)
            assert server.log.count('"event": "audit_chain_broken"') == 1


def test_a_log_that_was_cut_off_and_sealed_again_is_found_out_by_a_checkpoint(audited: Path, tmp_path: Path) -> None:
    shutil.copytree(audited, tmp_path, dirs_exist_ok=True)
    data_dir = tmp_path / "data"
    for statement in (
        "DELETE FROM audit_records WHERE action = 'Issue'",
        "DELETE FROM audit_seals",
        "DELETE FROM audit_head",
    ):
        spoil(data_dir, statement)
    with running_server(data_dir) as server:
        authsvc = CommandLine(server, tmp_path)
        await_true(lambda: sealed(authsvc), "every record is sealed", PATIENCE)
        assert authsvc("audit verify").code == ExitCode.OK
        outcome = authsvc("audit verify", "--checkpoint", "checkpoint")
        assert outcome.code == ExitCode.NO
        assert "(checkpoint.reached)" in outcome.out
