import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest

from authsvc.cli.exit_codes import ExitCode
from authsvc.v1.audit_service_pb2 import (
    AuditFault,
    AuditRecord,
    ListAuditRecordsResponse,
    VerifyAuditLogResponse,
)
from tests.unit.cli.conftest import TOKEN, CommandLine
from tests.unit.cli.fake_server import Failure, FakeTokenService

TOTAL = 5
CHECKPOINT = "eyJjaGVja3BvaW50IjoxfQ" + ".eyJwb3NpdGlvbiI6MX0" + ".c2ln"


def _record(position: int) -> AuditRecord:
    record = AuditRecord(
        position=position,
        action="Revoke",
        tenant="demo",
        actor="ci",
        actor_token_id="jti",
        target=f"token:{position}",
        call_id="c",
        detail={"reason": "lost\x1b[2J", "b": "x"},
        hash="ab" * 32,
    )
    record.audit_time.FromMicroseconds(1_900_000_000_000_005)
    return record


def _page(request: Any) -> ListAuditRecordsResponse:
    """Two records a page at most."""
    begin = int(request.page_token or 0)
    end = min(begin + min(request.page_size, 2), TOTAL)
    records = [_record(TOTAL - number) for number in range(begin, end)]
    return ListAuditRecordsResponse(records=records, next_page_token=str(end) if end < TOTAL else "")


@pytest.fixture(autouse=True)
def _answer(fake: FakeTokenService) -> None:
    fake.answers["ListAuditRecords"] = _page
    fake.answers["VerifyAuditLog"] = VerifyAuditLogResponse(
        intact=True, sealed_records=7, position=7, head_position=7, checkpoint=CHECKPOINT
    )


def test_list_follows_the_pages_with_the_filter_unchanged(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc(
        *("audit", "list", "--tenant", "*", "--action", "Revoke", "--actor", "ci", "--target", "token:1"),
        *("--since", "2030-01-01T00:00:00Z", "--until", "1900000001"),
    )
    assert outcome.code == ExitCode.OK
    assert not outcome.err
    lines = [line.split("\t") for line in outcome.out.splitlines()]
    assert lines[0] == ["position", "time", "action", "tenant", "actor", "target", "detail", "hash"]
    assert [line[0] for line in lines[1:]] == ["5", "4", "3", "2", "1"]
    assert lines[1][1:6] == ["2030-03-17T17:46:40.000005Z", "Revoke", "demo", "ci", "token:5"]
    assert lines[1][6:] == [r"b=x reason=lost\x1b[2J", "ab" * 6]
    assert [request.page_token for request in fake.requests] == ["", "2", "4"]
    for request in fake.requests:
        assert (request.tenant, request.action, request.actor, request.target) == ("*", "Revoke", "ci", "token:1")
        assert request.start_time.ToDatetime(tzinfo=UTC) == datetime(2030, 1, 1, tzinfo=UTC)
        assert request.end_time.seconds == 1_900_000_001


def test_list_without_a_filter_asks_for_none(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc("audit", "list", "--limit", "2")
    assert len(outcome.out.splitlines()) == 3
    assert "--limit 0" in outcome.err
    assert not fake.request.HasField("start_time")
    assert not fake.request.HasField("end_time")
    assert fake.request.page_size == 2


def test_json_is_one_document(authsvc: CommandLine) -> None:
    document = json.loads(authsvc("audit", "list", "--json", "--limit", "0").out)
    assert [entry["position"] for entry in document["records"]] == ["5", "4", "3", "2", "1"]
    assert document["records"][0]["audit_time"] == "2030-03-17T17:46:40.000005Z"
    assert document["records"][0]["hash"] == "ab" * 32


def test_wrong_moments_are_refused(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc("audit", "list", "--since", "yesterday")
    assert outcome.code == ExitCode.USAGE
    assert "--since" in outcome.err
    assert not fake.requests


def test_an_intact_log(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc("audit", "verify")
    assert (outcome.code, outcome.err) == (ExitCode.OK, "")
    assert outcome.out.splitlines() == ["intact", "sealed records: 7", "head: 7"]
    assert list(fake.request.checkpoints) == []
    assert json.loads(authsvc("audit", "verify", "--json").out)["checkpoint"] == CHECKPOINT


def test_a_log_with_faults_ends_with_no(authsvc: CommandLine, fake: FakeTokenService, tmp_path: Path) -> None:
    faults = [
        AuditFault(check="head.last", description="the chain does not end"),
        AuditFault(position=3, check="record.hash", description="the record is not what was sealed"),
    ]
    fake.answers["VerifyAuditLog"] = VerifyAuditLogResponse(faults=faults, sealed_records=7, head_position=7)
    kept = tmp_path / "kept"
    kept.write_text("worth something")
    outcome = authsvc("audit", "verify", "--export", str(kept))
    assert outcome.code == ExitCode.NO
    assert outcome.out.splitlines() == [
        "not intact",
        "sealed records: 7",
        "head: 7",
        "faults:",
        "  the chain does not end (head.last)",
        "  at 3: the record is not what was sealed (record.hash)",
    ]
    assert f"nothing was written to {kept}" in outcome.err
    assert kept.read_text() == "worth something"


def test_parts_are_gone_through_one_by_one_and_their_faults_stand_together(
    authsvc: CommandLine, fake: FakeTokenService
) -> None:
    fake.answers["VerifyAuditLog"] = [
        VerifyAuditLogResponse(
            faults=[AuditFault(position=1, check="a", description="x")],
            position=5,
            head_position=9,
            next_page_token="p",
        ),
        VerifyAuditLogResponse(
            faults=[AuditFault(position=8, check="b", description="y")], sealed_records=9, position=9, head_position=9
        ),
    ]
    outcome = authsvc("audit", "verify", "--json")
    assert outcome.code == ExitCode.NO
    assert [fault["position"] for fault in json.loads(outcome.out)["faults"]] == ["1", "8"]
    assert [request.page_token for request in fake.requests] == ["", "p"]


def test_checkpoints_come_from_files_and_go_to_one(
    authsvc: CommandLine, fake: FakeTokenService, tmp_path: Path
) -> None:
    last = tmp_path / "last"
    (tmp_path / "first").write_text(f"{CHECKPOINT}\n")
    last.write_text(f"  {CHECKPOINT}x\n")
    outcome = authsvc(
        *("audit", "verify", "--checkpoint", str(tmp_path / "first"), "--checkpoint", str(last), "--export", str(last))
    )
    assert outcome.code == ExitCode.OK
    assert list(fake.request.checkpoints) == [CHECKPOINT, f"{CHECKPOINT}x"]
    assert last.read_text() == f"{CHECKPOINT}\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "last"]


@pytest.mark.parametrize("content", [b"", b"\xff", b"x" * 5000])
def test_a_file_that_holds_none_is_said(
    authsvc: CommandLine, fake: FakeTokenService, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "file").write_bytes(content)
    for path in (tmp_path / "file", tmp_path / "missing"):
        outcome = authsvc("audit", "verify", "--checkpoint", str(path))
        assert outcome.code == ExitCode.USAGE
        assert "--checkpoint" in outcome.err
    assert not fake.requests


def test_a_file_that_cannot_be_written_is_said(authsvc: CommandLine, tmp_path: Path) -> None:
    outcome = authsvc("audit", "verify", "--export", str(tmp_path / "nowhere" / "file"))
    assert outcome.code == ExitCode.USAGE
    assert "--export" in outcome.err


def test_a_checkpoint_on_the_command_line_is_refused(authsvc: CommandLine, fake: FakeTokenService) -> None:
    assert authsvc("audit", "verify", "--checkpoint", TOKEN).code == ExitCode.USAGE
    assert not fake.requests


def test_a_caller_of_one_tenant_is_told(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["VerifyAuditLog"] = Failure(grpc.StatusCode.PERMISSION_DENIED, "no", "TENANT_NOT_ALLOWED")
    assert authsvc("audit", "verify").code == ExitCode.DENIED


def test_a_terminal_gets_a_table_and_a_colour(authsvc: CommandLine) -> None:
    code, screen = authsvc.in_terminal("audit", "list")
    assert code == ExitCode.OK
    assert all(f"token:{number}" in screen for number in range(1, TOTAL + 1))
    code, screen = authsvc.in_terminal("audit", "verify")
    assert code == ExitCode.OK
    assert "\x1b[32m" in screen
