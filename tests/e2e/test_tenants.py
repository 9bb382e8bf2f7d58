"""Tenant documents through the command line, on a real server with two workers, from the first apply to the deletion."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from authsvc.cli.exit_codes import ExitCode
from tests.contract.production import environment, production_settings
from tests.e2e.command_line import ROOT, CommandLine
from tests.support.server import Server, await_true, running_server

SHOP = """\
name: shop
audiences: [shop-api]
operations:
  - name: GET /orders
    requirement: {any_of: ["read:orders"]}
"""
WIDER = SHOP.replace('["read:orders"]', '["read:orders", "admin:orders"]')


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Mounted as a ConfigMap is: its files are links into a hidden version."""
    place = tmp_path_factory.mktemp("documents") / "tenants"
    place.mkdir()
    mount(place, "v1", {"mounted.yaml": "name: mounted\n"})
    return place


def mount(place: Path, version: str, files: dict[str, str]) -> None:
    """Put another version in place, at once, as the kubelet does."""
    inner = place / f"..{version}"
    inner.mkdir()
    for name, text in files.items():
        (inner / name).write_text(text)
    fresh = place / "..fresh"
    fresh.symlink_to(inner.name)
    fresh.replace(place / "..data")
    for name in files:
        if not (place / name).is_symlink():
            (place / name).symlink_to(f"..data/{name}")


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory, directory: Path) -> Iterator[Server]:
    variables = {
        "AUTHSVC_WORKERS": "2",
        "AUTHSVC_TENANTS_DIR": str(directory),
        "AUTHSVC_TENANTS_RELOAD": "0.1",
        "AUTHSVC_LAME_DUCK": "0s",
    }
    data_dir = tmp_path_factory.mktemp("shops") / "data"
    with running_server(data_dir, environment=variables) as server:
        assert CommandLine(server, data_dir.parent).process("health", "--wait", "30").code == ExitCode.OK
        yield server


@pytest.fixture
def authsvc(shops: Server, tmp_path: Path) -> CommandLine:
    return CommandLine(shops, tmp_path, "shop")


def test_from_the_first_apply_to_the_deletion(authsvc: CommandLine) -> None:
    assert authsvc("diff -f -", stdin=SHOP).code == ExitCode.NO
    assert "shop\tcreated" in authsvc("apply -f -", stdin=SHOP).out
    assert authsvc("diff -f -", stdin=SHOP).code == ExitCode.OK
    reader = authsvc.issue("shop-api", "--scope", "read:orders")
    admin = authsvc.issue("shop-api", "--scope", "admin:orders")
    question = ("--operation", "GET /orders")
    assert authsvc.check(reader, "shop-api", *question) == ExitCode.OK
    assert authsvc.check(admin, "shop-api", *question) == ExitCode.INSUFFICIENT_SCOPE
    shown = authsvc("apply --dry-run -f -", stdin=WIDER)
    assert (
        '~ operations["GET /orders"].requirement.any_of: ["read:orders"] → ["read:orders", "admin:orders"]' in shown.out
    )
    assert authsvc.check(admin, "shop-api", *question) == ExitCode.INSUFFICIENT_SCOPE
    assert "shop\tchanged\t1" in authsvc("apply -f -", stdin=WIDER).out
    # Each command is a connection of its own, to either worker.
    assert {authsvc.check(admin, "shop-api", *question) for _ in range(8)} == {ExitCode.OK}
    assert authsvc("delete tenant shop").code == ExitCode.USAGE
    assert authsvc("delete tenant shop --yes").out.startswith("deleted")
    gone = authsvc("verify --audience shop-api", stdin=reader)
    assert (gone.code, "(TENANT_NOT_FOUND)" in gone.err) == (ExitCode.NOT_FOUND, True)
    assert "shop\tcreated" in authsvc("apply -f -", stdin=SHOP).out
    for token in (reader, admin):
        assert authsvc("verify --audience shop-api", stdin=token).headline == "not valid: unknown key"


def test_what_is_got_can_be_applied(authsvc: CommandLine) -> None:
    authsvc("apply -f -", stdin=SHOP)
    text = authsvc("get tenants -o yaml").out
    assert "name: shop" in text
    applied = authsvc("apply -f -", stdin=text)
    assert applied.code == ExitCode.OK
    assert {line.split("\t")[1] for line in applied.out.splitlines()[1:]} == {"unchanged"}
    document = authsvc("get tenants shop --json").document["tenant"]
    assert document["operations"][0]["name"] == "GET /orders"


def test_of_two_that_edit_one_version_one_is_told(authsvc: CommandLine) -> None:
    etag = authsvc("apply --json -f -", stdin=SHOP).document["tenants"][0]["etag"]
    assert authsvc("apply -f -", stdin=f"{SHOP}description: first\netag: {etag}\n").code == ExitCode.OK
    second = authsvc("apply -f -", stdin=f"{SHOP}description: second\netag: {etag}\n")
    assert second.code == ExitCode.CONFLICT
    assert "(ETAG_MISMATCH)" in second.err
    assert "next: look at the document in place" in second.err
    assert authsvc("get tenants shop --json").document["tenant"]["description"] == "first"
    assert authsvc(f"delete tenant shop --yes --etag {etag}").code == ExitCode.CONFLICT


def test_faults_are_named_by_their_paths(authsvc: CommandLine) -> None:
    outcome = authsvc("apply -f -", stdin="name: shop\nmax_ttl: 0s\naudiences: [authsvc]\noperations: [{name: x}]\n")
    assert outcome.code == ExitCode.USAGE
    for path in ("tenant.max_ttl", "tenant.audiences[0]", "tenant.operations[0].requirement"):
        assert f"  {path}: " in outcome.err


def test_a_mounted_directory_is_followed(authsvc: CommandLine, directory: Path) -> None:
    def description(name: str) -> str:
        outcome = authsvc("get", "tenants", name, "--json")
        return str(outcome.document["tenant"]["description"]) if outcome.code == ExitCode.OK else "absent"

    assert description("mounted") == ""
    mount(
        directory,
        "v2",
        {"mounted.yaml": "name: mounted\ndescription: two\n", "new.json": '{"name": "new-one", "description": "n"}'},
    )
    await_true(lambda: (description("mounted"), description("new-one")) == ("two", "n"), "the directory is taken up")
    broken = {
        "mounted.yaml": "name: mounted\ndescription: three\n",
        "new.json": '{"name": "new-one", "max_ttl": "0s"}',
        "other.yml": "name: other\nwhat: 1\n",
    }
    mount(directory, "v3", broken)
    await_true(lambda: description("mounted") == "three", "what is whole goes on")
    server = authsvc.server
    await_true(lambda: server.log.count('"event": "tenant_broken"') == 1, "the broken document is told")
    await_true(lambda: server.log.count('"event": "tenant_file_broken"') == 1, "the broken file is told")
    assert "max_ttl" in server.log
    assert description("new-one") == "n"
    # What came by a call stays until its file says something new, and a file that goes away leaves its tenant alone.
    assert authsvc("apply -f -", stdin="name: mounted\ndescription: by hand\n").code == ExitCode.OK
    mount(directory, "v4", {"new.json": '{"name": "new-one", "description": "m"}'})
    (directory / "mounted.yaml").unlink()
    await_true(lambda: description("new-one") == "m", "the file is taken up again")
    assert description("mounted") == "by hand"
    assert authsvc("verify", "--tenant", "mounted", "--audience", "x", stdin="x").code == ExitCode.NO


def test_documents_come_by_the_api_alone_and_outlive_the_server(tmp_path: Path) -> None:
    settings = production_settings(tmp_path / "place")
    del settings["AUTHSVC_TENANTS_FILE"]
    data_dir = Path(settings["AUTHSVC_DATA_DIR"])
    command = [sys.executable, "-m", "authsvc.cli", "bootstrap"]
    subprocess.run(command, env=environment(settings), cwd=ROOT, capture_output=True, timeout=60, check=True)
    etags = []
    for _ in range(2):
        with running_server(data_dir, environment=settings, arguments=()) as server:
            authsvc = CommandLine(server, tmp_path, "shop")
            assert authsvc.process("health", "--wait", "30").code == ExitCode.OK
            etags.append(authsvc("apply --json -f -", stdin=SHOP).document["tenants"][0]["etag"])
            token = authsvc.issue("shop-api", "--scope", "read:orders")
            assert authsvc.check(token, "shop-api", "--operation", "GET /orders") == ExitCode.OK
    assert etags[0] == etags[1]
