"""A server that is no development server: TLS or a word about it, health for all, reflection for callers, no port too many."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from authsvc.api.methods import SERVICES
from authsvc.v1 import token_service_pb2 as pb
from tests.contract.callers import Callers, bearer
from tests.contract.contract import Refusal, call, refusal_of
from tests.contract.production import Certificate, certificate, private_file, production_settings
from tests.contract.starter import Starter
from tests.support.server import Server, await_true, free_port, running_server

Place = pytest.TempPathFactory
LISTENING = "0A"


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: Place, starter: Starter) -> Iterator[Server]:
    """Behind a mesh, with a probe address and every default."""
    settings = production_settings(tmp_path_factory.mktemp("quiet"))
    starter.bootstrap(settings)
    settings["AUTHSVC_PROBE_ADDRESS"] = f"127.0.0.1:{free_port()}"
    with running_server(Path(settings["AUTHSVC_DATA_DIR"]), environment=settings, arguments=()) as server:
        yield server


def reflect(channel: grpc.Channel, metadata: Any = ()) -> Any:
    """The names of the services, or the refusal."""
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    try:
        answers = list(stub.ServerReflectionInfo(iter((asked,)), metadata=metadata, timeout=10))
    except grpc.RpcError as error:
        return refusal_of(error)
    return {service.name for service in answers[0].list_services_response.service}


@pytest.fixture(scope="module")
def authority() -> Certificate:
    return certificate("authority of the test")


def tls_settings(place: Path, starter: Starter, authority: Certificate) -> dict[str, str]:
    """TLS from files, for a server of the authority."""
    settings = production_settings(place)
    starter.bootstrap(settings)
    own = certificate("server", authority)
    return settings | {
        "AUTHSVC_TLS": "on",
        "AUTHSVC_TLS_CERT_FILE": str(private_file(place / "cert.pem", own.pem)),
        "AUTHSVC_TLS_KEY_FILE": str(private_file(place / "key.pem", own.key_pem)),
    }


def listening_ports(pids: list[int]) -> set[str]:
    """The addresses at which processes listen, by the kernel's word."""
    sockets = {path.readlink().name for pid in pids for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()}
    addresses = set()
    for name in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            columns = line.split()
            # A datagram socket has no state of listening: any that is bound counts.
            if f"socket:[{columns[9]}]" in sockets and (columns[3] == LISTENING or name.startswith("udp")):
                host, _, port = columns[1].partition(":")
                packed = bytes.fromhex(host)
                # The kernel writes words of the machine's order; grpc listens on IPv6 for what is IPv4.
                mapped = len(packed) == 4 or packed[:12] == bytes(8) + b"\xff\xff\0\0"
                plain = socket.inet_ntoa(packed[:-5:-1]) if mapped else packed.hex()
                addresses.add(f"{plain}:{int(port, 16)}")
    return addresses


def test_plain_text_is_logged_loudly(quiet: Server) -> None:
    lines = [json.loads(line) for line in quiet.log.splitlines() if line.startswith("{")]
    assert [(line["level"], "AUTHSVC_TLS=off" in line["why"]) for line in lines if line["event"] == "plain_text"] == [
        ("warning", True)
    ]


def test_it_makes_no_key_and_no_tenant_of_its_own(quiet: Server) -> None:
    names = {path.name for path in quiet.data_dir.iterdir()}
    assert not names & {"tenants.yaml", "sealing.key"}
    # The bootstrap key is of the command, not of the server.
    assert "The admin key is in" not in quiet.log
    request = pb.IssueRequest(tenant="demo", subject="s", audiences=["demo-api"])
    issued = call(quiet.channel(), "Issue", request, quiet.metadata())
    verified = call(
        quiet.channel(),
        "Verify",
        pb.VerifyRequest(tenant="demo", token=issued.token, audience="demo-api"),
        quiet.metadata(),
    )
    assert verified.claims.issuer == "https://issuer.example/t/demo"


def test_it_listens_where_it_is_told_and_nowhere_else(quiet: Server) -> None:
    told = {quiet.environment[f"AUTHSVC_{name}_ADDRESS"] for name in ("GRPC", "ADMIN", "PROBE", "HTTP")}
    assert listening_ports([quiet.process.pid, *quiet.worker_pids()]) == told


def test_a_development_server_listens_where_it_is_told_and_nowhere_else(server: Server) -> None:
    assert listening_ports([server.process.pid, *server.worker_pids()]) == {
        server.address,
        server.admin_address,
        server.http_address,
    }


def test_no_rpc_says_which_worker_answered(quiet: Server) -> None:
    channel: Any = quiet.channel()
    request = pb.VerifyRequest(tenant="demo", audience="x").SerializeToString()
    _, done = channel.unary_unary("/authsvc.v1.TokenService/Verify").with_call(request, metadata=quiet.metadata())
    assert not list(done.trailing_metadata())


list_request: Any = vars(health_pb2)["HealthListRequest"]  # the stubs do not know it yet


def test_health_needs_no_key_and_knows_no_tenant(quiet: Server) -> None:
    for address in (quiet.address, quiet.environment["AUTHSVC_PROBE_ADDRESS"]):
        with grpc.insecure_channel(address) as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            for name in ("", "liveness"):
                answer = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=10)
                assert answer.status == health_pb2.HealthCheckResponse.SERVING
            with pytest.raises(grpc.RpcError) as caught:
                stub.List(list_request(), timeout=10)
            assert refusal_of(caught.value).code is grpc.StatusCode.UNIMPLEMENTED
            answers = set()
            for name in ("demo", "authsvc", "nobody", "t/demo", "*"):
                with pytest.raises(grpc.RpcError) as caught:
                    stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=10)
                answers.add(str(refusal_of(caught.value)))
            assert len(answers) == 1
            watched = next(iter(stub.Watch(health_pb2.HealthCheckRequest(service="demo"), timeout=10)))
            assert watched.status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


def test_the_probe_address_answers_health_and_nothing_else(quiet: Server) -> None:
    with grpc.insecure_channel(quiet.environment["AUTHSVC_PROBE_ADDRESS"]) as channel:
        answer = call(channel, "Verify", b"", quiet.metadata())
        assert isinstance(answer, Refusal)
        assert answer.code is grpc.StatusCode.UNIMPLEMENTED
        assert reflect(channel, quiet.metadata()).code is grpc.StatusCode.UNIMPLEMENTED


def test_the_admin_address_says_nothing_of_tenants(quiet: Server) -> None:
    for path, expected in (("livez", "ok\n"), ("readyz", "ok\n")):
        with urlopen(f"http://{quiet.admin_address}/{path}", timeout=10) as answer:
            assert answer.read().decode() == expected
            assert "server" not in {name.lower() for name in answer.headers}
    text = quiet.metrics()
    assert "authsvc_calls" in text
    assert "demo" not in text


def test_reflection_is_off_unless_it_is_asked_for(quiet: Server) -> None:
    for metadata in ((), quiet.metadata()):
        assert reflect(quiet.channel(), metadata).code is grpc.StatusCode.UNIMPLEMENTED


def is_answered(address: str, credentials: grpc.ChannelCredentials | None) -> bool:
    """Whether health is answered on a connection of that kind."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    opened = (
        grpc.insecure_channel(address, options=options)
        if credentials is None
        else grpc.secure_channel(address, credentials, options=options)
    )
    with opened as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
        except grpc.RpcError:
            return False
    return True


def test_tls_from_files_which_may_change(tmp_path: Path, starter: Starter, authority: Certificate) -> None:
    place = tmp_path / "place"
    settings = tls_settings(place, starter, authority) | {"AUTHSVC_TLS_RELOAD": "0.1"}
    trusting = grpc.ssl_channel_credentials(authority.pem)
    fresh_authority = certificate("fresh authority")
    fresh = certificate("server", fresh_authority)
    trusting_fresh = grpc.ssl_channel_credentials(fresh_authority.pem)
    data = Path(settings["AUTHSVC_DATA_DIR"])
    with running_server(data, environment=settings, arguments=(), credentials=trusting) as server:
        assert "plain_text" not in server.log
        request = pb.IssueRequest(tenant="demo", subject="s", audiences=["demo-api"])
        assert call(server.channel(), "Issue", request, server.metadata()).token
        assert is_answered(server.address, trusting)
        assert not is_answered(server.address, None)
        assert not is_answered(server.address, trusting_fresh)
        private_file(place / "cert.pem", fresh.pem)
        # Half a set is no set: the old one goes on.
        await_true(lambda: "tls_not_reloaded" in server.log, "the half set is noticed")
        assert is_answered(server.address, trusting)
        private_file(place / "key.pem", fresh.key_pem)
        await_true(lambda: is_answered(server.address, trusting_fresh), "the new certificate is shown")
        assert not is_answered(server.address, trusting)


CALLERS_AUTHORITY = certificate("authority of callers")


def showing(shown: Certificate, authority: Certificate) -> grpc.ChannelCredentials:
    """Credentials of a client that shows a certificate."""
    return grpc.ssl_channel_credentials(authority.pem, shown.key_pem, shown.pem)


@pytest.fixture(scope="module")
def mutual(tmp_path_factory: Place, starter: Starter, authority: Certificate) -> Iterator[Server]:
    """With TLS on both sides, and reflection."""
    place = tmp_path_factory.mktemp("mutual")
    settings = tls_settings(place, starter, authority) | {
        "AUTHSVC_REFLECTION": "true",
        "AUTHSVC_TLS_CLIENT_CA_FILE": str(private_file(place / "client-ca.pem", CALLERS_AUTHORITY.pem)),
    }
    shown = showing(certificate("caller", CALLERS_AUTHORITY), authority)
    data = Path(settings["AUTHSVC_DATA_DIR"])
    with running_server(data, environment=settings, arguments=(), credentials=shown) as server:
        yield server


def test_a_client_without_a_certificate_is_refused_where_one_is_asked_for(
    mutual: Server, authority: Certificate
) -> None:
    assert is_answered(mutual.address, showing(certificate("another caller", CALLERS_AUTHORITY), authority))
    assert not is_answered(mutual.address, showing(certificate("stranger", authority), authority))
    assert not is_answered(mutual.address, grpc.ssl_channel_credentials(authority.pem))


def test_a_certificate_is_no_key(mutual: Server) -> None:
    answer = call(mutual.channel(), "Verify", b"")
    assert isinstance(answer, Refusal)
    assert answer.reason == "MISSING_KEY"


def test_reflection_asks_for_a_key(mutual: Server) -> None:
    channel, callers = mutual.channel(), Callers(mutual)
    services = {*(service.full_name for service in SERVICES), "grpc.health.v1.Health"}
    assert reflect(channel, callers.admin) == services
    assert reflect(channel, callers.bound("demo", ["verify:tokens"])) == services
    refusals = [
        reflect(channel),
        reflect(channel, bearer("garbage")),
        reflect(channel, (*callers.admin, *callers.admin)),
        reflect(channel, callers.bound("demo", [])),
    ]
    assert [refusal.reason for refusal in refusals] == [
        "MISSING_KEY",
        "INVALID_KEY",
        "MISSING_KEY",
        "INSUFFICIENT_SCOPE",
    ]
