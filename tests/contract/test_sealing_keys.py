"""A sealing key from the environment, and another one in its place, with tokens that go on being good."""

import os
import subprocess
import sys
from pathlib import Path

from authsvc.keys.sealing import SealingKey, generate_sealing_key
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.token_service_pb2 import IssueRequest, VerifyRequest
from tests.support.server import Server, running_server


def environment(key: str, *others: str, place: Path) -> dict[str, str]:
    old = place / "old.keys"
    old.write_text("\n".join(others) + "\n")
    old.chmod(0o600)
    return {
        "AUTHSVC_SEALING_KEY": key,
        "AUTHSVC_SEALING_KEYS_OLD_FILE": str(old),
        "AUTHSVC_HTTP_ADDRESS": "",
    }


def is_good(server: Server, token: str) -> bool:
    request = VerifyRequest(tenant="demo", token=token, audience="demo-api")
    return server.tokens().Verify(request, metadata=tuple(server.metadata())).reason == Reason.REASON_OK


def test_it_is_changed_without_losing_a_token(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first, second = generate_sealing_key(), generate_sealing_key()
    with running_server(data, environment=environment(first, second, place=tmp_path)) as server:
        request = IssueRequest(tenant="demo", subject="alice", audiences=["demo-api"])
        token = server.tokens().Issue(request, metadata=tuple(server.metadata())).token
        # Workers get it over a pipe: their environment, which others of this user can list, does not hold it.
        for pid in server.worker_pids():
            assert first.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
        assert not (data / "sealing.key").exists()
    both = environment(second, first, place=tmp_path)
    with running_server(data, environment=both) as server:
        assert is_good(server, token)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUTHSVC_")}
        resealed = subprocess.run(
            [sys.executable, "-m", "authsvc.cli", "keys", "reseal", "--dev", "--data-dir", str(data)],
            env=inherited | both,
            capture_output=True,
            text=True,
            check=False,
        )
        assert resealed.returncode == 0, resealed.stderr
        assert f"by the sealing key: {SealingKey.from_text(second).name}" in resealed.stdout
        assert is_good(server, token)
    with running_server(data, environment=environment(second, place=tmp_path)) as server:
        assert is_good(server, token)
