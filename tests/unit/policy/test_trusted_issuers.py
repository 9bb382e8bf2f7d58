"""Trusted issuers of a tenant document: every fault with its path, and what the defaults are."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format

from authsvc.errors import InvalidFieldError
from authsvc.keys.sealed_key import Algorithm
from authsvc.policy.bounds import LIFETIME_CEILING
from authsvc.policy.document import TenantDocumentError, load_policies, tenant_policy
from authsvc.policy.trusted_issuer import KeySource, TrustedIssuer
from authsvc.v1.tenant_pb2 import Tenant
from tests.unit.keys.jwks import BAD_KEYS, BAD_SETS, EDDSA, ES256, RS256, jwk, jwks
from tests.unit.policy.documents import BASE, DAY

ISSUER = "https://login.partner.example"
URL = "https://login.partner.example/jwks"
KEYS = jwks(jwk(ES256)).decode()
ALGORITHMS = ["SIGNING_ALGORITHM_ES256"]


def document(*issuers: dict[str, Any], **members: Any) -> Tenant:
    return json_format.ParseDict({"name": "acme", "trusted_issuers": issuers, **members}, Tenant())


def issuer(**changes: Any) -> dict[str, Any]:
    """A good trusted issuer with members changed; None takes one out."""
    members: dict[str, Any] = {"issuer": ISSUER, "jwks": KEYS, "algorithms": ALGORITHMS, **changes}
    return {name: value for name, value in members.items() if value is not None}


def faults(*issuers: dict[str, Any], **members: Any) -> list[str]:
    with pytest.raises(InvalidFieldError) as caught:
        tenant_policy(document(*issuers, **members), BASE)
    assert all(violation.rule for violation in caught.value.violations)
    return [violation.field.removeprefix("trusted_issuers") for violation in caught.value.violations]


def trusted(**changes: Any) -> TrustedIssuer:
    entry = issuer(**changes)
    return tenant_policy(document(entry, max_ttl=f"{DAY}s"), BASE).trusted_issuers[entry["issuer"]]


def test_the_defaults() -> None:
    found = trusted()
    assert (found.tenant, found.issuer, found.source) == ("acme", ISSUER, KeySource.INLINE)
    assert found.algorithms == {Algorithm.ES256}
    assert found.inline_keys.find(ES256, "ES256") is not None
    assert (found.scopes, found.audiences, found.client_ids) == (frozenset(), frozenset(), frozenset())
    assert found.max_ttl == DAY
    assert found.speaks_for("anybody")
    assert not found.is_self_issued
    mapping = found.claim_mapping
    assert (mapping.scopes, mapping.client_id, mapping.default_client_id) == ("", "client_id", "")
    assert mapping.token_type == "at+jwt"


def test_what_is_said_stands() -> None:
    found = trusted(
        issuer="backend",
        self_issued=True,
        jwks=None,
        jwks_url=URL,
        claim_mapping={"scopes": "scp", "client_id": "azp", "default_client_id": "c", "token_type": "JWT"},
        scopes=["read:users"],
        audiences=["https://api.example"],
        max_ttl="60s",
        subjects=["user-*"],
        client_ids=["c"],
    )
    assert (found.source, found.jwks_url, found.is_self_issued) == (KeySource.URL, URL, True)
    assert [*found.scopes, *found.audiences, *found.client_ids] == ["read:users", "https://api.example", "c"]
    assert (found.max_ttl, found.claim_mapping.token_type, found.claim_mapping.client_id) == (60, "jwt", "azp")
    assert not found.speaks_for("admin")


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no issuer": ({"issuer": ""}, "[0].issuer"),
    "a name, not self-issued": ({"issuer": "backend"}, "[0].issuer"),
    "a name with a line break": ({"issuer": "a\nb", "self_issued": True}, "[0].issuer"),
    "a long name": ({"issuer": "a" * 256, "self_issued": True}, "[0].issuer"),
    "a URL with a query": ({"issuer": f"{ISSUER}?x"}, "[0].issuer"),
    "a URL with a fragment": ({"issuer": f"{ISSUER}/#x"}, "[0].issuer"),
    "a URL with a user": ({"issuer": "https://u@login.partner.example"}, "[0].issuer"),
    "an issuer of this service by the base": ({"issuer": f"{BASE}/t/other"}, "[0].issuer"),
    "the service's own issuer": ({"issuer": f"{BASE}/t/authsvc"}, "[0].issuer"),
    "the tenant's own issuer": ({"issuer": f"{BASE}/t/acme"}, "[0].issuer"),
    "the base itself": ({"issuer": BASE}, "[0].issuer"),
    "no keys": ({"jwks": None}, "[0]"),
    "imported keys that are none": ({"jwks": None, "imported_keys": False}, "[0]"),
    "no algorithms": ({"algorithms": []}, "[0].algorithms"),
    "an algorithm twice": ({"algorithms": ALGORITHMS * 2}, "[0].algorithms[1]"),
    "an unspecified algorithm": (
        {"algorithms": [*ALGORITHMS, "SIGNING_ALGORITHM_UNSPECIFIED"]},
        "[0].algorithms[1]",
    ),
    "HS256 with a key set": ({"algorithms": [*ALGORITHMS, "SIGNING_ALGORITHM_HS256"]}, "[0].algorithms[1]"),
    "HS256 with a URL": (
        {"jwks": None, "jwks_url": URL, "algorithms": ["SIGNING_ALGORITHM_HS256"]},
        "[0].algorithms[0]",
    ),
    "an http URL": ({"jwks": None, "jwks_url": URL.replace("https", "http")}, "[0].jwks_url"),
    "a file": ({"jwks": None, "jwks_url": "file:///etc/passwd"}, "[0].jwks_url"),
    "a URL with credentials": ({"jwks": None, "jwks_url": "https://u:p@login.partner.example/jwks"}, "[0].jwks_url"),
    "a URL without a host": ({"jwks": None, "jwks_url": "https:///jwks"}, "[0].jwks_url"),
    "a URL with a line break": ({"jwks": None, "jwks_url": f"{URL}\r\nHost: x"}, "[0].jwks_url"),
    "a URL of another script": ({"jwks": None, "jwks_url": "https://p\u0430rtner.example/jwks"}, "[0].jwks_url"),
    "a long URL": ({"jwks": None, "jwks_url": URL + "x" * 2048}, "[0].jwks_url"),
    "a long key set": ({"jwks": KEYS + " " * 65536}, "[0].jwks"),
    "an empty key set": ({"jwks": '{"keys": []}'}, "[0].jwks"),
    "a key of another algorithm": ({"jwks": jwks(jwk(ES256), jwk(EDDSA)).decode()}, "[0].jwks.keys[1]"),
    "a kid twice": ({"jwks": jwks(jwk(ES256), jwk("acme-es256", kid=ES256)).decode()}, "[0].jwks.keys[1].kid"),
    "a key of two algorithms": (
        {"jwks": jwks(jwk(RS256)).decode(), "algorithms": ["SIGNING_ALGORITHM_RS256", "SIGNING_ALGORITHM_PS256"]},
        "[0].jwks.keys[0]",
    ),
    "the service's audience": ({"audiences": ["https://a.example", "authsvc"]}, "[0].audiences[1]"),
    "an empty audience": ({"audiences": [""]}, "[0].audiences[0]"),
    "an audience twice": ({"audiences": ["a", "a"]}, "[0].audiences[1]"),
    "65 audiences": ({"audiences": [f"a{number}" for number in range(65)]}, "[0].audiences"),
    "a broken scope": ({"scopes": ["read users"]}, "[0].scopes[0]"),
    "65 scopes": ({"scopes": [f"s{number}" for number in range(65)]}, "[0].scopes"),
    "an empty pattern": ({"subjects": [""]}, "[0].subjects[0]"),
    "a pattern with a control character": ({"subjects": ["a\0*"]}, "[0].subjects[0]"),
    "65 client ids": ({"client_ids": [f"c{number}" for number in range(65)]}, "[0].client_ids"),
    "a long client id": ({"client_ids": ["c" * 256]}, "[0].client_ids[0]"),
    "no lifetime": ({"max_ttl": "0s"}, "[0].max_ttl"),
    "half a second": ({"max_ttl": "1.5s"}, "[0].max_ttl"),
    "eleven years": ({"max_ttl": f"{LIFETIME_CEILING + 1}s"}, "[0].max_ttl"),
    "scopes from iss": ({"claim_mapping": {"scopes": "iss"}}, "[0].claim_mapping.scopes"),
    "client id from exp": ({"claim_mapping": {"client_id": "exp"}}, "[0].claim_mapping.client_id"),
    "client id from ancestors": ({"claim_mapping": {"client_id": "anc"}}, "[0].claim_mapping.client_id"),
    "one claim for both": ({"claim_mapping": {"scopes": "x", "client_id": "x"}}, "[0].claim_mapping.scopes"),
    "scopes from the client id": ({"claim_mapping": {"scopes": "client_id"}}, "[0].claim_mapping.scopes"),
    "a claim with a blank": ({"claim_mapping": {"scopes": "a b"}}, "[0].claim_mapping.scopes"),
    "a type with a slash": ({"claim_mapping": {"token_type": "application/jwt"}}, "[0].claim_mapping.token_type"),
    "a default client beyond the cap": (
        {"client_ids": ["a"], "claim_mapping": {"default_client_id": "b"}},
        "[0].claim_mapping.default_client_id",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_named_with_its_path(what: str) -> None:
    changes, path = FAULTS[what]
    assert faults(issuer(**changes)) == [path]


@pytest.mark.parametrize("what", BAD_KEYS)
def test_a_bad_key_in_a_document_is_a_fault(what: str) -> None:
    assert faults(issuer(jwks=json.dumps({"keys": [jwk(ES256), BAD_KEYS[what]]}))) == ["[0].jwks.keys[1]"]


@pytest.mark.parametrize("what", [name for name, raw in BAD_SETS.items() if raw.isascii()])
def test_a_bad_key_set_in_a_document_is_a_fault(what: str) -> None:
    assert faults(issuer(jwks=BAD_SETS[what].decode())) == ["[0].jwks"]


def test_every_fault_of_every_issuer_is_named() -> None:
    found = faults(issuer(algorithms=[]), issuer(issuer=f"{ISSUER}/2", scopes=[""], max_ttl="0s"), issuer())
    assert found[0] == "[0].algorithms"
    assert found[-3:] == ["[1].scopes[0]", "[1].max_ttl", "[2].issuer"]


def test_at_most_32_issuers() -> None:
    several = [issuer(issuer=f"{ISSUER}/{number}") for number in range(33)]
    assert faults(*several) == [""]
    assert len(tenant_policy(document(*several[:32]), BASE).trusted_issuers) == 32


def test_http_is_for_loopback() -> None:
    for url in ("http://127.0.0.1:8080/jwks", "http://[::1]/jwks", "http://localhost/jwks"):
        assert trusted(jwks=None, jwks_url=url).jwks_url == url


def test_an_issuer_of_another_tenant_is_refused_whichever_comes_first() -> None:
    own = {"name": "globex", "issuer": ISSUER}
    trusting = {"name": "acme", "trusted_issuers": [issuer()]}
    for documents, place in (((own, trusting), 2), ((trusting, own), 1)):
        with pytest.raises(TenantDocumentError) as caught:
            load_policies("\n---\n".join(map(json.dumps, documents)), BASE)
        (violation,) = caught.value.violations
        assert violation.field == f"document {place} (tenant acme) trusted_issuers[0].issuer"


def test_two_tenants_may_trust_the_same_issuer() -> None:
    documents = [{"name": name, "trusted_issuers": [issuer()]} for name in ("acme", "globex")]
    policies = load_policies("\n---\n".join(map(json.dumps, documents)), BASE)
    first, second = (policies.find(name).trusted_issuers[ISSUER] for name in ("acme", "globex"))
    assert first is not second
    assert (first.tenant, second.tenant) == ("acme", "globex")


def test_two_sources_of_keys_and_text_for_a_boolean_are_faults_of_form() -> None:
    text = json.dumps({"name": "acme", "trusted_issuers": [{**issuer(jwks_url=URL), "self_issued": "yes"}]})
    with pytest.raises(TenantDocumentError) as caught:
        load_policies(text, BASE)
    assert [violation.field for violation in caught.value.violations] == [
        "document 1 (tenant acme) trusted_issuers[0].jwks_url",
        "document 1 (tenant acme) trusted_issuers[0].self_issued",
    ]


def test_what_it_conveys_is_closed_under_the_catalogue_and_within_it() -> None:
    scopes = [{"name": "repo", "includes": ["repo:status"]}, {"name": "repo:status"}, {"name": "gist"}]
    policy = tenant_policy(document(issuer(scopes=["repo"]), scopes=scopes), BASE)
    assert policy.trusted_issuers[ISSUER].scopes == {"repo", "repo:status"}
    assert faults(issuer(scopes=["repo", "other"]), scopes=scopes) == ["[0].scopes[1]"]


def test_the_document_of_the_page_is_good() -> None:
    page = (Path(__file__).parents[3] / "docs" / "trusted-issuers.md").read_text()
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert [found.is_self_issued for found in load_policies(text, BASE).find("acme").trusted_issuers.values()] == [
        False,
        True,
    ]
