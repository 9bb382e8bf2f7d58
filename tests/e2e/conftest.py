"""One server for the walks through the command line, with a tenant for each form of scopes and one to be emptied."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from authsvc.cli.exit_codes import ExitCode
from authsvc.policy.demo import DEMO_DOCUMENT
from tests.e2e.command_line import CommandLine
from tests.support.server import Server, running_server

# The tokens of `demo` carry the OAuth string; these carry the article's own two forms.
DOCUMENTS = f"""\
{DEMO_DOCUMENT}
---
name: list-form
scope_claim_shape: SCOPE_CLAIM_SHAPE_ARRAY
operations:
  - name: POST /user/repos
    requirement: {{any_of: [repo, public_repo]}}
---
name: tree-form
algorithm: SIGNING_ALGORITHM_HS256
scope_claim_shape: SCOPE_CLAIM_SHAPE_TREE
operations:
  - name: POST /user/repos
    requirement: {{any_of: [repo, public_repo]}}
---
name: emptied
"""


@pytest.fixture(scope="session")
def walked_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("walked")
    documents = directory / "tenants.yaml"
    documents.write_text(DOCUMENTS)
    environment = {"AUTHSVC_TENANTS_FILE": str(documents), "AUTHSVC_LAME_DUCK": "0s"}
    with running_server(directory / "data", environment=environment) as server:
        assert CommandLine(server, directory).process("health", "--wait", "30").code == ExitCode.OK
        yield server


@pytest.fixture
def authsvc(walked_server: Server, tmp_path: Path) -> CommandLine:
    return CommandLine(walked_server, tmp_path)
