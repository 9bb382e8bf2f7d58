"""One test for each advisory against PyJWT, named by its id: the fault, tried on our decision.

The dependency's lower bound cures them all. These tests hold whatever version is installed, since nothing but the
signature is left to it.
"""

import ast
from collections.abc import Iterator
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from packaging.requirements import Requirement
from packaging.version import Version

from authsvc.keys.key_material import KeyMaterialError, SigningKey, public_part
from authsvc.keys.ring import KeyRing
from authsvc.keys.sealed_key import Algorithm
from authsvc.tokens.decoder import Decoder
from authsvc.tokens.refusal import Refusal
from authsvc.tokens.strict_json import StrictJson
from authsvc.tokens.verdict import Decision, Question
from authsvc.v1.reason_pb2 import Reason
from tests.hostile.build import AUDIENCE, ISSUER_BASE, build
from tests.hostile.cases import fixed_world
from tests.hostile.derived_keys import PUBLIC_FORMS, public_form

CURED = Version("2.15.1")
SOURCE = Path(__file__).parents[2] / "authsvc"
MALFORMED, BAD_SIGNATURE = Reason.REASON_MALFORMED, Reason.REASON_BAD_SIGNATURE


def refusal(text: str) -> tuple[Reason, str]:
    """Why the decision refuses a token of acme."""
    world = fixed_world()
    verdict = Decision(0).decide(text, Question(world.tenants["acme"], AUDIENCE, world.now, world.index), world.ring)
    assert isinstance(verdict, Refusal), "accepted"
    return verdict.reason, verdict.check


def token(**recipe: Any) -> str:
    return build(recipe, fixed_world().now, "advisory")


def confused(key: str, form: str) -> str:
    """An HMAC with a public key as the secret, under the kid of that key."""
    return token(key=key, header={"alg": "HS256"}, sign={"public_of": key, "form": form, "alg": "HS256"})


def assert_confusion_fails(*forms: str) -> None:
    for key in ("acme-rs256", "acme-ps256", "acme-es256", "acme-eddsa"):
        for form in forms:
            if "pkcs1" in form and key not in {"acme-rs256", "acme-ps256"}:
                continue
            assert refusal(confused(key, form)) == (BAD_SIGNATURE, "key.algorithm"), (key, form)
            # The tenant's own secret is another one, whoever's kid is named.
            forged = token(key="acme-hs256", sign={"public_of": key, "form": form, "alg": "HS256"})
            assert refusal(forged) == (BAD_SIGNATURE, "signature"), (key, form)


def assert_unknown_kids_cost_one_look_up() -> None:
    """An unknown kid is looked up in memory once, and the keys are all still there."""
    world = fixed_world()
    decision = Decision(100)
    question = Question(world.tenants["acme"], AUDIENCE, world.now, world.index)
    looked_up: list[str] = []

    class CountingRing(KeyRing):
        def find(self, tenant: str, key_id: str) -> SigningKey | None:
            looked_up.append(key_id)
            return super().find(tenant, key_id)

    ring = CountingRing(world.keys)
    kids = [f"unknown-{number}" for number in range(200)]
    for kid in kids:
        verdict = decision.decide(token(header={"kid": kid}), question, ring)
        assert isinstance(verdict, Refusal)
        assert verdict.check == "key.known"
    assert looked_up == kids
    assert not isinstance(decision.decide(token(), question, ring), Refusal)


def imports_of_jwt() -> Iterator[tuple[Path, ast.AST]]:
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name == "jwt" or name.startswith("jwt.") for name in names):
                yield path, node


def names_in_the_source() -> set[str]:
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            found |= {node.id} if isinstance(node, ast.Name) else set()
            found |= {node.attr} if isinstance(node, ast.Attribute) else set()
            found |= {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom | ast.Import) else set()
    return found


def test_the_controls_of_these_tests_are_accepted() -> None:
    for key in ("acme-rs256", "acme-ps256", "acme-es256", "acme-eddsa", "acme-hs256"):
        with pytest.raises(AssertionError, match="accepted"):
            refusal(token(key=key))


def test_pyjwt_is_installed_and_required_at_a_cured_version() -> None:
    assert Version(version("pyjwt")) >= CURED
    pins = [Requirement(line) for line in requires("authsvc") or ()]
    (pin,) = [pin for pin in pins if pin.name.lower() == "pyjwt"]
    assert not pin.specifier.contains("2.15.0")
    assert pin.specifier.contains(str(CURED))


def test_one_module_imports_jwt() -> None:
    assert {path.relative_to(SOURCE).as_posix() for path, _ in imports_of_jwt()} == {"tokens/jose.py"}


def test_dsa_3293_hmac_with_the_public_key() -> None:
    assert_confusion_fails("pem")


def test_cve_2017_11424_pkcs1_public_key_as_secret() -> None:
    assert_confusion_fails("pem-pkcs1", "der-pkcs1")


def test_cve_2022_29217_other_public_key_formats_as_secret() -> None:
    assert_confusion_fails("ssh", "der", "raw", "pem-without-newline")


def test_cve_2024_53861_issuer_by_substring() -> None:
    issuer = f"{ISSUER_BASE}/t/acme"
    for part in (issuer[:-1], issuer[1:], "issuer.example", "h", "acme", issuer + "x", f" {issuer}"):
        assert refusal(token(payload={"iss": part})) == (Reason.REASON_WRONG_ISSUER, "issuer"), part
    assert refusal(token(payload={"iss": ""})) == (Reason.REASON_INVALID_CLAIMS, "claims.iss")
    assert refusal(token(payload={"iss": [issuer]})) == (Reason.REASON_INVALID_CLAIMS, "claims.iss")


def test_cve_2025_45768_weak_keys() -> None:
    for length in (0, 1, 16, 31):
        with pytest.raises(KeyMaterialError):
            public_part(Algorithm.HS256, bytes(length))
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    for algorithm in (Algorithm.RS256, Algorithm.PS256):
        with pytest.raises(KeyMaterialError):
            public_part(algorithm, small)


def test_cve_2026_32597_unknown_crit() -> None:
    for crit in (["https://example.com/x"], ["exp"], [], None, "exp"):
        assert refusal(token(header={"crit": crit})) == (MALFORMED, "header.members"), crit


def test_cve_2026_48526_jwk_as_secret() -> None:
    assert_confusion_fails("jwk", "jwk-in-base64url")


def test_cve_2026_48523_allow_list_bypassed_by_the_key_object() -> None:
    # The algorithm comes with the key, never with the header, and both must be the same.
    for key, other in (("acme-rs256", "PS256"), ("acme-ps256", "RS256"), ("acme-es256", "EdDSA")):
        sign = {"alg": other} if other != "EdDSA" else {}
        assert refusal(token(key=key, header={"alg": other}, sign=sign)) == (BAD_SIGNATURE, "key.algorithm")
    for other in ("RS384", "RS512", "PS384"):
        forged = token(key="acme-rs256", header={"alg": other}, sign={"alg": other})
        assert refusal(forged) == (MALFORMED, "header.alg")


def test_cve_2026_48522_key_url_of_other_schemes() -> None:
    for url in ("file:///dev/null", "ftp://attacker.example/k", 'data:application/json,{"keys":[]}'):
        for member in ("jku", "x5u"):
            assert refusal(token(header={member: url})) == (MALFORMED, "header.members"), (member, url)
        assert refusal(token(header={"kid": url})) == (Reason.REASON_UNKNOWN_KEY, "key.known"), url
    assert not names_in_the_source() & {"PyJWKClient", "PyJWKSet", "PyJWK"}


def test_cve_2026_48524_keys_dropped_or_fetched_again_for_unknown_kids() -> None:
    assert_unknown_kids_cost_one_look_up()


def test_cve_2026_48525_raw_payload_decoded_before_the_check() -> None:
    read: list[int] = []

    class CountingJson(StrictJson):
        __slots__ = ()

        def parse_object(self, raw: bytes) -> dict[str, Any]:
            read.append(len(raw))
            return super().parse_object(raw)

    raw = {
        "payload_text": "{{repeat A 3600}}",
        "sign": {"over": "{{h}}.{{payload}}"},
        "text": "{{h}}.{{payload}}.{{s}}",
    }
    decoder = Decoder(payload_json=CountingJson())
    refused = decoder.decode(token(header={"b64": False, "crit": ["b64"]}, **raw))
    assert isinstance(refused, Refusal)
    assert (refused.check, read) == ("header.members", [])
    # The counter counts: without the two members the payload is read.
    refused = decoder.decode(token(**raw))
    assert isinstance(refused, Refusal)
    assert (refused.check, read) == ("payload.json", [2700])


def test_ghsa_r6x4_923q_g947_key_set_as_secret() -> None:
    assert_confusion_fails("jwks")


def test_ghsa_ffc3_869f_jxw9_array_of_keys_as_secret() -> None:
    assert_confusion_fails("jwk-array")


def test_ghsa_p4g4_x82p_q773_encoded_public_key_as_secret() -> None:
    assert_confusion_fails("pem-in-base64", "der-in-hex", "pem-body", "jwk-in-base64url")


def test_ghsa_w2cx_738m_mc7w_public_key_with_bom_or_other_line_ends_as_secret() -> None:
    assert_confusion_fails("pem-with-bom", "pem-crlf", "der")


def test_every_form_of_a_public_key_is_tried() -> None:
    assert_confusion_fails(*PUBLIC_FORMS)
    assert len({public_form("acme-rs256", form) for form in PUBLIC_FORMS}) == len(PUBLIC_FORMS)


def test_ghsa_9v7f_9g4p_ffgj_key_fetch_follows_redirects() -> None:
    # Nothing is fetched, so nothing can be redirected.
    clients = {"urlopen", "httpx", "requests", "aiohttp", "urllib3", "HTTPConnection", "HTTPSConnection"}
    for path in (SOURCE / "tokens").rglob("*.py"):
        assert not clients & set(path.read_text().replace(".", " ").split()), path
    assert not names_in_the_source() & {"PyJWKClient", "urlopen"}


def test_ghsa_2gx3_rcp4_g85q_repeated_refresh_for_unknown_kids() -> None:
    assert_unknown_kids_cost_one_look_up()


@pytest.mark.parametrize("part", ["header", "payload"])
def test_ghsa_8wjv_2p76_3863_deep_json(part: str) -> None:
    for raw in ("{{repeat [ 2500}}", '{{repeat {"a": 450}}', '{"a":{{repeat [ 1200}}{{repeat ] 1200}}}'):
        assert refusal(token(**{f"{part}_text": raw})) == (MALFORMED, f"{part}.depth"), raw


def test_ghsa_w6j9_cwv2_h6wq_one_bad_key_spoils_the_set() -> None:
    world = fixed_world()
    question = Question(world.tenants["acme"], AUDIENCE, world.now, world.index)
    # A tainted key and keys of every other kind lie beside the one that verifies.
    assert any(state == "tainted" for _, state in world.keys)
    for key in ("acme-rs256", "acme-ps256", "acme-es256", "acme-eddsa", "acme-hs256"):
        assert not isinstance(Decision(0).decide(token(key=key), question, world.ring), Refusal)


def test_ghsa_hxm8_2xgr_2p9m_lax_compact_and_base64_decoding() -> None:
    for text, check in (
        ("{{h}}.{{p}}.{{s}}=", "text.alphabet"),
        ("{{h}}.{{p}}.{{s}}\n", "text.alphabet"),
        ("{{h|first 9}}!{{h|after 9}}.{{p}}.{{s}}", "text.alphabet"),
        ("{{h}}.{{p}}.{{s|unused_bit}}", "text.canonical"),
        ("{{h}}.{{p}}.{{s}}.", "text.segments"),
    ):
        assert refusal(token(text=text)) == (MALFORMED, check), text


def test_ghsa_pxh4_856f_4h89_empty_secret() -> None:
    for secret in ("", "00", "00" * 32):
        forged = token(key="acme-hs256", sign={"secret": secret, "alg": "HS256"})
        assert refusal(forged) == (BAD_SIGNATURE, "signature"), secret
    with pytest.raises(KeyMaterialError):
        public_part(Algorithm.HS256, b"")


def test_2_15_0_type_errors_on_times_and_deep_payloads() -> None:
    for name in ("exp", "nbf", "iat"):
        values: tuple[object, ...] = ([], {}, None, [1], {"a": 1})
        for value in values:
            assert refusal(token(payload={name: value})) == (Reason.REASON_INVALID_CLAIMS, f"claims.{name}")
    deep = '{"x":{{repeat [ 900}}{{repeat ] 900}},{{members}}}'
    assert refusal(token(payload_text=deep)) == (MALFORMED, "payload.depth")


def test_alg_of_another_type_is_refused_before_any_look_up() -> None:
    # No advisory has it: PyJWT raised TypeError where the algorithms were a set.
    values: tuple[object, ...] = ([], {}, ["ES256"], 1, True, None, 1.5)
    for value in values:
        assert refusal(token(header={"alg": value})) == (MALFORMED, "header.alg"), value
