"""Scopes that methods of other packages declare, read from descriptors alone."""

import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from authsvc.app.declared_operations import DeclaredOperationsError, operations_of, read_descriptor_set

ROOT = Path(__file__).resolve().parents[3]
PROTO = """
syntax = "proto3";
package acme.v1;
import "authsvc/v1/options.proto";
message Nothing {}
service Users {
  // Deletes a user. It cannot be undone.
  rpc Delete(Nothing) returns (Nothing) {
    option (authsvc.v1.access) = {scopes: {any_of: ["delete:users", "admin"], all_of: ["users"]}};
  }
  rpc List(Nothing) returns (Nothing) {
    option (authsvc.v1.access) = {scopes: {all_of: ["read:users"]}};
  }
  rpc Ping(Nothing) returns (Nothing) {
    option (authsvc.v1.access) = {public: true};
  }
  rpc Undeclared(Nothing) returns (Nothing);
  rpc Deprecated(Nothing) returns (Nothing) {
    option deprecated = true;
  }
}
"""


def compiled(place: Path, text: str = PROTO, *, imports: bool = True) -> bytes:
    (place / "users.proto").write_text(text)
    wanted = ["--include_imports"] if imports else []
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'protos'}", f"-I{place}"]
    includes = [f"-I{Path(sys.prefix) / 'lib'}"]
    subprocess.run(
        [*command, *includes, *wanted, "--include_source_info", f"--descriptor_set_out={place / 'set'}", "users.proto"],
        check=True,
    )
    return (place / "set").read_bytes()


def test_methods_with_scopes_become_operations(tmp_path: Path) -> None:
    found = operations_of(read_descriptor_set(compiled(tmp_path)))
    ours = [operation for operation in found if operation.name.startswith("/acme.")]
    told = [(one.name, list(one.requirement.any_of), list(one.requirement.all_of), one.description) for one in ours]
    assert told == [
        ("/acme.v1.Users/Delete", ["delete:users", "admin"], ["users"], "Deletes a user."),
        ("/acme.v1.Users/List", [], ["read:users"], ""),
    ]


def test_a_set_without_its_imports_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclaredOperationsError, match="not complete"):
        operations_of(read_descriptor_set(compiled(tmp_path, imports=False)))


def test_an_impossible_requirement_is_refused_by_the_name_of_its_method(tmp_path: Path) -> None:
    text = PROTO.replace('all_of: ["read:users"]', 'all_of: ["two words"]')
    with pytest.raises(DeclaredOperationsError, match=r"/acme\.v1\.Users/List"):
        operations_of(read_descriptor_set(compiled(tmp_path, text)))


def test_other_bytes_are_refused_with_the_way_to_make_a_set() -> None:
    with pytest.raises(DeclaredOperationsError, match="buf build"):
        read_descriptor_set(b"\xff\xff not a set")


def test_an_empty_set_has_no_operations() -> None:
    assert operations_of(FileDescriptorSet()) == []
