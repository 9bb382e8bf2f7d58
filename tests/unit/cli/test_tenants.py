"""apply, diff, get tenants and delete tenant: documents from anywhere, every document asked for, nothing done unasked."""

import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from authsvc.cli.exit_codes import ExitCode
from authsvc.cli.tenant_text import write_document
from authsvc.policy.document import parse_tenant_documents
from authsvc.v1.scopes_pb2 import ScopeRequirement
from authsvc.v1.tenant_pb2 import Client, ExtraClaims, IssueGrant, Operation, Scope, Tenant
from authsvc.v1.tenant_service_pb2 import (
    ApplyTenantResponse,
    DeleteTenantResponse,
    DocumentChange,
    GetTenantResponse,
    ListTenantsResponse,
)
from tests.unit.cli.conftest import CommandLine
from tests.unit.cli.fake_server import Failure, FakeTokenService

BIRTH, LATER = Timestamp(seconds=1416929109), Timestamp(seconds=1416929209)
CHANGES = [
    DocumentChange(path="max_ttl", before='"1s"', after='"2s"'),
    DocumentChange(path='operations["x"]', after="{}"),
    DocumentChange(path='operations["y"]', before="{}"),
]


def tenant(name: str, etag: str = "e1", **fields: Any) -> Tenant:
    return Tenant(name=name, etag=etag, uid="0" * 32, create_time=BIRTH, update_time=LATER, **fields)


def _applied(request: Any) -> ApplyTenantResponse:
    """New: a; changed: b; all others as they were."""
    name = request.tenant.name
    if name == "a":
        made = (
            Tenant(name=name) if request.dry_run else Tenant(name=name, etag="e", create_time=BIRTH, update_time=BIRTH)
        )
        return ApplyTenantResponse(tenant=made, changes=CHANGES[1:2], revision="r")
    return ApplyTenantResponse(tenant=tenant(name), changes=CHANGES if name == "b" else [], revision="r")


@pytest.fixture(autouse=True)
def _answer(fake: FakeTokenService) -> None:
    fake.answers["ApplyTenant"] = _applied
    fake.answers["ListTenants"] = ListTenantsResponse(tenants=[tenant("a"), tenant("b", max_ttl=Duration(seconds=7))])
    fake.answers["GetTenant"] = GetTenantResponse(tenant=tenant("a", description="x"))
    fake.answers["DeleteTenant"] = DeleteTenantResponse(revision="r")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Files that count, and files that do not."""
    place = tmp_path / "tenants"
    place.mkdir()
    (place / "2.yaml").write_text("name: b\nmax_ttl: 2s\n---\nname: c\n")
    (place / "1.json").write_text('{"name": "a"}')
    (place / "3.yml").write_text("# nothing\n")
    (place / "notes.txt").write_text("not: yaml: at all")
    (place / ".hidden.yaml").write_text("name: hidden\n")
    return place


@pytest.mark.parametrize("option", ["-f", "--file"])
def test_every_document_of_a_directory_is_asked_for_in_order(
    authsvc: CommandLine, fake: FakeTokenService, directory: Path, option: str
) -> None:
    outcome = authsvc("apply", option, str(directory))
    assert outcome.code == ExitCode.OK
    assert [request.tenant.name for request in fake.requests] == ["a", "b", "c"]
    assert not any(request.dry_run for request in fake.requests)
    rows = [line.split("\t") for line in outcome.out.splitlines()]
    assert rows == [
        ["tenant", "result", "changes", "etag"],
        ["a", "created", "1", "e"],
        ["b", "changed", "3", "e1"],
        ["c", "unchanged", "0", "e1"],
    ]


def test_documents_come_from_a_pipe_and_from_several_files(
    authsvc: CommandLine, fake: FakeTokenService, directory: Path
) -> None:
    outcome = authsvc("apply", "-f", "-", "-f", str(directory / "1.json"), stdin="name: z\naudiences: [x]\netag: e9\n")
    assert outcome.code == ExitCode.OK
    assert [request.tenant.name for request in fake.requests] == ["z", "a"]
    assert (list(fake.requests[0].tenant.audiences), fake.requests[0].tenant.etag) == (["x"], "e9")


def test_a_dry_run_shows_what_would_change(authsvc: CommandLine, fake: FakeTokenService, directory: Path) -> None:
    outcome = authsvc("apply", "-f", str(directory), "--dry-run")
    assert outcome.code == ExitCode.OK
    assert all(request.dry_run for request in fake.requests)
    lines = outcome.out.splitlines()
    assert "a: would be created" in lines
    assert "b: would be changed" in lines
    assert "c: unchanged" in lines
    assert '  ~ max_ttl: "1s" → "2s"' in lines
    assert '  + operations["x"]: {}' in lines
    assert '  - operations["y"]: {}' in lines
    assert "b\twould be changed\t3\te1" in lines


def test_a_dry_run_has_colours_on_a_terminal(authsvc: CommandLine, directory: Path) -> None:
    code, screen = authsvc.in_terminal("apply", "-f", str(directory / "2.yaml"), "--dry-run")
    assert code == ExitCode.OK
    assert "\x1b[32m" in screen
    assert "\x1b[1;31m" in screen


@pytest.mark.parametrize(("text", "code"), [("name: c", ExitCode.OK), ("name: b", ExitCode.NO)])
def test_diff_says_by_its_exit_code_whether_anything_differs(
    authsvc: CommandLine, fake: FakeTokenService, text: str, code: ExitCode
) -> None:
    assert authsvc("diff", "-f", "-", stdin=text).code == code
    assert authsvc("diff", "-f", "-", "--json", stdin=text).code == code
    assert all(request.dry_run for request in fake.requests)


def test_json_holds_every_change(authsvc: CommandLine, directory: Path) -> None:
    document = json.loads(authsvc("apply", "-f", str(directory), "--json").out)
    assert [(entry["name"], entry["result"]) for entry in document["tenants"]] == [
        ("a", "created"),
        ("b", "changed"),
        ("c", "unchanged"),
    ]
    assert document["tenants"][1]["changes"][0] == {"path": "max_ttl", "before": '"1s"', "after": '"2s"'}


def test_a_refused_document_does_not_hold_up_the_others(
    authsvc: CommandLine, fake: FakeTokenService, directory: Path
) -> None:
    fake.answers["ApplyTenant"] = [
        Failure(
            grpc.StatusCode.INVALID_ARGUMENT, "x", "INVALID_FIELD", violations=[("tenant.max_ttl", "must be less")]
        ),
        Failure(grpc.StatusCode.ABORTED, "it has changed", "ETAG_MISMATCH"),
        _applied,
    ]
    outcome = authsvc("apply", "-f", str(directory))
    assert outcome.code == ExitCode.USAGE
    assert "1.json: a: the request breaks the rules" in outcome.err
    assert "tenant.max_ttl: must be less" in outcome.err
    assert "2.yaml: b: it has changed (ETAG_MISMATCH)" in outcome.err
    assert "authsvc get tenants" in outcome.err
    assert outcome.out.splitlines()[1:] == ["c\tunchanged\t0\te1"]


BROKEN = {
    "not YAML": "a: [",
    "a key twice": "name: a\nname: b\n",
    "an unknown field": "name: a\nwhat: 1\n",
    "a value of the wrong kind": "name: a\nomit_records: maybe\n",
    "a list": "- a\n",
    "a time that is none": "name: a\ncreate_time: yesterday\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("command", ["apply", "diff"])
def test_what_is_no_document_is_said_and_nothing_is_asked(
    authsvc: CommandLine, fake: FakeTokenService, command: str, text: str
) -> None:
    outcome = authsvc(command, "-f", "-", stdin=f"name: fine\n---\n{text}")
    assert outcome.code == ExitCode.USAGE
    assert "standard input: " in outcome.err
    assert not fake.requests


def test_what_cannot_be_read_is_said(authsvc: CommandLine, fake: FakeTokenService, tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"name: \xe9")
    for name in ("nowhere.yaml", "latin.yaml"):
        outcome = authsvc("apply", "-f", name)
        assert outcome.code == ExitCode.USAGE
        assert name in outcome.err
    assert "there is no document" in authsvc("apply", "-f", "-").err
    assert authsvc("apply").code == ExitCode.USAGE
    assert not fake.requests


def test_get_shows_a_table(authsvc: CommandLine) -> None:
    lines = [line.split("\t") for line in authsvc("get", "tenants").out.splitlines()]
    assert lines[0][:4] == ["tenant", "issuer", "algorithm", "operations"]
    assert [line[:3] for line in lines[1:]] == [["a", "default", "ES256"], ["b", "default", "ES256"]]


def test_get_follows_the_pages(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["ListTenants"] = [
        ListTenantsResponse(tenants=[tenant("a")], next_page_token="t"),
        ListTenantsResponse(tenants=[tenant("b")]),
    ]
    documents = json.loads(authsvc("get", "tenants", "-o", "json").out)["tenants"]
    assert [document["name"] for document in documents] == ["a", "b"]
    assert [request.page_token for request in fake.requests] == ["", "t"]


def test_a_page_that_repeats_ends(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["ListTenants"] = ListTenantsResponse(next_page_token="same")
    assert authsvc("get", "tenants").code == ExitCode.INTERNAL


def test_get_one(authsvc: CommandLine, fake: FakeTokenService) -> None:
    assert json.loads(authsvc("get", "tenants", "a", "--json").out)["tenant"]["etag"] == "e1"
    assert fake.request.tenant == "a"
    text = authsvc("get", "tenants", "a", "-o", "yaml").out
    assert text.splitlines() == [f"# etag e1, uid {'0' * 32}", "name: a", "description: x"]


def test_what_yaml_prints_apply_takes_back(authsvc: CommandLine, fake: FakeTokenService) -> None:
    text = authsvc("get", "tenants", "--output", "yaml").out
    fake.requests.clear()
    assert authsvc("apply", "-f", "-", stdin=text).code == ExitCode.OK
    assert [request.tenant for request in fake.requests] == [
        Tenant(name="a"),
        Tenant(name="b", max_ttl=Duration(seconds=7)),
    ]


TEXTS = (
    *(
        "yes",
        "No",
        "null",
        "~",
        "1",
        "1e3",
        "0x1f",
        "1:30",
        "2030-01-31",
        "-",
        "- a",
        "a: b",
        "a #b",
        "#",
        "'",
        '"',
        "\\",
    ),
    *(
        "",
        " ",
        " a",
        "a ",
        "a\tb",
        "a\nb",
        "\x00",
        "\x7f",
        "\x85",
        "\u2028",
        "\ufeff",
        "é",
        "日本",
        "\U0001f600",
        "\U000e0001",
    ),
    *(
        "{a}",
        "[a]",
        "*",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "|",
        ">",
        "?",
        ",",
        "a,b",
        "a:",
        ":a",
        "GET /user/repos",
        "/a.v1.B/C",
    ),
    *(
        "read:users",
        "spiffe://a.example/b",
        "https://a.example/b?c=d",
        "=",
        "<<",
        ".inf",
        ".",
        "..",
        "...",
        "---",
        "_",
        "/",
    ),
)


def test_any_text_survives_being_written_as_yaml() -> None:
    for text in TEXTS:
        document = Tenant(
            name="a",
            description=text,
            audiences=[text, "x"],
            omit_records=True,
            extra_claims=ExtraClaims(),
            operations=[
                Operation(name=text, requirement=ScopeRequirement(any_of=[text]), description=text),
                Operation(),
            ],
            scopes=[Scope(name=text, includes=[text, text])],
            clients=[
                Client(
                    id=text,
                    spiffe_ids=[text],
                    issue=IssueGrant(max_ttl=Duration(seconds=1, nanos=5), max_live_tokens=7),
                ),
                Client(issue=IssueGrant()),
            ],
        )
        assert parse_tenant_documents(write_document(document)) == [document], ascii(text)


def test_delete_asks_for_one_tenant(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc("delete", "tenant", "a", "--yes", "--etag", "e1")
    assert outcome.code == ExitCode.OK
    assert outcome.out.splitlines() == ["deleted", "tenant: a", "revision: r"]
    assert (fake.request.tenant, fake.request.etag) == ("a", "e1")
    assert json.loads(authsvc("delete", "tenant", "a", "--yes", "--json").out) == {"revision": "r"}


def test_delete_without_a_terminal_demands_yes(authsvc: CommandLine, fake: FakeTokenService) -> None:
    outcome = authsvc("delete", "tenant", "a", stdin="y\n")
    assert outcome.code == ExitCode.USAGE
    assert "--yes" in outcome.err
    assert not fake.requests


@pytest.mark.parametrize(
    ("typed", "code", "count"), [("y\n", ExitCode.OK, 1), ("n\n", ExitCode.NO, 0), ("\n", ExitCode.NO, 0)]
)
def test_delete_asks_on_a_terminal(
    authsvc: CommandLine, fake: FakeTokenService, typed: str, code: ExitCode, count: int
) -> None:
    ended, screen = authsvc.in_terminal("delete", "tenant", "a", typed=typed)
    assert ended == code
    assert "Delete the tenant a" in screen
    assert len(fake.requests) == count


def test_an_unknown_tenant(authsvc: CommandLine, fake: FakeTokenService) -> None:
    fake.answers["GetTenant"] = Failure(grpc.StatusCode.NOT_FOUND, "no such tenant", "TENANT_NOT_FOUND")
    assert authsvc("get", "tenants", "x").code == ExitCode.NOT_FOUND
