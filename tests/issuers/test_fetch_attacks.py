"""Whoever answers at a JWKS URL may be hostile: each attack gets its fault, and each defence taken out lets it through.

Every hostile answer holds a good key set, so that a fetch without the defence succeeds.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from authsvc.issuers import fetch as module
from authsvc.issuers.fetch import FetchError, FetchFault, JwksFetcher
from tests.faults.certificates import CERTIFICATE, KEY, Authority
from tests.issuers.hostile_issuer import HostileIssuer, Script, answer, chunked, hostile_issuer
from tests.unit.issuers.test_addresses import PRIVATE, PUBLIC
from tests.unit.keys.jwks import BAD_KEYS, BAD_SETS, ES256, jwk, jwks

GOOD = jwks(jwk(ES256))
BIG = GOOD + b" " * module.MAX_BODY_BYTES
SHORT = 0.4
"""Seconds of the time limits, here."""
LONG = 5.0


@dataclass(frozen=True)
class Attack:
    """An answer, the fault that it must get, and the plants that take the defence out."""

    script: Script
    fault: FetchFault
    plant: Mapping[str, Any] = field(default_factory=dict)
    """Names of the module and what they become."""


def one(*arguments: Any, **options: Any) -> Script:
    return Script([answer(*arguments, **options)])


NO_HEAD = {"_check_head": lambda _response: None}
PATIENT = {"TOTAL_SECONDS": LONG, "CONNECT_SECONDS": LONG}
_SLOW = [bytes([octet]) for octet in answer(GOOD)]

ATTACKS: dict[str, Attack] = {
    **{
        f"redirect {status}": Attack(
            one(GOOD, "Location: https://attacker.example/jwks", status=f"{status} Elsewhere"),
            FetchFault.REDIRECT,
            NO_HEAD,
        )
        for status in (300, 301, 302, 303, 307, 308)
    },
    **{
        f"status {status}": Attack(one(GOOD, status=f"{status} No"), FetchFault.STATUS, NO_HEAD)
        for status in (201, 206, 400, 401, 403, 404, 429, 500, 502, 503)
    },
    **{
        f"type {kind}": Attack(one(GOOD, kind=kind), FetchFault.CONTENT_TYPE, NO_HEAD)
        for kind in (
            "text/html",
            "text/plain",
            "application/jsonp",
            "application/json+x",
            "application/octet-stream",
            None,
        )
    },
    "compressed": Attack(one(GOOD, "Content-Encoding: gzip"), FetchFault.CONTENT_TYPE, NO_HEAD),
    "huge, as told": Attack(one(BIG), FetchFault.TOO_LARGE, {**NO_HEAD, "MAX_BODY_BYTES": 10**9}),
    "huge, in chunks": Attack(Script([chunked(BIG)]), FetchFault.TOO_LARGE, {"MAX_BODY_BYTES": 10**9}),
    "huge, only said": Attack(Script([answer(GOOD, length=10**12)], hang=True), FetchFault.TOO_LARGE),
    "a head without end": Attack(
        one(GOOD, *[f"X-{number}: {'x' * 900}" for number in range(100)]),
        FetchFault.PROTOCOL,
        {"MAX_HEADER_BYTES": 10**9},
    ),
    "slow head": Attack(Script([*_SLOW[:60], answer(GOOD)[60:]], pause=0.02), FetchFault.TIMEOUT, PATIENT),
    "slow body": Attack(
        Script([answer(GOOD)[:-60], *[bytes([octet]) for octet in GOOD[-60:]]], pause=0.02), FetchFault.TIMEOUT, PATIENT
    ),
    "silence": Attack(Script([], hang=True), FetchFault.TIMEOUT),
    "half a body": Attack(one(GOOD, length=len(GOOD) + 100), FetchFault.PROTOCOL),
    "half a body, held": Attack(Script([answer(GOOD, length=len(GOOD) + 100)], hang=True), FetchFault.TIMEOUT),
    "two lengths": Attack(one(GOOD, "Content-Length: 5"), FetchFault.PROTOCOL),
    "no HTTP": Attack(Script([b"SSH-2.0-OpenSSH_9.2\r\n" * 4]), FetchFault.PROTOCOL),
    "HTTP/2": Attack(Script([b"\0\0\0\x04\0\0\0\0\0"]), FetchFault.PROTOCOL),
    "nothing": Attack(Script([]), FetchFault.PROTOCOL),
    **{f"key set: {what}": Attack(one(raw), FetchFault.KEY_SET) for what, raw in BAD_SETS.items()},
}


def plant(monkeypatch: pytest.MonkeyPatch, plants: Mapping[str, Any]) -> None:
    for name, value in plants.items():
        monkeypatch.setattr(module, name, value)


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, {"TOTAL_SECONDS": SHORT, "CONNECT_SECONDS": SHORT})


async def fault_of(fetcher: JwksFetcher, url: str) -> FetchFault | None:
    """The fault of a fetch, None when it brings the good key."""
    try:
        found = await fetcher.fetch(url)
    except FetchError as error:
        return error.fault
    assert [key.key_id for key in found.keys] == [ES256]
    return None


async def attacked(attack: Attack) -> FetchFault | None:
    async with hostile_issuer(attack.script) as issuer:
        fault = await fault_of(JwksFetcher(dev=True), f"http://127.0.0.1:{issuer.port}/jwks")
        assert issuer.connections == 1
        return fault


async def test_a_good_answer_is_taken() -> None:
    for script in (one(GOOD), one(GOOD, kind="application/jwk-set+json; charset=utf-8"), Script([chunked(GOOD)])):
        assert await attacked(Attack(script, FetchFault.STATUS)) is None


@pytest.mark.parametrize("what", ATTACKS)
async def test_an_attack_gets_its_fault(what: str) -> None:
    assert await attacked(ATTACKS[what]) is ATTACKS[what].fault


@pytest.mark.parametrize("what", [what for what, attack in ATTACKS.items() if attack.plant])
async def test_without_its_defence_an_attack_succeeds(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, ATTACKS[what].plant)
    assert await attacked(ATTACKS[what]) is None


async def test_a_redirect_is_not_followed() -> None:
    async with hostile_issuer(one(GOOD)) as trap:
        for status in (301, 302, 303, 307, 308):
            where = f"Location: http://127.0.0.1:{trap.port}/jwks"
            attack = Attack(one(b"", where, status=f"{status} Elsewhere"), FetchFault.REDIRECT)
            assert await attacked(attack) is FetchFault.REDIRECT
        assert trap.connections == 0
        assert await fault_of(JwksFetcher(dev=True), f"http://127.0.0.1:{trap.port}/jwks") is None
        assert trap.connections == 1


async def test_one_bad_key_does_not_spoil_a_set() -> None:
    for what, bad in BAD_KEYS.items():
        script = one(jwks(bad, jwk(ES256)))
        assert await attacked(Attack(script, FetchFault.KEY_SET)) is None, what


async def test_the_request_says_nothing_of_the_caller() -> None:
    async with hostile_issuer(one(GOOD)) as issuer:
        await JwksFetcher(dev=True).fetch(f"http://127.0.0.1:{issuer.port}/a/jwks?x=1")
        head = issuer.requests[0].decode().lower().splitlines()
    assert head[0] == "get /a/jwks?x=1 http/1.1"
    assert {line.partition(":")[0] for line in head[1:] if line} == {"host", "accept", "user-agent", "connection"}


# Addresses. A resolver of the test's own stands for a name server that its owner controls.


def resolver(*rounds: list[str]) -> Callable[[str, int], Any]:
    """Answers each time with the next round, and in the end with the last."""
    left = list(rounds)

    async def resolve(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(0)
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def test_plain_http_is_for_development() -> None:
    async with hostile_issuer(one(GOOD)) as issuer:
        url = f"http://127.0.0.1:{issuer.port}/jwks"
        assert await fault_of(JwksFetcher(), url) is FetchFault.SCHEME
        assert issuer.connections == 0
        assert await fault_of(JwksFetcher(dev=True), url) is None


async def test_plain_http_in_development_is_for_loopback() -> None:
    for address in ("10.0.0.1", "1.1.1.1", "169.254.169.254"):
        fetcher = JwksFetcher(dev=True, resolve=resolver([address]))
        assert await fault_of(fetcher, "http://issuer.test/jwks") is FetchFault.ADDRESS


def server_context(folder: Path, authority: Authority) -> ssl.SSLContext:
    authority.issue("issuer").write(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    return context


def trusting(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.pem.decode())


@pytest.fixture
def authority() -> Authority:
    return Authority.make("issuers")


async def test_no_address_but_a_public_one_is_connected_to(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [address for of_kind in PRIVATE.values() for address in of_kind if address]
    opened: list[str] = []

    async def no_connection(host: str, *_arguments: Any, **_options: Any) -> Any:
        await asyncio.sleep(0)
        opened.append(host)
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr(asyncio, "open_connection", no_connection)
        for address in addresses:
            fetcher = JwksFetcher(resolve=resolver([address]), tls=trusting(authority))
            assert await fault_of(fetcher, "https://issuer.test/jwks") is FetchFault.ADDRESS, address
        assert opened == []
        mixed = JwksFetcher(resolve=resolver(["10.0.0.1", PUBLIC[0], "::1"]), tls=trusting(authority))
        assert await fault_of(mixed, "https://issuer.test/jwks") is FetchFault.CONNECT
        assert opened == [PUBLIC[0]]
    print(f"{len(addresses)} addresses that are not public: 0 connections")

    async with hostile_issuer(one(GOOD), tls=server_context(tmp_path, authority)) as issuer:
        fetcher = JwksFetcher(resolve=resolver(["127.0.0.1"]), tls=trusting(authority))
        url = f"https://localhost:{issuer.port}/jwks"
        assert await fault_of(fetcher, url) is FetchFault.ADDRESS
        assert issuer.connections == 0
        # The plant: without the check of addresses the fetch goes through.
        monkeypatch.setattr(module, "is_public", lambda _address: True)
        assert await fault_of(fetcher, url) is None


async def test_a_name_that_changes_its_address_leads_nowhere_else(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the first answer is public, every later one is inside. 127.0.0.2 stands for the public address."""
    monkeypatch.setattr(module, "is_public", lambda address: address == "127.0.0.2")
    context = server_context(tmp_path, authority)
    async with AsyncExitStack() as stack:
        outside: HostileIssuer = await stack.enter_async_context(
            hostile_issuer(one(GOOD), tls=context, host="127.0.0.2")
        )
        inside: HostileIssuer = await stack.enter_async_context(
            hostile_issuer(one(GOOD), tls=context, port=outside.port)
        )
        rebinding = resolver(["127.0.0.2"], ["127.0.0.1"])
        url = f"https://localhost:{outside.port}/jwks"
        assert await fault_of(JwksFetcher(resolve=rebinding, tls=trusting(authority)), url) is None
        assert (outside.connections, inside.connections) == (1, 0)
        # The next fetch asks anew, and is refused.
        assert await fault_of(JwksFetcher(resolve=rebinding, tls=trusting(authority)), url) is FetchFault.ADDRESS

        class AskingTwice(JwksFetcher):
            """The plant: the name is asked for again when the connection is opened."""

            __slots__ = ()

            async def _open(self, _addresses: list[str], host: str, port: int, *, secure: bool) -> Any:
                return await super()._open(await self.resolve(host, port), host, port, secure=secure)

        again = resolver(["127.0.0.2"], ["127.0.0.1"])
        await fault_of(AskingTwice(resolve=again, tls=trusting(authority)), url)
        assert inside.connections == 1


async def test_certificates_are_verified(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hostile_issuer(one(GOOD), tls=server_context(tmp_path, authority)) as issuer:
        local = resolver(["127.0.0.1"])
        right, wrong = (f"https://{host}:{issuer.port}/jwks" for host in ("localhost", "issuer.test"))
        good = JwksFetcher(dev=True, resolve=local, tls=trusting(authority))
        assert await fault_of(good, right) is None
        assert await fault_of(good, wrong) is FetchFault.TLS
        stranger = JwksFetcher(dev=True, resolve=local, tls=trusting(Authority.make("another")))
        assert await fault_of(stranger, right) is FetchFault.TLS
        assert await fault_of(JwksFetcher(dev=True, resolve=local), right) is FetchFault.TLS
        blind = ssl.create_default_context()
        blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
        for url in (right, wrong):
            assert await fault_of(JwksFetcher(dev=True, resolve=local, tls=blind), url) is None
    past = datetime.now(UTC) - timedelta(days=9)
    monkeypatch.setattr("tests.faults.certificates.datetime", SimpleNamespace(now=lambda _zone: past))
    async with hostile_issuer(one(GOOD), tls=server_context(tmp_path, authority)) as issuer:
        assert await fault_of(good, f"https://localhost:{issuer.port}/jwks") is FetchFault.TLS


async def test_a_handshake_that_never_comes_has_a_limit(authority: Authority) -> None:
    async with hostile_issuer(one(GOOD), greet=False) as issuer:
        fetcher = JwksFetcher(dev=True, resolve=resolver(["127.0.0.1"]), tls=trusting(authority))
        assert await fault_of(fetcher, f"https://localhost:{issuer.port}/jwks") is FetchFault.TIMEOUT


async def test_nobody_there() -> None:
    async with hostile_issuer(one(GOOD)) as issuer:
        port = issuer.port
    assert await fault_of(JwksFetcher(dev=True), f"http://127.0.0.1:{port}/jwks") is FetchFault.CONNECT
    assert await fault_of(JwksFetcher(dev=True), "http://no-such-host.invalid/jwks") is FetchFault.CONNECT


def test_counts() -> None:
    planted = sum(bool(attack.plant) for attack in ATTACKS.values())
    print(f"{len(ATTACKS)} hostile answers, {planted} of them let through by a plant; {len(BAD_KEYS)} bad keys")
    assert len(ATTACKS) >= 40
    assert planted >= 25
