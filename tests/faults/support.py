"""What the fault tests share: how much they do, how they call, and servers with a fault planted in them."""

import os
import random
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import cast
from urllib.request import urlopen

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from authsvc.app.files import policies_of, read_sealing_key, read_tenant_text
from authsvc.clock import system_clock
from authsvc.config import Settings
from authsvc.store.database import SqliteDatabase
from authsvc.store.reader import SqlChangeReader
from authsvc.tokens.issuing import sign_record
from authsvc.tokens.record import TokenRecord
from authsvc.v1 import token_service_pb2 as messages
from authsvc.v1.reason_pb2 import Reason
from authsvc.v1.token_service_pb2_grpc import TokenServiceStub
from tests.support.server import Server, await_true, start_server

ROOT = Path(__file__).parents[2]
TENANT = "demo"
AUDIENCE = "demo-api"
BATCH = 100
REVOKED = Reason.REASON_REVOKED
OK = Reason.REASON_OK
_CONNECT_SECONDS = 15.0
_START_SECONDS = 120.0
"""Long: some tests start with a great store, and the machine may have much else to do."""


def seeded(name: str) -> random.Random:
    """A source of chance whose seed is printed; AUTHSVC_TEST_SEED repeats a run."""
    seed = int(os.environ.get("AUTHSVC_TEST_SEED") or secrets.randbelow(1 << 32))
    print(f"{name}: AUTHSVC_TEST_SEED={seed}")
    return random.Random(f"{name} {seed}")


def start_planted(
    data_dir: Path, fault: str = "none", *, environment: Mapping[str, str] | None = None, wait: bool = True
) -> Server:
    """A development server whose workers run with that fault of tests.faults.planted_worker, once all of them serve."""
    server = start_server(
        data_dir,
        environment={"AUTHSVC_DEV": "true", "PYTHONPATH": str(ROOT), **(environment or {})},
        arguments=(),
        command=("-m", "tests.faults.planted_server", fault),
        wait=False,
        # What the loader reads, it reads at the start of a program alone.
        warm="LD_PRELOAD" not in (environment or {}),
    )
    if wait:

        def serves() -> bool:
            if server.process.poll() is not None:
                raise RuntimeError(f"the server ended with {server.process.returncode}:\n{server.log}")
            return is_ready(server)

        try:
            await_true(serves, "the server is ready", _START_SECONDS)
        except BaseException:
            kill_all(server)
            raise
    return server


@contextmanager
def planted_server(
    data_dir: Path, fault: str = "none", *, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A planted server for the length of a block, killed at its end: how servers end well is tested elsewhere."""
    server = start_planted(data_dir, fault, environment=environment)
    try:
        yield server
    finally:
        kill_all(server)


def kill_all(server: Server) -> None:
    """SIGKILL for the supervisor and every worker."""
    if server.process.poll() is None:
        server.kill()
    server.close_channels()


def refusal(error: grpc.RpcError) -> tuple[grpc.StatusCode, str]:
    """The status of a failed call and the reason of its ErrorInfo, "" without one."""
    # A failed call is its own error.
    call = cast("grpc.Call", error)
    for name, value in call.trailing_metadata() or ():
        if name == "grpc-status-details-bin":
            for detail in Status.FromString(value).details:
                info = ErrorInfo()
                if detail.Unpack(info):
                    return call.code(), info.reason
    return call.code(), ""


@dataclass
class Caller:
    """Calls the tenant demo with the admin key, over a connection of its own."""

    channel: grpc.Channel
    metadata: tuple[tuple[str, str], ...]
    stub: TokenServiceStub = field(init=False)

    def __post_init__(self) -> None:
        self.stub = TokenServiceStub(self.channel)

    @classmethod
    def of(cls, server: Server) -> "Caller":
        """A caller with a fresh connection that is up."""
        caller = cls(server.channel(fresh=True), tuple(server.metadata()))
        grpc.channel_ready_future(caller.channel).result(_CONNECT_SECONDS)
        return caller

    def issue(self, subject: str = "alice", *, request_id: str = "", timeout: float = 5.0) -> messages.IssueResponse:
        request = messages.IssueRequest(
            tenant=TENANT, subject=subject, audiences=[AUDIENCE], scopes=["repo"], request_id=request_id
        )
        return self.stub.Issue(request, metadata=self.metadata, timeout=timeout)

    def revoke(self, token_id: str, *, reason: str = "", timeout: float = 5.0) -> messages.RevokeResponse:
        request = messages.RevokeRequest(tenant=TENANT, reason=reason, token_id=messages.TokenTarget(token_id=token_id))
        return self.stub.Revoke(request, metadata=self.metadata, timeout=timeout)

    def revoke_token(self, token: str, *, timeout: float = 5.0) -> messages.RevokeResponse:
        request = messages.RevokeRequest(tenant=TENANT, token=token)
        return self.stub.Revoke(request, metadata=self.metadata, timeout=timeout)

    def verify(self, token: str, *, timeout: float = 5.0) -> messages.VerifyResponse:
        request = messages.VerifyRequest(tenant=TENANT, token=token, audience=AUDIENCE)
        return self.stub.Verify(request, metadata=self.metadata, timeout=timeout)

    def reasons(self, tokens: Sequence[str], *, timeout: float = 15.0) -> list[Reason]:
        """The reason of each token's verdict, asked for in batches."""
        found: list[Reason] = []
        for start in range(0, len(tokens), BATCH):
            request = messages.BatchVerifyRequest(
                tenant=TENANT, audience=AUDIENCE, tokens=tokens[start : start + BATCH]
            )
            answer = self.stub.BatchVerify(request, metadata=self.metadata, timeout=timeout)
            found += [result.reason for result in answer.results]
        return found

    def worker(self) -> str:
        """Which worker this connection leads to: its index and process id, "INDEX-PID"."""
        request = messages.VerifyRequest(tenant=TENANT, token="x", audience=AUDIENCE)
        _, call = self.stub.Verify.with_call(request, metadata=self.metadata, timeout=5.0)
        return str(dict(call.trailing_metadata())["authsvc-worker"])


def caller_of_each_worker(server: Server, count: int) -> dict[str, Caller]:
    """A caller for each of the workers, by the name of its worker: fresh connections until every worker has got one."""
    found: dict[str, Caller] = {}
    for _ in range(200):
        caller = Caller.of(server)
        if found.setdefault(caller.worker(), caller) is not caller:
            caller.channel.close()
        if len(found) == count:
            return found
    raise AssertionError(f"200 connections reached the workers {sorted(found)} only")


class Mint:
    """Signs tokens with the keys of a stopped or running server, as many as a test wants, without asking it."""

    def __init__(self, data_dir: Path) -> None:
        settings = Settings(dev=True, data_dir=data_dir)
        sealing_key = read_sealing_key(settings)
        self._tenant = policies_of(read_tenant_text(settings), settings).find(TENANT)
        database = SqliteDatabase(data_dir)
        snapshot = SqlChangeReader(database, database.store_id(), system_clock).snapshot()
        for _ in snapshot.revocations:
            pass
        self._key = sealing_key.open_ring(snapshot.keys).signing_key(TENANT)

    def token(self, token_id: str = "", subject: str = "alice") -> str:
        now = int(time.time())
        record = TokenRecord(
            tenant=TENANT,
            issuer=self._tenant.issuer,
            token_id=token_id or secrets.token_hex(16),
            subject=subject,
            client_id="tests",
            audiences=(AUDIENCE,),
            scopes=("repo",),
            key_id=self._key.key_id,
            issue_time=now,
            expire_time=now + 3600,
        )
        return sign_record(record, self._tenant, self._key)

    def tokens(self, count: int) -> list[str]:
        return [self.token() for _ in range(count)]


def rows(data_dir: Path, query: str) -> list[tuple[object, ...]]:
    """What a connection from outside reads from the store."""
    with closing(sqlite3.connect(data_dir / "authsvc.db", timeout=10.0)) as connection:
        return connection.execute(query).fetchall()


def names(data_dir: Path, query: str) -> list[str]:
    """The first column of the rows, as text."""
    return [str(row[0]) for row in rows(data_dir, query)]


def is_ready(server: Server) -> bool:
    """What /readyz of the admin address says."""
    try:
        with urlopen(f"http://{server.admin_address}/readyz", timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def await_ready(server: Server) -> None:
    """Wait until every worker serves."""
    await_true(lambda: is_ready(server), "the server is ready", _START_SECONDS)


def is_running(pid: int) -> bool:
    """Whether the process runs: one that has ended but was not waited for does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}


def await_answer(ask: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    """Call until it does not fail."""

    def answered() -> bool:
        try:
            ask()
        except grpc.RpcError:
            return False
        return True

    await_true(answered, what, seconds)
