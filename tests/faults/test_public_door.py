"""The public HTTP door ends without an answer that is cut off, and takes up new certificates like the calls' port."""

import signal
import ssl
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from socket import create_connection

import pytest
from cryptography import x509

from tests.faults.certificates import Authority, Pair, tls_settings
from tests.faults.network import start_on_network
from tests.faults.support import kill_all
from tests.support.scale import planted
from tests.support.server import await_true, free_port

PATH = "/t/demo/.well-known/jwks.json"
LAME_DUCK = 1.0
GRACE = 6.0
SOON = 20.0
SECONDS = 10.0


@dataclass
class Readers:
    """What became of requests, one after the other."""

    whole: int = 0
    turned_away: int = 0
    """Before a byte of an answer."""
    cut_off: int = 0

    def ask(self, connection: HTTPConnection) -> bool:
        """Ask once; whether there was an answer."""
        try:
            connection.request("GET", PATH)
            answer = connection.getresponse()
        except OSError:
            self.turned_away += 1
            return False
        try:
            is_whole = answer.status == 200 and len(answer.read()) == int(answer.headers["content-length"])
        except OSError:
            is_whole = False
        self.whole += is_whole
        self.cut_off += not is_whole
        return True


def test_it_answers_through_the_lame_duck_time_and_cuts_nothing_off(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    environment = {
        "AUTHSVC_HTTP_ADDRESS": address,
        "AUTHSVC_LAME_DUCK": str(LAME_DUCK),
        "AUTHSVC_GRACE": str(GRACE),
    }
    server = start_on_network(tmp_path / "data", environment=environment)
    lasting, fresh = Readers(), Readers()
    kept = HTTPConnection(address, timeout=SECONDS)
    try:
        assert lasting.ask(kept)
        server.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        # A little less: the signal has a way to go.
        while time.monotonic() - began < LAME_DUCK * 0.8:
            assert lasting.ask(kept)
            connection = HTTPConnection(address, timeout=SECONDS)
            assert fresh.ask(connection)
            connection.close()
        while server.process.poll() is None and time.monotonic() - began < GRACE + SECONDS:
            connection = HTTPConnection(address, timeout=SECONDS)
            fresh.ask(connection)
            connection.close()
        assert server.process.wait(SECONDS) == 0
        assert time.monotonic() - began < GRACE
    finally:
        kept.close()
        server.stop()
    print(f"over one connection {lasting}; over many {fresh}")
    assert lasting.cut_off == fresh.cut_off == 0
    assert lasting.whole > 10
    assert fresh.turned_away


def serial_number(address: str, authority: Authority) -> int:
    """Of the certificate that a new connection gets; 0 when none comes about."""
    context = ssl.create_default_context(cadata=authority.pem.decode())
    host, _, port = address.rpartition(":")
    try:
        with (
            create_connection((host, int(port)), SECONDS) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as tls,
        ):
            return x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"").serial_number
    except OSError:
        return 0


def certificates_change(directory: Path, fault: str = "none") -> None:
    authority, address = Authority.make("servers"), f"127.0.0.1:{free_port()}"
    first, second = authority.issue("localhost"), authority.issue("localhost")
    first.write(directory)
    environment = {
        **tls_settings(directory, mutual=False),
        "AUTHSVC_HTTP_ADDRESS": address,
        "AUTHSVC_TLS_RELOAD": "0.2",
    }
    server = start_on_network(directory / "data", fault, environment=environment, wait=False)

    def shows(pair: Pair) -> bool:
        assert server.process.poll() is None, server.log
        return serial_number(address, authority) == pair.serial_number

    try:
        await_true(lambda: shows(first), "it shows its certificate", 60.0)
        # A certificate without its key is not taken up.
        (directory / "tls.crt").write_bytes(second.certificate)
        await_true(lambda: "tls_not_reloaded" in server.log, "it is said", SOON)
        assert shows(first)
        second.write(directory)
        await_true(lambda: shows(second), "it shows its new certificate", SOON)
    finally:
        kill_all(server)


def test_new_certificates_are_taken_up(tmp_path: Path) -> None:
    certificates_change(tmp_path)


@planted
def test_a_door_that_keeps_to_its_first_certificate_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.test_public_door.SOON", 2.0)
    with pytest.raises(TimeoutError, match="its new certificate"):
        certificates_change(tmp_path, "https-is-not-reloaded")
