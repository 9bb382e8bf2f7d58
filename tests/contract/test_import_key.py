"""Keys that are brought, over the wire: each of the vectors is refused with its rule, or taken, and nothing is a fault."""

import base64
from typing import Any

import pytest

from authsvc.v1.key_service_pb2 import ImportKeyRequest, KeyPurpose, KeyState
from tests.contract.client import Client
from tests.contract.contract import Refusal, call
from tests.unit.keys.test_reading import BAD, GOOD, name_of

PRIVATE = "must be the public key"


def ask(client: Client, vector: dict[str, Any]) -> Any:
    request = ImportKeyRequest(
        tenant="keys",
        algorithm=f"SIGNING_ALGORITHM_{vector['algorithm'].upper()}",
        purpose=KeyPurpose.KEY_PURPOSE_TRUSTED_ISSUER,
        issuer=f"https://{vector['form']}.example",
    )
    if vector["form"] == "secret":
        request.secret = base64.b64decode(vector["material"])
    elif vector["form"] == "pem":
        request.pem = vector["material"]
    else:
        request.jwk = vector["material"]
    return call(client.channel, "ImportKey", request, client.caller)


@pytest.mark.parametrize("vector", BAD, ids=name_of)
def test_a_bad_key_is_refused_with_its_rule(client: Client, vector: dict[str, Any]) -> None:
    answer = ask(client, vector)
    assert isinstance(answer, Refusal)
    assert (answer.code.name, answer.reason, answer.fields) == ("INVALID_ARGUMENT", "INVALID_FIELD", [vector["form"]])
    assert vector["rule"] in answer.violations[0][1]


@pytest.mark.parametrize("vector", GOOD, ids=name_of)
def test_a_good_key_is_taken_for_an_issuer_if_it_is_public_or_shared(client: Client, vector: dict[str, Any]) -> None:
    answer = ask(client, vector)
    if vector["private"] and vector["algorithm"] != "HS256":
        assert isinstance(answer, Refusal)
        assert PRIVATE in answer.violations[0][1]
    else:
        assert not isinstance(answer, Refusal), answer
        assert answer.key.state == KeyState.KEY_STATE_VERIFY_ONLY
        assert answer.key.issuer == f"https://{vector['form']}.example"
